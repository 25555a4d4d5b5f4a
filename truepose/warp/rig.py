"""The bones under a person: joints completed where unseen, and the motion of every bone from source to target."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..estimate import estimate_joints, similarity
from ..pose import FACE, LIMB_CHAINS, TRUNK, Skeleton
from ..pose import Keypoint as K

_MEASURED = (
    (K.NECK, K.RIGHT_HIP), (K.NECK, K.LEFT_HIP), (K.RIGHT_SHOULDER, K.LEFT_SHOULDER), (K.RIGHT_HIP, K.LEFT_HIP),
    *((a, b) for chain in LIMB_CHAINS for a, b in zip(chain, chain[1:], strict=False)),
)  # fmt: skip


def rotation(angle: float) -> np.ndarray:
    """(2, 2) matrix turning by an angle in radians, from x towards y."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def angle_of(vector: np.ndarray) -> float:
    """Direction of a (2,) vector in radians."""
    return float(np.arctan2(vector[1], vector[0]))


def wrapped(angle: float) -> float:
    """The same turn within (-pi, pi]."""
    return float(np.pi - (np.pi - angle) % (2 * np.pi))


def apply(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(N, 2) points through a (2, 3) affine matrix."""
    return points @ matrix[:, :2].T + matrix[:, 2]


def affine(linear: np.ndarray, origin: np.ndarray, image: np.ndarray) -> np.ndarray:
    """(2, 3) affine with the given (2, 2) linear part that takes `origin` to `image`."""
    return np.concatenate([linear, (image - linear @ origin)[:, None]], 1)


@dataclass(frozen=True, eq=False)
class Body:
    """The source skeleton with every unseen joint estimated.

    Attributes:
        xy: (18, 2) float64 pixels.
        known: (18,) bool, joints that were seen rather than estimated.
        unit: pixels from neck to mid hip of this body if it stood upright; all thicknesses are given in it.
    """

    xy: np.ndarray
    known: np.ndarray
    unit: float


def complete(skeleton: Skeleton, height: float) -> Body:
    """The body under a source skeleton, unseen joints estimated (`estimate_joints`).

    Args:
        skeleton: the joints seen; at least one.
        height: pixels of the person's box, the measure of last resort.

    Raises:
        ValueError: no joint is visible.
    """
    if not skeleton.visible.any():
        raise ValueError("the source skeleton has no visible joint, so there is nothing to warp by")
    xy = estimate_joints(skeleton, height)
    spine = np.linalg.norm(xy[[K.RIGHT_HIP, K.LEFT_HIP]].mean(0) - xy[K.NECK])
    shoulders = np.linalg.norm(xy[K.RIGHT_SHOULDER] - xy[K.LEFT_SHOULDER])
    return Body(xy, skeleton.visible.copy(), float(max(spine, 1.2 * shoulders, 4.0)))


@dataclass(frozen=True, eq=False)
class Bone:
    """One bone's motion: p goes to image + R(angle) stretch (p - origin).

    Attributes:
        origin, image: (2,) the joint it turns about, in source and target pixels.
        angle: rotation in radians.
        stretch: (2, 2) applied before the rotation.
    """

    origin: np.ndarray
    image: np.ndarray
    angle: float
    stretch: np.ndarray

    def matrix(self) -> np.ndarray:
        """(2, 3) affine, source to target."""
        return affine(rotation(self.angle) @ self.stretch, self.origin, self.image)


@dataclass(frozen=True, eq=False)
class Motion:
    """What moves where, source pixels to target pixels.

    Attributes:
        xy: (18, 2) float64 target joints, completed.
        scale: global scale of the body.
        chest, pelvis, head: (2, 3) affine matrices; head is a similarity.
        facing: 1 where the head faces as it did, 0 where the target has turned it away: no similarity shows that.
        limbs: for the right arm, left arm, right leg and left leg: (proximal bone, distal bone).
    """

    xy: np.ndarray
    scale: float
    chest: np.ndarray
    pelvis: np.ndarray
    head: np.ndarray
    facing: float
    limbs: tuple[tuple[Bone, Bone], ...]


def plan_motion(body: Body, target: Skeleton) -> Motion:
    """The motion of every bone that brings the body to the target.

    Joints seen in both skeletons are followed. All others move rigidly with their parent.

    Raises:
        ValueError: no joint of the target is visible.
    """
    if not target.visible.any():
        raise ValueError("the target skeleton has no visible joint, so there is no pose to warp to")
    common = body.known & target.visible
    if not common.any():
        common = target.visible
    scale = _global_scale(body.xy, target.xy, common)
    xy = _complete_target(body, target.xy.astype(np.float64), common, scale)
    chest, pelvis = _torso(body, xy, scale)
    head, facing = _head(body, xy, common, scale, chest)
    limbs = tuple(
        _limb(body, xy, chain, angle_of(root[:, 1]) - np.pi / 2, scale)
        for chain, root in zip(LIMB_CHAINS, (chest, chest, pelvis, pelvis), strict=True)
    )
    return Motion(xy, scale, chest, pelvis, head, facing, limbs)


def _global_scale(source: np.ndarray, target: np.ndarray, common: np.ndarray) -> float:
    """The median ratio of bone lengths, each bone counting by its source length."""
    pairs = [(a, b) for a, b in _MEASURED if common[a] and common[b]]
    lengths = np.array([[np.linalg.norm(xy[a] - xy[b]) for xy in (source, target)] for a, b in pairs]).reshape(-1, 2)
    lengths = lengths[lengths[:, 0] > 1]
    if len(lengths) == 0:
        turn, _ = similarity(source[common], target[common].astype(np.float64))
        return float(np.clip(abs(turn), 0.02, 50))
    ratios = lengths[:, 1] / lengths[:, 0]
    order = np.argsort(ratios)
    middle = np.searchsorted(np.cumsum(lengths[order, 0]), lengths[:, 0].sum() / 2)
    return float(np.clip(ratios[order[middle]], 0.02, 50))


def _complete_target(body: Body, target: np.ndarray, common: np.ndarray, scale: float) -> np.ndarray:
    xy = np.where(common[:, None], target, 0.0)
    trunk = [k for k in TRUNK if common[k]]
    # One joint of the trunk says where it is; how a hand or the head moved about it says nothing of its tilt.
    used = trunk or list(np.flatnonzero(common))
    angle = float(np.angle(similarity(body.xy[used], xy[used])[0])) if len(used) >= 2 else 0.0
    rigid = affine(scale * rotation(angle), body.xy[used].mean(0), xy[used].mean(0))
    for joint in (*TRUNK, *FACE):
        if not common[joint]:
            xy[joint] = apply(rigid, body.xy[joint][None])[0]
    for root, middle, end in LIMB_CHAINS:
        if not common[middle]:
            xy[middle] = xy[root] + scale * rotation(angle) @ (body.xy[middle] - body.xy[root])
        if not common[end]:
            turned = angle_of(xy[middle] - xy[root]) - angle_of(body.xy[middle] - body.xy[root])
            xy[end] = xy[middle] + scale * rotation(turned) @ (body.xy[end] - body.xy[middle])
    return xy


def _torso(body: Body, xy: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Chest and pelvis share the spine; each has the width and tilt of its own pair of joints."""
    spine = spine_of(body.xy)
    spine_image = spine_of(xy)
    if np.linalg.norm(spine_image) < 0.05 * scale * np.linalg.norm(spine):
        spine_image = scale * spine
    out = []
    for right, left in ((K.RIGHT_SHOULDER, K.LEFT_SHOULDER), (K.RIGHT_HIP, K.LEFT_HIP)):
        linear = _frame(spine, spine_image, body.xy[left] - body.xy[right], xy[left] - xy[right], scale, body.unit)
        middle, middle_image = (joints[[right, left]].mean(0) for joints in (body.xy, xy))
        out.append(affine(linear, middle, middle_image))
    return out[0], out[1]


def spine_of(xy: np.ndarray) -> np.ndarray:
    """(2,) vector from the middle of the shoulders to the middle of the hips."""
    return xy[[K.RIGHT_HIP, K.LEFT_HIP]].mean(0) - xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER]].mean(0)


