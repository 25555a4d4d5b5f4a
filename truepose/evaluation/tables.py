"""The evaluate command's figures as Markdown tables."""

from __future__ import annotations

import json
from pathlib import Path

from ..data.opening import open_pairs
from ..files import save_image
from ..model.truepose import TruePose
from ..pipeline import COMPACT, default_device
from ..reading import EMBEDDED_READER, load_reader
from .pairs import measure_pairs
from .reading import measure_reader, rendered_truths, score_photos, street_truths
from .reading_sheet import reading_sheet, worst


def pairs_table(options) -> tuple[dict, str]:
    """Measure a model on packed pairs: (figures, table)."""
    model = TruePose.from_folder(options.model or COMPACT).eval().to(default_device())
    pairs = open_pairs(options.pairs, hint=model.config.warp_hint, count=options.count)
    steps = options.steps or model.config.steps
    guidance = model.config.guidance_scale if options.guidance is None else options.guidance
    table = measure_pairs(model, pairs, steps=steps, guidance_scale=guidance, without_hint=options.without_hint)
    columns = list(next(iter(table.values())))
    rows = [[method, *(f"{figures[c]:.4f}" for c in columns)] for method, figures in table.items()]
    figures = {"pairs": len(pairs), "steps": steps, "guidance_scale": guidance, "methods": table}
    return figures, f"{len(pairs)} pairs, {steps} steps, guidance {guidance}\n\n" + markdown(["", *columns], rows)


def reader_table(options) -> tuple[dict, str]:
    """Measure a reader on the validation photos, or on rendered people: (figures, table); draws the sheet asked for."""
    before = {} if options.before is None else _earlier_figures(options.before)
    truths, folder = (street_truths, options.street) if options.street else (rendered_truths, options.rendered)
    scores = score_photos(load_reader(options.model or EMBEDDED_READER), truths(folder, options.count))
    if options.worst:
        save_image(reading_sheet(worst(scores, 24)), options.worst)
    figures = measure_reader(scores)
    tables = [
        ("figure", {name: value for name, value in figures.items() if not isinstance(value, dict)}, before),
        ("joint, PCK@0.1", figures["pck"], before.get("pck", {})),
        ("label, IoU", figures["iou"], before.get("iou", {})),
    ]
    return figures, "\n\n".join(_beside(title, now, earlier, bool(before)) for title, now, earlier in tables)


def _beside(title: str, now: dict, earlier: dict, with_earlier: bool) -> str:
    """A table of figures, with those of an earlier reader before them where there are any."""
    columns = ["before", "now"] if with_earlier else [""]
    rows = [[name, *(_number(each.get(name)) for each in ((earlier, now) if with_earlier else (now,)))] for name in now]
    return markdown([title, *columns], rows)


def _number(value: float | int | None) -> str:
    return "" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _earlier_figures(path: str) -> dict:
    """What an earlier `evaluate --json` wrote.

    Raises:
        ValueError: it is no such file.
    """
    try:
        figures = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read the figures {path}: {error}") from None
    if not isinstance(figures, dict) or not isinstance(figures.get("pck"), dict):
        raise ValueError(f"{path} holds no figures of a reader: `evaluate --json` writes them")
    return figures


def attention_table(figures: dict[str, dict[str, float]]) -> str:
    """The study's means with their standard errors."""
    areas = ("background", "clothes", "head")
    rows = [
        [name, *(f"{row[area]:.3f} ± {row[f'{area}_error']:.3f}" for area in areas), f"{100 * row['source']:.0f} %"]
        for name, row in figures.items()
    ]
    return markdown(["mean attention (even: 1)", *areas, "to the source"], rows)


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
