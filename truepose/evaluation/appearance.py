"""How near a picture is to the true target: SSIM, PSNR and the EfficientNet-Lite0 distance around the person."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
import torch
from skimage.metrics import structural_similarity

from ..imagenet import PerceptualDistance
from ..inputs import image_tensor
from .cases import ReposeCase

_HEIGHT = 256  # pixels that the person's box is scaled to for the distance, as tall as in packed pairs
_MARGIN = 0.02  # of the box's height
_CHANGED = 12.0  # grey levels between source and target, smoothed: below it the pixel may stay as it is
_LEAST = 0.01  # of the box must have changed for it to be measured


def appearance_figures(picture: np.ndarray, case: ReposeCase) -> dict[str, float]:
    """Over the box of the target's person, and over what changed there from source to target.

    Args:
        picture: (H, W, 3) uint8 RGB, a method's answer.
        case: what is right.

    Returns:
        ssim, psnr, distance; changed_ssim and changed_distance where at least 1 % of the box changed.
    """
    rows, columns = wide_box(case)
    ours, true = picture[rows, columns], case.target[rows, columns]
    ssim = _ssim_map(ours, true)
    distance = _distance_map(ours, true)
    error = float(((ours.astype(np.float32) - true) ** 2).mean())
    figures = {
        "ssim": float(ssim.mean()),
        "psnr": 10 * float(np.log10(255**2 / max(error, 1e-3))),
        "distance": float(distance.mean()),
    }
    changed = _changed(case.source[rows, columns], true)
    if changed.mean() >= _LEAST:
        small = cv2.resize(changed, distance.shape[::-1], interpolation=cv2.INTER_AREA)
        figures["changed_ssim"] = float((ssim * changed).sum() / changed.sum())
        figures["changed_distance"] = float((distance * small).sum() / small.sum())
    return figures


def wide_box(case: ReposeCase) -> tuple[slice, slice]:
    """Rows and columns of the target's person with a small margin."""
    x0, y0, x1, y1 = case.box
    margin = round(_MARGIN * (y1 - y0))
    height, width = case.parsing.shape
    return slice(max(0, y0 - margin), min(height, y1 + margin)), slice(max(0, x0 - margin), min(width, x1 + margin))


def _ssim_map(ours: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(h, w) of two (h, w, 3) uint8 pictures, the mean over the channels."""
    _, ssim = structural_similarity(
        ours, true, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    return ssim.mean(2)


@lru_cache(maxsize=1)
def _perceptual() -> PerceptualDistance:
    return PerceptualDistance()


@torch.inference_mode()
def _distance_map(ours: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(128, w) float32: the EfficientNet-Lite0 distance of two pictures scaled to the height 256."""
    width = max(8, 8 * round(ours.shape[1] * _HEIGHT / ours.shape[0] / 8))
    shrinks = ours.shape[0] > _HEIGHT
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    a, b = (image_tensor(cv2.resize(picture, (width, _HEIGHT), interpolation=how))[None] for picture in (ours, true))
    return _perceptual()(a, b)[0, 0].numpy()


def _changed(source: np.ndarray, true: np.ndarray) -> np.ndarray:
    """(h, w) float32, 1 where source and target differ."""
    gap = np.abs(source.astype(np.float32) - true).max(-1)
    return (cv2.GaussianBlur(gap, (0, 0), 2) > _CHANGED).astype(np.float32)
