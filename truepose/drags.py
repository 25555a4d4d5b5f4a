"""Poses made from poses: the drags people make most, as pure functions from skeleton to skeleton."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from .pose import FACE, Skeleton, torso_length
from .pose import Keypoint as K

ARM = {"right": (K.RIGHT_SHOULDER, K.RIGHT_ELBOW, K.RIGHT_WRIST), "left": (K.LEFT_SHOULDER, K.LEFT_ELBOW, K.LEFT_WRIST)}
LEG = {"right": (K.RIGHT_HIP, K.RIGHT_KNEE, K.RIGHT_ANKLE), "left": (K.LEFT_HIP, K.LEFT_KNEE, K.LEFT_ANKLE)}
HIPS = (K.RIGHT_HIP, K.LEFT_HIP)
_ABOVE = tuple(k for k in K if not k.name.endswith(("_HIP", "_KNEE", "_ANKLE")))


def pointed(skeleton: Skeleton, chain: tuple[K, K, K], upper: float, lower: float) -> Skeleton:
    """Point a limb's two bones into given directions; every bone keeps its length.

    Args:
        chain: root, middle and end joint.
        upper, lower: directions in radians in the picture (0 is right, pi / 2 is down).
    """
    root, middle, end = chain
    out = skeleton
    for start, stop, angle in ((root, middle, upper), (middle, end, lower)):
        if not (skeleton.visible[start] and skeleton.visible[stop]):
            break
        length = np.linalg.norm(skeleton.xy[stop] - skeleton.xy[start])
        x, y = out.xy[start] + length * np.array([np.cos(angle), np.sin(angle)])
        out = out.moved(stop, float(x), float(y))
    return out


def outward(skeleton: Skeleton, side: str) -> int:
    """Which way in the picture this side of the body lies: -1 left, 1 right. A front view has its right at -1."""
    for right, left in ((K.RIGHT_SHOULDER, K.LEFT_SHOULDER), (K.RIGHT_HIP, K.LEFT_HIP)):
        if skeleton.visible[right] and skeleton.visible[left]:
            sign = -1 if skeleton.xy[right, 0] <= skeleton.xy[left, 0] else 1
            return sign if side == "right" else -sign
    return -1 if side == "right" else 1


def _direction(sign: int, degrees: float) -> float:
    """Radians of a direction so many degrees below the horizontal on the side `sign`."""
    angle = np.deg2rad(degrees)
    return float(angle if sign > 0 else np.pi - angle)


def arm_up(skeleton: Skeleton, side: str = "right") -> Skeleton:
    """Raise one arm: the upper arm out and slightly up, the forearm up."""
    sign = outward(skeleton, side)
    return pointed(skeleton, ARM[side], _direction(sign, -25), _direction(sign, -75))


def arm_across(skeleton: Skeleton, side: str = "left") -> Skeleton:
    """Lay one forearm across the belly."""
    sign = outward(skeleton, side)
    return pointed(skeleton, ARM[side], _direction(sign, 75), _direction(-sign, -5))


def elbow_bend(skeleton: Skeleton, side: str = "right", degrees: float = 75) -> Skeleton:
    """Swing one forearm outwards about the elbow; the upper arm stays."""
    _, elbow, wrist = ARM[side]
    return turned(skeleton, (wrist,), elbow, -outward(skeleton, side) * degrees)


def leg_out(skeleton: Skeleton, side: str = "left", degrees: float = 28) -> Skeleton:
    """Swing one leg outwards about the hip, the knee as straight as it was."""
    hip, knee, ankle = LEG[side]
    return turned(skeleton, (knee, ankle), hip, -outward(skeleton, side) * degrees)


def head_tilt(skeleton: Skeleton, side: str = "right", degrees: float = 16) -> Skeleton:
    """Tilt the head towards one shoulder."""
    return turned(skeleton, FACE, K.NECK, outward(skeleton, side) * degrees)


def lean(skeleton: Skeleton, side: str = "right", degrees: float = 11) -> Skeleton:
    """Lean everything above the hips to one side."""
    if not skeleton.visible[list(HIPS)].all():
        return skeleton
    return turned_about(skeleton, _ABOVE, skeleton.xy[list(HIPS)].mean(0), outward(skeleton, side) * degrees)


def stand(skeleton: Skeleton, side: str = "right") -> Skeleton:
    """Put both feet below the hips, the legs straight; `side` changes nothing."""
    for leg in LEG:
        sign = outward(skeleton, leg)
        skeleton = pointed(skeleton, LEG[leg], _direction(sign, 87), _direction(sign, 89))
    return skeleton


def turned(skeleton: Skeleton, joints: Iterable[K], about: K, degrees: float) -> Skeleton:
    """Turn joints about another one, clockwise in the picture; nothing where that one is unseen."""
    if not skeleton.visible[about]:
        return skeleton
    return turned_about(skeleton, joints, skeleton.xy[about], degrees)


def turned_about(skeleton: Skeleton, joints: Iterable[K], center: np.ndarray, degrees: float) -> Skeleton:
    """Turn joints about a (2,) place, clockwise in the picture."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    xy, moving = skeleton.xy.copy(), list(joints)
    xy[moving] = center + (xy[moving] - center) @ turn.T
    return Skeleton(xy, skeleton.visible, skeleton.score)


# Name -> drag of one side ("right" or "left", the person's own).
DRAGS: dict[str, Callable[[Skeleton, str], Skeleton]] = {
    "arm up": arm_up,
    "arm across": arm_across,
    "elbow bend": elbow_bend,
    "leg out": leg_out,
    "head tilt": head_tilt,
    "lean": lean,
    "stand": stand,
}


def borrowed(other: Skeleton, skeleton: Skeleton) -> Skeleton:
    """Another person's pose at this body's place and size.

    The sizes are matched by the torsos where both show theirs, else by the boxes; the hips (else the boxes' tops)
    are laid on one another.
    """
    mine, theirs = torso_length(skeleton), torso_length(other)
    hips = [K.RIGHT_HIP, K.LEFT_HIP]
    if mine and theirs and skeleton.visible[hips].all() and other.visible[hips].all():
        scale = mine / max(theirs, 1e-3)
        here, there = skeleton.xy[hips].mean(0), other.xy[hips].mean(0)
    else:
        box, box_other = skeleton.box(), other.box()
        scale = (box[3] - box[1]) / max(box_other[3] - box_other[1], 1e-3)
        here = np.array([(box[0] + box[2]) / 2, box[1]])
        there = np.array([(box_other[0] + box_other[2]) / 2, box_other[1]])
    shift = here - scale * there
    return other.transformed([[scale, 0, shift[0]], [0, scale, shift[1]]])
