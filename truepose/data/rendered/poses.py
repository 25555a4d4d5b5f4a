"""Standing poses: limbs by where they point or reach, solved into one rigid transform a bone."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from .body import BaseBody, Shape
from .geometry import arc, bend, rotation


@dataclass(frozen=True)
class Arm:
    """An arm. Directions are (outwards, forwards, up) as the chest faces.

    Attributes:
        upper, lower: where the upper arm and the forearm point.
        hip: the hand rests on the hip instead, whatever the directions say.
        twist: degrees the hand turns, thumb to the front.
        curl: degrees each finger joint bends.
    """

    upper: tuple[float, float, float] = (0.17, -0.02, -1.0)
    lower: tuple[float, float, float] = (0.05, 0.22, -1.0)
    hip: bool = False
    twist: float = 0.0
    curl: float = 14.0


@dataclass(frozen=True)
class Foot:
    """A foot, metres and degrees from below the hips: outwards, forwards, toes out, heel lifted, up from the floor."""

    out: float = 0.10
    forward: float = 0.0
    toes: float = 12.0
    heel: float = 0.0
    up: float = 0.0


@dataclass(frozen=True)
class Pose:
    """How a person stands.

    Attributes:
        turn: degrees the whole person turns to its left.
        hips: degrees the left hip is higher; shift: metres the hips move to the left.
        shoulders: degrees the left shoulder is higher; yaw: degrees the chest turns left; lean: degrees forwards.
        head: (turn left, nod down, tilt left) degrees.
    """

    turn: float = 0.0
    hips: float = 0.0
    shift: float = 0.0
    shoulders: float = 0.0
    yaw: float = 0.0
    lean: float = 0.0
    head: tuple[float, float, float] = (0.0, 0.0, 0.0)
    left_arm: Arm = field(default_factory=Arm)
    right_arm: Arm = field(default_factory=Arm)
    left_foot: Foot = field(default_factory=Foot)
    right_foot: Foot = field(default_factory=Foot)

    def mirrored(self) -> Pose:
        """The pose as a mirror shows it."""
        turn, nod, tilt = self.head
        return replace(
            self, turn=-self.turn, hips=-self.hips, shift=-self.shift, shoulders=-self.shoulders, yaw=-self.yaw,
            head=(-turn, nod, -tilt), left_arm=self.right_arm, right_arm=self.left_arm, left_foot=self.right_foot,
            right_foot=self.left_foot,
        )  # fmt: skip


_HANGING = Arm()
_AWAY = Arm(upper=(0.34, -0.08, -1.0), lower=(0.16, 0.2, -1.0), curl=16)
_HIP = Arm(hip=True, curl=22)
_BENT = Arm(upper=(0.22, -0.12, -1.0), lower=(-0.25, 0.95, -0.35), curl=24)
_WAVING = Arm(upper=(0.85, 0.2, -0.25), lower=(0.45, 0.25, 1.0), curl=6)

STANDING: tuple[Pose, ...] = (
    Pose(hips=4, shift=0.045, shoulders=-2.5, yaw=3, head=(-4, 2, 2), left_arm=_HANGING, right_arm=_AWAY,
         left_foot=Foot(0.055, 0, 8), right_foot=Foot(0.17, 0.07, 24)),
    Pose(hips=5, shift=0.05, shoulders=-3, yaw=-5, head=(6, 1, -2), left_arm=_HIP, right_arm=_AWAY,
         left_foot=Foot(0.05, 0, 8), right_foot=Foot(0.18, 0.06, 26)),
    Pose(turn=14, hips=3, shift=0.03, shoulders=-2, yaw=-6, head=(-8, 2, 0), left_arm=_HANGING, right_arm=_HANGING,
         left_foot=Foot(0.07, -0.03, 8), right_foot=Foot(0.13, 0.14, 16)),
    Pose(hips=1, head=(3, 0, 1), left_arm=_AWAY, right_arm=_HANGING, left_foot=Foot(0.13, 0.02, 14),
         right_foot=Foot(0.13, 0, 14)),
    Pose(hips=3, shift=0.03, shoulders=-2, head=(5, 2, 2), left_arm=_HANGING, right_arm=_BENT,
         left_foot=Foot(0.07, 0, 8), right_foot=Foot(0.15, 0.05, 20)),
    Pose(hips=3, shift=0.03, shoulders=2, head=(-3, -2, -3), left_arm=_HANGING, right_arm=_WAVING,
         left_foot=Foot(0.08, 0, 10), right_foot=Foot(0.15, 0.03, 18)),
)  # fmt: skip


def sample_pose(rng: np.random.Generator, turn: float = 0.0) -> Pose:
    """One of the standing poses, mirrored at random and varied a little; `turn` degrees are added to its own."""
    pose = STANDING[rng.integers(len(STANDING))]
    pose = pose.mirrored() if rng.random() < 0.5 else pose

    def vary(arm: Arm) -> Arm:
        shifted = [tuple(np.add(d, rng.normal(0, 0.05, 3)).tolist()) for d in (arm.upper, arm.lower)]
        return replace(arm, upper=shifted[0], lower=shifted[1], curl=arm.curl + rng.normal(0, 4))

    return replace(
        pose, turn=pose.turn + turn + rng.normal(0, 5), yaw=pose.yaw + rng.normal(0, 2),
        head=tuple(np.add(pose.head, rng.normal(0, (5, 2, 1.5))).tolist()), left_arm=vary(pose.left_arm),
        right_arm=vary(pose.right_arm),
    )  # fmt: skip


def solve(body: BaseBody, shape: Shape, pose: Pose, sole: float) -> np.ndarray:
    """The (B, 4, 4) transforms that move each bone's rest vertices to the pose, standing over the origin.

    `sole` is the height of the shoes' soles at rest, metres: it comes to lie on the floor, z = 0.
    """
    return _Solver(body, shape, pose, sole).run()


class _Solver:
    """Walks the bones from the root outwards; every rotation is in world axes, about the bone's own head."""

    def __init__(self, body: BaseBody, shape: Shape, pose: Pose, sole: float):
        self.body, self.heads, self.pose = body, shape.heads.astype(float), pose
        self.rotations = np.tile(np.eye(3), (len(body.bones), 1, 1))
        self.positions = self.heads.copy()
        self.local = self._trunk() | self._fingers()
        self.sole = sole

    def run(self) -> np.ndarray:
        pose, body = self.pose, self.body
        # Low enough that the wider stance still reaches the floor, high enough to look straight.
        self.positions[0] += (pose.shift, 0, -0.012 - 0.06 * abs(np.sin(np.radians(pose.hips))))
        self.positions[0, 2] -= self._short()
        aims = {}
        for i, name in enumerate(body.bones):
            parent = body.parents[i]
            if parent >= 0:
                offset = self.rotations[parent] @ (self.heads[i] - self.heads[parent])
                self.positions[i] = self.positions[parent] + offset
            inherited = self.rotations[parent] if parent >= 0 else np.eye(3)
            side, stem = name[-1], name[:-2]
            if stem == "upperleg01":
                aims |= self._leg(side, i)
            elif stem == "upperarm01":
                aims |= self._arm(side, i, inherited)
            self.rotations[i] = aims[name] if name in aims else inherited @ self.local.get(name, np.eye(3))
        transforms = np.tile(np.eye(4), (len(body.bones), 1, 1))
        transforms[:, :3, :3] = self.rotations
        transforms[:, :3, 3] = self.positions - np.einsum("bij,bj->bi", self.rotations, self.heads)
        return np.einsum("ij,bjk->bik", self._onto_floor(), transforms).astype(np.float32)

    def _onto_floor(self) -> np.ndarray:
        matrix = np.eye(4)
        matrix[:3, :3] = rotation((0, 0, 1), self.pose.turn)
        matrix[2, 3] = -self.sole
        return matrix

    def _trunk(self) -> dict[str, np.ndarray]:
        pose = self.pose
        turn, nod, tilt = pose.head
        # Positive about y lowers the left side, as x points left and z up.
        spine = rotation((0, 1, 0), (pose.hips - pose.shoulders) / 4)
        spine = spine @ rotation((0, 0, 1), pose.yaw / 4) @ rotation((1, 0, 0), pose.lean / 4)
        neck = rotation((0, 0, 1), turn / 3) @ rotation((1, 0, 0), nod / 3) @ rotation((0, 1, 0), tilt / 3)
        straighten = rotation((0, 1, 0), pose.shoulders / 3)
        return {
            "root": rotation((0, 1, 0), -pose.hips),
            **dict.fromkeys(("spine05", "spine04", "spine03", "spine02"), spine),
            # At rest the arms are half raised; lowered, the shoulders sink a little with them.
            "clavicle.L": rotation((0, 1, 0), 5),
            "clavicle.R": rotation((0, 1, 0), -5),
            **dict.fromkeys(("neck01", "neck02", "head"), neck @ straighten),
        }

    def _fingers(self) -> dict[str, np.ndarray]:
        local = {}
        for side, arm in (("L", self.pose.left_arm), ("R", self.pose.right_arm)):
            index, little = (self._head(f"finger{n}-1.{side}") for n in (2, 5))
            across = (little - index) * (1 if side == "L" else -1)
            for finger in range(2, 6):
                for joint in (1, 2, 3):
                    local[f"finger{finger}-{joint}.{side}"] = rotation(across, arm.curl * (0.8 + 0.1 * finger))
            local[f"finger1-2.{side}"] = rotation(across, arm.curl * 0.4)
        return local

    def _head(self, name: str) -> np.ndarray:
        return self.heads[self.body.bone(name)]

    def _ankle(self, side: str) -> np.ndarray:
        """(3,) metres where an ankle goes."""
        foot = self.pose.left_foot if side == "L" else self.pose.right_foot
        height = self._head(f"foot.{side}")[2] + 0.10 * foot.heel / 45 + foot.up
        return np.array([foot.out if side == "L" else -foot.out, self.heads[0, 1] - foot.forward, height])

    def _short(self) -> float:
        """Metres the hips must sink for both feet to reach where they go."""
        tilt, short = self.local["root"], 0.0
        for side in "LR":
            hip, knee, ankle = (self._head(f"{bone}.{side}") for bone in ("upperleg01", "lowerleg01", "foot"))
            length = 0.997 * (np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee))
            away = self.positions[0] + tilt @ (hip - self.heads[0]) - self._ankle(side)
            short = max(short, away[2] - np.sqrt(max(length**2 - away[0] ** 2 - away[1] ** 2, 0.04)))
        return short

    def _leg(self, side: str, hip: int) -> dict[str, np.ndarray]:
        foot = self.pose.left_foot if side == "L" else self.pose.right_foot
        sign = 1 if side == "L" else -1
        knee_rest, ankle_rest = self._head(f"lowerleg01.{side}"), self._head(f"foot.{side}")
        lengths = (np.linalg.norm(knee_rest - self.heads[hip]), np.linalg.norm(ankle_rest - knee_rest))
        toes = rotation((0, 0, 1), sign * foot.toes)
        ankle = self._ankle(side)
        knee = bend(self.positions[hip], ankle, lengths, toes @ np.array([0, -1.0, 0]))
        shin = np.asarray(ankle) - knee
        upper = arc(toes @ (knee_rest - self.heads[hip]), knee - self.positions[hip]) @ toes
        lower = arc(upper @ (ankle_rest - knee_rest), shin) @ upper
        flat = toes @ rotation((1, 0, 0), foot.heel)
        return {f"upperleg01.{side}": upper, f"lowerleg01.{side}": lower, f"foot.{side}": flat}

    def _arm(self, side: str, shoulder: int, inherited: np.ndarray) -> dict[str, np.ndarray]:
        arm = self.pose.left_arm if side == "L" else self.pose.right_arm
        sign = 1 if side == "L" else -1
        elbow_rest, wrist_rest = self._head(f"lowerarm01.{side}"), self._head(f"wrist.{side}")
        chest = self.rotations[self.body.bone("spine02")]
        upper_to, lower_to = (chest @ (np.array(d) * (sign, -1, 1)) / np.linalg.norm(d) for d in (arm.upper, arm.lower))
        if arm.hip:
            upper_to, lower_to = self._to_hip(side, sign, shoulder, elbow_rest, wrist_rest)
        upper = arc(inherited @ (elbow_rest - self.heads[shoulder]), upper_to) @ inherited
        lower = arc(upper @ (wrist_rest - elbow_rest), lower_to) @ upper
        hand = rotation(lower_to, -sign * arm.twist) @ lower
        if arm.hip:
            hand = rotation(lower_to, sign * 55) @ lower
        return {
            f"upperarm01.{side}": upper,
            f"lowerarm01.{side}": lower,
            f"lowerarm02.{side}": rotation(lower_to, -sign * (arm.twist if not arm.hip else -55) / 2) @ lower,
            f"wrist.{side}": hand,
        }

    def _to_hip(self, side: str, sign: int, shoulder: int, elbow_rest, wrist_rest) -> tuple[np.ndarray, np.ndarray]:
        """Directions of upper arm and forearm that put the hand on the side of the hip."""
        lengths = (np.linalg.norm(elbow_rest - self.heads[shoulder]), np.linalg.norm(wrist_rest - elbow_rest))
        hip = self.rotations[0] @ (self._head(f"upperleg01.{side}") - self.heads[0]) + self.positions[0]
        target = hip + np.array([sign * 0.115, -0.02, 0.125])
        elbow = bend(self.positions[shoulder], target, lengths, (sign * 1.0, 0.35, 0))
        return elbow - self.positions[shoulder], target - elbow


def skin(points: np.ndarray, weights: sparse.csr_matrix, transforms: np.ndarray) -> np.ndarray:
    """Linear blend skinning: (V, 3) rest points with (V, B) weights through (B, 4, 4) transforms, to (V, 3) float32."""
    blended = (weights @ transforms[:, :3].reshape(len(transforms), 12)).reshape(-1, 3, 4)
    return (np.einsum("vij,vj->vi", blended[:, :, :3], points) + blended[:, :, 3]).astype(np.float32)
