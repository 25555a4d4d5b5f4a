"""Where the points of a layer go: every kind of layer blends the motions of its bones in its own way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from ..pose import LEGS, LIMB_CHAINS
from ..pose import Keypoint as K
from .rig import Body, Bone, Motion, affine, angle_of, apply, rotation, spine_of, wrapped


class Kind(Enum):
    """What a layer is."""

    HEAD = "head"
    TRUNK = "trunk"
    ARM = "arm"
    LEG = "leg"
    CARRIED = "carried"


@dataclass(frozen=True)
class Role:
    """Which bones a layer follows.

    Attributes:
        kind: what it is.
        limb: index into `LIMB_CHAINS`, for arms, legs and what an arm carries.
        joint: the joint a carried thing is fixed to; None fixes it to the chest.
        hanging: it hangs from its joint, upright, rather than turning with the forearm.
        divided: a trunk that ends in the two legs of trousers rather than in a skirt.
    """

    kind: Kind
    limb: int = 0
    joint: K | None = None
    hanging: bool = False
    divided: bool = False


def smoothstep(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def segment_distance(points: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances of (..., 2) points to the segment ab, and the nearest place on it as a fraction in [0, 1]."""
    (ax, ay), (dx, dy) = a.tolist(), (b - a).tolist()
    x, y = points[..., 0] - ax, points[..., 1] - ay  # by components: numpy is slow along an axis of length 2
    t = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    return np.hypot(x - t * dx, y - t * dy), t


def along(points: np.ndarray, origin: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """(...) how far (..., 2) points lie from the origin along an axis, times the axis length."""
    (x, y), (dx, dy) = origin.tolist(), axis.tolist()
    return (points[..., 0] - x) * dx + (points[..., 1] - y) * dy


def deform(points: np.ndarray, role: Role, body: Body, motion: Motion) -> np.ndarray:
    """(N, 2) source points of a layer -> (N, 2) float64 target points."""
    points = points.astype(np.float64)
    if role.kind is Kind.HEAD:
        return _head(points, body, motion)
    if role.kind is Kind.TRUNK:
        return _trunk(points, role, body, motion)
    if role.kind is Kind.CARRIED:
        return apply(_carried(role, body, motion), points)
    return _arm(points, role, body, motion) if role.kind is Kind.ARM else _leg(points, role, body, motion)


def outer_half(points: np.ndarray, role: Role, body: Body) -> np.ndarray:
    """(N,) bool: points of a forearm or shin, which lie over the upper arm or thigh when the limb folds up."""
    if role.kind not in (Kind.ARM, Kind.LEG):
        return np.zeros(len(points), bool)
    root, middle, end = body.xy[list(LIMB_CHAINS[role.limb])]
    return segment_distance(points, root, middle)[0] > segment_distance(points, middle, end)[0]


def _head(points: np.ndarray, body: Body, motion: Motion) -> np.ndarray:
    """Rigid down to the chin, then bending into the chest: long hair and the neck stay on the shoulders."""
    neck, spine = body.xy[K.NECK] - body.xy[K.NOSE], spine_of(body.xy)
    down = neck / max(float(np.linalg.norm(neck)), 1e-6) + spine / max(float(np.linalg.norm(spine)), 1e-6)
    down /= max(float(np.linalg.norm(down)), 1e-6)
    below = (points - body.xy[K.NOSE]) @ down / max(float(neck @ down), 0.25 * body.unit)
    chest = smoothstep((below - 0.5) / 0.5)[:, None]
    return (1 - chest) * apply(motion.head, points) + chest * apply(motion.chest, points)


def _torso(points: np.ndarray, body: Body, motion: Motion) -> tuple[np.ndarray, np.ndarray]:
    """Points carried by chest and pelvis, and how far down the spine they are (0 shoulders, 1 hips)."""
    spine = spine_of(body.xy)
    length = max(float(np.linalg.norm(spine)), 0.3 * body.unit)
    top = body.xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER]].mean(0)
    down = (points - top) @ (spine / max(float(np.linalg.norm(spine)), 1e-6)) / length
    pelvis = smoothstep(down)[:, None]
    return (1 - pelvis) * apply(motion.chest, points) + pelvis * apply(motion.pelvis, points), down


def leg_share(down: np.ndarray) -> np.ndarray:
    """How much of a point so far down the spine follows the legs rather than the pelvis, in [0, 1]."""
    return smoothstep((down - 0.95) / 0.5)


