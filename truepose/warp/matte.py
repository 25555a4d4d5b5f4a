"""Soft borders: how opaque the person's rim and a layer's are, and their colours clean of what lies beyond."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.ndimage import map_coordinates

from ..parsing import around
from ..reading.guided_filter import GuidedFilter
from .laplacian import solve_alpha

_LARGEST = 1024  # longer side, pixels, at which the matte is solved; larger people are brought to it
_AGAIN = 3  # pixels of that size: radius in which colours are averaged the second time
_PULL = 0.05  # to the mask, at the band's edges
_PLAIN = 1e-5  # variance of colours in [0, 1] below which a neighbourhood's alpha does not follow them
_AT_ONCE = 1 << 20  # pixels of the band worked on at once: bounds the memory


@dataclass(frozen=True, eq=False)
class Matte:
    """A person drawn out of a photo.

    Attributes:
        alpha: (H, W) uint8: how much of each pixel is the person.
        colour: (H, W, 3) uint8 RGB: the person's own colour where the pixel is a mixture, else the photo's.
    """

    alpha: np.ndarray
    colour: np.ndarray


def draw_out(photo: np.ndarray, mask: np.ndarray, reach: float) -> Matte:
    """Alpha and colours along a person's outline, at the photo's own resolution.

    In a band along the mask's border alpha is found by closed-form matting, and the old background is taken out of the
    colours. A large person is solved at a bounded size; there every neighbourhood's alpha is written as a linear
    function of the colours, which is then applied to the photo's own pixels (He and Sun 2015, fast guided filter).

    Args:
        photo: (H, W, 3) uint8 RGB.
        mask: (H, W) bool.
        reach: pixels by which the mask's border may be off, to either side.
    """
    alpha, colour = 255 * mask.astype(np.uint8), photo.copy()
    if not mask.any() or mask.all():
        return Matte(alpha, colour)
    window = around(mask, int(np.ceil(5 * reach)) + 2)
    piece, mask = photo[window], mask[window]
    shrink = min(1.0, _LARGEST / max(mask.shape))
    reach = max(reach, 1 / shrink)
    small, small_mask = _shrunk(piece, mask, shrink)
    solved = solve_alpha(small, *_trimap(small_mask, reach * shrink))
    maps = _local_maps(small, solved, reach * shrink, native=shrink == 1)
    rows, columns = _band(mask, reach).nonzero()
    for first in range(0, len(rows), _AT_ONCE):
        some = rows[first : first + _AT_ONCE], columns[first : first + _AT_ONCE]
        found, own = _unmix(piece[some].astype(np.float32) / 255, _at(maps, some, mask.shape))
        alpha[window][some] = np.rint(255 * found)
        colour[window][some] = np.rint(255 * own)
    return Matte(alpha, colour)


def _band(mask: np.ndarray, reach: float) -> np.ndarray:
    """(h, w) bool: pixels near the mask's border whose alpha is not known; the middle line of thin things is."""
    return (grow(mask, reach) & ~mask) | (mask & ~clean_core(mask, reach))


def _shrunk(piece: np.ndarray, mask: np.ndarray, shrink: float) -> tuple[np.ndarray, np.ndarray]:
    """Picture as float32 in [0, 1] and bool mask, at the size the matte is solved at."""
    if shrink < 1:
        size = tuple(max(1, round(side * shrink)) for side in mask.shape[::-1])
        piece = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
        mask = cv2.resize(255 * mask.astype(np.uint8), size, interpolation=cv2.INTER_AREA) > 127
    return piece.astype(np.float32) / 255, mask


