"""Parsing maps as Self-Correction Human Parsing writes them: its ATR and LIP labels, turned into ours."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..parsing import IGNORE, BodyPart, part_mask, person_mask
from ..photo import PhotoError, label_picture, label_values

P = BodyPart
# The order of Self-Correction Human Parsing's label lists. ATR's is that of `BodyPart`.
ATR = tuple(part.label for part in BodyPart)
LIP = (
    "background", "hat", "hair", "glove", "sunglasses", "upper-clothes", "dress", "coat", "socks", "pants",
    "jumpsuits", "scarf", "skirt", "face", "left-arm", "right-arm", "left-leg", "right-leg", "left-shoe", "right-shoe",
)  # fmt: skip
LABELS = {"atr": ATR, "lip": LIP}

# LIP's labels that ATR has not. A jumpsuit covers what a dress and its legs cover, and joints from shoulder to ankle
# name a dress (`parsing.PARTS_OF_JOINT`).
_JOINED = {"coat": P.UPPER_CLOTHES, "jumpsuits": P.DRESS}
# Labels without a side: left, right, and what tells them apart.
_SIDED = {
    "glove": ((P.LEFT_ARM, (P.LEFT_ARM,)), (P.RIGHT_ARM, (P.RIGHT_ARM,))),
    "socks": ((P.LEFT_LEG, (P.LEFT_LEG, P.LEFT_SHOE)), (P.RIGHT_LEG, (P.RIGHT_LEG, P.RIGHT_SHOE))),
}


def open_labels(path: str | Path, size: tuple[int, int], names: tuple[str, ...]) -> np.ndarray:
    """Open a parsing map of one of these label lists; it may have another resolution than its photo.

    Args:
        path: a palette or grey PNG.
        size: (height, width) of its photo.
        names: `ATR` or `LIP`, the meaning of its values; 255 is unknown in both.

    Returns:
        (H, W) uint8 `BodyPart` labels, 255 where unknown.

    Raises:
        PhotoError: not such a file, of another shape than the photo, or with values beyond the list.
    """
    with label_picture(path) as (image, name):
        if abs(image.width * size[0] - image.height * size[1]) > max(image.size) + max(size):  # half pixels
            raise PhotoError(
                f"{name} is no parsing map of its photo: its shape must be that of {size[1]}x{size[0]}, "
                f"got {image.width}x{image.height} pixels"
            )
        values = label_values(image, name, len(names))
    ours = our_labels(values, names)
    return ours if ours.shape == size else cv2.resize(ours, size[::-1], interpolation=cv2.INTER_NEAREST)


def our_labels(values: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(H, W) uint8 values of the list `names`, 255 unknown -> `BodyPart` labels. Gloves are the arm's, socks the leg's
    that is nearest."""
    table = np.full(256, IGNORE, np.uint8)
    known = {part.label: part for part in BodyPart} | _JOINED
    for value, name in enumerate(names):
        table[value] = known.get(name, P.BACKGROUND)
    ours = table[values]
    for name, (left, right) in _SIDED.items():
        if name in names and (mask := values == names.index(name)).any():
            ours[mask] = np.where(_is_left(ours, mask, left[1], right[1]), left[0], right[0])[mask]
    return ours


def _is_left(ours: np.ndarray, mask: np.ndarray, left: tuple[P, ...], right: tuple[P, ...]) -> np.ndarray:
    """(H, W) bool: whether a place belongs to the left, by the nearest pixel of either side."""
    near = [part_mask(ours, parts) for parts in (left, right)]
    if any(side.any() for side in near):
        to_left, to_right = (_distance(side) for side in near)
        return to_left < to_right
    # Nothing tells: as of somebody seen from the front, whose left is on the picture's right.
    columns = (person_mask(ours) | mask).any(0).nonzero()[0]
    return np.broadcast_to(np.arange(ours.shape[1]) > (columns[0] + columns[-1]) / 2, ours.shape)


def _distance(mask: np.ndarray) -> np.ndarray:
    """(H, W) float32 pixels to the nearest of the mask; infinite where it is empty."""
    if not mask.any():
        return np.full(mask.shape, np.inf, np.float32)
    return cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