def _frame(spine, spine_image, width, width_image, scale: float, unit: float) -> np.ndarray:
    """(2, 2) linear map: spine to its image, width to its image as far as a body seen from any side allows.

    A turned torso keeps about half its width, so the lateral scale never falls below that; a target seen from behind
    mirrors it.
    """
    down, down_image = spine / max(np.linalg.norm(spine), 1e-6), spine_image / np.linalg.norm(spine_image)
    side, side_image = (np.array([v[1], -v[0]]) for v in (down, down_image))
    along = np.clip(np.linalg.norm(spine_image) / max(np.linalg.norm(spine), 0.1 * unit), 0.3 * scale, 3 * scale)
    across, across_image = width @ side, width_image @ side_image
    lateral, shear = scale, 0.0
    if abs(across) > 0.12 * unit:
        ratio = across_image / across
        lateral = np.clip(abs(ratio), 0.55 * scale, 1.8 * scale) * (-1 if ratio < -0.15 * scale else 1)
        shear = np.clip((width_image @ down_image - along * (width @ down)) / across, -0.5 * scale, 0.5 * scale)
    elif across * across_image < 0 and abs(across_image) > 0.3 * unit * scale:
        lateral = -scale
    image = np.stack([along * down_image, lateral * side_image + shear * down_image], 1)
    return image @ np.stack([down, side], 1).T


