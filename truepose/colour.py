"""Which of two regions a colour belongs to."""

from __future__ import annotations

import cv2
import numpy as np


def colour_vote(image: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """(h, w) float32 in [-2, 2]: the log-likelihood ratio of each colour between two marked regions.

    Args:
        image: (h, w, 3) uint8.
        inside, outside: (h, w) bool samples; where either is empty the vote is 0.
    """
    if inside.sum() < 8 or outside.sum() < 8:
        return np.zeros(inside.shape, np.float32)
    bins = (image >> 4).astype(np.int32)
    code = (bins[..., 0] << 8) | (bins[..., 1] << 4) | bins[..., 2]
    densities = []
    for mask in (inside, outside):
        counts = np.bincount(code[mask], minlength=4096).astype(np.float32).reshape(16, 16, 16)
        for axis in range(3):
            flat = np.ascontiguousarray(np.moveaxis(counts, axis, 0)).reshape(16, 256)
            flat = cv2.GaussianBlur(flat, (1, 5), 0, sigmaY=1.0, borderType=cv2.BORDER_REPLICATE)
            counts = np.moveaxis(flat.reshape(16, 16, 16), 0, axis)
        densities.append(counts.ravel() / counts.sum() + 2e-4)
    return np.clip(np.log(densities[0] / densities[1]), -2, 2).astype(np.float32)[code]
