"""What a user puts right of a person as read: labels of the parsing map, and the photo's own joints."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .parsing import IGNORE, person_mask
from .pose import Skeleton
from .reading.person import Person


@dataclass(frozen=True, eq=False)
class Correction:
    """The difference between a person as read and as corrected.

    Attributes:
        labels: (h, w) uint8 `BodyPart` of the rectangle in which labels differ, `IGNORE` where they are as read;
            None where all are.
        corner: (x, y) of that rectangle's top left pixel in the photo.
        joints: the photo's own joints in its pixels; None where they are as read.
    """

    labels: np.ndarray | None = None
    corner: tuple[int, int] = (0, 0)
    joints: Skeleton | None = None


def correction_of(as_read: Person, person: Person) -> Correction | None:
    """What turns a person as read into the corrected one of the same photo; None where nothing differs."""
    joints = None if as_read.skeleton is person.skeleton else person.skeleton
    changed = as_read.parsing != person.parsing
    rows, columns = changed.any(1).nonzero()[0], changed.any(0).nonzero()[0]
    if not len(rows):
        return joints and Correction(joints=joints)
    window = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    labels = np.where(changed[window], person.parsing[window], IGNORE).astype(np.uint8)
    return Correction(labels, (int(columns[0]), int(rows[0])), joints)


def corrected(as_read: Person, correction: Correction | None) -> Person:
    """The person with a correction laid over what was read; the box grows where labels need it.

    Raises:
        ValueError: the labels lie outside the photo, or nobody is left.
    """
    if correction is None:
        return as_read
    person = as_read if correction.joints is None else replace(as_read, skeleton=correction.joints)
    if correction.labels is None:
        return person
    parsing = as_read.parsing.copy()
    (x, y), (height, width) = correction.corner, correction.labels.shape
    if min(x, y) < 0 or y + height > parsing.shape[0] or x + width > parsing.shape[1]:
        raise ValueError(f"corrected labels must lie inside the photo, got {width}x{height} pixels at {x}, {y}")
    window = parsing[y : y + height, x : x + width]
    window[...] = np.where(correction.labels == IGNORE, window, correction.labels)
    return replace(person, parsing=parsing, box=_grown(person.box, parsing))


def _grown(box: tuple[int, int, int, int], parsing: np.ndarray) -> tuple[int, int, int, int]:
    """The box, made large enough for every label of the (H, W) map."""
    mask = person_mask(parsing)
    if not mask.any():
        raise ValueError("nobody is left: every label was erased")
    rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
    x0, y0, x1, y1 = box
    return min(x0, int(columns[0])), min(y0, int(rows[0])), max(x1, int(columns[-1]) + 1), max(y1, int(rows[-1]) + 1)
