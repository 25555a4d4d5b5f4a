"""The colour guided filter: a mask explained by a picture's colours in small windows (He, Sun, Tang 2013)."""

from __future__ import annotations

import cv2
import numpy as np


class GuidedFilter:
    """In every window a mask as a linear function of the guide's colours, averaged over the windows.

    Args:
        guide: (H, W, 3) float32.
        radius: of the square windows, pixels.
        smooth: added to the colours' variances.
    """

    def __init__(self, guide: np.ndarray, radius: int, smooth: float) -> None:
        self._guide, self._side = guide, (2 * radius + 1, 2 * radius + 1)
        self._mean_guide = self._mean(guide)
        products = guide[..., :, None] * guide[..., None, :]  # (H, W, 3, 3)
        covariance = np.stack([self._mean(np.ascontiguousarray(products[..., i])) for i in range(3)], -1)
        covariance -= self._mean_guide[..., :, None] * self._mean_guide[..., None, :]
        self._inverse = _inverse(covariance + smooth * np.eye(3, dtype=np.float32))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the guide."""
        return self._guide.shape[1::-1]

    def __call__(self, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The filtered (H, W) float32 mask, which is (slope * guide).sum(-1) + offset.

        Returns:
            slope (H, W, 3) and offset (H, W), float32.
        """
        mean_mask = self._mean(mask)
        joint = self._mean(self._guide * mask[..., None]) - self._mean_guide * mean_mask[..., None]  # (H, W, 3)
        slope = np.einsum("hwij,hwj->hwi", self._inverse, joint)
        offset = mean_mask - np.einsum("hwi,hwi->hw", slope, self._mean_guide)
        return self._mean(np.ascontiguousarray(slope)), self._mean(offset)

    def _mean(self, x: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(x, -1, self._side, borderType=cv2.BORDER_REFLECT)


def _inverse(matrix: np.ndarray) -> np.ndarray:
    """(..., 3, 3) inverses by Cramer's rule: quicker than LAPACK, one by one."""
    a, b, c = (matrix[..., i] for i in range(3))
    rows = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], -2)
    return rows / (a * rows[..., 0, :]).sum(-1)[..., None, None]
