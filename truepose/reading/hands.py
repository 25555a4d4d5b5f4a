"""Hands on clothes: a parsing map often gives the fingers to the skirt or trousers that they lie on."""

from __future__ import annotations

import cv2
import numpy as np

from ..colour import colour_vote
from ..parsing import BodyPart as P
from ..parsing import around
from ..pose import ARMS, Skeleton

_SIDES = (P.RIGHT_ARM, P.LEFT_ARM)
_CLOTH = (P.UPPER_CLOTHES, P.DRESS, P.SKIRT, P.PANTS)
_BEYOND = 0.3  # of the forearm: from the wrist to the hand's middle
_REACH = 0.42  # of the forearm: from there to the fingertips and the wrist
_SURE = 1.8  # of 2: the vote of a colour that is skin
_TELLING = 0.06  # of the cloth: where more of it has skin's colour, colours do not tell
_SAMPLES = 20_000  # pixels of each kind that are looked at


def whole_hands(photo: np.ndarray, labels: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Give each arm the skin about its wrist that the map calls cloth.

    Skin is known from arms and face, each garment from the rest of it; one of skin's colour keeps what it has.

    Args:
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 `BodyPart`.
        skeleton: joints in the photo's pixels.
    """
    out = labels.copy()
    skin = np.isin(labels, (*_SIDES, P.FACE))
    for chain, side in zip(ARMS, _SIDES, strict=True):
        elbow, wrist = skeleton.xy[list(chain[1:])]
        forearm = float(np.linalg.norm(wrist - elbow))
        if not skeleton.visible[list(chain[1:])].all() or _REACH * forearm < 3:
            continue
        disk = np.zeros(labels.shape, np.uint8)
        middle = np.rint(wrist + _BEYOND * (wrist - elbow)).astype(int)
        cv2.circle(disk, tuple(middle.tolist()), round(_REACH * forearm), 1, -1)
        if disk.any():
            _take(out, photo, skin, disk > 0, side)
    return out


def _take(labels: np.ndarray, photo: np.ndarray, skin: np.ndarray, disk: np.ndarray, side: P) -> None:
    """Relabel what of the clothes in the (H, W) bool disk is the hand in its middle."""
    window = around(disk, 1)
    here, inside = labels[window], disk[window]
    found = np.zeros(here.shape, bool)
    for cloth in np.intersect1d(_CLOTH, here[inside]):
        known = (labels == cloth) & ~disk
        found |= (here == cloth) & inside & _like_skin(photo[window], photo[skin], photo[known])
    # Fingers and the shadows between them, as one piece with the skin that the map knows.
    seen = skin[window]
    size = max(3, round(0.06 * len(here))) | 1
    whole = cv2.morphologyEx((found | seen).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((size, size), np.uint8))
    whole = cv2.morphologyEx(whole & ~(here == P.BACKGROUND), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, pieces = cv2.connectedComponents(whole, connectivity=4)
    kept = np.unique(pieces[seen & (whole > 0)])
    here[np.isin(pieces, kept) & (whole > 0) & inside & np.isin(here, _CLOTH)] = side


def _like_skin(picture: np.ndarray, skin: np.ndarray, cloth: np.ndarray) -> np.ndarray:
    """(h, w) bool: the pixels of a picture that have skin's colour, by (N, 3) pixels of skin and (M, 3) of cloth."""
    skin, cloth = (each[:: max(1, len(each) // _SAMPLES)] for each in (skin, cloth))
    flat = picture.reshape(-1, 3)
    kind = np.repeat([0, 1, 2], [len(flat), len(skin), len(cloth)])[None]
    vote = colour_vote(np.concatenate([flat, skin, cloth])[None], kind == 1, kind == 2)
    if (vote[kind == 2] > _SURE).mean() > _TELLING if len(cloth) else True:
        return np.zeros(picture.shape[:2], bool)
    return (vote[kind == 0] > _SURE).reshape(picture.shape[:2])
