"""Another person's pose on this body: its place, its size, and its own proportions."""

from __future__ import annotations

import numpy as np

from .drags import borrowed
from .pose import LIMB_CHAINS, MIRRORED, Skeleton
from .pose import Keypoint as K

_MOST = 1.6  # a bone's length is changed by this factor at most: what asks for more was misread


def fitted(other: Skeleton, body: Skeleton) -> Skeleton:
    """The other's pose with this body's bones.

    `borrowed` matches place and size by the torsos. Then every bone of arms and legs keeps its direction and gets this
    body's length, as much shortened as the other's looks: a bone is as long as the longer of its pair looks.

    Args:
        other: the pose, pixels of any photo.
        body: the person to be posed, pixels of their photo.

    Raises:
        ValueError: either has no visible joint.
    """
    for skeleton in (other, body):
        if not skeleton.visible.any():
            raise ValueError("a pose to fit needs at least one visible joint, got none")
    laid = out = borrowed(other, body)
    for chain in LIMB_CHAINS:
        for level in (0, 1):
            start, end = chain[level], chain[level + 1]
            mine, theirs = full_length(body, start, end), full_length(laid, start, end)
            if not mine or not theirs or not out.visible[[start, end]].all():
                continue
            bone = out.xy[end] - out.xy[start]
            xy = out.xy.copy()
            xy[list(chain[level + 1 :])] += (np.clip(mine / theirs, 1 / _MOST, _MOST) - 1) * bone
            out = Skeleton(xy, out.visible, out.score)
    return out


def full_length(skeleton: Skeleton, start: K, end: K) -> float:
    """Pixels of a bone, or of its counterpart where that looks longer; 0 where neither is seen."""
    lengths = [0.0]
    for bone in ([start, end], [MIRRORED[start], MIRRORED[end]]):
        if skeleton.visible[bone].all():
            lengths.append(float(np.linalg.norm(skeleton.xy[bone[1]] - skeleton.xy[bone[0]])))
    return max(lengths)
