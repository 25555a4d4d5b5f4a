"""Closed-form matting: alpha where it is unknown, from the picture's colours and the alpha around it."""

from __future__ import annotations

import cv2
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

_SMOOTH = 1e-4  # variance of colours in [0, 1] below which a window counts as plain: the noise of a compressed photo
_STEPS, _ENOUGH = 200, 1e-3  # of the conjugate gradients: at most so many, until the residue is so small


def solve_alpha(image: np.ndarray, start: np.ndarray, unknown: np.ndarray, pull: np.ndarray) -> np.ndarray:
    """Levin, Lischinski and Weiss (2008): in every 3x3 window alpha is a linear function of the colours.

    The matting Laplacian is set up for the windows that hold an unknown pixel only: time and memory go with the
    unknown pixels, not with the picture.

    Args:
        image: (H, W, 3) float32 in [0, 1].
        start: (H, W) float32 in [0, 1]: alpha where it is known, a first guess elsewhere.
        unknown: (H, W) bool.
        pull: (H, W) float32, how strongly an unknown pixel is drawn to its guess, 0 for not at all.

    Returns:
        (H, W) float32 in [0, 1], `start` where alpha is known.
    """
    if min(unknown.shape) < 3 or not unknown.any():
        return start.copy()
    places = _windows(unknown)
    weights = _weights(image.reshape(-1, 3)[places])
    pixels = np.flatnonzero(unknown)
    number = np.full(unknown.size, -1, np.int32)
    number[pixels] = np.arange(len(pixels), dtype=np.int32)
    number = number[places]  # (N, 9), -1 where alpha is known
    free = number >= 0
    known = np.where(free, 0, start.reshape(-1)[places])
    right = -(weights @ known[..., None])[..., 0]
    right = np.bincount(number[free], right[free], len(pixels))
    pairs = free[:, :, None] & free[:, None, :]
    rows, columns = (np.broadcast_to(n, pairs.shape)[pairs] for n in (number[:, :, None], number[:, None, :]))
    matrix = sparse.csr_matrix((weights[pairs], (rows, columns)), (len(pixels),) * 2)
    guess, pull = start.reshape(-1)[pixels], pull.reshape(-1)[pixels]
    matrix, right = matrix + sparse.diags(pull), right + pull * guess
    # A pixel in a corner that no window covers keeps its guess.
    scale = sparse.diags(1 / np.maximum(matrix.diagonal(), 1e-6))
    found, _ = cg(matrix, right, guess, rtol=_ENOUGH, maxiter=_STEPS, M=scale)
    alpha = start.copy()
    alpha.reshape(-1)[pixels] = np.clip(found, 0, 1)
    return alpha


def _windows(unknown: np.ndarray) -> np.ndarray:
    """(N, 9) flat places of the pixels of every 3x3 window, whole inside the picture, with an unknown pixel."""
    width = unknown.shape[1]
    centres = cv2.dilate(unknown.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    centres[[0, -1]] = False
    centres[:, [0, -1]] = False
    offsets = (np.arange(-1, 2)[:, None] * width + np.arange(-1, 2)).reshape(-1)
    return np.flatnonzero(centres)[:, None] + offsets


def _weights(colours: np.ndarray) -> np.ndarray:
    """(N, 9, 3) colours of windows -> (N, 9, 9) float32 their shares in the matting Laplacian."""
    offset = colours - colours.mean(1, keepdims=True)
    covariance = offset.transpose(0, 2, 1) @ offset / 9 + np.float32(_SMOOTH / 9) * np.eye(3, dtype=np.float32)
    # In float32 a plain window's covariance could lose the small number that keeps it invertible.
    inverse = np.linalg.inv(covariance.astype(np.float64)).astype(np.float32)
    return np.eye(9, dtype=np.float32) - (1 + offset @ inverse @ offset.transpose(0, 2, 1)) / 9
