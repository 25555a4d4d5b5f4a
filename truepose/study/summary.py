"""R2G, G2R and Jab of Sec. 5.2, with how sure they are.

R2G: of the votes on real photos, the share "generated". G2R: of those on a method's pictures, the share "real". Jab: of
the choices of the best, the share that fell on the method. The higher each is, the better the generated pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from .folder import REAL
from .votes import GENERATED, Vote

_Z = 1.959963984540054  # the normal distribution's 97.5 % point


def wilson(hits: int, votes: int) -> tuple[float, float] | None:
    """The 95 % interval of a share (Wilson 1927); None without votes. It takes votes for independent."""
    if not votes:
        return None
    share, z2 = hits / votes, _Z**2
    middle = (share + z2 / (2 * votes)) / (1 + z2 / votes)
    half = _Z / (1 + z2 / votes) * (share * (1 - share) / votes + z2 / (4 * votes**2)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)


def summarise(votes: Iterable[Vote], methods: Sequence[str]) -> dict[str, Any]:
    """The figures of a study.

    Args:
        methods: those to list; what others were voted on comes after them.

    Returns:
        raters, votes: counts; r2g: a figure; methods: name -> {"g2r": a figure, "jab": a figure}. A figure is
        {"share" in [0, 1] or None, "interval": [low, high] or None, "votes", "raters"}.
    """
    votes = list(votes)
    others = {group for vote in votes for group in vote.question.shown} - {REAL, *methods}
    singles = [vote for vote in votes if len(vote.question.shown) == 1]
    choices = [vote for vote in votes if len(vote.question.shown) > 1]

    def of(group: str) -> list[Vote]:
        return [vote for vote in singles if vote.question.shown == (group,)]

    return {
        "raters": len({vote.rater for vote in votes}),
        "votes": len(votes),
        "r2g": _figure(of(REAL), GENERATED),
        "methods": {
            method: {
                "g2r": _figure(of(method), REAL),
                "jab": _figure([vote for vote in choices if method in vote.question.shown], method),
            }
            for method in (*methods, *sorted(others))
        },
    }


def _figure(votes: Sequence[Vote], answer: str) -> dict[str, Any]:
    hits = sum(vote.answer == answer for vote in votes)
    interval = wilson(hits, len(votes))
    return {
        "share": hits / len(votes) if votes else None,
        "interval": None if interval is None else list(interval),
        "votes": len(votes),
        "raters": len({vote.rater for vote in votes}),
    }


def summary_table(figures: dict[str, Any]) -> str:
    """The figures as Markdown: a line of counts, and a row for real photos and for each method."""
    lines = [
        f"{figures['raters']} raters, {figures['votes']} votes; 95 % intervals",
        "",
        "| | R2G | G2R | Jab | raters | votes |",
        "| --- | --- | --- | --- | --- | --- |",
        _row("real photos", figures["r2g"], None, None),
    ]
    for method, of in figures["methods"].items():
        lines.append(_row(method.replace("|", "\\|"), None, of["g2r"], of["jab"]))
    return "\n".join(lines)


def _row(name: str, *figures: dict[str, Any] | None) -> str:
    there = [figure for figure in figures if figure is not None]
    counts = (max(figure["raters"] for figure in there), sum(figure["votes"] for figure in there))
    return f"| {' | '.join([name, *map(_percent, figures), *map(str, counts)])} |"


def _percent(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    if figure["share"] is None:
        return "–"
    low, high = figure["interval"]
    return f"{100 * figure['share']:.1f} % ({100 * low:.1f}–{100 * high:.1f})"
