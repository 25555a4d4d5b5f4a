"""Pairs of anybody's own photos, made in the run's folder before the first step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..checkpoint import write_json
from ..data.making import read_folder
from ..data.pair import Pair
from ..data.shards import PairOf, write_shards
from ..reading import load_reader
from .loop import log

_PAUSE = 1.0  # seconds between lines of the log
_DONE = "pairs.json"


class Interrupted(Exception):
    """The run was asked to stop before its first step."""


@dataclass(frozen=True)
class OwnPhotos:
    """Photos to make training pairs of.

    Attributes:
        folder: photos, or true pairs of them named in pairs.csv or pairs.jsonl.
        count: training pairs to make.
        seed: of all choices.
        share: of the samples, beside the shares of packed pairs.
    """

    folder: str
    count: int = 400
    seed: int = 0
    share: float = 1.0

    def __post_init__(self):
        if self.count < 1 or not self.share > 0:
            raise ValueError(f"count must be at least 1 and share above 0, got {self.count} and {self.share}")


def prepare(
    photos: OwnPhotos, size: tuple[int, int], validation_count: int, run: Path, should_stop: Callable[[], bool]
) -> tuple[Path, Path]:
    """Make the pairs of a run; what an earlier start of it made is kept.

    Args:
        photos: what to make them of.
        size: (H, W) of the pairs.
        validation_count: pairs of held-out photos.
        run: the run's folder; gets `pairs/`, `validation/`, and `pairs.json` with what the photos' check said.
        should_stop: asked after every photo and every pair.

    Returns:
        The folders of training and validation pairs.

    Raises:
        Interrupted: `should_stop` said so.
        ValueError: nothing in the folder can be trained on.
    """
    folders = run / "pairs", run / "validation"
    if (run / _DONE).exists():
        return folders
    progress = _Progress(run, should_stop)
    report = read_folder(photos.folder, load_reader(), lambda done, total: progress.tell("reading", done, total))
    total = photos.count + validation_count
    makers = [report.maker(size, photos.seed + held, validation=bool(held)) for held in (0, 1)]
    write_shards(progress.told(makers[0], 0, total), folders[0], photos.count)
    write_shards(progress.told(makers[1], photos.count, total), folders[1], validation_count)
    write_json(run / _DONE, {"report": report.lines(), "problems": report.problems})
    return folders


class _Progress:
    """Lines in the run's log while its pairs are made."""

    def __init__(self, run: Path, should_stop: Callable[[], bool]):
        self._run, self._should_stop = run, should_stop
        self._last = -_PAUSE

    def tell(self, what: str, done: int, total: int) -> None:
        if self._should_stop():
            raise Interrupted
        now = time.monotonic()
        if now - self._last >= _PAUSE or done == total:
            self._last = now
            log(self._run, {what: done, "of": total})

    def told(self, make: PairOf, before: int, total: int) -> PairOf:
        def making(number: int) -> Pair | None:
            pair = make(number)
            self.tell("making", before + number + 1, total)
            return pair

        return making
