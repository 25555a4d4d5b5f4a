"""The evaluate command on whole re-poses: figures, tables, and a sheet of the worst."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from ..files import readable_file, save_image
from ..pipeline import COMPACT, TruePosePipeline
from ..reading import load_reader
from .cases import FolderCases, ReposeCase, StreetCases
from .reposes import RESULT, TRUTH, WARP, Judges, Pictures, measure_reposes
from .reposes_table import summary, tables
from .sheets import grid, strip

_STREET_COUNT = 96  # of the 101 held-out photos with a map
_WORST = 24  # cases on the sheet
_HEIGHT = 320  # pixels of each picture on it


def reposes_report(options) -> tuple[dict, str]:
    """Measure a model on whole re-poses: (figures, tables); draws the sheet asked for."""
    before = {} if options.before is None else _earlier_rows(options.before, options.as_drags)
    cases = _cases(options)
    reader = load_reader()
    pipeline = TruePosePipeline.from_pretrained(options.model or COMPACT, reader=reader)
    judges, worst = Judges.installed(reader), _Worst()
    settings = {
        "as_drag": options.as_drags,
        "steps": options.steps or pipeline.defaults.steps,
        "guidance_scale": pipeline.defaults.guidance_scale if options.guidance is None else options.guidance,
    }

    def on_case(case: ReposeCase, row: dict, pictures: Pictures | None) -> None:
        if options.before is not None and before.get(row["name"], {}).get("print") != row["print"]:
            raise ValueError(f"{options.before} is of other cases: measure the earlier model on these, with --model")
        if options.sheet and pictures is not None:
            worst.see(row, pictures)

    progress = tqdm(cases, unit="case", disable=None)
    rows = measure_reposes(pipeline, judges, progress, on_case=on_case, **settings)
    if options.sheet:
        save_image(worst.sheet(), options.sheet)
    strata = summary(rows, [before[row["name"]] for row in rows if row["name"] in before])
    figures = {"cases": len(rows), **settings, "not_measured": judges.missing, "strata": strata, "rows": rows}
    return figures, "\n\n".join([_heading(figures), tables(strata), *judges.missing])


def _cases(options) -> StreetCases | FolderCases:
    if options.reposes:
        return FolderCases(options.reposes, options.count)
    return StreetCases(options.reposes_of_street, options.count or _STREET_COUNT, options.seed)


def _heading(figures: dict) -> str:
    unread = [row["name"] for row in figures["rows"] if "unread" in row]
    lost = f"; nobody found in the source of {len(unread)}: {', '.join(unread)}" if unread else ""
    how = "as drags" if figures["as_drag"] else "to the true joints"
    return f"{figures['cases']} cases {how}, {figures['steps']} steps, guidance {figures['guidance_scale']}{lost}"


def _earlier_rows(path: str, as_drags: bool) -> dict[str, dict]:
    """Name -> row of what an earlier `evaluate --json` wrote about re-poses.

    Raises:
        ValueError: it is no such file, or one asked for otherwise.
    """
    try:
        figures = json.loads(readable_file(path).read_text(encoding="utf-8"))
        rows, alike = {row["name"]: row for row in figures["rows"]}, figures["as_drag"] == as_drags
    except ValueError as error:
        raise ValueError(f"cannot read the figures {Path(path).name}: {error}") from None
    except (KeyError, TypeError):
        raise ValueError(f"{path} holds no figures of re-poses: `evaluate --json` writes them") from None
    if not alike:
        raise ValueError(f"{path} was measured {'without' if as_drags else 'with'} --as-drags: ask alike both times")
    return rows


class _Worst:
    """Keeps strips of the cases whose result lies farthest from the truth, the worst first."""

    def __init__(self):
        self.cells: list[tuple[float, Image.Image]] = []

    def see(self, row: dict, pictures: Pictures) -> None:
        ours, warp = (row["methods"][method]["distance"] for method in (RESULT, WARP))
        shown = [Image.fromarray(pictures[method]) for method in ("copy", TRUTH, WARP, RESULT)]
        caption = (
            f"{row['name']}  {row['stratum']}  distance {ours:.3f}, warp {warp:.3f}  source | target | warp | result"
        )
        self.cells.append((ours, strip(shown, caption, _HEIGHT)))
        self.cells = sorted(self.cells, key=lambda cell: -cell[0])[:_WORST]

    def sheet(self) -> Image.Image:
        if not self.cells:
            raise ValueError("there is nothing to draw on a sheet: nobody was found in any source")
        return grid([cell for _, cell in self.cells], columns=2)
