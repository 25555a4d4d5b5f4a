"""The validation sheet of a run: held-out pairs, then a row of results per validation, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from ..data.pair import Pair
from ..evaluation.pairs import pictures
from ..evaluation.sheets import strip
from ..files import save_image
from ..model.truepose import TruePose

SHEET_NAME = "sheet.webp"
_HEIGHT = 256  # pixels of a picture
_MOST_ROWS = 24  # of results; of a longer run every second, fourth, ... is shown


def grow_sheet(model: TruePose, pairs: Sequence[Pair], run: Path, step: int) -> None:
    """Add the row of one validation to `sheet.webp`; its rows are kept apart in `sheet/`.

    Args:
        model: as it is after `step` steps.
        pairs: the pairs to show, side by side, always the same.
        run: the run's folder.
    """
    rows = run / "sheet"
    rows.mkdir(exist_ok=True)
    results = []
    for pair in pairs:
        shown = pictures(model, pair, steps=model.config.steps, guidance_scale=1.0)
        results.append(Image.fromarray(shown["result"]))
    save_image(strip(results, f"result, step {step}", _HEIGHT), rows / f"{step:08d}.png")
    given = [
        strip([Image.fromarray(getattr(pair, field)) for pair in pairs], caption, _HEIGHT)
        for field, caption in (("source", "source"), ("target", "wanted"), ("hint", "warp"))
    ]
    save_image(
        _stacked([*given, *(Image.open(path) for path in reversed(_shown(sorted(rows.glob("*.png")))))]),
        run / SHEET_NAME,
    )


def _shown(rows: list[Path]) -> list[Path]:
    """All rows, or evenly chosen ones with the first and the last."""
    every = 1
    while len(rows) / every > _MOST_ROWS:
        every *= 2
    chosen = rows[::every]
    return chosen if not rows or chosen[-1] == rows[-1] else [*chosen, rows[-1]]


def _stacked(rows: list[Image.Image]) -> Image.Image:
    sheet = Image.new("RGB", (max(row.width for row in rows), sum(row.height for row in rows)), "white")
    top = 0
    for row in rows:
        sheet.paste(row, (0, top))
        top += row.height
    return sheet
