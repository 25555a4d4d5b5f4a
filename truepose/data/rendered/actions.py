"""What people do: arms and feet in many combinations, for pictures in which not everybody stands to attention."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .poses import STANDING, Arm, Foot, Pose

# (share, arm); directions are (outwards, forwards, up).
ARMS: tuple[tuple[float, Arm], ...] = (
    (3.0, Arm()),
    (2.0, Arm((0.34, -0.08, -1.0), (0.16, 0.2, -1.0), curl=16)),  # a little away
    (1.5, Arm(hip=True, curl=22)),
    (1.5, Arm((0.22, -0.12, -1.0), (-0.25, 0.95, -0.35), curl=24)),  # bent to the front
    (1.0, Arm((0.3, -0.16, -1.0), (-0.12, 0.42, -1.0), curl=30)),  # by the pocket
    (1.3, Arm((0.12, 0.3, -1.0), (-0.95, 0.62, 0.12), curl=20)),  # across the belly
    (0.9, Arm((0.1, 0.48, -1.0), (-0.7, 0.5, 0.75), curl=20)),  # to the other shoulder
    (0.8, Arm((0.28, -0.34, -1.0), (-0.5, -0.35, -0.75), curl=20)),  # behind the back
    (1.0, Arm((0.85, 0.2, -0.25), (0.45, 0.25, 1.0), curl=6)),  # waving
    (1.0, Arm((0.35, 0.08, 1.0), (0.08, 0.1, 1.0), curl=8)),  # straight up
    (0.8, Arm((0.8, 0.22, 0.3), (-0.5, 0.05, 0.8), curl=14)),  # to the head
    (1.0, Arm((1.0, 0.08, -0.1), (1.0, 0.15, 0.0), curl=8)),  # out to the side
    (0.8, Arm((0.7, 0.1, -0.7), (0.75, 0.25, -0.5), curl=8)),  # half out
    (0.7, Arm((0.15, 0.95, -0.35), (0.0, 1.0, 0.05), curl=10)),  # to the front
)


def sample_action(rng: np.random.Generator, turn: float = 0.0, skirted: bool = False) -> Pose:
    """A pose: any arms with any legs, varied.

    Args:
        rng: decides.
        turn: degrees the whole person turns to its left.
        skirted: in a skirt: legs stay near each other, as the cloth follows the thighs.
    """
    base = STANDING[rng.integers(len(STANDING))]
    base = base.mirrored() if rng.random() < 0.5 else base
    left = _arm(rng)
    right = _varied(rng, left) if rng.random() < 0.25 else _arm(rng)
    pose = replace(
        base, turn=turn, yaw=base.yaw + rng.normal(0, 5), lean=rng.normal(1, 4), left_arm=left, right_arm=right,
        head=tuple(np.add(base.head, rng.normal(0, (14, 5, 3))).tolist()),
    )  # fmt: skip
    kind = rng.random()
    if kind < 0.4:
        return pose
    if kind < 0.58:
        return _apart(rng, pose, 0.1 if skirted else 0.3)
    return _walking(rng, pose, 0.13 if skirted else 0.3) if kind < 0.82 or skirted else _one_knee(rng, pose)


def _arm(rng: np.random.Generator) -> Arm:
    """One of the arms; now and then something between two."""
    shares = np.array([share for share, _ in ARMS])
    first, second = (ARMS[i][1] for i in rng.choice(len(ARMS), 2, p=shares / shares.sum()))
    if first.hip or second.hip or rng.random() < 0.6:
        return _varied(rng, first)
    way = rng.uniform(0.2, 0.8)
    mixed = [tuple(((1 - way) * _unit(a) + way * _unit(b)).tolist())
             for a, b in ((first.upper, second.upper), (first.lower, second.lower))]  # fmt: skip
    return _varied(rng, replace(first, upper=mixed[0], lower=mixed[1]))


def _varied(rng: np.random.Generator, arm: Arm) -> Arm:
    moved = [tuple((_unit(d) + rng.normal(0, 0.07, 3)).tolist()) for d in (arm.upper, arm.lower)]
    return replace(arm, upper=moved[0], lower=moved[1], curl=max(2.0, arm.curl + rng.normal(0, 6)))


def _apart(rng: np.random.Generator, pose: Pose, most: float) -> Pose:
    """Legs apart, each foot `most` metres from the middle at most, even or with the weight on one."""
    wide = rng.uniform(0.5, 1) * most
    left, right = (Foot(wide * rng.uniform(0.8, 1.2), rng.normal(0, 0.05), rng.uniform(8, 30)) for _ in "lr")
    return replace(
        pose, hips=pose.hips * rng.uniform(0, 0.6), shift=rng.normal(0, 0.04), left_foot=left, right_foot=right
    )


def _walking(rng: np.random.Generator, pose: Pose, most: float) -> Pose:
    """A step, the hind heel off the floor, each foot `most` metres from the hips at most."""
    length = rng.uniform(0.35, 1) * most
    front = Foot(rng.uniform(0.05, 0.1), length, rng.uniform(0, 12))
    hind = Foot(rng.uniform(0.05, 0.1), -length * rng.uniform(0.7, 1.1), rng.uniform(2, 14), rng.uniform(15, 45))
    feet = (front, hind) if rng.random() < 0.5 else (hind, front)
    return replace(pose, hips=pose.hips * 0.4, shift=0.0, left_foot=feet[0], right_foot=feet[1])


def _one_knee(rng: np.random.Generator, pose: Pose) -> Pose:
    """The weight on one leg; the other knee bent, its foot raised to the front or behind."""
    if rng.random() < 0.5:
        free = Foot(rng.uniform(0.07, 0.16), rng.uniform(0.1, 0.3), rng.uniform(0, 20), 10, up=rng.uniform(0.1, 0.38))
    else:
        free = Foot(rng.uniform(0.07, 0.14), rng.uniform(-0.35, -0.2), 6, rng.uniform(30, 60), up=rng.uniform(0.1, 0.3))
    pose = replace(pose, hips=3, shift=0.04, left_foot=Foot(0.05, 0, 8), right_foot=free)
    return (
        pose if rng.random() < 0.5 else replace(pose, hips=-3, shift=-0.04, left_foot=free, right_foot=Foot(0.05, 0, 8))
    )


def _unit(direction) -> np.ndarray:
    return np.asarray(direction, float) / np.linalg.norm(direction)
