"""What a parsing map calls cloth but looks like the hair, skin or bag beside it."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import BodyPart as P
from ..parsing import part_mask

_OTHERS = (
    frozenset({P.HAIR}), frozenset({P.FACE, P.LEFT_ARM, P.RIGHT_ARM, P.LEFT_LEG, P.RIGHT_LEG}),
    frozenset({P.BAG}), frozenset({P.BACKGROUND}),
)  # fmt: skip
_REACH = {P.HAIR: 0.45, P.BAG: 0.25, P.BACKGROUND: 0.08}  # of the body's unit; skin as bags
_RATIO = 1.5  # times as usual among the others as in the cloth
_BINS = (12, 16, 16)  # of L, a, b
_RANGES = [0, 256, 64, 192, 64, 192]
_SIDE = 768  # pixels of the longer side at which colours are compared
_FEWEST = 60  # pixels from which a part's colours are known


def foreign_to(photo: np.ndarray, labels: np.ndarray, own: np.ndarray, unit: float) -> np.ndarray:
    """The pixels of a garment that rather belong to what it borders on.

    Args:
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 `BodyPart`.
        own: (H, W) bool, the garment in that map.
        unit: the body's measure in pixels.

    Returns:
        (H, W) bool, within `own`; never more than half of it.
    """
    scale = min(1.0, _SIDE / max(own.shape))
    if scale < 1:
        size = max(1, round(own.shape[1] * scale)), max(1, round(own.shape[0] * scale))
        small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        maps = (cv2.resize(each.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) for each in (labels, own))
        found = _foreign(small, next(maps), next(maps).astype(bool), scale * unit)
        return cv2.resize(found.astype(np.uint8), own.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(bool) & own
    return _foreign(photo, labels, own, unit)


def _foreign(photo: np.ndarray, labels: np.ndarray, own: np.ndarray, unit: float) -> np.ndarray:
    lab = cv2.GaussianBlur(cv2.cvtColor(photo, cv2.COLOR_RGB2Lab), (0, 0), max(0.6, 0.01 * unit))
    deep = cv2.erode(own.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=max(1, round(0.03 * unit)))
    found = np.zeros(own.shape, bool)
    usual = _colours(lab, deep.astype(bool) if deep.sum() > _FEWEST else own)
    for parts in _OTHERS:
        other = part_mask(labels, parts)
        reach = _REACH.get(next(iter(parts)), 0.25) * unit
        away = cv2.distanceTransform((~other).astype(np.uint8), cv2.DIST_L2, 3)
        if P.BACKGROUND in parts:
            other &= cv2.distanceTransform((~own).astype(np.uint8), cv2.DIST_L2, 3) < 0.5 * unit
        if other.sum() < _FEWEST:
            continue
        found |= own & (away < reach) & (_colours(lab, other) > _RATIO * usual + 0.1)
    kernel = np.ones((3, 3), np.uint8)
    found = cv2.morphologyEx(found.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    found = cv2.dilate(found, kernel, iterations=max(1, round(0.012 * unit))).astype(bool) & own
    return found if found.sum() < 0.5 * own.sum() else np.zeros_like(own)


def _colours(lab: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(H, W) float32: how usual each pixel's colour is under a mask, 1 for a colour as usual as the mean one."""
    histogram = cv2.calcHist([lab], [0, 1, 2], mask.astype(np.uint8), _BINS, _RANGES)
    for axis in range(3):
        histogram = (0.25 * np.roll(histogram, 1, axis) + 0.5 * histogram + 0.25 * np.roll(histogram, -1, axis)).astype(
            np.float32
        )
    histogram *= histogram.sum() / max(float((histogram**2).sum()), 1e-6)
    low, span = np.float32([0, 64, 64]), np.float32([256, 128, 128])
    cells = np.clip((lab.astype(np.float32) - low) / span * np.float32(_BINS), 0, np.float32(_BINS) - 1).astype(int)
    return histogram[cells[..., 0], cells[..., 1], cells[..., 2]]
