"""How honest a warp is, pixel by pixel, from the map of places it samples."""

from __future__ import annotations

import cv2
import numpy as np

from .roles import smoothstep


def intactness(places: np.ndarray, scale: float, mirrored: bool = False) -> np.ndarray:
    """1 where the map is locally a rotation with even scaling, falling to 0 where it stretches, shears or flips.

    Args:
        places: (h, w, 2) float32 source (x, y) of each output pixel, NaN where there is none.
        scale: output pixels per source pixel that count as undistorted.
        mirrored: the output is a mirror image, so a flipped map is the honest one.

    Returns:
        (h, w) float32 in [0, 1].
    """
    if min(places.shape[:2]) < 2:
        return np.ones(places.shape[:2], np.float32)
    dx, dy = np.empty_like(places), np.empty_like(places)
    dx[:, :-1] = places[:, 1:] - places[:, :-1]
    dx[:, -1] = dx[:, -2]
    dy[:-1] = places[1:] - places[:-1]
    dy[-1] = dy[-2]
    a, c, b, d = dx[..., 0], dx[..., 1], dy[..., 0], dy[..., 1]
    total = a * a + b * b + c * c + d * d
    determinant = a * d - b * c
    if mirrored:
        determinant = -determinant
    # s1 / s2 + s2 / s1 = total / |det|; for a ratio r of the two singular values it is r + 1 / r.
    sum_of_ratios = total / np.maximum(abs(determinant), 1e-6)
    ratio = sum_of_ratios / 2 + np.sqrt(np.maximum(sum_of_ratios**2 / 4 - 1, 0))
    even = 1 - smoothstep((ratio - 1.2) / 0.9)
    size = np.sqrt(np.maximum(determinant, 1e-9)) * scale
    size = np.maximum(size, 1 / size)
    out = even * (1 - smoothstep((size - 1.3) / 0.7)) * (determinant > 0)
    return np.nan_to_num(out, nan=0.0).astype(np.float32)


def seams(coordinates: np.ndarray, top: np.ndarray, scale: float) -> np.ndarray:
    """1 at borders between pieces that do not belong side by side in the photo, falling to 0 a few pixels away.

    Args:
        coordinates: (h, w, 2) float32 source places, NaN where there is no person.
        top: (h, w) uint8 number of the layer shown.
        scale: output pixels per source pixel.
    """
    jump = np.zeros(top.shape, np.float32)
    limit = 2.5 / scale + 1
    for axis in (0, 1):
        before = tuple(slice(None, -1) if i == axis else slice(None) for i in (0, 1))
        after = tuple(slice(1, None) if i == axis else slice(None) for i in (0, 1))
        apart = abs(coordinates[after] - coordinates[before]) > limit  # NaN compares as False
        apart = apart[..., 0] | apart[..., 1]
        torn = (apart & (top[after] != top[before])).astype(np.float32)
        jump[after] = np.maximum(jump[after], torn)
        jump[before] = np.maximum(jump[before], torn)
    return np.clip(2.2 * cv2.GaussianBlur(jump, (0, 0), 1.2), 0, 1)
