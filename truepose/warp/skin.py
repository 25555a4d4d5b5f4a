"""How the points of a layer hang on the bones: everything of a deformation that does not depend on the pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..pose import LEGS, LIMB_CHAINS
from ..pose import Keypoint as K
from .rig import Body, spine_of
from .roles import Kind, Role, segment_distance, smoothstep


@dataclass(frozen=True, eq=False)
class Hinge:
    """A layer's share in one limb.

    Attributes:
        limb: index into `LIMB_CHAINS`.
        weight: (N,) how much of each point follows it.
        bend: (N,) 0 on the upper bone, 1 on the lower one, smooth about the middle joint.
        root: (N,) 0 held by the chest, 1 following the upper bone, smooth about the root joint.
    """

    limb: int
    weight: np.ndarray
    bend: np.ndarray
    root: np.ndarray


@dataclass(frozen=True, eq=False)
class Skin:
    """The points of a layer and what moves them. Weights of a point sum to 1.

    Attributes:
        role: of the layer.
        points: (N, 2) float64 photo pixels.
        head, chest, pelvis: (N,) how much of each point follows these.
        hinges: the limbs it follows.
        outer: (N,) bool, points of a forearm or shin, which lie over the upper arm or thigh when the limb folds up.
    """

    role: Role
    points: np.ndarray
    head: np.ndarray
    chest: np.ndarray
    pelvis: np.ndarray
    hinges: tuple[Hinge, ...]
    outer: np.ndarray


def skin_of(points: np.ndarray, role: Role, body: Body) -> Skin:
    """The skin over a layer's (N, 2) points. What is carried follows no bone of these: it moves as one thing."""
    points = points.astype(np.float64)
    none = np.zeros(len(points))
    if role.kind is Kind.HEAD:
        chest = _below_chin(points, body)
        return Skin(role, points, 1 - chest, chest, none, (), none > 0)
    if role.kind is Kind.TRUNK:
        return _trunk(points, role, body)
    if role.kind is Kind.CARRIED:
        return Skin(role, points, none, none, none, (), none > 0)
    weight, torso = none + 1, (none, none)
    if role.kind is Kind.LEG:
        chest, pelvis, down = _torso(points, body)
        weight = leg_share(down)
        torso = ((1 - weight) * chest, (1 - weight) * pelvis)
    hinge = _hinge(points, role.limb, weight, body)
    return Skin(role, points, none, *torso, (hinge,), outer_half(points, role.limb, body))


def outer_half(points: np.ndarray, limb: int, body: Body) -> np.ndarray:
    """(N,) bool: points of a forearm or shin."""
    root, middle, end = body.xy[list(LIMB_CHAINS[limb])]
    return segment_distance(points, root, middle)[0] > segment_distance(points, middle, end)[0]


def _below_chin(points: np.ndarray, body: Body) -> np.ndarray:
    """(N,) how much of a head's point follows the chest: long hair and the neck stay on the shoulders."""
    neck, spine = body.xy[K.NECK] - body.xy[K.NOSE], spine_of(body.xy)
    down = neck / max(float(np.linalg.norm(neck)), 1e-6) + spine / max(float(np.linalg.norm(spine)), 1e-6)
    down /= max(float(np.linalg.norm(down)), 1e-6)
    below = (points - body.xy[K.NOSE]) @ down / max(float(neck @ down), 0.25 * body.unit)
    return smoothstep((below - 0.5) / 0.5)


def _torso(points: np.ndarray, body: Body) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(N,) shares of chest and pelvis, and how far down the spine the points are (0 shoulders, 1 hips)."""
    spine = spine_of(body.xy)
    length = max(float(np.linalg.norm(spine)), 0.3 * body.unit)
    top = body.xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER]].mean(0)
    down = (points - top) @ (spine / max(float(np.linalg.norm(spine)), 1e-6)) / length
    pelvis = smoothstep(down)
    return 1 - pelvis, pelvis, down


def leg_share(down: np.ndarray) -> np.ndarray:
    """How much of a point so far down the spine follows the legs rather than the pelvis, in [0, 1]."""
    return smoothstep((down - 0.95) / 0.5)


def _trunk(points: np.ndarray, role: Role, body: Body) -> Skin:
    """Torso and, below the hips, one sheet of cloth spread between both legs."""
    chest, pelvis, down = _torso(points, body)
    share = leg_share(down)
    left = _leftness(points, body)
    hinges = tuple(_hinge(points, 2 + side, share * part, body) for side, part in enumerate((1 - left, left)))
    rest = 1 - share
    return Skin(role, points, 0 * rest, rest * chest, rest * pelvis, hinges, share < 0)


def _leftness(points: np.ndarray, body: Body) -> np.ndarray:
    """(N,) 0 at the right leg's bone, 1 at the left leg's, smooth between."""
    nearest = []
    for chain in LEGS:
        a, b, c = body.xy[list(chain)]
        (d1, t1), (d2, t2) = segment_distance(points, a, b), segment_distance(points, b, c)
        nearest.append(np.where((d1 <= d2)[:, None], a + t1[:, None] * (b - a), b + t2[:, None] * (c - b)))
    side = body.xy[K.LEFT_HIP] - body.xy[K.RIGHT_HIP]
    side = side / max(float(np.linalg.norm(side)), 1e-6)
    gap = (nearest[1] - nearest[0]) @ side
    middle = (nearest[0] + nearest[1]) / 2
    return smoothstep(0.5 + ((points - middle) @ side) / np.maximum(gap, 0.3 * body.unit))


def _hinge(points: np.ndarray, limb: int, weight: np.ndarray, body: Body) -> Hinge:
    """Two bones that bend smoothly at the middle joint; an arm's root is held by the chest."""
    root, middle, end = body.xy[list(LIMB_CHAINS[limb])]
    upper, _ = segment_distance(points, root, middle)
    lower, _ = segment_distance(points, middle, end)
    bend = smoothstep(0.5 + (upper - lower) / (0.3 * body.unit))
    is_arm = limb < 2
    axis = (middle - root) / max(float(np.linalg.norm(middle - root)), 1e-6)
    held = smoothstep(0.5 + ((points - root) @ axis) / (0.22 * body.unit))
    return Hinge(limb, weight, bend, held if is_arm else np.ones(len(points)))
