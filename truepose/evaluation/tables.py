"""The evaluate command's figures as Markdown tables."""

from __future__ import annotations

from ..data.pairs import load_pairs
from ..files import save_image
from ..model.truepose import TruePose
from ..pipeline import COMPACT
from ..reading import EMBEDDED_READER, load_reader
from .pairs import measure_pairs
from .reading import measure_reader, rendered_truths, score_photos, street_truths
from .reading_sheet import reading_sheet, worst


def pairs_table(options) -> tuple[dict, str]:
    """Measure a model on packed pairs: (figures, table)."""
    model = TruePose.from_folder(options.model or COMPACT).eval()
    pairs = load_pairs(options.pairs)[: options.count]
    steps = options.steps or model.config.steps
    guidance = model.config.guidance_scale if options.guidance is None else options.guidance
    table = measure_pairs(model, pairs, steps=steps, guidance_scale=guidance)
    columns = list(next(iter(table.values())))
    rows = [[method, *(f"{figures[c]:.4f}" for c in columns)] for method, figures in table.items()]
    figures = {"pairs": len(pairs), "steps": steps, "guidance_scale": guidance, "methods": table}
    return figures, f"{len(pairs)} pairs, {steps} steps, guidance {guidance}\n\n" + markdown(["", *columns], rows)


def reader_table(options) -> tuple[dict, str]:
    """Measure a reader on the validation photos, or on rendered people: (figures, table); draws the sheet asked for."""
    truths = street_truths if options.street else rendered_truths
    scores = score_photos(
        load_reader(options.model or EMBEDDED_READER), truths(options.street or options.rendered, options.count)
    )
    if options.worst:
        save_image(reading_sheet(worst(scores, 24)), options.worst)
    figures = measure_reader(scores)
    head = [[k, f"{v:.4f}" if isinstance(v, float) else str(v)] for k, v in figures.items() if not isinstance(v, dict)]
    joints = [[k, f"{v:.3f}"] for k, v in figures["pck"].items()]
    labels = [[k, f"{v:.3f}"] for k, v in figures["iou"].items()]
    return figures, "\n\n".join(
        [markdown(["figure", ""], head), markdown(["joint", "PCK@0.1"], joints), markdown(["label", "IoU"], labels)]
    )


def markdown(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
