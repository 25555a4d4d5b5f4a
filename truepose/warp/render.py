"""Bring a puppet into a pose."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..pose import Skeleton
from ..resample import sample, sample_labels, shrunk
from .behind import hides_face, other_side_labels, other_sides, turns_round, without_face
from .deform import deform
from .order import height_of
from .parts import FIRST_CARRIED
from .puppet import Layer, Puppet
from .raster import rasterize
from .rig import Motion, apply, plan_motion
from .roles import Kind, smoothstep
from .validity import intactness, seams

_STILL = (0.2, 0.9)  # photo pixels of motion below and above which a pixel counts as unmoved and as moved
_TOGETHER = 0.9  # photo pixels between the places two layers show, below which they move as one
_NOWHERE = -1e4


@dataclass(frozen=True, eq=False)
class Warped:
    """A re-posed person without background.

    Attributes:
        rgba: (h, w, 4) uint8, RGB and straight alpha.
        validity: (h, w) float32 in [0, 1]: 1 where the composite over the plate honestly shows the photo's own pixels
            (the person's, or its background's), 0 where they are invented, distorted, or torn apart.
        coordinates: (h, w, 2) float32, the place (x, y) in the photo that each pixel of the person comes from (for
            texture invented behind something, the place where it would be seen); NaN where there is no person.
        parsing: (h, w) uint8 `BodyPart` labels of the re-posed person.
    """

    rgba: np.ndarray
    validity: np.ndarray
    coordinates: np.ndarray
    parsing: np.ndarray


@dataclass(frozen=True, eq=False)
class _Frame:
    """The output frame: size (h, w), photo -> output matrix (2, 3), its scale, and each pixel's place in the photo."""

    size: tuple[int, int]
    matrix: np.ndarray
    scale: float
    places: np.ndarray


def warp_puppet(
    puppet: Puppet, target: Skeleton, size: tuple[int, int] | None = None, matrix: np.ndarray | None = None
) -> Warped:
    """Re-pose the person.

    Args:
        puppet: from `cut_puppet`.
        target: joints in the photo's pixels. Joints that either skeleton lacks move rigidly with their parent.
        size: (h, w) of the output; the photo's by default.
        matrix: (2, 3) affine from photo pixels to output pixels; identity by default.

    Raises:
        ValueError: the target has no visible joint, or the matrix is singular.
    """
    frame = _frame(puppet, size, matrix)
    if hides_face(target):
        puppet = without_face(puppet)
    if turns_round(puppet, target):
        turned = _warp(puppet, other_sides(target), frame)
        return replace(turned, parsing=other_side_labels(turned.parsing))
    return _warp(puppet, target, frame)


def _warp(puppet: Puppet, target: Skeleton, frame: _Frame) -> Warped:
    motion = plan_motion(puppet.body, target)
    canvas = _Canvas(frame, puppet, motion.scale)
    heights = [height_of(layer.owner, puppet.parts, puppet.body, motion.xy, motion.scale) for layer in puppet.layers]
    for index in np.argsort(heights, kind="stable"):
        _paint(canvas, puppet.layers[index], puppet, motion)
    return canvas.finish()


