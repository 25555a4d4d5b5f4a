"""Where a sleeve ends and the trunk begins: the fold between two pieces of one cloth."""

from __future__ import annotations

import cv2
import numpy as np

_BINS = 24  # along each of the two bones
_ALONG_AN_EDGE = 0.3  # what a sharp edge all along is worth, against `score` summed over radii of the limb
_STIFF = 0.05  # cost of a step of one bin aside


def seam_between(score: np.ndarray, edges: np.ndarray, along: np.ndarray, across: np.ndarray, reach: float):
    """Cut a strip beside a bent limb lengthwise, where pixels turn from the limb's to the trunk's.

    The cut minimises, over all cuts that go once along the limb, the scores that lie on its wrong side less the edges
    that it runs on; dynamic programming finds it (as for the seams of Avidan and Shamir 2007).

    Args:
        score: (N,) float32 of the strip's pixels, positive where one looks like the limb.
        edges: (N,) float32 how strong an edge each is on, of any scale.
        along: (N,) float32 places on the limb, 0 at its root to 2 at its end.
        across: (N,) float32 distances from its bones, in radii of the limb.
        reach: radii, the furthest cut.

    Returns:
        (N,) bool: the pixels on the limb's side.
    """
    rows, columns = 2 * _BINS, max(12, round(_BINS * reach / 1.5))
    row = np.clip((along * _BINS).astype(np.int32), 0, rows - 1)
    column = np.clip((across / reach * columns).astype(np.int32), 0, columns - 1)
    place = row * columns + column
    count = np.bincount(place, minlength=rows * columns).reshape(rows, columns).astype(np.float32)
    mean = [
        (np.bincount(place, values, rows * columns).reshape(rows, columns) / np.maximum(count, 1)).astype(np.float32)
        for values in (score, edges)
    ]
    usual = float(mean[1][count > 0].mean()) if count.any() else 0.0
    sharp = np.clip(mean[1] / (usual + 1e-6) - 1, 0, 3) / 3
    before = np.pad(np.cumsum(mean[0], 1), ((0, 0), (1, 0)))[:, :-1] * (reach / columns)
    cut = cheapest_path(-before - _ALONG_AN_EDGE * cv2.GaussianBlur(sharp, (1, 3), 0))
    return column < cut[row]


def cheapest_path(cost: np.ndarray) -> np.ndarray:
    """(rows,) int32 columns of the path through a (rows, columns) cost that is cheapest, with its steps aside."""
    rows, columns = cost.shape
    total, came = cost[0].astype(np.float32), np.zeros((rows, columns), np.int32)
    aside = _STIFF * np.abs(np.arange(columns)[:, None] - np.arange(columns)).astype(np.float32)
    for row in range(1, rows):
        ways = total[None] + aside
        came[row] = ways.argmin(1)
        total = cost[row] + ways.min(1)
    path = np.zeros(rows, np.int32)
    path[-1] = total.argmin()
    for row in range(rows - 1, 0, -1):
        path[row - 1] = came[row, path[row]]
    return path
