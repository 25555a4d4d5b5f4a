"""What readers get wrong, to train on: joints a little or far off, borders eaten or swollen, labels traded."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import BodyPart as P
from ..parsing import person_mask
from ..pose import LIMB_CHAINS, Skeleton, torso_length
from ..reading.person import Person

_TRADED = ((P.UPPER_CLOTHES, P.DRESS), (P.SKIRT, P.DRESS), (P.SKIRT, P.PANTS), (P.SCARF, P.UPPER_CLOTHES))
_LIMBS = tuple(joint for chain in LIMB_CHAINS for joint in chain)


def misread(person: Person, rng: np.random.Generator) -> Person:
    """The person as a reader might have read it.

    Args:
        person: read or labelled; the box stays as it is.
    """
    return Person(misread_joints(person.skeleton, rng), misread_parsing(person.parsing, rng), person.box)


def misread_joints(skeleton: Skeleton, rng: np.random.Generator) -> Skeleton:
    """Every joint a little off, now and then one of a limb far off or unseen; in pixels of the torso's length."""
    torso = torso_length(skeleton) or 0.3 * float(np.ptp(skeleton.xy[skeleton.visible], axis=0).max(initial=1.0))
    xy = skeleton.xy + rng.normal(0, 0.01 * torso * np.exp(rng.normal(0, 0.5)), (18, 2))
    visible = skeleton.visible.copy()
    if rng.random() < 0.1:
        xy[rng.choice(_LIMBS)] += rng.normal(0, 0.15 * torso, 2)
    if rng.random() < 0.05:
        visible[rng.choice(_LIMBS)] = False
    return Skeleton(xy, visible, skeleton.score)


def misread_parsing(parsing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(H, W) uint8 labels with a border that is off, a hole, or a garment by another name; mostly one of them."""
    out = parsing.copy()
    if rng.random() < 0.4:
        out = _moved_border(out, rng)
    if rng.random() < 0.12:
        first, second = _TRADED[rng.integers(len(_TRADED))]
        out[(out == first) & (_disc(out, rng, 0.3) | (rng.random() < 0.3))] = second
    if rng.random() < 0.1:
        out[_disc(out, rng, 0.05)] = P.BACKGROUND
    return out


def _moved_border(parsing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The outline eaten or swollen by up to a hundredth of the picture's height."""
    reach = 1 + int(rng.integers(0, max(1, round(0.008 * parsing.shape[0]))))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    person = person_mask(parsing)
    if rng.random() < 0.5:
        kept = cv2.erode(person.astype(np.uint8), kernel) > 0
        return np.where(kept, parsing, P.BACKGROUND).astype(np.uint8)
    # The largest label nearby spreads: good enough, as a reader's rim is as arbitrary.
    spread = cv2.dilate(np.where(person, parsing, 0).astype(np.uint8), kernel)
    return np.where(person, parsing, spread).astype(np.uint8)


def _disc(parsing: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """(H, W) bool: a disc about somewhere on the person; `share` of the person's height is its largest radius."""
    rows, columns = person_mask(parsing).nonzero()
    if not len(rows):
        return np.zeros(parsing.shape, bool)
    at = rng.integers(len(rows))
    radius = share * (np.ptp(rows) + 1) * rng.uniform(0.3, 1)
    yy, xx = np.ogrid[: parsing.shape[0], : parsing.shape[1]]
    return (yy - rows[at]) ** 2 + (xx - columns[at]) ** 2 < radius**2
