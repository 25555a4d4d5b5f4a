"""What is printed on plain cloth: it is not cut by an arm, and does not go on where cloth is invented."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import BodyPart
from .fill import nearest_known
from .matte import clean_core, close, grow

_SIZE = 320  # longer side at which the cloth's own colour is found
_ODD = 45  # grey levels: farther from the cloth's colour is print, or a deep fold
_INK = 75  # grey levels: no fold is so far from the cloth's colour
_MOST = 0.12  # of the cloth: more than that is a pattern, which does go on
_REACH = 0.11  # of the longer side: the neighbourhood whose middle colour is the cloth's


def without_prints(filled: np.ndarray, known: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Invented cloth in the cloth's own colour where it repeats a print: letters, a logo.

    Args:
        filled: (h, w, 3) uint8 RGB, cloth continued from the known pixels.
        known: (h, w) bool, the photo's own pixels.
        labels: (h, w) uint8 `BodyPart` of all of them.

    Returns:
        (h, w, 3) uint8; known pixels are unchanged.
    """
    out = filled
    for label in np.unique(labels[~known]):
        here = labels == label
        own = known & here
        if own.sum() < 0.5 * (here & ~known).sum():
            continue
        plain = _plain(filled, own)
        odd = _printed(filled, plain, own)
        gone = grow(odd & here, 1.5) & here & ~known
        if gone.any():
            out = out.copy() if out is filled else out
            out[gone] = plain[gone]
    return out


def whole_prints(photo: np.ndarray, owner: np.ndarray, labels: np.ndarray, trunk: int, unit: float) -> None:
    """Give the trunk whatever of its prints an arm's piece has taken; changes `owner`.

    Where sleeve and chest are of one cloth nothing shows where the arm begins: a word must not be cut there.

    Args:
        photo: (h, w, 3) uint8 RGB.
        owner: (h, w) uint8, pieces by number.
        labels: (h, w) uint8 `BodyPart`.
        trunk: the trunk's number.
        unit: of the body, pixels.
    """
    for label in (BodyPart.UPPER_CLOTHES, BodyPart.DRESS):
        cloth = labels == label
        own = cloth & (owner == trunk)
        if own.sum() < 0.5 * cloth.sum():
            continue
        plain = _plain(photo, cloth)
        printed = _printed(photo, plain, own) & (_distance(photo, plain) > _INK) & clean_core(cloth, 0.02 * unit)
        words = close(printed, 0.03 * unit)
        number, places = cv2.connectedComponents(words.astype(np.uint8))
        total = np.bincount(places[printed], minlength=number)
        mine = np.bincount(places[printed & own], minlength=number)
        kept = (mine > 0.5 * total) & (total > 4)
        kept[0] = False
        owner[grow(kept[places] & words, 0.05 * unit) & cloth] = trunk


def _printed(picture: np.ndarray, plain: np.ndarray, own: np.ndarray) -> np.ndarray:
    """(h, w) bool: what differs from the plain cloth, where so little of `own` does that it is no pattern."""
    odd = _distance(picture, plain) > _ODD
    return odd if (odd & own).sum() < _MOST * own.sum() else np.zeros_like(odd)


def _plain(picture: np.ndarray, own: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8: the cloth's colour about every pixel, its prints left out: a median wider than any letter."""
    height, width = own.shape
    shrink = min(1.0, _SIZE / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    inside = cv2.resize(own.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.95
    if not inside.any():
        return picture
    side = 2 * round(_REACH * max(size) / 2) + 1
    middle = np.median(small[inside], axis=0).astype(np.uint8)
    plain = cv2.medianBlur(np.where(inside[..., None], small, middle), side)
    # Once more without the print: at the border of what is known a letter would else go on beyond it.
    cloth = inside & ~grow(inside & (_distance(small, plain) > _ODD), 2.0)
    if cloth.any():
        plain = cv2.medianBlur(small[nearest_known(cloth)], side)
    return cv2.resize(plain, (width, height), interpolation=cv2.INTER_LINEAR)


def _distance(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(h, w) int16 largest difference over the channels of two (h, w, 3) uint8 pictures."""
    return np.abs(a.astype(np.int16) - b).max(-1)
