"""Bags and other carried things: what belongs to them, and who holds them."""

from __future__ import annotations

import cv2
import numpy as np

from ..colour import colour_vote
from ..parsing import BodyPart as P
from ..parsing import part_mask
from ..pose import ARMS
from ..pose import Keypoint as K
from .matte import grow
from .rig import Body
from .roles import Kind, Role

_MOST = 8  # layers of carried things
_SKIN = (P.LEFT_ARM, P.RIGHT_ARM, P.LEFT_LEG, P.RIGHT_LEG)
_NEVER = (P.FACE, P.HAIR, P.HAT, P.SUNGLASSES, P.LEFT_SHOE, P.RIGHT_SHOE)
_REACH = 0.3  # of the body's unit: how far a bag may go on beyond what the map calls bag
_SURE = 0.9  # log-likelihood ratio by which a colour must be the bag's rather than the clothes'


def whole_bags(photo: np.ndarray, labels: np.ndarray, body: Body) -> np.ndarray:
    """The label map with bags continued over what has their colours and touches them.

    Readers often see half of a bag; the rest, left on the clothes, would tear from it when the hand moves.

    Args:
        photo: (h, w, 3) uint8 RGB.
        labels: (h, w) uint8 `BodyPart`.
        body: joints in the photo's pixels.

    Returns:
        (h, w) uint8.
    """
    bags = labels == P.BAG
    if not bags.any():
        return labels
    reach = _REACH * body.unit
    near = grow(bags, reach)
    clothes = (labels > 0) & ~bags & ~part_mask(labels, _NEVER)
    around = clothes & grow(bags, 3 * reach)
    candidates = near & clothes
    core = ~grow(~bags, 0.02 * body.unit)
    smooth = cv2.GaussianBlur(photo, (0, 0), max(0.7, 0.006 * body.unit))
    vote = colour_vote(smooth, core if core.sum() > 30 else bags, around & ~grow(bags, 0.4 * reach))
    vote = cv2.GaussianBlur(np.where(candidates, vote, 0), (0, 0), max(0.7, 0.015 * body.unit))
    # What the map calls skin must look all the more like the bag.
    more = candidates & (vote > np.where(part_mask(labels, _SKIN), 1.5 * _SURE, _SURE))
    count, islands = cv2.connectedComponents((more | bags).astype(np.uint8), connectivity=8)
    touching = np.zeros(count, bool)
    touching[np.unique(islands[bags])] = True
    more &= touching[islands]
    # As much again is a bag half seen; far more are clothes of the bag's colour.
    if more.sum() > 1.2 * bags.sum():
        return labels
    return np.where(more, np.uint8(P.BAG), labels)


def assign_carried(owner: np.ndarray, labels: np.ndarray, first: int, body: Body, cut) -> tuple[Role, ...]:
    """Every bag becomes a layer of its own, rigid to the hand, the crook of the arm, or the trunk.

    Args:
        owner: (h, w) uint8 layers, changed in place.
        labels: (h, w) uint8 `BodyPart`.
        first: the number of the first carried thing's layer.
        body: joints in pixels.
        cut: for each limb, whether it is a layer of its own.
    """
    bags = (labels == P.BAG).astype(np.uint8)
    size = max(3, round(0.06 * body.unit)) | 1
    count, islands = cv2.connectedComponents(cv2.dilate(bags, np.ones((size, size), np.uint8)))
    roles: list[Role] = []
    for island in range(1, count):
        mask = (islands == island) & (bags > 0)
        if not mask.any() or len(roles) >= _MOST:
            continue
        owner[mask] = first + len(roles)
        rows, columns = mask.nonzero()
        roles.append(_holder(np.stack([columns, rows], 1)[:: max(1, len(rows) // 2000)].astype(np.float64), body, cut))
    return tuple(roles)


def _holder(points: np.ndarray, body: Body, cut) -> Role:
    """Who carries a thing made of these (N, 2) pixels."""
    best, held = 0.22 * body.unit, Role(Kind.CARRIED)
    shoulders = body.xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER, K.NECK]]
    reach = min(float(np.sqrt(((points - place) ** 2).sum(1)).min()) for place in shoulders)
    if reach < 0.2 * body.unit and np.ptp(points[:, 1]) > 0.4 * body.unit:
        return held  # a strap over the shoulder
    for index, (_, elbow, wrist) in enumerate(ARMS):
        if not cut[index]:
            continue
        reach = body.xy[wrist] - body.xy[elbow]
        hand = body.xy[wrist] + 0.14 * body.unit * reach / max(float(np.linalg.norm(reach)), 1e-6)
        for joint, place, handicap in ((wrist, hand, 1.0), (elbow, body.xy[elbow], 1.35)):
            if not body.known[joint]:
                continue
            distance = handicap * float(np.sqrt(((points - place) ** 2).sum(1)).min())
            if distance < best:
                drop = points[:, 1].mean() - place[1]
                best, held = distance, Role(Kind.CARRIED, index, joint, bool(drop > 0.1 * body.unit))
    return held
