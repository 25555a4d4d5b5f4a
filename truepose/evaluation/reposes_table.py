"""Rows of measured re-poses as tables: per stratum, the result against the warp, and against an earlier model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from .cases import Stratum
from .reposes import METHODS, RESULT, WARP
from .tables import markdown

ALL = "all"
BEFORE = "result before"
Row = dict


@dataclass(frozen=True)
class Figure:
    """One column.

    Attributes:
        title: above it.
        of: from the figures of every case of one method, a number or None.
        key: the cases' own figure that tells better from worse; None where single cases are not compared.
        better: 1 if more is better, -1 if less.
        digits: behind the point.
    """

    title: str
    of: Callable[[list[dict]], float | None]
    key: str | None = None
    better: int = 1
    digits: int = 3


def _over(function, key: str) -> Callable[[list[dict]], float | None]:
    def of(rows: list[dict]) -> float | None:
        values = [row[key] for row in rows if key in row]
        return float(function(values)) if values else None

    return of


def _words(rows: list[dict]) -> float | None:
    printed = sum(row.get("words_printed", 0) for row in rows)
    return sum(row.get("words_read", 0) for row in rows) / printed if printed else None


FIGURES = {
    "ssim": Figure("SSIM", _over(np.mean, "ssim"), "ssim"),
    "psnr": Figure("PSNR", _over(np.mean, "psnr"), "psnr", digits=2),
    "distance": Figure("distance", _over(np.mean, "distance"), "distance", -1),
    "changed_ssim": Figure("SSIM, changed", _over(np.mean, "changed_ssim"), "changed_ssim"),
    "changed_distance": Figure("distance, changed", _over(np.mean, "changed_distance"), "changed_distance", -1),
    "parsing_miou": Figure("parsing mIoU", _over(np.mean, "parsing_miou"), "parsing_miou"),
    "person_iou": Figure("person IoU", _over(np.mean, "person_iou"), "person_iou"),
    "joint_error": Figure("joint error", _over(np.mean, "joint_error"), "joint_error", -1),
    "joint_error_median": Figure("joint error, median", _over(np.median, "joint_error"), None, -1),
    "face_target": Figure("face to target", _over(np.median, "face_target"), "face_target", -1),
    "face_source": Figure("face to source", _over(np.median, "face_source"), None, -1),
    "face_found": Figure("faces found", _over(np.mean, "face_found")),
    "face_same": Figure("face <= 0.45", _over(np.mean, "face_same")),
    "words": Figure("words read", _words),
}


def summary(rows: Iterable[Row], before: Iterable[Row] = ()) -> dict[str, dict]:
    """The figures per stratum, and of all cases.

    Args:
        rows: from `measure_reposes`; those unread are left out.
        before: rows of the same cases by an earlier model, for a method "result before".

    Returns:
        stratum -> cases, faces, words (how many were measured), methods (method -> figure -> value or None), and gains
        ("warp", and "result before" if asked for -> figure -> percent, better, worse, equal: the result against it).
    """
    read = [row for row in rows if "methods" in row]
    earlier = {row["name"]: row["methods"][RESULT] for row in before if "methods" in row}
    strata = {ALL: read} | {s.value: [row for row in read if row["stratum"] == s.value] for s in Stratum}
    return {name: _stratum(chosen, earlier) for name, chosen in strata.items() if chosen}


def _stratum(rows: list[Row], earlier: dict[str, dict]) -> dict:
    columns = {method: {row["name"]: row["methods"][method] for row in rows} for method in METHODS}
    if earlier:
        columns[BEFORE] = {row["name"]: earlier[row["name"]] for row in rows if row["name"] in earlier}
    return {
        "cases": len(rows),
        "faces": sum("face_same" in case for case in columns[WARP].values()),
        "words": int(sum(case.get("words_printed", 0) for case in columns[WARP].values())),
        "methods": {m: {key: f.of(list(cases.values())) for key, f in FIGURES.items()} for m, cases in columns.items()},
        "gains": {
            base: {key: _gain(figure, columns[RESULT], columns[base]) for key, figure in FIGURES.items()}
            for base in (WARP, BEFORE)
            if base in columns
        },
    }


def _gain(figure: Figure, ours: dict[str, dict], theirs: dict[str, dict]) -> dict | None:
    """One method against another: percent of the other's figure, and in how many cases it is better, worse, equal."""
    both = [(ours[name], theirs[name]) for name in ours if name in theirs]
    result, base = (figure.of([pair[i] for pair in both]) for i in (0, 1))
    if result is None or base is None:
        return None
    gain: dict = {"percent": 100 * figure.better * (result - base) / abs(base) if base else None}
    if figure.key is not None:
        gaps = [a[figure.key] - b[figure.key] for a, b in both if figure.key in a and figure.key in b]
        signs = figure.better * np.sign(gaps)
        gain |= {"better": int((signs > 0).sum()), "worse": int((signs < 0).sum()), "equal": int((signs == 0).sum())}
    return gain


def tables(figures: dict[str, dict]) -> str:
    """Markdown: a table of methods per stratum, then the result against the warp, and against an earlier model."""
    bases = next(iter(figures.values()))["gains"] if figures else ()
    parts = [_methods_table(name, stratum) for name, stratum in figures.items()]
    return "\n\n".join([*parts, *(_gains_table(figures, base) for base in bases)])


def _methods_table(name: str, stratum: dict) -> str:
    methods = stratum["methods"]
    keys = [key for key in FIGURES if any(row[key] is not None for row in methods.values())]
    rows = [[method, *(_text(row[key], FIGURES[key].digits) for key in keys)] for method, row in methods.items()]
    counts = f"{stratum['cases']} cases, {stratum['faces']} with a face, {stratum['words']} words"
    return f"**{name}** ({counts})\n\n" + markdown(["", *(FIGURES[key].title for key in keys)], rows)


def _gains_table(figures: dict[str, dict], base: str) -> str:
    rows = []
    for key, figure in FIGURES.items():
        cells = [_gain_text(stratum["gains"].get(base, {}).get(key)) for stratum in figures.values()]
        if any(cells):
            rows.append([figure.title, *cells])
    title = f"**Result against {base}**: percent of its figure, + is better (cases better / worse, the rest equal)"
    return f"{title}\n\n" + markdown(["", *figures], rows)


def _gain_text(gain: dict | None) -> str:
    if gain is None:
        return ""
    percent = "" if gain["percent"] is None else f"{gain['percent']:+.2f} %"
    return f"{percent} ({gain['better']} / {gain['worse']})" if "better" in gain else percent


def _text(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