def _trunk(points: np.ndarray, role: Role, body: Body, motion: Motion) -> np.ndarray:
    """Torso and, below the hips, one sheet of cloth spread between both legs."""
    out, down = _torso(points, body, motion)
    low = down > 0.95
    if low.any():
        both = motion.limbs[2:] if role.divided else _skirt_bones(body, motion)
        legs = [_chain(points[low], bones, chain, body) for bones, chain in zip(both, LEGS, strict=True)]
        left = _leftness(points[low], body)[:, None]
        share = leg_share(down[low])[:, None]
        out[low] = (1 - share) * out[low] + share * ((1 - left) * legs[0] + left * legs[1])
    return out


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


def _skirt_bones(body: Body, motion: Motion) -> list[tuple[Bone, Bone]]:
    """The legs as cloth between them follows: legs that cross do not fold the sheet over itself."""
    root = wrapped(angle_of(motion.pelvis[:, 1]) - np.pi / 2)
    right, left = motion.limbs[2], motion.limbs[3]
    outward = 1 if body.xy[K.LEFT_HIP, 0] >= body.xy[K.RIGHT_HIP, 0] else -1
    out = []
    for level in (0, 1):
        turns = [wrapped(leg[level].angle - root) for leg in (right, left)]
        mean = sum(turns) / 2
        opening = (turns[0] - turns[1]) / 2 * outward  # positive when the knees part
        spread = max(opening, -0.08) * outward
        out.append((root + mean + spread, root + mean - spread))
    bones = []
    for index, (thigh, shin) in enumerate((right, left)):
        knee = Bone(thigh.origin, thigh.image, out[0][index], thigh.stretch)
        joint = apply(knee.matrix(), shin.origin[None])[0]
        bones.append((knee, replace(shin, image=joint, angle=out[1][index])))
    return bones


def _blend(points: np.ndarray, a: Bone, b: Bone, share: np.ndarray) -> np.ndarray:
    """Bend about b's joint: angles and stretches blend, so the limb keeps its thickness in the bend."""
    turn = a.angle + share * wrapped(b.angle - a.angle)
    offset = points - b.origin
    stretched = (1 - share)[:, None] * (offset @ a.stretch.T) + share[:, None] * (offset @ b.stretch.T)
    c, s = np.cos(turn), np.sin(turn)
    turned = np.stack([c * stretched[:, 0] - s * stretched[:, 1], s * stretched[:, 0] + c * stretched[:, 1]], 1)
    joint = apply(a.matrix(), b.origin[None])[0]
    return turned + (1 - share)[:, None] * joint + share[:, None] * b.image


def _chain(points: np.ndarray, bones: tuple[Bone, Bone], chain: tuple[K, K, K], body: Body) -> np.ndarray:
    """A limb of two bones, bending smoothly at the middle joint."""
    root, middle, end = body.xy[list(chain)]
    upper, _ = segment_distance(points, root, middle)
    lower, _ = segment_distance(points, middle, end)
    share = smoothstep(0.5 + (upper - lower) / (0.3 * body.unit))
    return _blend(points, bones[0], bones[1], share)


def _arm(points: np.ndarray, role: Role, body: Body, motion: Motion) -> np.ndarray:
    """The arm, held by the chest above the shoulder joint so that the shoulder is one piece with the trunk."""
    chain, bones = LIMB_CHAINS[role.limb], motion.limbs[role.limb]
    out = _chain(points, bones, chain, body)
    root, middle, _ = body.xy[list(chain)]
    axis = (middle - root) / max(float(np.linalg.norm(middle - root)), 1e-6)
    share = smoothstep(0.5 + ((points - root) @ axis) / (0.22 * body.unit))
    near = share < 1
    if near.any():
        linear, angle = motion.chest[:, :2], angle_of(motion.chest[:, 1]) - np.pi / 2
        chest = Bone(root, apply(motion.chest, root[None])[0], wrapped(angle), rotation(-angle) @ linear)
        out[near] = _blend(points[near], chest, bones[0], share[near])
    return out


def _leg(points: np.ndarray, role: Role, body: Body, motion: Motion) -> np.ndarray:
    out = _chain(points, motion.limbs[role.limb], LIMB_CHAINS[role.limb], body)
    torso, down = _torso(points, body, motion)
    share = leg_share(down)[:, None]
    return (1 - share) * torso + share * out


def _carried(role: Role, body: Body, motion: Motion) -> np.ndarray:
    """(2, 3) similarity of a thing carried at a joint."""
    if role.joint is None:
        angle = angle_of(motion.chest[:, 1]) - np.pi / 2
        middle = body.xy[[K.RIGHT_HIP, K.LEFT_HIP, K.NECK]].mean(0)
        image = (apply(motion.chest, middle[None])[0] + apply(motion.pelvis, middle[None])[0]) / 2
        return affine(motion.scale * rotation(angle), middle, image)
    angle = 0.0 if role.hanging else motion.limbs[role.limb][1].angle
    return affine(motion.scale * rotation(angle), body.xy[role.joint], motion.xy[role.joint])