def _head(body: Body, xy: np.ndarray, common: np.ndarray, scale: float, chest: np.ndarray):
    """A similarity by the face's joints, and how well they agree with one.

    Turned faces look narrow, so the scale stays near the body's; and the less the joints agree, the more the head
    keeps to the chest's angle.
    """
    face = [k for k in FACE if common[k]]
    upright = wrapped(angle_of(chest[:, 1]) - np.pi / 2)
    if not face:
        return affine(scale * rotation(upright), body.xy[K.NECK], apply(chest, body.xy[K.NECK][None])[0]), 1.0
    points = [*face, K.NECK]
    weights = np.array([1.0] * len(face) + [0.5])
    turn, _ = similarity(body.xy[points], xy[points], weights)
    likeness = 1.0
    if len(face) >= 3:
        _, residual = similarity(body.xy[face], xy[face])
        likeness = 1 - residual / max(float(((xy[face] - xy[face].mean(0)) ** 2).sum()), 1e-6)
    agreement = float(np.clip((likeness - 0.55) / 0.3, 0, 1))
    size = np.clip(abs(turn), 0.88 * scale, 1.14 * scale)
    angle = upright + agreement * wrapped(float(np.angle(turn)) - upright)
    return affine(size * rotation(angle), body.xy[face].mean(0), xy[face].mean(0)), agreement


def _limb(body: Body, xy: np.ndarray, chain: tuple[K, K, K], root_angle: float, scale: float) -> tuple[Bone, Bone]:
    bones, parent = [], wrapped(root_angle)
    for start, end in zip(chain, chain[1:], strict=False):
        bone = body.xy[end] - body.xy[start]
        image = xy[end] - xy[start]
        length, length_image = np.linalg.norm(bone), np.linalg.norm(image)
        angle, stretch = parent, scale * np.eye(2)
        # A bone that points at the camera has no direction to follow.
        if length > 0.08 * body.unit:
            along = max(length_image / length, 0.05 * scale)
            if length_image > 0.05 * scale * length:
                angle = wrapped(angle_of(image) - angle_of(bone))
            unit = bone / length
            stretch = stretch + (along - scale) * np.outer(unit, unit)
        bones.append(Bone(body.xy[start], xy[start], angle, stretch))
        parent = angle
    return bones[0], bones[1]
