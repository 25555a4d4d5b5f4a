"""Random target poses: drags, leans, turns of the head, and other people's poses."""

from __future__ import annotations

import numpy as np

from ..drags import ARM, LEG, borrowed, outward, pointed, turned_about
from ..pose import Keypoint as K
from ..pose import Skeleton

_HEAD = (K.NOSE, K.RIGHT_EYE, K.LEFT_EYE, K.RIGHT_EAR, K.LEFT_EAR)
_BELOW = tuple(k for k in K if "HIP" in k.name or "KNEE" in k.name or "ANKLE" in k.name)
_ABOVE = tuple(k for k in K if k not in _BELOW)


def random_pose(skeleton: Skeleton, rng: np.random.Generator, others: list[Skeleton]) -> Skeleton:
    """A pose that a user might drag this skeleton into; bones keep their lengths unless it is borrowed.

    Args:
        skeleton: in pixels.
        others: people to borrow poses from.
    """
    if others and rng.random() < 0.25:
        pose = borrowed(others[rng.integers(len(others))], skeleton)
    elif rng.random() < 0.4:
        return _one_limb(skeleton, rng)
    else:
        pose = _dragged(skeleton, rng)
    if rng.random() < 0.4:
        x0, y0, x1, y1 = pose.box()
        scale = float(np.exp(rng.normal(0, 0.06)))
        center = np.array([(x0 + x1) / 2, (y0 + y1) / 2])
        shift = center * (1 - scale) + rng.normal(0, 0.03 * (y1 - y0), 2)
        pose = pose.transformed([[scale, 0, shift[0]], [0, scale, shift[1]]])
    return pose


def _one_limb(skeleton: Skeleton, rng: np.random.Generator) -> Skeleton:
    """What people do first: one arm or leg."""
    side = ("right", "left")[rng.integers(2)]
    return (_random_arm if rng.random() < 0.7 else _random_leg)(skeleton, side, rng)


def _dragged(skeleton: Skeleton, rng: np.random.Generator) -> Skeleton:
    pose = skeleton
    for side in ("right", "left"):
        if rng.random() < 0.7:
            pose = _random_arm(pose, side, rng)
        if rng.random() < 0.4:
            pose = _random_leg(pose, side, rng)
    if rng.random() < 0.3 and skeleton.visible[[K.RIGHT_HIP, K.LEFT_HIP]].all():
        pose = turned_about(pose, _ABOVE, pose.xy[[K.RIGHT_HIP, K.LEFT_HIP]].mean(0), rng.normal(0, 6))
    if rng.random() < 0.4 and skeleton.visible[K.NECK]:
        pose = turned_about(pose, _HEAD, pose.xy[K.NECK], rng.normal(0, 8))
    return pose


def _random_arm(skeleton: Skeleton, side: str, rng: np.random.Generator) -> Skeleton:
    """Down, out, up or across, the elbow bent either way."""
    sign = outward(skeleton, side)
    upper = np.deg2rad(rng.uniform(-60, 110))
    bend = np.deg2rad(rng.normal(0, 55))
    at = (upper, upper + bend) if sign > 0 else (np.pi - upper, np.pi - upper - bend)
    return pointed(skeleton, ARM[side], float(at[0]), float(at[1]))


def _random_leg(skeleton: Skeleton, side: str, rng: np.random.Generator) -> Skeleton:
    sign = outward(skeleton, side)
    upper = np.deg2rad(rng.normal(80, 12))
    lower = upper + np.deg2rad(rng.normal(4, 12))
    at = (upper, lower) if sign > 0 else (np.pi - upper, np.pi - lower)
    return pointed(skeleton, LEG[side], float(at[0]), float(at[1]))
