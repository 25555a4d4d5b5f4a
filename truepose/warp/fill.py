"""Continue known texture where it is hidden: cloth behind an arm, colours beyond an outline."""

from __future__ import annotations

import cv2
import numpy as np


def nearest_known(known: np.ndarray, wanted: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The nearest True pixel of an (h, w) bool mask with at least one True.

    Args:
        known: the mask.
        wanted: (h, w) bool, for which pixels; for all by default.

    Returns:
        (rows, columns), int32: (h, w) each, or (N,) for the wanted pixels in reading order.
    """
    _, labels = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    places = np.flatnonzero(known).astype(np.int32)
    table = np.zeros(len(places) + 1, np.int32)
    table[labels.reshape(-1)[places]] = places
    found = table[labels if wanted is None else labels[wanted]]
    return np.divmod(found, np.int32(known.shape[1]))


def continue_texture(image: np.ndarray, known: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Reflect known texture across its border into the wanted pixels: folds and patterns go on, nothing smears.

    Args:
        image: (h, w, C) uint8.
        known, wanted: (h, w) bool; pixels outside both stay as they are.

    Returns:
        (h, w, C) uint8; known pixels are unchanged.
    """
    out = image.copy()
    missing = wanted & ~known
    if not known.any() or not missing.any():
        return out
    rows, columns = missing.nonzero()
    base = np.stack(nearest_known(known, missing))
    step = base - np.stack([rows, columns])
    height, width = known.shape
    pending = np.ones(len(rows), bool)
    picked = base.copy()
    for depth in (1.0, 0.5, 0.25):
        row, column = np.rint(base + depth * step).astype(np.int32)
        hit = pending & (row >= 0) & (row < height) & (column >= 0) & (column < width)
        hit[hit] = known[row[hit], column[hit]]
        picked[0, hit], picked[1, hit] = row[hit], column[hit]
        pending &= ~hit
    out[rows, columns] = image[picked[0], picked[1]]
    return out
