"""The evaluate command on a data set: figures.json, figures.md and sheet.png in a folder."""

from __future__ import annotations

import json
import math
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from ..data.opening import open_pairs
from ..data.pair import Pair
from ..data.prepared import PreparedPictures
from ..files import save_image, save_text
from ..model.truepose import TruePose
from ..pipeline import COMPACT, default_device
from ..pose import Keypoint, Skeleton, render_pose_map
from ..study.folder import POSE, REAL, SOURCE
from .benchmark import Benchmark, Sampling, headed, run_benchmark
from .metrics import Setting
from .protocols import PROTOCOLS, described
from .tables import markdown


def benchmark_report(options) -> tuple[dict, str]:
    """Measure a model on a prepared folder or packed pairs: (figures, table); writes them where --out says.

    Raises:
        ValueError: model, pairs or real pictures cannot be opened, or are of several sizes.
    """
    if options.out:
        Path(options.out).mkdir(parents=True, exist_ok=True)  # a place that cannot be written is told before the hours
    device = default_device()
    model = TruePose.from_folder(options.model or COMPACT).eval().to(device, memory_format=torch.channels_last)
    pairs = open_pairs(options.data, hint=model.config.warp_hint, count=options.count)
    size = pairs[0].target.shape[:2]
    setting = Setting(PROTOCOLS[options.protocol], size, options.download, device)
    guidance = model.config.guidance_scale if options.guidance is None else options.guidance
    sampling = Sampling(options.steps or model.config.steps, guidance, options.seed, options.batch_size)
    real = None if options.real is None else _real(options.real, size)
    write = None if options.study is None else partial(_write_case, Path(options.study), _method(options))
    measured = run_benchmark(model, pairs, options.metrics, setting, sampling, real=real, on_picture=write)
    figures = {
        "data": str(options.data),
        "model": Path(options.model or COMPACT).name,
        "pairs": len(pairs),
        "size": list(size),
        "steps": sampling.steps,
        "guidance_scale": sampling.guidance_scale,
        "seed": sampling.seed,
        "protocol": options.protocol,
        "real": options.real,
        "rows": {r: {n: v if math.isfinite(v) else None for n, v in row.items()} for r, row in measured.rows.items()},
        "not_measured": measured.not_measured,
        "notes": list(measured.notes),
    }
    text = _text(figures, measured)
    if options.out:
        _write(Path(options.out), figures, f"{text}\n\n{described(setting.protocol, size)}", measured.sheet())
    return figures, text


def _write(folder: Path, figures: dict, text: str, sheet: Image.Image) -> None:
    """figures.json, figures.md and sheet.png."""
    save_text(json.dumps(figures, indent=1) + "\n", folder / "figures.json")
    save_text(f"# {figures['model']} on {Path(figures['data']).name}\n\n{text}\n", folder / "figures.md")
    save_image(sheet, folder / "sheet.png")


def _method(options) -> str:
    """What a study calls the model: its folder's name."""
    name = Path(options.model or COMPACT).resolve().name
    if name in (REAL, SOURCE, POSE):
        raise ValueError(f"a study's method cannot be called {name!r}: name the model's folder otherwise")
    return name


def _write_case(folder: Path, method: str, number: int, pair: Pair, picture: np.ndarray) -> None:
    """A pair's pictures in a study's layout (`truepose.study.folder`)."""
    pose = render_pose_map(Skeleton.from_triplets(pair.target_triplets, Keypoint), pair.target.shape[:2])
    for group, pixels in ((method, picture), (REAL, pair.target), (SOURCE, pair.source), (POSE, pose)):
        place = folder / group
        place.mkdir(parents=True, exist_ok=True)
        save_image(Image.fromarray(pixels), place / f"{number:05d}.png")


def _real(folder: str, size: tuple[int, int]) -> PreparedPictures:
    """The pictures that FID compares with.

    Raises:
        ValueError: they are of another size than the pairs.
    """
    pictures = PreparedPictures(folder)
    if pictures[0].photo().shape[:2] != size:
        raise ValueError(f"the pictures of {folder} must be of the pairs' size, {size[0]}x{size[1]}: prepare them so")
    return pictures


def _text(figures: dict, measured: Benchmark) -> str:
    """Heading, table, what is missing."""
    names = list(dict.fromkeys(name for row in measured.rows.values() for name in row))
    header = ["", *map(headed, names)]
    rows = [[row, *(f"{values[name]:.4f}" for name in names)] for row, values in measured.rows.items()]
    height, width = figures["size"]
    heading = (
        f"{figures['pairs']} pairs of {height}x{width}, {figures['steps']} steps, guidance "
        f"{figures['guidance_scale']:g}, protocol {figures['protocol']}"
    )
    missing = [f"{name} not measured: {why}" for name, why in measured.not_measured.items()]
    return "\n\n".join([heading, markdown(header, rows), *missing, *measured.notes])
