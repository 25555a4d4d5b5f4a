"""Draw a parsing map's outlines to the photo's own edges: the network's cells are larger than what the eye sees."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import BodyPart, around, person_mask
from .guided_filter import GuidedFilter

_RADIUS = 0.013  # of the person's height: how far an outline may be off
_SMOOTH = 1e-3  # variance of colours in [0, 1] below which a window counts as plain
_COARSE, _FINE = 400, 1024  # longer sides at which the filter is fitted, and applied


def refine_border(photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Move the outlines of the person and of each garment to the edges that the photo shows near them.

    A guided filter explains each label's mask by the photo's colours in small windows: background that the map took for
    a sleeve has the background's colour and leaves, a collar taken for skin has the shirt's. Only bands along the
    outlines can change.

    Args:
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 `BodyPart`.
    """
    rows = person_mask(labels).any(1).nonzero()[0]
    if not len(rows):
        return labels
    person_height = (rows[-1] - rows[0] + 1) / max(labels.shape)
    coarse, fine = _shrunk(photo, _COARSE), _shrunk(photo, _FINE)
    explain = GuidedFilter(coarse, max(2, round(_RADIUS * person_height * _COARSE)), _SMOOTH)
    reach = max(2, round(_RADIUS * person_height * max(fine.shape)))
    left, best = np.ones(labels.shape, np.float32), np.zeros(labels.shape, np.float32)
    refined = np.zeros_like(labels)
    for label in np.unique(labels[labels > 0]):
        window, share = _share(explain, fine, labels == label, reach)
        left[window] -= share
        more = share > best[window]
        best[window][more], refined[window][more] = share[more], label
    # All shares sum to 1: what the person's labels leave is the background's.
    refined[left > best] = BodyPart.BACKGROUND
    return refined


def _share(explain: GuidedFilter, fine: np.ndarray, mask: np.ndarray, reach: int):
    """How much of each pixel is a label's: near its outline as the filter explains it, elsewhere as its mask says.

    Args:
        explain: of the picture made smaller still.
        fine: (h, w, 3) float32, the picture made smaller.
        mask: (H, W) bool.
        reach: pixels of `fine` to either side of the outline.

    Returns:
        row and column slices of a window around all of it, and the (rows, columns) float32 share in it.
    """
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    size = fine.shape[1::-1]
    slope, offset = explain(cv2.resize(mask.astype(np.float32), explain.size, interpolation=cv2.INTER_AREA))
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    part = around(small > 0, reach + 1)
    slope, offset, small = cv2.resize(slope, size)[part], cv2.resize(offset, size)[part], small[part]
    band = cv2.dilate(small, kernel) - cv2.erode(small, kernel) > 0
    share = np.where(band, np.einsum("hwi,hwi->hw", slope, fine[part]) + offset, small)
    ratio = np.array(size) / mask.shape[::-1]
    window = around(mask, int(np.ceil((reach + 1) / ratio.min())))
    if (ratio == 1).all():
        return window, share
    first = np.array([window[1].start, window[0].start]) + 0.5
    shift = first * ratio - 0.5 - (part[1].start, part[0].start)
    rows, columns = (span.stop - span.start for span in window)
    matrix = np.array([[ratio[0], 0, shift[0]], [0, ratio[1], shift[1]]])
    return window, cv2.warpAffine(share, matrix, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)


def _shrunk(picture: np.ndarray, longer_side: int) -> np.ndarray:
    """An (H, W, 3) uint8 photo as float32 in [0, 1], made smaller if it is larger."""
    height, width = picture.shape[:2]
    shrink = min(1.0, longer_side / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255


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