def _trimap(mask: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First guess of alpha, which pixels are unknown, and how strongly they are drawn to the guess."""
    unknown = _band(mask, reach)
    guess = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)
    away = sum(cv2.distanceTransform(side.astype(np.uint8), cv2.DIST_L2, 3) for side in (mask, ~mask))
    # Towards the band's edges the mask is believed: what has the person's colour beyond it must not end in splinters.
    pull = _PULL * np.minimum(away / reach, 1) ** 4
    return np.where(unknown, guess, mask).astype(np.float32), unknown, pull


def _local_maps(image: np.ndarray, alpha: np.ndarray, reach: float, native: bool) -> np.ndarray:
    """What `_unmix` needs to know of every neighbourhood.

    Returns:
        (h, w, 10) float32: alpha's slope (3) by the colours and its offset (1), the person's mean colour (3) and the
        background's (3). At the photo's native size alpha is as it was solved: the slope is 0.
    """
    slope, offset = (np.zeros_like(image), alpha) if native else GuidedFilter(image, 1, _PLAIN)(alpha)
    wide = max(_AGAIN + 1, round(4 * reach))
    mix = alpha[..., None]
    person, background = _means(image, image, mix, wide)
    # Once more, nearer, with colours corrected by the first means (Forte 2021, blur fusion).
    better = np.clip(person + mix * (image - mix * person - (1 - mix) * background), 0, 1)
    person, background = _means(better, background, mix, _AGAIN)
    return np.concatenate([slope, offset[..., None], person, background], 2)


def _means(person: np.ndarray, background: np.ndarray, mix: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean colours of square neighbourhoods, by how much the person and the background have of each pixel."""
    side = (2 * radius + 1, 2 * radius + 1)
    share = cv2.blur(mix, side)[..., None]
    # A trace of the plain mean stands in where a neighbourhood has none of one of them.
    return tuple(
        (cv2.blur(colour * weight, side) + 1e-4 * cv2.blur(colour, side)) / (total + 1e-4)
        for colour, weight, total in ((person, mix, share), (background, 1 - mix, 1 - share))
    )


def _unmix(colours: np.ndarray, maps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(N, 3) colours in [0, 1] and (N, 10) local maps -> (N,) alpha and (N, 3) the person's own colours in [0, 1]."""
    slope, offset, person, background = np.split(maps, (3, 4, 7), 1)
    alpha = np.clip((slope * colours).sum(1, keepdims=True) + offset, 0, 1)
    own = np.clip(person + alpha * (colours - alpha * person - (1 - alpha) * background), 0, 1)
    return alpha[:, 0], own


def _at(maps: np.ndarray, pixels: tuple[np.ndarray, np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """(N, C) small (h, w, C) maps at pixels (rows, columns) of a picture of (H, W) size, linear between."""
    ratio = np.array(maps.shape[:2]) / size
    if (ratio == 1).all():
        return maps[pixels]
    places = [(p + 0.5) * r - 0.5 for p, r in zip(pixels, ratio, strict=True)]
    return np.stack([map_coordinates(maps[..., i], places, order=1, mode="nearest") for i in range(maps.shape[2])], 1)


def soften(mask: np.ndarray, sigma: float) -> np.ndarray:
    """(h, w) float32 alpha in [0, 1] of a bool mask: a ramp about its border, drawn in by a fraction of a pixel."""
    blurred = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)
    return np.clip((blurred - 0.5) * 1.35 + 0.42, 0, 1)


def majority(mask: np.ndarray, sigma: float) -> np.ndarray:
    """(h, w) bool: where a Gaussian blur of a bool mask is above a half. A wide one needs no large picture."""
    step = max(1, int(sigma // 8))
    size = tuple(-(-side // step) for side in mask.shape[::-1])
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / step), mask.shape[::-1]) > 0.5


def mixed(under: np.ndarray, over: np.ndarray, share: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 picture: `over` by its (h, w) float32 share in [0, 1], `under` by the rest."""
    out = under.copy()
    out[share == 1] = over[share == 1]
    partly = (share > 0) & (share < 1)
    weight = share[partly][:, None]
    out[partly] = np.rint(over[partly] * weight + under[partly] * (1 - weight))
    return out


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
