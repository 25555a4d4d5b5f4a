"""A parsing map as the puppet needs it: no specks, and garments in one piece."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import BodyPart as P
from ..parsing import part_mask
from .fill import nearest_known


def clean_labels(parsing: np.ndarray) -> np.ndarray:
    """Remove specks: small islands of a label take the label around them, small islands of person vanish.

    Args:
        parsing: (h, w) uint8 `BodyPart`; other values count as background.
    """
    labels = np.where(parsing < len(P), parsing, 0).astype(np.uint8)
    total = int((labels > 0).sum())
    wrong = np.zeros(labels.shape, bool)
    count, islands, stats, _ = cv2.connectedComponentsWithStats((labels > 0).astype(np.uint8), connectivity=8)
    if count > 2:
        labels[(stats[:, cv2.CC_STAT_AREA] < 0.006 * total)[islands]] = 0
    for part in np.unique(labels):
        count, islands, stats, _ = cv2.connectedComponentsWithStats((labels == part).astype(np.uint8), connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        small = np.flatnonzero(areas < max(4, 0.003 * total)) + 1
        if len(small) and count - 1 > len(small) or (len(small) and part not in (P.SUNGLASSES, P.BELT)):
            flags = np.zeros(count, bool)
            flags[small] = True
            wrong |= flags[islands]
    if wrong.any() and not wrong.all():
        rows, columns = nearest_known(~wrong)
        labels = labels[rows, columns]
    return labels


def whole_skirts(labels: np.ndarray) -> np.ndarray:
    """Trousers that end in a skirt or dress are its upper part: nobody wears one below trousers.

    Args:
        labels: (h, w) uint8 `BodyPart`.
    """
    skirt, trousers = part_mask(labels, (P.SKIRT, P.DRESS)), labels == P.PANTS
    if not skirt.any() or not trousers.any():
        return labels
    waist, hem = np.percentile(skirt.nonzero()[0], (5, 95))
    rows = np.arange(labels.shape[0])[:, None]
    if (trousers & (rows < waist)).sum() < skirt.sum():
        return labels
    return np.where(skirt | (trousers & (rows <= hem)), np.uint8(P.SKIRT), labels)
