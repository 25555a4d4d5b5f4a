"""Pseudo-pairs from single photos: the photo is the target, its puppet warp into another pose the source.

Warping that source back gives the hint, with the defects that the warp has in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from PIL import Image

from ..parsing import IGNORE, BodyPart, person_mask
from ..pose import Keypoint, Skeleton, torso_length
from ..reading.person import NoPersonFound, Person, PersonReader
from ..resample import sample, sample_labels
from ..warp import composite, cut_puppet, warp_puppet
from ..warp.matte import draw_out
from .augment import studio_background
from .misreading import misread
from .pair import Pair, pair_of, person_box
from .poses import random_pose

SMALLEST_SHARE = 0.3  # of the photo's height that a person must fill
_FEWEST_JOINTS = 8
_STUDIO = 0.35  # share of the pairs before a studio's wall instead of the street
_HALF = 0.3  # share of the pairs that show a part of the body
_UPPER = [k for k in Keypoint if not k.name.endswith(("_KNEE", "_ANKLE"))]
_LOWER = [k for k in Keypoint if k.name.endswith(("_HIP", "_KNEE", "_ANKLE"))]


def make_pair(
    photo: np.ndarray, person: Person, size: tuple[int, int], rng: np.random.Generator, others: list[Skeleton]
) -> Pair:
    """One pseudo-pair of a photo, in a random frame around its person.

    Args:
        photo: (h, w, 3) uint8 RGB of any size.
        person: joints and parsing in its pixels.
        size: (H, W) of the pair.
        others: skeletons to borrow poses from.
    """
    matrix = _random_frame(_random_part(person, rng), size, rng)
    target, parsing = sample(photo, matrix, size), sample_labels(person.parsing, matrix, size)
    skeleton = person.skeleton.transformed(matrix).inside(size)
    if rng.random() < _STUDIO:
        target = before_a_wall(target, parsing, skeleton, rng)
    source, moved = _reposed(target, parsing, skeleton, random_pose(skeleton, rng, others))
    return pair_of(source, misread(moved, rng), target, parsing, skeleton)


def before_a_wall(photo: np.ndarray, parsing: np.ndarray, skeleton: Skeleton, rng: np.random.Generator) -> np.ndarray:
    """(H, W, 3) uint8: the photo's person drawn out and put before a studio's wall."""
    unit = torso_length(skeleton) or 0.3 * photo.shape[0]
    drawn = draw_out(photo, person_mask(_known(parsing)), max(2.0, 0.025 * unit))
    alpha = drawn.alpha[..., None].astype(np.float32) / 255
    wall = studio_background(photo.shape[:2], rng)
    return np.rint(alpha * drawn.colour + (1 - alpha) * wall).astype(np.uint8)


def _known(parsing: np.ndarray) -> np.ndarray:
    return np.where(parsing == IGNORE, BodyPart.BACKGROUND, parsing).astype(np.uint8)


def _reposed(photo, parsing, skeleton, pose) -> tuple[np.ndarray, Person]:
    known = _known(parsing)
    puppet = cut_puppet(photo, Person(skeleton, known, person_box(known)))
    warped = warp_puppet(puppet, pose)
    return composite(warped, puppet.plate), Person(pose, warped.parsing, person_box(warped.parsing))


def _random_part(person: Person, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """(x0, y0, x1, y1): all of the person, or now and then the upper or the lower part."""
    box = person.box
    if rng.random() >= _HALF:
        return box
    seen, xy = person.skeleton.visible, person.skeleton.xy
    upper = rng.random() < 0.75
    rows = [xy[k, 1] for k in (_UPPER if upper else _LOWER) if seen[k]]
    if len(rows) < 4:
        return box
    torso = torso_length(person.skeleton) or 0.3 * (box[3] - box[1])
    if upper:
        return box[0], box[1], box[2], float(np.clip(max(rows) + rng.uniform(-0.2, 0.7) * torso, box[1] + 1, box[3]))
    return box[0], float(np.clip(min(rows) - rng.uniform(0, 0.7) * torso, box[1], box[3] - 1)), box[2], box[3]


def _random_frame(box, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(2, 3) matrix that shows the box at 72-96 % of the frame, a little off-centre."""
    height, width = size
    x0, y0, x1, y1 = box
    scale = rng.uniform(0.72, 0.96) * min(height / (y1 - y0), width / (x1 - x0))
    center = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    to = np.array([width, height]) * (0.5 + rng.uniform(-0.04, 0.04, 2))
    return np.array([[scale, 0, to[0] - scale * center[0]], [0, scale, to[1] - scale * center[1]]])


def enough_of(person: Person, height: int) -> bool:
    """Whether there is something to learn from: not without a torso or in a corner of the photo's height."""
    tall = person.box[3] - person.box[1] >= SMALLEST_SHARE * height
    return tall and int(person.skeleton.visible.sum()) >= _FEWEST_JOINTS


class LabelledPhoto(Protocol):
    """A photo to make pairs of, as `StreetPhoto` has it."""

    @property
    def skeleton(self) -> Skeleton:
        """The joints in its pixels."""
        ...

    def photo(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        ...

    def parsing(self) -> np.ndarray | None:
        """(H, W) uint8 labels, or None where there are none."""
        ...


class PairMaker:
    """Makes pseudo-pairs of a set of photos; pair i is a pure function of (seed, i) and of the reader.

    Args:
        photos: to make pairs from.
        size: (H, W) of the pairs.
        seed: of all choices.
        reader: reads the parsing of photos without labels, and of half of those with, as it will be in use; without
            one the labels serve alone, and photos that have none give no pair.
    """

    def __init__(self, photos: Sequence[LabelledPhoto], size: tuple[int, int], seed: int, reader: PersonReader | None):
        self.photos, self.size, self.seed, self.reader = photos, size, seed, reader
        self.others = [p.skeleton for p in photos if p.skeleton.visible.all()]

    def __call__(self, index: int) -> Pair | None:
        """Pair number `index`; None where the reader finds nobody in its photo or too little of them."""
        rng = np.random.default_rng((self.seed, index))
        item = self.photos[rng.integers(len(self.photos))]
        photo, parsing = item.photo(), item.parsing()
        if parsing is not None and (rng.random() < 0.5 or self.reader is None):
            person = Person(item.skeleton, parsing, person_box(parsing))
        elif self.reader is None:
            return None
        else:
            try:
                person = self.reader.read(Image.fromarray(photo))
            except NoPersonFound:
                return None
        if not enough_of(person, photo.shape[0]):
            return None
        try:
            return make_pair(photo, person, self.size, rng, self.others)
        except ValueError:  # the part shown has no joint in it
            return None
