"""Light and folds told apart from cloth: a smooth factor that goes with the body, not with the fabric."""

from __future__ import annotations

import cv2
import numpy as np

_DARK = 32.0  # grey levels added before logarithms: the noise of black cloth is no fold
_SAME_HUE = 9.0  # Lab units of a and b within which a pixel is a shade of the cloth's own colour
_SAME_LIGHT = 0.55  # log luminance within which it is
_FINE, _BROAD = 0.018, 0.14  # of the body's unit: blurs for folds of plain cloth, and for light on patterned cloth
_DARKEST, _BRIGHTEST = -0.75, 0.3  # bounds of the logarithm
_PATTERNED = 0.55  # share of the broad estimate that is believed on patterned cloth


def shading_of(image: np.ndarray, mask: np.ndarray, unit: float) -> np.ndarray:
    """How light and folds change the cloth under a mask.

    Plain cloth shows its folds: all that is a shade of its main colour is shading, and prints on it are looked past. On
    patterned cloth only the broad light is believed, as its luminance is mostly pattern.

    Args:
        image: (h, w, 3) uint8 RGB.
        mask: (h, w) bool, the cloth; some pixels must be set.
        unit: the body's measure in pixels (`Body.unit`).

    Returns:
        (h, w) float32 logarithm of the factor, median 0 over the mask, bounded.
    """
    light = np.log(luminance(image) + _DARK)
    lab = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2Lab).astype(np.float32)
    middle = np.median(lab[mask][:, 1:], 0)
    hue = np.hypot(lab[..., 1] - middle[0], lab[..., 2] - middle[1])
    away = light - np.median(light[mask])
    own = np.exp(-((hue / _SAME_HUE) ** 2) - (away / _SAME_LIGHT) ** 4) * mask
    plain = float(np.clip((own[mask].mean() - 0.45) / 0.3, 0, 1))
    broad = _PATTERNED * smooth(away.clip(-1, 1), mask.astype(np.float32), _BROAD * unit)
    fine = _over_gaps(away, own.astype(np.float32), broad, _FINE * unit)
    shading = plain * fine + (1 - plain) * broad
    shading -= np.median(shading[mask])
    return np.clip(shading, _DARKEST, _BRIGHTEST)


def luminance(image: np.ndarray) -> np.ndarray:
    """(h, w) float32 grey levels of an (h, w, 3) RGB image."""
    return image.astype(np.float32) @ np.float32([0.299, 0.587, 0.114])


def smooth(values: np.ndarray, weight: np.ndarray, sigma: float) -> np.ndarray:
    """Weighted Gaussian mean of (h, w[, C]) values under (h, w) weights; far from any weight it fades to zero."""
    sigma = max(sigma, 0.5)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    weighted = cv2.GaussianBlur(values * (weight if values.ndim == 2 else weight[..., None]), (0, 0), sigma)
    total = total + 1e-4
    return weighted / (total if values.ndim == 2 else total[..., None])


def _over_gaps(values: np.ndarray, weight: np.ndarray, otherwise: np.ndarray, sigma: float) -> np.ndarray:
    """The fine mean where there is weight about; a print's ground goes on under the print, from wider about."""
    out = otherwise
    for width in (4 * sigma, 2 * sigma, sigma):
        share = np.clip(3 * cv2.GaussianBlur(weight, (0, 0), max(width, 0.5)), 0, 1)
        out = share * smooth(values, weight, width) + (1 - share) * out
    return out
