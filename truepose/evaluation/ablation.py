"""What came out of a series of runs, in the layout of the paper's Table 2: a row a variant, a column a figure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from PIL import Image

from ..data.pair import Pair
from ..model.truepose import TruePose
from .benchmark import COPY, FID, NETWORK, RESULT, WARP, Sampling, headed, run_benchmark
from .metrics import Setting
from .sheets import grid, strip
from .tables import markdown

# Table 2's columns first, in its order.
ORDER = ("lpips", "ssim", "psnr", FID, "ssim-51", "efficientnet-distance")
_HEIGHT = 192  # pixels of a picture on the sheet


@dataclass(frozen=True, eq=False)
class Compared:
    """The figures of a series.

    Attributes:
        rows: row -> figure -> mean over the pairs.
        not_measured: figure -> why.
        sheet: the first pairs, as each variant gives them.
    """

    rows: dict[str, dict[str, float]]
    not_measured: dict[str, str]
    sheet: Image.Image

    def table(self) -> str:
        """Markdown; a figure that was not measured is a dash, and why stands below."""
        found = {name for row in self.rows.values() for name in row} | self.not_measured.keys()
        names = sorted(found, key=lambda n: ORDER.index(n) if n in ORDER else len(ORDER))
        header = ["", *map(headed, names)]
        rows = [[row, *(_number(values.get(name)) for name in names)] for row, values in self.rows.items()]
        missing = [f"{name} not measured: {why}" for name, why in self.not_measured.items()]
        return "\n\n".join([markdown(header, rows), *missing])


def compare(
    models: dict[str, TruePose], pairs: dict[bool, Sequence[Pair]], metrics: Sequence[str], setting: Setting, **sampling
) -> Compared:
    """Measure each variant's own pictures.

    Args:
        models: by variant.
        pairs: the same pairs with the warp (true) and without (false), as a model sees them.
        metrics, setting: of `run_benchmark`.
        sampling: batch_size and seed; steps and guidance are each model's own.
    """
    rows: dict[str, dict[str, float]] = {}
    not_measured: dict[str, str] = {}
    shown: list[dict[str, np.ndarray]] = []
    for name, model in models.items():
        how = Sampling(model.config.steps, model.config.guidance_scale, **sampling)
        measured = run_benchmark(model.eval(), pairs[model.config.warp_hint], metrics, setting, how)
        not_measured |= measured.not_measured
        rows |= {row: measured.rows[row] for row in (COPY, WARP) if row in measured.rows}
        rows[name] = measured.rows[NETWORK]
        if RESULT in measured.rows:
            rows[f"{name}: over the warp"] = measured.rows[RESULT]
        for number, pictures in enumerate(measured.shown):
            if len(shown) == number:
                shown.append({"source": pictures[COPY], "target": pictures["target"]})
            shown[number][name] = pictures[NETWORK]
    return Compared(rows, not_measured, _sheet(shown))


def _sheet(shown: list[dict[str, np.ndarray]]) -> Image.Image:
    draw = partial(strip, height=_HEIGHT)
    return grid([draw([Image.fromarray(p) for p in row.values()], " | ".join(row)) for row in shown], 1)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"
