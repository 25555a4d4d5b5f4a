"""Draw a parsing map's outline to the photo's own edges: the network's cells are larger than what the eye sees."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import BodyPart, person_mask

_RADIUS = 0.013  # of the person's height: how far an outline may be off
_SMOOTH = 1e-3  # variance of colours in [0, 1] below which a window counts as plain
_BESIDE = 0.07  # of the person's height: how far the background beside a gap is looked for
_PLAIN = 6.0  # grey levels: a background that varies more is not known by its colour
_LARGEST_GAP = 0.03  # of the person's area
_COARSE, _FINE = 400, 1024  # longer sides at which the filter is fitted, and applied


def refine_border(photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Move the outline between person and background to the edge that the photo shows near it.

    A guided filter (He, Sun, Tang 2013) explains the mask by the photo's colours in small windows: background that the
    map took for a sleeve has the background's colour and leaves. Only a band along the outline can change.

    Args:
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 `BodyPart`.

    Returns:
        (H, W) uint8 labels; pixels that join the person take the nearest label.
    """
    mask = person_mask(labels)
    rows = mask.any(1).nonzero()[0]
    if not len(rows):
        return labels
    height, width = labels.shape
    person_height = (rows[-1] - rows[0] + 1) / max(height, width)
    coarse, coarse_mask = _shrunk(photo, mask, _COARSE)
    slope, offset = guided_filter(coarse, coarse_mask, max(2, round(_RADIUS * person_height * _COARSE)), _SMOOTH)
    fine, fine_mask = _shrunk(photo, mask, _FINE)
    size = fine_mask.shape[::-1]
    alpha = (cv2.resize(slope, size) * fine).sum(-1) + cv2.resize(offset, size)
    reach = max(2, round(_RADIUS * person_height * max(size)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    band = cv2.dilate(fine_mask, kernel) - cv2.erode(fine_mask, kernel) > 0
    inside = np.where(band, alpha, fine_mask)
    inside = cv2.resize(inside, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    refined = np.where(inside, labels, BodyPart.BACKGROUND).astype(np.uint8)
    return fill_labels(refined, inside & ~mask)


def clear_gaps(photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Take the wall out of the gaps between arms and body, where the wall is plain enough to be known by its colour.

    A gap is narrower than the network's cells. Small places inside the person that have the colour of the plain
    background beside them are gaps; large ones are clothes of that colour and stay.

    Args:
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 `BodyPart`.
    """
    mask = person_mask(labels)
    rows = mask.any(1).nonzero()[0]
    if not len(rows):
        return labels
    small, small_mask = _shrunk(photo, mask, _COARSE)
    small = 255 * small
    inside = small_mask > 0.5
    radius = max(3, round(_BESIDE * (rows[-1] - rows[0] + 1) * small.shape[0] / len(labels)))
    side = (2 * radius + 1, 2 * radius + 1)
    # Pixels at the outline are mixtures: the background is what lies beyond them.
    outside = (cv2.dilate(small_mask, np.ones((3, 3), np.uint8)) == 0).astype(np.float32)
    count = cv2.boxFilter(outside, -1, side, normalize=False)
    mean, square = (
        cv2.boxFilter(x * outside[..., None], -1, side, normalize=False) / np.maximum(count, 1)[..., None]
        for x in (small, small**2)
    )
    spread = np.sqrt(np.maximum(square - mean**2, 0)).max(-1)
    like = np.abs(small - mean).max(-1) < 5 + 2 * spread
    like &= inside & (spread < _PLAIN) & (count > 0.05 * side[0] ** 2)
    like = cv2.morphologyEx(like.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    number, places, stats, _ = cv2.connectedComponentsWithStats(like)
    gap = (stats[:, cv2.CC_STAT_AREA] > 6) & (stats[:, cv2.CC_STAT_AREA] < _LARGEST_GAP * inside.sum())
    gap[0] = False
    gone = cv2.resize(gap[places].astype(np.uint8), labels.shape[::-1], interpolation=cv2.INTER_NEAREST) > 0
    return np.where(gone, BodyPart.BACKGROUND, labels).astype(np.uint8)


def _shrunk(photo: np.ndarray, mask: np.ndarray, longer_side: int) -> tuple[np.ndarray, np.ndarray]:
    """Photo as float32 in [0, 1] and mask as float32, made smaller if they are larger."""
    height, width = mask.shape
    shrink = min(1.0, longer_side / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    guide = cv2.resize(photo, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return guide, cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)


def guided_filter(guide: np.ndarray, mask: np.ndarray, radius: int, smooth: float) -> tuple[np.ndarray, np.ndarray]:
    """The colour guided filter: in every window the mask as a linear function of the guide's colours, averaged.

    Args:
        guide: (H, W, 3) float32.
        mask: (H, W) float32.
        radius: of the square windows, pixels.
        smooth: added to the colours' variances.

    Returns:
        slope (H, W, 3) and offset (H, W), float32; the filtered mask is (slope * guide).sum(-1) + offset.
    """
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(x: np.ndarray) -> np.ndarray:
        return cv2.boxFilter(x, -1, side, borderType=cv2.BORDER_REFLECT)

    mean_guide, mean_mask = mean(guide), mean(mask)
    products = guide[..., :, None] * guide[..., None, :]  # (H, W, 3, 3)
    covariance = np.stack([mean(np.ascontiguousarray(products[..., i])) for i in range(3)], -1)
    covariance = covariance - mean_guide[..., :, None] * mean_guide[..., None, :] + smooth * np.eye(3, dtype=np.float32)
    joint = mean(guide * mask[..., None]) - mean_guide * mean_mask[..., None]  # (H, W, 3)
    slope = _solve(covariance, joint)
    offset = mean_mask - (slope * mean_guide).sum(-1)
    return mean(np.ascontiguousarray(slope)), mean(offset)


def _solve(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Symmetric 3x3 systems by Cramer's rule: (..., 3, 3), (..., 3) -> (..., 3). Quicker than LAPACK, one by one."""
    a, b, c = (matrix[..., i] for i in range(3))
    bc, ca, ab = np.cross(b, c), np.cross(c, a), np.cross(a, b)
    determinant = (a * bc).sum(-1, keepdims=True)
    return (bc * right[..., 0:1] + ca * right[..., 1:2] + ab * right[..., 2:3]) / determinant


def fill_labels(labels: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Give missing pixels the label of the nearest labelled one."""
    known = labels > 0
    if not missing.any() or not known.any():
        return labels
    _, index = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    of_index = np.zeros(index.max() + 1, np.uint8)
    of_index[index[known]] = labels[known]
    return np.where(missing, of_index[index], labels).astype(np.uint8)
