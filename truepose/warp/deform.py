"""Where the points of a layer go when the bones move."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..pose import Keypoint as K
from .rig import Body, Bone, Motion, affine, angle_of, apply, rotation, wrapped
from .roles import Kind, Role
from .skin import Hinge, Skin


def deform(skin: Skin, body: Body, motion: Motion) -> np.ndarray:
    """(N, 2) float64 target pixels of a layer's points."""
    if skin.role.kind is Kind.CARRIED:
        return apply(_carried(skin.role, body, motion), skin.points)
    out = np.zeros_like(skin.points)
    for weight, matrix in ((skin.head, motion.head), (skin.chest, motion.chest), (skin.pelvis, motion.pelvis)):
        if weight.any():
            out += weight[:, None] * apply(matrix, skin.points)
    is_sheet = skin.role.kind is Kind.TRUNK and not skin.role.divided
    legs = _skirt_bones(body, motion) if is_sheet else motion.limbs[2:]
    limbs = (*motion.limbs[:2], *legs)
    for hinge in skin.hinges:
        moved = hinge.weight > 0
        points = _bent(skin.points[moved], hinge, moved, limbs[hinge.limb], motion)
        out[moved] += hinge.weight[moved, None] * points
    return out


def _bent(points: np.ndarray, hinge: Hinge, moved: np.ndarray, bones: tuple[Bone, Bone], motion: Motion) -> np.ndarray:
    """(M, 2) points of a limb; above the shoulder joint it is held by the chest, so that both are one piece."""
    out = _blend(points, *bones, hinge.bend[moved])
    root = hinge.root[moved]
    held = root < 1
    if held.any():
        out[held] = _blend(points[held], _chest_bone(bones[0], motion), bones[0], root[held])
    return out


def _chest_bone(upper: Bone, motion: Motion) -> Bone:
    """The chest as a bone that ends in the limb's root."""
    linear, angle = motion.chest[:, :2], angle_of(motion.chest[:, 1]) - np.pi / 2
    image = apply(motion.chest, upper.origin[None])[0]
    return Bone(upper.origin, image, wrapped(angle), rotation(-angle) @ linear)


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


def _carried(role: Role, body: Body, motion: Motion) -> np.ndarray:
    """(2, 3) similarity of a thing carried at a joint."""
    if role.joint is None:
        angle = angle_of(motion.chest[:, 1]) - np.pi / 2
        middle = body.xy[[K.RIGHT_HIP, K.LEFT_HIP, K.NECK]].mean(0)
        image = (apply(motion.chest, middle[None])[0] + apply(motion.pelvis, middle[None])[0]) / 2
        return affine(motion.scale * rotation(angle), middle, image)
    angle = 0.0 if role.hanging else motion.limbs[role.limb][1].angle
    return affine(motion.scale * rotation(angle), body.xy[role.joint], motion.xy[role.joint])
