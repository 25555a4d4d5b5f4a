"""Pairs made by several processes at once: each builds its own maker and writes its own shards."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch

from ..reading import PersonReader, load_reader
from .checking import Report, check_photos
from .own import open_own
from .picture_pairs import PicturePairMaker, PicturePairs
from .pseudo_pairs import PairMaker
from .shards import PairOf, write_shards
from .street import load_street


def street_pairs(
    street: str | Path, size: tuple[int, int], seed: int, *, validation: bool = False, labels_only: bool = False
) -> PairOf:
    """Pseudo-pairs of a folder of labelled photos; of the held-out ones for validation; without a reader if asked."""
    reader = None if labels_only else load_reader()
    return PairMaker(load_street(street, validation=validation), size, seed, reader)


def picture_pairs(folder: str | Path, seed: int) -> PairOf:
    """True pairs of a folder of pictures."""
    return PicturePairMaker(PicturePairs(folder), seed)


def own_pairs(folder: str | Path, size: tuple[int, int], seed: int, *, validation: bool = False) -> PairOf:
    """Pairs of anybody's photos, or of their true pairs; of the held-out ones for validation.

    Raises:
        ValueError: nothing there can be trained on.
    """
    report = read_folder(folder, load_reader())
    return report.maker(size, seed, validation=validation)


def read_folder(folder: str | Path, reader: PersonReader, on_photo: Callable[[int, int], None] | None = None) -> Report:
    """Check a folder whole.

    Args:
        on_photo: called with (photos read, photos in all); what it raises ends the check.

    Raises:
        ValueError: nothing there can be trained on.
    """
    own = open_own(folder)
    files = []
    for checked in check_photos(own, reader):
        files.append(checked)
        if on_photo is not None:
            on_photo(len(files), len(own.photos))
    report = Report(own, tuple(files))
    if report.obstacle:
        raise ValueError(f"{folder} cannot be trained on: {report.obstacle}")
    return report


def people_pairs(makehuman: Path | None, garments: Path | None, size: tuple[int, int], seed: int) -> PairOf:
    """True pairs of rendered people, of these folders' assets or procedural."""
    # Rendering needs a GL driver: only where it is asked for.
    from .rendered.assets import Assets
    from .rendered_pairs import RenderedPairMaker

    return RenderedPairMaker(Assets(makehuman=makehuman, garments=garments), size, seed)


def make_pairs(build: Callable[[], PairOf], folder: str | Path, count: int, workers: int = 1) -> int:
    """Write the shards of pairs 0..count-1; the same whatever the number of workers.

    Args:
        build: makes the maker; picklable where there are several workers.
        folder: gets the shards; those there already are kept.
        workers: processes.

    Returns:
        The number of shards.
    """
    if workers == 1:
        return write_shards(build(), folder, count)
    with multiprocessing.get_context("spawn").Pool(workers, torch.set_num_threads, (1,)) as pool:
        share = partial(_write_share, build, folder, count, workers)
        return max(pool.map(share, range(workers), chunksize=1))


def _write_share(build: Callable[[], PairOf], folder: str | Path, count: int, workers: int, worker: int) -> int:
    return write_shards(build(), folder, count, first=worker, stride=workers)
