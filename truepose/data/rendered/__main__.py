"""python -m truepose.data.rendered: pictures of clothed people with their skeletons and parsing maps."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from ...openpose_json import format_openpose
from ...parsing import parsing_image
from .assets import Assets
from .backdrops import BACKDROPS, paper_plate
from .lighting import studio_lighting
from .pairs import sample_pair
from .person import sample_person
from .poses import sample_pose
from .quality import FULL
from .scene import Rendered, Sitting

_SHEET_HEIGHT = 320  # pixels of each picture


def sample_pictures(
    seed: int,
    assets: Assets,
    size: tuple[int, int],
    *,
    views: int = 1,
    turn: float = 12.0,
    lights: int = 24,
    supersample: int = 2,
) -> list[Rendered]:
    """Somebody in some poses, each in its own light and before its own backdrop: a pure function of seed and assets.

    Args:
        seed: decides everything.
        assets: what people are made of.
        size: (height, width).
        views: pictures of this person.
        turn: degrees that they turn away from the camera at most, to either side; 180 shows all of them.
        lights, supersample: as `render` takes them.
    """
    rng = np.random.default_rng(seed)
    person = sample_person(rng, assets)
    pictures = []
    with Sitting(person, replace(FULL, lights=lights, supersample=supersample)) as sitting:
        for _ in range(views):
            pose = sample_pose(rng, turn=rng.uniform(-turn, turn))
            paper = BACKDROPS[rng.integers(len(BACKDROPS))]
            pictures.append(sitting.photograph(pose, studio_lighting(rng, lights), paper_plate(paper, size)))
    return pictures


def write_pair(seed: int, assets: Assets, size: tuple[int, int], folder: Path) -> list[Rendered]:
    """SEED-0 (source) and SEED-1 (target) with their skeletons and maps, and a line about them in pairs.jsonl."""
    pair = sample_pair(seed, 0, assets, size)
    names = [f"{seed:06d}-{i}" for i in (0, 1)]
    for rendered, name in zip((pair.source, pair.target), names, strict=True):
        write_picture(rendered, folder, name)
    row = {"source": names[0], "target": names[1], "words": list(pair.words), "turn": round(pair.turn, 1)}
    with open(folder / "pairs.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    return [pair.source, pair.target]


def write_picture(rendered: Rendered, folder: Path, name: str) -> None:
    """NAME.webp, NAME.json (OpenPose) and NAME.png (parsing map, palette) in a folder."""
    Image.fromarray(rendered.image).save(folder / f"{name}.webp", quality=92, method=6)
    document = format_openpose([rendered.skeleton], rendered.image.shape[:2])
    (folder / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    parsing_image(rendered.parsing).save(folder / f"{name}.png", optimize=True)


def contact_sheet(images: list[np.ndarray], columns: int = 8) -> Image.Image:
    """The pictures, small, in rows."""
    height, width = _SHEET_HEIGHT, round(_SHEET_HEIGHT * images[0].shape[1] / images[0].shape[0])
    columns = min(columns, len(images))
    sheet = Image.new("RGB", (columns * width, -(-len(images) // columns) * height), "white")
    for i, image in enumerate(images):
        cell = Image.fromarray(image).resize((width, height), Image.Resampling.LANCZOS)
        sheet.paste(cell, (i % columns * width, i // columns * height))
    return sheet


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m truepose.data.rendered", description=__doc__)
    parser.add_argument("--makehuman", type=Path, help="folder of MakeHuman's skins, eyes, hair and clothes")
    parser.add_argument("--garments", type=Path, help="folder of flat-lay garment photos with labels.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--count", type=int, default=8, help="how many people; person i has seed SEED + i")
    parser.add_argument("--views", type=int, default=1, help="pictures of each person")
    parser.add_argument("--turn", type=float, default=12.0, help="degrees they turn at most; 180 for all sides")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, nargs=2, default=(960, 640), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--lights", type=int, default=24, help="more lights: softer shadows, slower")
    parser.add_argument("--supersample", type=int, default=2, help="more: smoother edges, slower")
    parser.add_argument(
        "--pairs", action="store_true", help="two pictures of each person in one place, any action, side and framing, "
        "and pairs.jsonl; the size decides lights and sharpness",
    )  # fmt: skip
    parser.add_argument("--sheet", action="store_true", help="also write sheet.webp, all pictures small")
    return parser


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    options = _parser().parse_args(arguments)
    assets = Assets(makehuman=options.makehuman, garments=options.garments)
    options.out.mkdir(parents=True, exist_ok=True)
    if options.pairs:
        (options.out / "pairs.jsonl").unlink(missing_ok=True)
    images = []
    how = {name: getattr(options, name) for name in ("views", "turn", "lights", "supersample")}
    for seed in range(options.seed, options.seed + options.count):
        if options.pairs:
            images += [rendered.image for rendered in write_pair(seed, assets, tuple(options.size), options.out)]
            continue
        for view, rendered in enumerate(sample_pictures(seed, assets, tuple(options.size), **how)):
            write_picture(rendered, options.out, f"{seed:06d}-{view}" if options.views > 1 else f"{seed:06d}")
            images.append(rendered.image)
    if options.sheet and images:
        contact_sheet(images).save(options.out / "sheet.webp", quality=90)
    print(f"wrote {len(images)} pictures to {options.out}")


if __name__ == "__main__":
    main()
