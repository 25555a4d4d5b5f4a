"""Legs whose knees were read the wrong way round."""

from __future__ import annotations

import numpy as np

from ..pose import LEGS, Skeleton

_SHORTER = 0.95  # legs this much shorter with their knees exchanged were crossed by the reading, not by the person


def uncrossed(skeleton: Skeleton) -> Skeleton:
    """The skeleton with its knees exchanged where both legs become clearly shorter by it.

    Who crosses the legs crosses them below the hips and knees alike: exchanging the knees gains nothing then. Where a
    knee hides under a skirt, each may be taken for the other: then both thighs and both shins cross.
    """
    joints = [joint for leg in LEGS for joint in leg]
    if not skeleton.visible[joints].all():
        return skeleton
    (hip, knee, ankle), (other_hip, other_knee, other_ankle) = LEGS
    as_read = _length(skeleton, hip, knee, ankle) + _length(skeleton, other_hip, other_knee, other_ankle)
    exchanged = _length(skeleton, hip, other_knee, ankle) + _length(skeleton, other_hip, knee, other_ankle)
    if exchanged > _SHORTER * as_read:
        return skeleton
    order = np.arange(len(skeleton.visible))
    order[[knee, other_knee]] = other_knee, knee
    return Skeleton(skeleton.xy[order], skeleton.visible[order], skeleton.score[order])


def _length(skeleton: Skeleton, *joints: int) -> float:
    steps = np.diff(skeleton.xy[list(joints)], axis=0)
    return float(np.linalg.norm(steps, axis=1).sum())
