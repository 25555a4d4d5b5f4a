"""Which layer lies over which."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..pose import ARMS, LIMB_CHAINS
from ..pose import Keypoint as K
from .parts import FIRST_CARRIED, FIRST_LIMB, HEAD, TRUNK, Parts
from .rig import Body
from .roles import segment_distance

_FAR_LEG, _NEAR_LEG, _TRUNK, _WORN, _HEAD = 10.0, 11.0, 20.0, 20.5, 30.0
# Heights that a pose decides between, of an arm.
BEHIND, ARM, ARM_BEFORE_FACE = 5.0, 22.0, 40.0


@dataclass(frozen=True)
class Depth:
    """How far in front a layer lies: legs, trunk, arms under the hair, head, arms before the face.

    Attributes:
        base: the height itself, or where an arm decides, what is added to the arm's.
        arm: the arm (0 right, 1 left) that decides; None where the pose changes nothing.
        behind: the arm was behind the trunk, and stays there while its hand does.
    """

    base: float
    arm: int | None = None
    behind: bool = False

    def height(self, xy: np.ndarray, unit: float) -> float:
        """In the pose of (18, 2) joints, of a body of this unit in pixels."""
        if self.arm is None:
            return self.base
        if self.behind and _over_trunk(self.arm, xy, unit):
            return BEHIND + self.arm
        return self.base + _arm_height(self.arm, xy, unit)


def depth_of(number: int, parts: Parts, body: Body) -> Depth:
    """Of a layer, by its number in `Parts.owner`."""
    if number in (HEAD, TRUNK):
        return Depth(_HEAD if number == HEAD else _TRUNK)
    if number >= FIRST_CARRIED:
        role = parts.carried[number - FIRST_CARRIED]
        if role.joint is None:
            return Depth(_WORN)
        return Depth(1 if _covers_arm(parts, body, number, role.limb) else -1, role.limb)
    index = number - FIRST_LIMB
    if index < 2:
        return Depth(0, index, parts.behind[index])
    return Depth(_NEAR_LEG if index == near_leg(parts, body) else _FAR_LEG)


def height_of(number: int, parts: Parts, body: Body, xy: np.ndarray, scale: float = 1.0) -> float:
    """The height of a layer in a pose.

    Args:
        number: the layer, as in `Parts.owner`.
        parts, body: the photo's.
        xy: (18, 2) joints of the pose; `body.xy` for the photo's own.
        scale: size of the body in the pose.
    """
    return depth_of(number, parts, body).height(xy, scale * body.unit)


def _arm_height(index: int, xy: np.ndarray, unit: float) -> float:
    """An arm passes under the hair unless the hand is raised to the head."""
    _, elbow, wrist = xy[list(ARMS[index])]
    tip = wrist + 0.25 * (wrist - elbow)
    head = xy[K.NOSE] + 0.15 * (xy[K.NOSE] - xy[K.NECK])
    near = float(segment_distance(head[None], elbow, tip)[0][0]) < 0.42 * unit
    return (ARM_BEFORE_FACE if near else ARM) + 3 * index


def _over_trunk(index: int, xy: np.ndarray, unit: float) -> bool:
    """Whether the hand lies within the trunk."""
    corners = xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER, K.LEFT_HIP, K.RIGHT_HIP]].astype(np.float32)
    wrist = xy[ARMS[index][2]].astype(np.float32).tolist()
    return cv2.pointPolygonTest(cv2.convexHull(corners), wrist, True) > -0.15 * unit


def _covers_arm(parts: Parts, body: Body, number: int, index: int) -> bool:
    """Whether a carried thing lies over the forearm's bone."""
    elbow, wrist = body.xy[list(LIMB_CHAINS[index][1:])]
    x, y = np.rint(elbow + np.linspace(0.1, 1.0, 12)[:, None] * (wrist - elbow)).astype(int).T
    height, width = parts.owner.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    return bool(inside.any()) and float((parts.owner[y[inside], x[inside]] == number).mean()) > 0.4


def near_leg(parts: Parts, body: Body) -> int:
    """The leg in front: where both legs' bones lie close, the one whose pixels are seen there; else the lower foot."""
    seen = []
    for index in (2, 3):
        hip, knee, ankle = body.xy[list(LIMB_CHAINS[index])]
        span = np.linspace(0.1, 1, 24)[:, None]
        points = np.concatenate([hip + span * (knee - hip), knee + span * (ankle - knee)])
        x, y = np.rint(points).astype(int).T
        height, width = parts.owner.shape
        inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
        values = parts.owner[y[inside], x[inside]]
        seen.append(float((values == FIRST_LIMB + 5 - index).mean()) if len(values) else 0.0)
    if abs(seen[0] - seen[1]) > 0.08:
        return 3 if seen[0] > seen[1] else 2
    return 2 if body.xy[K.RIGHT_ANKLE, 1] >= body.xy[K.LEFT_ANKLE, 1] else 3
