"""Which garment a mask covers, and which of another person answers to it."""

from __future__ import annotations

import numpy as np

from ..parsing import BodyPart as P
from ..parsing import part_mask

GARMENTS = (P.UPPER_CLOTHES, P.DRESS, P.SKIRT, P.PANTS, P.SCARF, P.HAT, P.BAG, P.BELT, P.LEFT_SHOE, P.RIGHT_SHOE)
_LARGE = (P.UPPER_CLOTHES, P.DRESS, P.SKIRT, P.PANTS, P.SCARF)
_SHOES = (P.LEFT_SHOE, P.RIGHT_SHOE)
# What may stand in for a kind, the nearest first.
_INSTEAD = {
    P.UPPER_CLOTHES: (P.DRESS,),
    P.DRESS: (P.UPPER_CLOTHES, P.SKIRT),
    P.SKIRT: (P.DRESS, P.PANTS),
    P.PANTS: (P.SKIRT, P.DRESS),
    P.LEFT_SHOE: (P.RIGHT_SHOE,),
    P.RIGHT_SHOE: (P.LEFT_SHOE,),
}
_ENOUGH = 0.004  # of the person's pixels


def painted_label(parsing: np.ndarray, mask: np.ndarray) -> P:
    """The label that most of a mask lies on, background apart; upper clothes where it lies on nobody.

    Args:
        parsing: (H, W) uint8.
        mask: (H, W) float in [0, 1].
    """
    weight = np.bincount(parsing.reshape(-1), mask.reshape(-1), minlength=256)[: len(P)]
    weight[P.BACKGROUND] = 0
    return P(int(weight.argmax())) if weight.any() else P.UPPER_CLOTHES


def garment_of(parsing: np.ndarray, wanted: P) -> frozenset[P]:
    """The labels of the garment that is nearest in kind to the one wanted; the largest garment if none is.

    Raises:
        ValueError: the person wears nothing that was found.
    """
    counts = np.bincount(parsing.reshape(-1), minlength=256)[: len(P)]
    enough = max(16, _ENOUGH * counts[1:].sum())
    for kind in (wanted, *_INSTEAD.get(wanted, ())):
        if counts[kind] >= enough:
            return frozenset(_SHOES if kind in _SHOES else (kind,))
    largest = max(_LARGE, key=lambda kind: counts[kind])
    if counts[largest] < enough:
        raise ValueError("no garment was found on the source person: choose a photo that shows clothes")
    return frozenset((largest,))


def cloth_mask(parsing: np.ndarray, labels: frozenset[P]) -> np.ndarray:
    """(H, W) bool: where the map holds one of the labels."""
    return part_mask(parsing, labels)
