"""A parsing map drawn to the photo's own edges: no fringe of the old cloth is left around the new."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import IGNORE
from .shading import smooth

_SIDE = 1024  # pixels of the longer side at which outlines are drawn
_REACH = 0.006  # of the person's height: how far an outline may move
_CLEARLY = 0.8  # of the distance to the own colours, below which those of a neighbour are nearer
_DEEPER = 2.0  # times the reach: so deep inside a part its colours are sure


def snug(photo: np.ndarray, parsing: np.ndarray) -> np.ndarray:
    """Give every pixel near an outline to the part beside it whose colours it has.

    Args:
        photo: (H, W, 3) uint8 RGB.
        parsing: (H, W) uint8 `BodyPart` labels of one person.

    Returns:
        (H, W) uint8 labels; unlabelled pixels stay so.
    """
    rows, columns = (parsing > 0).any(1).nonzero()[0], (parsing > 0).any(0).nonzero()[0]
    if not len(rows):
        return parsing
    height = rows[-1] - rows[0] + 1
    margin = max(4, round(4 * _REACH * height))
    window = (
        slice(max(0, rows[0] - margin), rows[-1] + 1 + margin),
        slice(max(0, columns[0] - margin), columns[-1] + 1 + margin),
    )
    out = parsing.copy()
    full = parsing[window].shape[::-1]
    scale = min(1.0, _SIDE / max(full))
    size = max(1, round(full[0] * scale)), max(1, round(full[1] * scale))
    image = cv2.resize(photo[window], size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(parsing[window], size, interpolation=cv2.INTER_NEAREST)
    drawn = _drawn(image, small, max(1.5, _REACH * height * scale))
    moved = cv2.resize((drawn != small).astype(np.uint8), full, interpolation=cv2.INTER_NEAREST).astype(bool)
    out[window][moved] = cv2.resize(drawn, full, interpolation=cv2.INTER_NEAREST)[moved]
    return out


def _drawn(image: np.ndarray, labels: np.ndarray, reach: float) -> np.ndarray:
    lab = cv2.cvtColor(cv2.GaussianBlur(image, (0, 0), 0.6), cv2.COLOR_RGB2Lab).astype(np.float32)
    best, nearest, own = labels.copy(), np.full(labels.shape, np.inf, np.float32), np.zeros(labels.shape, np.float32)
    for label in np.unique(labels):
        if label == IGNORE:
            continue
        mask = labels == label
        inside = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
        sure = inside > _DEEPER * reach
        if not sure.any():
            sure = mask
        near = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3) <= reach
        away = np.linalg.norm(lab - smooth(lab, sure.astype(np.float32), 3 * _DEEPER * reach), axis=-1)
        own[mask] = away[mask]
        closer = near & (away < nearest)
        best[closer], nearest[closer] = label, away[closer]
    changes = (best != labels) & (nearest < _CLEARLY * own) & (labels != IGNORE)
    out = labels.copy()
    out[changes] = best[changes]
    return cv2.medianBlur(out, 3) if changes.any() and not (labels == IGNORE).any() else out
