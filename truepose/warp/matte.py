"""Soft borders: how opaque a layer's rim is, and which of its pixels are clean of what lies beyond the rim."""

from __future__ import annotations

import cv2
import numpy as np


def soften(mask: np.ndarray, sigma: float) -> np.ndarray:
    """(h, w) float32 alpha in [0, 1] of a bool mask: a ramp about its border, drawn in by a fraction of a pixel."""
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)
    return np.clip((blurred - 0.5) * 1.35 + 0.42, 0, 1)


def clean_core(mask: np.ndarray, margin: float) -> np.ndarray:
    """(h, w) bool: pixels deeper than `margin` in the mask; of thin things, their middle line."""
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, 3)[1:-1, 1:-1]
    reach = 2 * int(np.ceil(margin)) + 1
    ridge = cv2.dilate(depth, np.ones((reach, reach), np.uint8))
    return mask & (depth > np.minimum(margin, 0.7 * ridge))


def grow(mask: np.ndarray, radius: float) -> np.ndarray:
    """(h, w) bool mask dilated by a disk of so many pixels."""
    if not mask.any():
        return mask.copy()
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) <= radius


def close(mask: np.ndarray, radius: float) -> np.ndarray:
    """(h, w) bool mask closed by a disk: bays and gaps narrower than twice the radius fill."""
    if not mask.any():
        return mask.copy()
    pad = int(np.ceil(radius)) + 2
    grown = grow(np.pad(mask, pad), radius)
    inside = cv2.distanceTransform(grown.astype(np.uint8), cv2.DIST_L2, 3) > radius
    return inside[pad:-pad, pad:-pad] | mask
