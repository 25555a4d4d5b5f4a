"""True pairs as pictures in a folder: what the renderer writes, or anybody with two photos of one person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..openpose_json import load_pose
from ..photo import open_parsing, open_photo
from ..pose import Skeleton
from ..reading.person import Person
from .misreading import misread
from .pair import Pair, pair_of, person_box

_FEWEST_JOINTS = 6


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture with its labels.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        skeleton: joints in its pixels.
        parsing: (H, W) uint8 labels.
    """

    image: np.ndarray
    skeleton: Skeleton
    parsing: np.ndarray


@dataclass(frozen=True, eq=False)
class PicturePair:
    """One person in two poses before one background.

    Attributes:
        name: what it is called in lists.
        source, target: of one size.
        words: printed on the clothes; empty where unknown.
        turn: degrees about the vertical from source to target; None where unknown.
    """

    name: str
    source: Picture
    target: Picture
    words: tuple[str, ...] = ()
    turn: float | None = None


class PicturePairs(Sequence[PicturePair]):
    """The pairs of a folder: `pairs.jsonl`, and NAME.webp, NAME.json (OpenPose), NAME.png (parsing) of each picture.

    Args:
        folder: each line of its pairs.jsonl is {"source": NAME, "target": NAME}, and where known "words": [WORD, ...]
            printed on the clothes and "turn": degrees about the vertical.
        count: only the first so many.

    Raises:
        ValueError: there is no pairs.jsonl, it is empty, or a line is broken.
    """

    def __init__(self, folder: str | Path, count: int | None = None):
        self.folder = Path(folder)
        try:
            lines = (self.folder / "pairs.jsonl").read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeError):
            raise ValueError(f"no true pairs in {folder}: pairs.jsonl is missing or no text") from None
        rows = [pair_row(line, number) for number, line in enumerate(lines, 1) if line.strip()]
        if not rows:
            raise ValueError(f"no true pairs in {folder}: pairs.jsonl is empty")
        self.rows = rows[:count]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> PicturePair:
        row = self.rows[index]
        source, target = (self._picture(row[which]) for which in ("source", "target"))
        if source.image.shape != target.image.shape:
            raise ValueError(f"{row['source']} and {row['target']} of {self.folder} must be of one size")
        name = f"{row['source']} to {row['target']}"
        return PicturePair(name, source, target, tuple(row.get("words") or ()), row.get("turn"))

    def _picture(self, name: str) -> Picture:
        image = np.asarray(open_photo(self.folder / f"{name}.webp"))
        size = image.shape[:2]
        pose = load_pose(self.folder / f"{name}.json", size)
        return Picture(image, pose, open_parsing(self.folder / f"{name}.png", size))


class PicturePairMaker:
    """Makes training pairs of a folder's pictures; pair i is a pure function of (seed, i) and of the folder.

    Args:
        pictures: of the size that the training pairs get.
        seed: of the reader's errors.
    """

    def __init__(self, pictures: PicturePairs, seed: int):
        self.pictures, self.seed = pictures, seed

    def __call__(self, index: int) -> Pair | None:
        """Pair number `index`, counted round; None where a picture shows too few joints to warp by."""
        pictures = self.pictures[index % len(self.pictures)]
        return as_pair(pictures.source, pictures.target, np.random.default_rng((self.seed, index)))


def as_pair(source: Picture, target: Picture, rng: np.random.Generator) -> Pair | None:
    """The training pair of two pictures, the source read with a reader's errors; None with fewer than six joints."""
    if min(source.skeleton.visible.sum(), target.skeleton.visible.sum()) < _FEWEST_JOINTS:
        return None
    person = misread(Person(source.skeleton, source.parsing, person_box(source.parsing)), rng)
    return pair_of(source.image, person, target.image, target.parsing, target.skeleton)


def pair_row(line: str, number: int) -> dict:
    """One line of pairs.jsonl, checked."""
    broken = f"line {number} of pairs.jsonl is broken"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError(f"{broken}: it is not JSON") from None
    if not isinstance(row, dict) or not all(isinstance(row.get(k), str) for k in ("source", "target")):
        raise ValueError(f'{broken}: it must name a "source" and a "target"')
    words, turn = row.get("words"), row.get("turn")
    if words is not None and not (isinstance(words, list) and all(isinstance(word, str) for word in words)):
        raise ValueError(f'{broken}: "words" must be a list of texts')
    if turn is not None and (isinstance(turn, bool) or not isinstance(turn, int | float)):
        raise ValueError(f'{broken}: "turn" must be a number of degrees')
    return row
