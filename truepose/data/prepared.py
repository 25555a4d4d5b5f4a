"""Pairs of a prepared folder: each decoded from its shard when it is asked for, nothing kept in memory."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..parsing import IGNORE, BodyPart
from ..pose import Keypoint, Skeleton
from ..reading.person import Person
from .listing import text_lines
from .pair import Pair, pair_of, person_box
from .picture_pairs import Picture
from .picture_shards import SHARDS, StoredPicture, read_index
from .preparing import PAIRS_FILE, read_settings
from .pseudo_pairs import PairMaker

PSEUDO_PAIRS_PER_PHOTO = 16
_GREY = 128  # the byte that is nearest to the middle grey of `inputs.without_hint`
_TRIES = 8


class PreparedPictures(Sequence[StoredPicture]):
    """The pictures of a prepared folder, in order; in memory are their names and joints alone.

    Args:
        folder: that `preparing.prepare` finished.
        read: only those whose person was read; all by default.

    Attributes:
        names: of the pictures.

    Raises:
        ValueError: it is no prepared folder, not finished, or damaged.
    """

    def __init__(self, folder: str | Path, *, read: bool = False):
        if not (Path(folder) / PAIRS_FILE).exists():
            raise ValueError(f"{folder} is not prepared to the end: run the same `prepare` command again")
        shards = [read_index(path) for path in sorted(Path(folder).glob(SHARDS))]
        if not shards:
            raise ValueError(f"no pictures in {folder}: prepare some with `python -m truepose prepare`")
        self._paths = [shard.path for shard in shards]
        joints = np.concatenate([shard.joints for shard in shards])
        kept = joints[..., 2].any(1) if read else np.ones(len(joints), bool)
        names = [name for shard in shards for name in shard.names]
        places = [(number, row) for number, shard in enumerate(shards) for row in range(len(shard.names))]
        self.names = tuple(name for name, keep in zip(names, kept, strict=True) if keep)
        self._joints, self._places = joints[kept], np.array(places, np.int32).reshape(-1, 2)[kept]

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        number, row = self._places[index]
        return StoredPicture(self._paths[number], int(row), Skeleton.from_triplets(self._joints[index], Keypoint))


class PreparedPairs(Sequence[Pair]):
    """The pairs of a prepared folder, by number; of a folder of single photos, pseudo-pairs made as they are asked for.

    Args:
        folder: that `preparing.prepare` finished.
        hint: whether the model sees the puppet warp. Without, nothing is warped (but for the sources of pseudo-pairs)
            and hint, alpha and keep say nothing, as `inputs.without_hint` does.
        count: only the first so many; all by default, of single photos `PSEUDO_PAIRS_PER_PHOTO` of each.

    Raises:
        ValueError: it is no prepared folder, not finished, damaged, or without pairs.
    """

    def __init__(self, folder: str | Path, *, hint: bool, count: int | None = None):
        settings = read_settings(Path(folder))
        self.folder, self.hint = Path(folder), hint
        self._pictures = PreparedPictures(folder, read=True)
        self._maker = None
        if settings["paired"]:
            self._pairs = _pairs(self.folder, self._pictures.names)
            length = len(self._pairs)
        else:
            self._maker = PairMaker(self._pictures, tuple(settings["size"]), 0, None)
            length = PSEUDO_PAIRS_PER_PHOTO * len(self._pictures)
        if not length:
            raise ValueError(f"no pairs in {folder}: none of its pictures can be used")
        self._length = length if count is None else min(count, length)

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not 0 <= index < len(self):
            raise IndexError(index)
        if self._maker is not None:
            pair = self._pseudo_pair(index)
            return pair if self.hint else replace(pair, **_nothing(pair.target.shape[:2]))
        source, target = (self._pictures[i].picture() for i in self._pairs[index])
        return _pair(source, target, hint=self.hint)

    def _pseudo_pair(self, index: int) -> Pair:
        # Now and then a random frame shows no joint: the same number again, of another draw.
        for draw in range(_TRIES):
            pair = self._maker(index + draw * PSEUDO_PAIRS_PER_PHOTO * len(self._pictures))
            if pair is not None:
                return pair
        raise ValueError(f"no pair can be made of the photos in {self.folder}: their people are cut off")


def _pairs(folder: Path, names: tuple[str, ...]) -> np.ndarray:
    """(n, 2) int32 numbers of sources and targets among the names."""
    number = {name: i for i, name in enumerate(names)}
    rows = list(csv.reader(text_lines(folder / PAIRS_FILE)))[1:]
    try:
        return np.array([(number[source], number[target]) for source, target in rows], np.int32).reshape(-1, 2)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{folder / PAIRS_FILE} does not fit its pictures: {error}") from None


def _pair(source: Picture, target: Picture, *, hint: bool) -> Pair:
    parsing = np.where(source.parsing == IGNORE, BodyPart.BACKGROUND, source.parsing).astype(np.uint8)
    if hint:
        person = Person(source.skeleton, parsing, person_box(parsing))
        return pair_of(source.image, person, target.image, target.parsing, target.skeleton)
    return Pair(
        source.image, parsing, source.skeleton.triplets(), target.image, target.parsing, target.skeleton.triplets(),
        **_nothing(target.image.shape[:2]),
    )  # fmt: skip


def _nothing(size: tuple[int, int]) -> dict[str, np.ndarray]:
    """A hint that says nothing."""
    return {
        "hint": np.full((*size, 3), _GREY, np.uint8),
        "alpha": np.zeros(size, np.uint8),
        "keep": np.zeros(size, np.uint8),
    }
