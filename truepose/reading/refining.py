"""A parsing map as the photo shows it: what a network's coarse cells miss."""

from __future__ import annotations

import numpy as np

from ..parsing import around, person_mask
from ..pose import Skeleton
from .border import refine_border
from .gaps import clear_gaps
from .hands import whole_hands

_AROUND = 0.1  # of the person's height: what is looked at of the background


def refined(photo: np.ndarray, labels: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Open the gaps, draw the outlines to the photo's edges and give fingers back to their hands.

    Args:
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 `BodyPart` of one person.
        skeleton: that person's joints in the photo's pixels.
    """
    mask = person_mask(labels)
    if not mask.any():
        return labels
    # Only what is around the person, so that small people are looked at as closely as large ones.
    window = around(mask, 8 + round(_AROUND * int(mask.any(1).sum())))
    piece, out = photo[window], labels.copy()
    # The outline closes round the gaps that are known to it, and tells more of them.
    out[window] = clear_gaps(piece, refine_border(piece, clear_gaps(piece, labels[window])))
    return whole_hands(photo, out, skeleton)
