"""Pseudo-pairs from single photos: the photo is the target, its puppet warp into another pose the source.

Warping that source back gives the hint, with the defects that the warp has in use.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from PIL import Image

from ..parsing import IGNORE, BodyPart, part_mask, person_mask
from ..pose import Skeleton
from ..reading.person import NoPersonFound, Person, PersonReader
from ..resample import sample, sample_labels
from ..warp import composite, cut_puppet, warp_puppet
from .poses import random_pose
from .street import StreetPhoto


@dataclass(frozen=True, eq=False)
class Pair:
    """One training pair at the model's size (H, W).

    Attributes:
        source: (H, W, 3) uint8 RGB.
        source_parsing: (H, W) uint8.
        target: (H, W, 3) uint8 RGB.
        target_parsing: (H, W) uint8; 255 where unknown.
        target_triplets: (18, 3) float32 joints of the target: x, y, score.
        hint: (H, W, 3) uint8 RGB, the source warped to the target's pose, on its plate.
        alpha: (H, W) uint8, the hint's person.
        keep: (H, W) uint8, the hint's validity times 255.
    """

    source: np.ndarray
    source_parsing: np.ndarray
    target: np.ndarray
    target_parsing: np.ndarray
    target_triplets: np.ndarray
    hint: np.ndarray
    alpha: np.ndarray
    keep: np.ndarray


PAIR_FIELDS = tuple(field.name for field in fields(Pair))


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
    matrix = _random_frame(person.box, size, rng)
    target, parsing = sample(photo, matrix, size), sample_labels(person.parsing, matrix, size)
    skeleton = person.skeleton.transformed(matrix)
    source, moved = _reposed(target, parsing, skeleton, random_pose(skeleton, rng, others))
    jittered = Skeleton(moved.skeleton.xy + rng.normal(0, 0.8, (18, 2)), moved.skeleton.visible, moved.skeleton.score)
    puppet = cut_puppet(source, Person(jittered, moved.parsing, moved.box))
    back = warp_puppet(puppet, skeleton)
    return Pair(
        source, moved.parsing, target, parsing, skeleton.triplets(),
        composite(back, puppet.plate), back.rgba[..., 3], np.rint(255 * back.validity).astype(np.uint8),
    )  # fmt: skip


def _reposed(photo, parsing, skeleton, pose) -> tuple[np.ndarray, Person]:
    known = np.where(parsing == IGNORE, BodyPart.BACKGROUND, parsing).astype(np.uint8)
    puppet = cut_puppet(photo, Person(skeleton, known, _box(known)))
    warped = warp_puppet(puppet, pose)
    return composite(warped, puppet.plate), Person(pose, warped.parsing, _box(warped.parsing))


def _box(parsing: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = (person_mask(parsing).any(axis).nonzero()[0] for axis in (1, 0))
    if not len(rows):
        return 0, 0, parsing.shape[1], parsing.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _random_frame(box, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """(2, 3) matrix that shows the person at 72-96 % of the frame, a little off-centre."""
    height, width = size
    x0, y0, x1, y1 = box
    scale = rng.uniform(0.72, 0.96) * min(height / (y1 - y0), width / (x1 - x0))
    center = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
    to = np.array([width, height]) * (0.5 + rng.uniform(-0.04, 0.04, 2))
    return np.array([[scale, 0, to[0] - scale * center[0]], [0, scale, to[1] - scale * center[1]]])


class PairMaker:
    """Makes pseudo-pairs of a set of photos; pair i is a pure function of (seed, i) and of the reader.

    Args:
        photos: to make pairs from.
        size: (H, W) of the pairs.
        seed: of all choices.
        reader: reads the parsing of photos without labels, and of half of those with, as it will be in use.
    """

    def __init__(self, photos: list[StreetPhoto], size: tuple[int, int], seed: int, reader: PersonReader):
        self.photos, self.size, self.seed, self.reader = photos, size, seed, reader
        self.others = [p.skeleton for p in photos if p.skeleton.visible.all()]

    def __call__(self, index: int) -> Pair | None:
        """Pair number `index`; None where the reader finds nobody in its photo or too little of them."""
        rng = np.random.default_rng((self.seed, index))
        item = self.photos[rng.integers(len(self.photos))]
        photo, parsing = item.photo(), item.parsing()
        if parsing is not None and rng.random() < 0.5:
            person = Person(item.skeleton, parsing, _box(parsing))
        else:
            try:
                person = self.reader.read(Image.fromarray(photo))
            except NoPersonFound:
                return None
        # Without a torso or in a corner there is nothing to learn from.
        if person.skeleton.visible.sum() < 8 or (person.box[3] - person.box[1]) < 0.3 * photo.shape[0]:
            return None
        return make_pair(photo, person, self.size, rng, self.others)


def write_shards(maker: PairMaker, folder: str | Path, count: int, per_shard: int = 64) -> int:
    """Write pairs 0..count-1 as `pairs-00000.npz`, ...; shards that are there already are kept.

    Returns:
        The number of shards.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shards = -(-count // per_shard)
    for shard in range(shards):
        path = folder / f"pairs-{shard:05d}.npz"
        if path.exists():
            continue
        numbers = range(shard * per_shard, min(count, (shard + 1) * per_shard))
        pairs = [pair for pair in map(maker, numbers) if pair is not None]
        if not pairs:
            continue
        beside = path.with_suffix(".part.npz")
        np.savez(beside, **{name: np.stack([getattr(pair, name) for pair in pairs]) for name in PAIR_FIELDS})
        beside.rename(path)
    return shards


def garment_weight(parsing: np.ndarray) -> np.ndarray:
    """(H, W) float32 loss weights: faces and clothes count more than background."""
    weight = np.ones(parsing.shape, np.float32)
    weight[person_mask(parsing)] = 2.0
    weight[part_mask(parsing, (BodyPart.FACE, BodyPart.LEFT_ARM, BodyPart.RIGHT_ARM))] = 3.0
    return weight
