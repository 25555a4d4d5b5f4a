"""Gaps between arms and body, through which the background is seen."""

from __future__ import annotations

import cv2
import numpy as np

from .matte import grow


def beyond_daylight(own: np.ndarray, background: np.ndarray) -> np.ndarray:
    """(h, w) bool: pixels from which background is seen, sideways, before the trunk: it does not reach that far.

    An arm hangs beside the body and daylight between them: behind the arm is the background, not cloth.
    """
    gap = cv2.morphologyEx(background.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)) > 0
    columns = np.arange(own.shape[1])
    out = np.ones(own.shape, bool)
    for flip in (slice(None), slice(None, None, -1)):
        last_own, last_gap = (
            np.maximum.accumulate(np.where(mask[:, flip], columns, -1), axis=1) for mask in (own, gap)
        )
        out &= ((last_own < 0) | (last_gap > last_own))[:, flip]
    return out & own.any(1, keepdims=True)


def slivers_beyond(owner: np.ndarray, labels: np.ndarray, trunk: int, unit: float) -> np.ndarray:
    """(h, w) bool: narrow strips that a parsing map gives to the trunk on an arm's side of the daylight between them.

    Args:
        owner: (h, w) uint8, pieces by number.
        labels: (h, w) uint8 `BodyPart`.
        trunk: the trunk's number.
        unit: of the body, pixels.
    """
    own = owner == trunk
    depth = cv2.distanceTransform(np.pad(own, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    core = own & grow(depth > 0.08 * unit, 0.09 * unit)
    return own & ~core & beyond_daylight(core, labels == 0)