def composite(warped: Warped, plate: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8: the re-posed person over a plate of the same size."""
    if plate.shape != (*warped.rgba.shape[:2], 3):
        raise ValueError(f"the plate must be {(*warped.rgba.shape[:2], 3)}, got {plate.shape}")
    alpha = warped.rgba[..., 3:].astype(np.float32) / 255
    mixed = alpha * warped.rgba[..., :3] + (1 - alpha) * plate
    return np.rint(mixed).astype(np.uint8)


def _scale_of(matrix: np.ndarray) -> float:
    return float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))


def _frame(puppet: Puppet, size, matrix) -> _Frame:
    size = puppet.photo.shape[:2] if size is None else (int(size[0]), int(size[1]))
    matrix = np.eye(2, 3) if matrix is None else np.asarray(matrix, np.float64)
    if matrix.shape != (2, 3) or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix[:, :2])) < 1e-9:
        raise ValueError(f"matrix must be an invertible (2, 3) affine, got {matrix.tolist()}")
    back = cv2.invertAffineTransform(matrix).astype(np.float32)
    x, y = np.arange(size[1], dtype=np.float32), np.arange(size[0], dtype=np.float32)[:, None]
    places = np.empty((*size, 2), np.float32)
    for axis in (0, 1):
        places[..., axis] = back[axis, 0] * x + (back[axis, 1] * y + back[axis, 2])
    return _Frame(size, matrix, _scale_of(matrix), places)


class _Canvas:
    """Layers painted back to front, with what is known of every pixel so far."""

    def __init__(self, frame: _Frame, puppet: Puppet, scale: float):
        self.frame, self.puppet, self.scale = frame, puppet, scale
        size = frame.size
        plain = np.array_equal(frame.matrix, np.eye(2, 3)) and size == puppet.photo.shape[:2]
        self.photo = puppet.photo if plain else sample(puppet.photo, frame.matrix, size, border=0)
        self.owner = puppet.owner if plain else sample_labels(puppet.owner, frame.matrix, size)
        self.labels = puppet.labels if plain else sample_labels(puppet.labels, frame.matrix, size)
        own = (~puppet.invented).astype(np.float32)
        self.background = own if plain else sample(own, frame.matrix, size, border=0)
        self.colour = np.zeros((*size, 3), np.float32)  # premultiplied
        self.alpha = np.zeros(size, np.float32)
        self.trust = np.zeros(size, np.float32)  # premultiplied
        self.intact = np.zeros(size, np.float32)  # premultiplied
        self.still = np.zeros(size, np.float32)
        self.agreeing = np.zeros(size, np.float32)  # premultiplied: how much of what is seen shows the same place
        self.owned = np.zeros(size, bool)  # a layer that agrees shows its own, clean pixel of the photo
        self.top = np.zeros(size, np.uint8)
        self.coordinates = np.full((*size, 2), np.nan, np.float32)
        self.parsing = np.zeros(size, np.uint8)

    def paint(self, window, number: int, pixels, trust, intact, labels, places) -> None:
        """Put one layer over the window: pixels (h, w, 4), the rest (h, w), places (h, w, 2) photo xy."""
        alpha = pixels[..., 3].astype(np.float32) / 255
        here = self.frame.places[window]
        moved = np.hypot(places[..., 0] - here[..., 0], places[..., 1] - here[..., 1])
        still = 1 - smoothstep((np.nan_to_num(moved, nan=1e3) - _STILL[0]) / (_STILL[1] - _STILL[0]))
        rest = 1 - alpha
        self._agree(window, number, alpha, places)
        self.colour[window] = self.colour[window] * rest[..., None] + pixels[..., :3] * alpha[..., None]
        self.trust[window] = self.trust[window] * rest + trust * alpha
        self.intact[window] = self.intact[window] * rest + intact * alpha
        self.alpha[window] = self.alpha[window] * rest + alpha
        mine = self.owner[window] == number
        self.still[window] = np.where(mine, still, self.still[window] * (1 - alpha * (1 - still)))
        seen = alpha > 0.5
        self.top[window][seen] = number
        self.coordinates[window][seen] = places[seen]
        self.parsing[window][seen] = labels[seen]

    def _agree(self, window, number: int, alpha, places) -> None:
        """Note where pieces that touch in the photo still touch: there the photo shows through without a seam."""
        before = self.coordinates[window]
        dx, dy = places[..., 0] - before[..., 0], places[..., 1] - before[..., 1]
        match = dx * dx + dy * dy < _TOGETHER**2  # NaN compares as False
        mine = cv2.remap(self.puppet.interior, np.nan_to_num(places, nan=_NOWHERE), None, cv2.INTER_NEAREST) == number
        agreeing, owned, seen = self.agreeing[window], self.owned[window], alpha > 0.5
        under = (1 - alpha) * agreeing
        self.agreeing[window] = np.where(seen, alpha + under * match, under + alpha * match)
        self.owned[window] = np.where(seen, mine | (owned & match), owned | (mine & match & (alpha > 0.02)))

    def finish(self) -> Warped:
        """Where nothing moved the photo itself is shown; everything else is what was painted."""
        still, alpha = self.still, self.alpha
        colour = self.colour / np.maximum(alpha, 1e-4)[..., None]
        whole = self.owned * smoothstep((self.agreeing / np.maximum(alpha, 1e-4) - 0.85) / 0.13)
        colour += whole[..., None] * (self._photo_at(self.coordinates) - colour)
        trust = self.trust + whole * (alpha - self.trust)
        shown = still + (1 - still) * alpha
        weight = np.where(shown > 0, still / np.maximum(shown, 1e-6), 0)[..., None]
        rgb = colour + weight * (self.photo - colour)
        rgba = np.concatenate([rgb, 255 * shown[..., None]], 2)
        unmoved = still > 0.5
        person = unmoved & (self.labels > 0)
        coordinates = np.where(person[..., None], self.frame.places, self.coordinates)
        coordinates[unmoved & ~person] = np.nan
        parsing = np.where(unmoved, self.labels, self.parsing)
        border = 1 - 4 * alpha * (1 - alpha)
        valid = (trust * self.intact / np.maximum(alpha, 1e-4) + (1 - alpha) * self.background) * border
        valid *= 1 - seams(coordinates, self.top, self.frame.scale)
        valid = still * (self.owner > 0) + (1 - still) * valid
        return Warped(np.clip(np.rint(rgba), 0, 255).astype(np.uint8), np.clip(valid, 0, 1).astype(np.float32),
                      coordinates, parsing.astype(np.uint8))  # fmt: skip

    def _photo_at(self, places: np.ndarray) -> np.ndarray:
        """(h, w, 3) uint8 the photo's colours at (h, w, 2) places."""
        photo, shrink = shrunk(self.puppet.photo, self.frame.scale * self.scale)
        places = np.nan_to_num(places, nan=_NOWHERE)
        if (shrink != 1).any():
            places = (places + 0.5) * shrink.astype(np.float32) - 0.5
        return cv2.remap(photo, places, None, cv2.INTER_LINEAR)


def _paint(canvas: _Canvas, layer: Layer, puppet: Puppet, motion: Motion) -> None:
    frame = canvas.frame
    target = apply(frame.matrix, deform(layer.skin, puppet.body, motion))
    drawn = rasterize(layer.skin.points, target, layer.triangles, frame.size, layer.skin.outer)
    if drawn is None:
        return
    places, (x0, y0) = drawn
    height, width = places.shape[:2]
    window = (slice(y0, y0 + height), slice(x0, x0 + width))
    scale = motion.scale * frame.scale
    here = np.nan_to_num(places, nan=_NOWHERE) - np.float32(layer.origin)
    pixels, shrink = shrunk(layer.pixels, scale)
    trust, _ = shrunk(layer.trust, scale)
    fine = here if (shrink == 1).all() else (here + 0.5) * shrink.astype(np.float32) - 0.5
    pixels = cv2.remap(pixels, fine, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    trust = cv2.remap(trust, fine, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    labels = cv2.remap(layer.labels, here, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
    rigid = layer.owner >= FIRST_CARRIED
    intact = 1.0 if rigid else intactness(places, scale, np.linalg.det(frame.matrix[:, :2]) < 0)
    if layer.skin.role.kind is Kind.HEAD:
        intact = intact * motion.facing
    canvas.paint(window, layer.owner, pixels, trust * np.float32(1 / 255), intact, labels, places)
