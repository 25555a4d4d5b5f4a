"""Pictures through affine matrices: smoothed first where they shrink, so that nothing aliases."""

from __future__ import annotations

import cv2
import numpy as np

_SHRINKING = 0.75  # scale below which the picture is averaged down before it is sampled


def sample(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int], *, border: int | None = None) -> np.ndarray:
    """An image through a matrix.

    Args:
        image: (H, W[, C]) uint8 or float32.
        matrix: (2, 3) affine from the image's pixels to the output's, pixel centres at integers.
        size: (height, width) of the output.
        border: value beyond the image's edges; None repeats the edges.
    """
    matrix = np.asarray(matrix, np.float64)
    image, factors = shrunk(image, float(np.sqrt(abs(np.linalg.det(matrix[:, :2])))))
    # Place p of the image is factor * (p + 0.5) - 0.5 of the smaller one.
    shift = matrix[:, 2] + matrix[:, :2] @ (0.5 / factors - 0.5)
    matrix = np.concatenate([matrix[:, :2] / factors, shift[:, None]], 1)
    mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
    flags = {"flags": cv2.INTER_LINEAR, "borderMode": mode, "borderValue": (border or 0,) * 4}
    return cv2.warpAffine(image, matrix, size[::-1], **flags)


def sample_labels(labels: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """An (H, W) uint8 map through a (2, 3) matrix: nearest labels, 0 beyond its edges."""
    return cv2.warpAffine(labels, np.asarray(matrix, np.float64), size[::-1], flags=cv2.INTER_NEAREST, borderValue=0)


def shrunk(image: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The image averaged down for being sampled at a smaller scale, and the (x, y) factors; itself and ones if not."""
    if scale > _SHRINKING:
        return image, np.ones(2)
    height, width = image.shape[:2]
    small = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, small, interpolation=cv2.INTER_AREA), np.array(small) / (width, height)
