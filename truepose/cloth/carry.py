"""The style hint: the source's cloth where the reference's mask is, with the reference's own light and folds."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..parsing import part_mask
from ..pose import Skeleton
from ..resample import sample
from ..warp import Puppet, warp_puppet
from ..warp.fill import continue_texture
from .clean import foreign_to
from .quilt import quilt
from .shading import shading_of

_SIDE = 1024  # pixels: the longer side of the window that is worked in
_COVERED = 0.3  # of the mask: below, the warped garment is of another shape, and its cloth is laid out anew
_RIM = 0.02  # of the body's unit: along an outline colours carry a trace of what lies beyond
_NEAR = 0.06  # of the unit: so far cloth is continued by reflection
_PIECE = 0.3  # of the unit: a piece of the quilt


@dataclass(frozen=True, eq=False)
class Cloth:
    """A garment's cloth in the reference's photo.

    Attributes:
        image: (H, W, 3) uint8, the reference's photo with the new cloth under the mask, before any blending.
        trust: (H, W) float32 in [0, 1]: 1 where the pixel is the source's own, 0 where it was continued.
    """

    image: np.ndarray
    trust: np.ndarray


def carry_cloth(reference: Puppet, skeleton: Skeleton, source: Puppet, mask: np.ndarray, labels) -> Cloth:
    """Lay a source garment's cloth on what is painted in the reference.

    Args:
        reference: the reference's puppet.
        skeleton: its joints.
        source: the source's puppet.
        mask: (H, W) float32 in [0, 1] over the reference's photo; some of it above 0.
        labels: the source's `BodyPart`s whose cloth it is; present in its map.
    """
    window, matrix, size = _window(mask)
    scale = matrix[0, 0]
    unit = reference.body.unit * scale
    here = sample(reference.photo, matrix, size)
    wanted = sample(mask, matrix, size, border=0) > 1e-3
    own = part_mask(source.labels, labels)
    foreign = foreign_to(source.photo, source.labels, own, source.body.unit)
    worn, trust, known = _worn(_garment_only(source, labels, foreign), skeleton, matrix, size, labels, wanted, unit)
    cloth, inside = _example(source, own & ~foreign, unit / source.body.unit)
    filled = _continued(worn, known, wanted, cloth, inside, unit)
    lit = filled * np.exp(shading_of(here, wanted, unit))[..., None]
    lit = np.where(wanted[..., None], lit, here).clip(0, 255)
    image, trusted = reference.photo.copy(), np.zeros(mask.shape, np.float32)
    rows, columns = window
    shape = (columns.stop - columns.start, rows.stop - rows.start)
    painted = mask[window] > 0
    image[window][painted] = np.rint(cv2.resize(lit.astype(np.float32), shape, interpolation=cv2.INTER_LINEAR))[painted]
    trusted[window] = cv2.resize(trust * known, shape, interpolation=cv2.INTER_LINEAR) * painted
    return Cloth(image, trusted)


def _window(mask: np.ndarray) -> tuple[tuple[slice, slice], np.ndarray, tuple[int, int]]:
    """The mask's surroundings in the photo, the (2, 3) matrix from photo to working pixels, and the working size."""
    rows, columns = (mask > 0).any(1).nonzero()[0], (mask > 0).any(0).nonzero()[0]
    margin = 8
    y0, x0 = max(0, rows[0] - margin), max(0, columns[0] - margin)
    y1, x1 = min(mask.shape[0], rows[-1] + 1 + margin), min(mask.shape[1], columns[-1] + 1 + margin)
    scale = min(1.0, _SIDE / max(y1 - y0, x1 - x0))
    size = max(1, round((y1 - y0) * scale)), max(1, round((x1 - x0) * scale))
    matrix = np.array([[scale, 0, scale * (0.5 - x0) - 0.5], [0, scale, scale * (0.5 - y0) - 0.5]])
    return (slice(y0, y1), slice(x0, x1)), matrix, size


def _worn(source: Puppet, skeleton: Skeleton, matrix, size, labels, wanted, unit):
    """The source's garment on the reference's skeleton: colours (h, w, 3), trust and (h, w) bool where it is."""
    warped = warp_puppet(source, skeleton, size, matrix)
    known = part_mask(warped.parsing, labels) & (warped.rgba[..., 3] > 250)
    rim = max(1, round(_RIM * unit))
    known = cv2.erode(known.astype(np.uint8), np.ones((2 * rim + 1,) * 2, np.uint8), borderValue=0).astype(bool)
    known &= wanted
    if known.sum() < _COVERED * wanted.sum():
        known[:] = False
    colours = warped.rgba[..., :3].copy()
    if known.any():
        colours = _unlit(colours, known, unit)
    return colours, warped.validity, known


def _garment_only(puppet: Puppet, labels, foreign: np.ndarray) -> Puppet:
    """The puppet without what is not of the garment: nothing lies over it."""
    layers = []
    for layer in puppet.layers:
        (x, y), (height, width) = layer.origin, layer.labels.shape
        window = np.zeros((height, width), bool)
        seen = foreign[max(0, y) : y + height, max(0, x) : x + width]
        window[max(0, -y) :, max(0, -x) :][: seen.shape[0], : seen.shape[1]] = seen
        own = part_mask(layer.labels, labels) & ~(window & (layer.trust > 0))
        pixels = layer.pixels.copy()
        pixels[..., 3] = np.where(own, pixels[..., 3], 0)
        layers.append(replace(layer, pixels=pixels))
    return replace(puppet, layers=tuple(layers))


def _example(source: Puppet, own: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The garment in the source's photo at the working scale, without its light: (h, w, 3), and (h, w) bool where."""
    y, x = own.any(1).nonzero()[0], own.any(0).nonzero()[0]
    crop = slice(y[0], y[-1] + 1), slice(x[0], x[-1] + 1)
    height, width = own[crop].shape
    size = max(12, round(width * scale)), max(12, round(height * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(source.photo[crop], size, interpolation=method)
    inside = cv2.resize(own[crop].astype(np.uint8), size, interpolation=cv2.INTER_NEAREST).astype(bool)
    unit = source.body.unit * scale
    depth = cv2.distanceTransform(np.pad(inside, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    core = depth > min(_RIM * unit, 0.5 * depth.max())
    return _unlit(image, core, unit), core


def _unlit(image: np.ndarray, mask: np.ndarray, unit: float) -> np.ndarray:
    """The cloth without its own light and folds: (h, w, 3) uint8."""
    plain = image * np.exp(-shading_of(image, mask, unit))[..., None]
    return np.clip(np.rint(plain), 0, 255).astype(np.uint8)


def _continued(worn, known, wanted, cloth, inside, unit) -> np.ndarray:
    """All that is wanted, filled: near the worn garment by reflection, farther by pieces of its cloth."""
    if known.any():
        distance = cv2.distanceTransform((~known).astype(np.uint8), cv2.DIST_L2, 3)
        near = wanted & (distance <= _NEAR * unit)
        worn = continue_texture(worn, known, near)
        known = known | near
    return quilt(worn, known, wanted, cloth, inside, max(8, round(_PIECE * unit)))
