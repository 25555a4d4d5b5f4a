"""Gaps between arms and body, through which a plain wall is seen."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import BodyPart, person_mask

_BESIDE = 0.07  # of the person's height: how far the background beside a gap is looked for
_PLAIN = 4.0  # grey levels: a background that varies more is not known by its colour
_LARGEST_GAP = 0.03  # of the person's area
_CLEAR = 0.75  # of what is around a gap: it has clearly another colour
_FINEST = 1024  # longer side at which gaps are looked for


def clear_gaps(photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Take the wall out of the gaps between arms and body, where the wall is plain enough to be known by its colour.

    A gap is narrower than the network's cells. Small places inside the person that have the colour of the plain
    background beside them, and stand out from what is around them, are gaps; others are clothes of that colour.

    Args:
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 `BodyPart`.
    """
    mask = person_mask(labels)
    rows = mask.any(1).nonzero()[0]
    if not len(rows):
        return labels
    shrink = min(1.0, _FINEST / max(labels.shape))
    size = tuple(max(1, round(side * shrink)) for side in labels.shape[::-1])  # (width, height)
    small = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small_mask = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    radius = max(3, round(_BESIDE * (rows[-1] - rows[0] + 1) * small.shape[0] / len(labels)))
    away, known = _unlike_the_wall(small, small_mask, radius)
    inside = small_mask > 0.5
    like = (inside & known & (away < 1)).astype(np.uint8)
    number, places, stats, _ = cv2.connectedComponentsWithStats(like, connectivity=4)
    gap = stats[:, cv2.CC_STAT_AREA] < _LARGEST_GAP * inside.sum()
    thick = cv2.erode(like, np.ones((2, 2), np.uint8)) > 0  # a line of single pixels is an outline
    gap &= np.bincount(places[thick], minlength=number) > 2
    gap &= _stand_out(places, number, away, inside)
    gap[0] = False
    gone = cv2.resize(gap[places].astype(np.uint8), labels.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return np.where(gone, BodyPart.BACKGROUND, labels).astype(np.uint8)


def _unlike_the_wall(image: np.ndarray, mask: np.ndarray, radius: int) -> tuple[np.ndarray, np.ndarray]:
    """How far each pixel's colour is from the background beside it, 1 where it just counts as background.

    Args:
        image: (h, w, 3) float32 grey levels.
        mask: (h, w) float32, 1 on the person.
        radius: pixels around each in which the background is looked at.

    Returns:
        (h, w) float32, and (h, w) bool where there is a background, and a plain one.
    """
    step = max(1, radius // 12)  # the means are smooth: no fine look is needed
    size = tuple(-(-side // step) for side in mask.shape[::-1])
    # Pixels at the outline are mixtures: the background is what lies beyond them.
    outside = (cv2.dilate(mask, np.ones((5, 5), np.uint8)) == 0).astype(np.float32)
    weight = cv2.resize(outside, size, interpolation=cv2.INTER_AREA)
    side = (2 * (radius // step) + 1,) * 2
    count = cv2.blur(weight, side)
    mean, square = (
        cv2.blur(cv2.resize(x * outside[..., None], size, interpolation=cv2.INTER_AREA), side)
        / np.maximum(count, 1e-6)[..., None]
        for x in (image, image**2)
    )
    spread = np.sqrt(np.maximum(square - mean**2, 0)).max(-1)
    known = ((spread < _PLAIN) & (count > 0.05)).astype(np.uint8)
    wide = mask.shape[::-1]
    away = np.abs(image - cv2.resize(mean, wide)).max(-1) / (8 + cv2.resize(spread, wide))
    return away, cv2.resize(known, wide, interpolation=cv2.INTER_NEAREST) > 0


def _stand_out(places: np.ndarray, number: int, away: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(number,) bool: which places differ in colour from the person around them.

    Args:
        places: (h, w) int32, the place of each pixel, 0 none.
        number: of places, with 0.
        away: (h, w) float32 as `_unlike_the_wall` gives it.
        inside: (h, w) bool, the person.
    """
    near, far = (cv2.dilate(places.astype(np.float32), np.ones((k, k), np.uint8)).astype(np.int32) for k in (5, 9))
    ring = (near == 0) & (far > 0) & inside
    clear = np.bincount(far[ring], away[ring] > 3, number)
    return clear > _CLEAR * np.bincount(far[ring], minlength=number)
