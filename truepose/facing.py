"""Which side of a person a skeleton shows: left and right say it, and whether there is a face."""

from __future__ import annotations

from enum import Enum

from .pose import Keypoint as K
from .pose import Skeleton, torso_length

# Width of the shoulders or hips, left minus right, in torso lengths: beyond it the body is plainly turned one way.
_BROAD = 0.22
_FACE = (K.NOSE, K.RIGHT_EYE, K.LEFT_EYE)
_SIDES = ((K.RIGHT_EYE, K.RIGHT_EAR), (K.LEFT_EYE, K.LEFT_EAR))
_PAIRS = ((K.RIGHT_SHOULDER, K.LEFT_SHOULDER), (K.RIGHT_HIP, K.LEFT_HIP))


class Facing(Enum):
    """What the camera sees of a person."""

    FRONT = "front"
    SIDE = "side"
    BACK = "back"


def facing(skeleton: Skeleton) -> Facing:
    """Which side of the person is seen.

    From the front, the person's left is on the picture's right. A narrow body is seen from the side if a nose or an
    eye shows, and from behind at an angle if not.
    """
    face = any(skeleton.visible[k] for k in _FACE)
    ears = any(skeleton.visible[k] for k in (K.RIGHT_EAR, K.LEFT_EAR))
    breadth = _breadth(skeleton)
    if breadth is None:  # half of the body is hidden, or cropped away: the head tells
        both = all(any(skeleton.visible[k] for k in side) for side in _SIDES)
        return (Facing.FRONT if both else Facing.SIDE) if face else Facing.BACK if ears else Facing.FRONT
    if breadth < -_BROAD or (ears and not face and breadth < _BROAD):
        return Facing.BACK
    # A head cropped away says nothing; ears without a face do.
    return Facing.FRONT if breadth > _BROAD or not face else Facing.SIDE


def _breadth(skeleton: Skeleton) -> float | None:
    """Left minus right of shoulders or hips along x, in torso lengths, whichever is the broader; None if unseen."""
    torso = torso_length(skeleton)
    widths = [
        float(skeleton.xy[left, 0] - skeleton.xy[right, 0])
        for right, left in _PAIRS
        if skeleton.visible[right] and skeleton.visible[left]
    ]
    if not widths or not torso:
        return None
    return max(widths, key=abs) / torso
