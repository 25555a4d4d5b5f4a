"""Reading a data set once: every photo opened, its gaps filled by the reader, brought to size, written into shards.

A run that was stopped or killed goes on: shards that are there are kept. Each process holds one shard in memory.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

from ..checkpoint import write_json
from ..files import save_text
from ..pose import Skeleton
from ..reading import Candidate, Person, PersonReader, load_reader
from .listing import ListedPhoto, Listing, OpenedPhoto, Problem, open_listed
from .pair import person_box
from .picture_pairs import Picture
from .picture_shards import PICTURES_PER_SHARD, SHARDS, read_index, shard_path, write_pictures
from .pseudo_pairs import enough_of

SETTINGS_FILE = "prepared.json"
PAIRS_FILE = "pairs.csv"
PROBLEMS_FILE = "problems.txt"
_FEWEST_JOINTS = 6  # as in `picture_pairs.as_pair`
_ROOM = 0.15  # of the joints' longer side, around annotated ones whose parsing map must be read


@dataclass(frozen=True)
class Prepared:
    """What became of a data set.

    Attributes:
        pictures: how many are in the shards.
        pairs: how many pairs of these.
        problems: (name, reason) of what could not be used.
    """

    pictures: int
    pairs: int
    problems: tuple[Problem, ...]


def prepare(
    listing: Listing, folder: str | Path, size: tuple[int, int], *, quality: int = 95, workers: int = 1
) -> Prepared:
    """Read a listing into a folder of picture shards, pairs.csv and problems.txt.

    Args:
        listing: see `list_deepfashion`, `list_wpose`, `list_own`.
        folder: to write to; what an earlier call with the same settings wrote is kept.
        size: (H, W) of the pictures.
        quality: of JPEG, 1-99; 100 is lossless.
        workers: processes.

    Raises:
        ValueError: the folder holds another data set or other settings, or nothing can be used.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _keep_settings(folder, _settings(listing, size, quality))
    todo = [n for n in range(-(-len(listing.photos) // PICTURES_PER_SHARD)) if not shard_path(folder, n).exists()]
    given = listing.labels, listing.bordered, bool(listing.pairs)
    jobs = (_Job(shard_path(folder, number), _share(listing.photos, number), *given) for number in todo)
    write = partial(_write_shard, fit=partial(listing.fit, size=size), quality=quality)
    with tqdm(total=len(listing.photos), unit="photo", disable=None) as bar:
        bar.update(len(listing.photos) - sum(len(_share(listing.photos, number)) for number in todo))
        if workers == 1:
            for done in map(write, jobs):
                bar.update(done)
        elif todo:
            with multiprocessing.get_context("spawn").Pool(workers, torch.set_num_threads, (1,)) as pool:
                for done in pool.imap_unordered(write, jobs):
                    bar.update(done)
    return _finish(listing, folder)


def first_of(listing: Listing, count: int) -> Listing:
    """The listing with only its first pairs and their photos, or its first single photos."""
    if not listing.pairs:
        return replace(listing, photos=listing.photos[:count])
    pairs = listing.pairs[:count]
    names = {name for pair in pairs for name in pair}
    return replace(listing, pairs=pairs, photos=tuple(photo for photo in listing.photos if photo.name in names))


def _settings(listing: Listing, size: tuple[int, int], quality: int) -> dict:
    names = [[photo.name, photo.read] for photo in listing.photos]
    annotated = [[each is not None for each in (p.skeleton, p.pose, p.parsing)] for p in listing.photos]
    return {
        "size": list(size),
        "quality": quality,
        "fit": listing.fit.__name__,
        "photos": len(listing.photos),
        "paired": bool(listing.pairs),
        "names": _print(names),
        "labels": list(listing.labels),
        "annotations": _print(annotated),
    }


def _print(rows: list) -> str:
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _keep_settings(folder: Path, settings: dict) -> None:
    path = folder / SETTINGS_FILE
    if not path.exists():
        write_json(path, settings)
        return
    earlier = read_settings(folder)
    other = [name for name, value in settings.items() if earlier.get(name) != value]
    if other:
        raise ValueError(f"{folder} was prepared otherwise (other {', '.join(other)}): give another --out")


def read_settings(folder: Path) -> dict:
    """What `prepare` was called with: size, quality, fit, photos, paired, names, labels, annotations.

    Raises:
        ValueError: the file is damaged or missing.
    """
    try:
        settings = json.loads((folder / SETTINGS_FILE).read_text(encoding="utf-8"))
        if not isinstance(settings, dict) or not {"size", "paired"} <= settings.keys():
            raise ValueError("not the settings of a prepared folder")
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read {folder / SETTINGS_FILE}: {error}") from None
    return settings


def _share(photos: tuple[ListedPhoto, ...], number: int) -> tuple[ListedPhoto, ...]:
    return photos[number * PICTURES_PER_SHARD : (number + 1) * PICTURES_PER_SHARD]


@dataclass(frozen=True, eq=False)
class _Job:
    """One shard to write: of which photos, and what the listing says of them all."""

    path: Path
    photos: tuple[ListedPhoto, ...]
    labels: tuple[str, ...]
    bordered: bool
    paired: bool


def _write_shard(job: _Job, fit: Callable[[Picture], Picture], quality: int) -> int:
    """Read the photos of a job and write its shard; returns how many photos it had."""
    pictures, problems = [], []
    for photo in job.photos:
        try:
            opened = open_listed(photo, job.labels, bordered=job.bordered)
            picture = fit(_read(opened, paired=job.paired) if photo.read else _unread(opened))
            seen = int(picture.skeleton.visible.sum())
            if photo.read and seen < _FEWEST_JOINTS:
                raise ValueError(f"too little of the person is seen: {seen} joints, {_FEWEST_JOINTS} are needed")
            pictures.append((photo.name, picture))
        except ValueError as error:
            problems.append((photo.name, str(error)))
    write_pictures(job.path, pictures, problems, quality)
    return len(job.photos)


@lru_cache(maxsize=1)
def _reader() -> PersonReader:
    """Loaded once a process, and only where a gap must be filled."""
    return load_reader()


def _read(opened: OpenedPhoto, *, paired: bool) -> Picture:
    """The annotated skeleton and parsing map, or what the reader sees in their place.

    Raises:
        ValueError: nobody is found, or too little of them to make pseudo-pairs of a single photo.
    """
    skeleton, parsing = opened.skeleton, opened.parsing
    if skeleton is None or parsing is None:
        size = opened.image.height, opened.image.width
        known = None if skeleton is None else Candidate(skeleton, _box_around(skeleton, size))
        person = _reader().read(opened.image, known)
        skeleton, parsing = skeleton or person.skeleton, person.parsing if parsing is None else parsing
    if not paired and not enough_of(Person(skeleton, parsing, person_box(parsing)), opened.image.height):
        raise ValueError("too little of the person: most joints and a third of the photo's height are needed")
    return Picture(np.asarray(opened.image), skeleton, parsing)


def _box_around(skeleton: Skeleton, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1) with room for the body around the joints, inside a photo of (height, width)."""
    x0, y0, x1, y1 = skeleton.box()
    room = _ROOM * max(x1 - x0, y1 - y0) + 1
    low = max(0, int(x0 - room)), max(0, int(y0 - room))
    return *low, min(size[1], int(np.ceil(x1 + room))), min(size[0], int(np.ceil(y1 + room)))


def _unread(opened: OpenedPhoto) -> Picture:
    """The picture alone."""
    image = np.asarray(opened.image)
    return Picture(image, Skeleton.from_points({}), np.zeros(image.shape[:2], np.uint8))


def _finish(listing: Listing, folder: Path) -> Prepared:
    """Write the lists, when all shards are there."""
    shards = [read_index(path) for path in sorted(folder.glob(SHARDS))]
    problems = (*listing.problems, *(problem for shard in shards for problem in shard.problems))
    lines = [f"{name}: {' '.join(reason.split())}\n" for name, reason in problems]
    save_text("".join(lines), folder / PROBLEMS_FILE)
    known = {name for shard in shards for name in shard.names}
    if not known:
        raise ValueError(f"none of {len(listing.photos)} photos can be used: {folder / PROBLEMS_FILE} says why")
    pairs = [pair for pair in listing.pairs if set(pair) <= known]
    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerows([("source", "target"), *pairs])
    save_text(rows.getvalue(), folder / PAIRS_FILE)  # the last: with it the folder is whole
    return Prepared(len(known), len(pairs), problems)
