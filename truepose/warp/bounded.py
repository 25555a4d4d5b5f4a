"""Cutting large photos: which layer a pixel belongs to needs no finer look than a bounded size gives."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..parsing import BodyPart, around
from .fill import nearest_known
from .matte import grow
from .parts import Parts, assign_parts
from .rig import Body

_LARGEST = 1024  # longer side, pixels, at which a person is cut into parts


def parts_of(photo: np.ndarray, parsing: np.ndarray, body: Body) -> Parts:
    """`assign_parts` around the person, at a bounded size; the outline stays the parsing map's own.

    Args:
        photo: (H, W, 3) uint8 RGB.
        parsing: (H, W) uint8 `BodyPart` labels; other values count as background.
        body: joints in the photo's pixels.

    Returns:
        parts in the photo's pixels, as if they had been cut there.
    """
    seen = (parsing > 0) & (parsing < len(BodyPart))
    window = around(seen, 2) if seen.any() else np.s_[:1, :1]
    piece, raw = photo[window], np.where(seen, parsing, 0)[window].astype(np.uint8)
    shrink = min(1.0, _LARGEST / max(raw.shape))
    size = tuple(max(1, round(side * shrink)) for side in raw.shape[::-1])  # (width, height)
    if shrink < 1:
        piece = cv2.resize(piece, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(raw, size, interpolation=cv2.INTER_NEAREST)
    ratio = np.array(size) / raw.shape[::-1]
    xy = (body.xy - (window[1].start or 0, window[0].start or 0) + 0.5) * ratio - 0.5
    parts = assign_parts(piece, small, Body(xy, body.known, body.unit * shrink))
    owner, labels = (np.zeros(parsing.shape, np.uint8) for _ in range(2))
    owner[window], labels[window] = _enlarged(parts, small, raw)
    return replace(parts, owner=owner, labels=labels, radii=tuple(radius / shrink for radius in parts.radii))


def _enlarged(parts: Parts, small: np.ndarray, raw: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Owner and labels at the size of the (h, w) `raw` labels, whose shrunk copy `small` was cut into parts."""
    if small.shape == raw.shape or not parts.owner.any():
        return parts.owner, parts.labels
    size = raw.shape[::-1]

    def wide(values: np.ndarray) -> np.ndarray:
        return cv2.resize(values, size, interpolation=cv2.INTER_NEAREST)

    cleaned = wide((parts.labels != small).astype(np.uint8)) > 0
    labels = np.where(cleaned, wide(parts.labels), raw)
    # Specks too small to be seen at the small size are far from everybody.
    labels[wide(grow(parts.owner > 0, 2.0).astype(np.uint8)) == 0] = 0
    beside = parts.owner[nearest_known(parts.owner > 0)]
    owner, best = np.zeros(raw.shape, np.uint8), np.zeros(raw.shape, np.uint8)
    for number in np.unique(beside):
        share = cv2.resize(255 * (beside == number).astype(np.uint8), size, interpolation=cv2.INTER_LINEAR)
        more = share > best
        owner[more], best[more] = number, share[more]
    owner[labels == 0] = 0
    return owner, labels
