"""Front, side or back, as photographers would say it."""

from __future__ import annotations

import numpy as np
import pytest

from truepose.estimate import TEMPLATE
from truepose.facing import Facing, facing
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton

FACE = (K.NOSE, K.RIGHT_EYE, K.LEFT_EYE)
LEFT = tuple(k for k in K if k.name.startswith("LEFT"))


def person(turn: float, hidden=()) -> Skeleton:
    """The standing template turned about its axis by degrees, without the hidden joints."""
    xy = TEMPLATE * (np.cos(np.radians(turn)), 1) * 100 + 200
    visible = np.ones(18, bool)
    visible[list(hidden)] = False
    return Skeleton(xy, visible, np.ones(18))


@pytest.mark.parametrize(
    ("turn", "hidden", "seen"),
    [
        (0, (), Facing.FRONT),
        (50, (), Facing.FRONT),
        (88, (), Facing.SIDE),
        (88, (*LEFT,), Facing.SIDE),
        (180, FACE, Facing.BACK),
        (130, FACE, Facing.BACK),
        (100, FACE, Facing.BACK),
        (180, (), Facing.BACK),  # looking back over the shoulder
        (0, (*FACE, K.RIGHT_EAR, K.LEFT_EAR), Facing.FRONT),  # the head is cropped away
        (180, (*FACE, K.RIGHT_EAR, K.LEFT_EAR), Facing.BACK),
        (180, [k for k in K if k not in (K.RIGHT_EAR, K.LEFT_EAR)], Facing.BACK),
        (0, [k for k in K if k.value > 1 and k.value < 14], Facing.FRONT),
        (0, [k for k in K if k not in (K.RIGHT_KNEE, K.RIGHT_ANKLE)], Facing.FRONT),
    ],
)
def test_the_side_that_is_seen(turn, hidden, seen):
    assert facing(person(turn, hidden)) is seen


@pytest.mark.parametrize("turn", [0, 180])
def test_mirrored_photos_face_alike(turn):
    skeleton = person(turn)
    assert facing(skeleton.mirrored(400)) is facing(skeleton)
