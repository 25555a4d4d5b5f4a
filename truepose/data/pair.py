"""A training pair: a source picture, the target it should become, and the puppet warp's attempt at it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from ..parsing import mirror_parsing, person_mask
from ..pose import Keypoint, Skeleton
from ..reading.people import box_of
from ..reading.person import Person
from ..warp import composite, cut_puppet, warp_puppet


@dataclass(frozen=True, eq=False)
class Pair:
    """One training pair at the model's size (H, W).

    Attributes:
        source: (H, W, 3) uint8 RGB.
        source_parsing: (H, W) uint8, as the reader might read it.
        source_triplets: (18, 3) float32 joints of the source: x, y, score.
        target: (H, W, 3) uint8 RGB.
        target_parsing: (H, W) uint8; 255 where unknown.
        target_triplets: (18, 3) float32 joints of the target: x, y, score.
        hint: (H, W, 3) uint8 RGB, the source warped to the target's pose, on its plate.
        alpha: (H, W) uint8, the hint's person.
        keep: (H, W) uint8, the hint's validity times 255.
    """

    source: np.ndarray
    source_parsing: np.ndarray
    source_triplets: np.ndarray
    target: np.ndarray
    target_parsing: np.ndarray
    target_triplets: np.ndarray
    hint: np.ndarray
    alpha: np.ndarray
    keep: np.ndarray


PAIR_FIELDS = tuple(field.name for field in fields(Pair))


def pair_of(
    source: np.ndarray, person: Person, target: np.ndarray, target_parsing: np.ndarray, skeleton: Skeleton
) -> Pair:
    """The pair of two pictures of one size, its hint made as in use.

    Args:
        source: (H, W, 3) uint8 RGB.
        person: who is in it, as read.
        target: (H, W, 3) uint8 RGB, the same person before the same background.
        target_parsing: (H, W) uint8.
        skeleton: the target's joints.

    Raises:
        ValueError: a picture or map is of another size, or a skeleton has no visible joint.
    """
    puppet = cut_puppet(source, person)
    warped = warp_puppet(puppet, skeleton)
    return Pair(
        source, person.parsing, person.skeleton.triplets(), target, target_parsing, skeleton.triplets(),
        composite(warped, puppet.plate), warped.rgba[..., 3], np.rint(255 * warped.validity).astype(np.uint8),
    )  # fmt: skip


def mirror_pair(pair: Pair) -> Pair:
    """The pair flipped left to right; left and right labels and joints swap."""
    width = pair.target.shape[1]
    flipped = {}
    for side in ("source", "target"):
        skeleton = Skeleton.from_triplets(getattr(pair, f"{side}_triplets"), Keypoint)
        flipped[f"{side}_triplets"] = skeleton.mirrored(width).triplets()
        flipped[f"{side}_parsing"] = mirror_parsing(getattr(pair, f"{side}_parsing"))
    return Pair(*(flipped[n] if n in flipped else getattr(pair, n)[:, ::-1] for n in PAIR_FIELDS))


def person_box(parsing: np.ndarray) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1) around the person of a parsing map, in pixels; the whole map where there is nobody."""
    mask = person_mask(parsing)
    return box_of(mask if mask.any() else np.ones_like(mask))
