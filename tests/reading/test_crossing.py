"""Knees that were exchanged come back; legs that are truly crossed stay so."""

import numpy as np

from tests.pose_editor import figure
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading.crossing import uncrossed


def test_exchanged_knees_come_back():
    right = figure.skeleton()
    order = np.arange(18)
    order[[K.RIGHT_KNEE, K.LEFT_KNEE]] = K.LEFT_KNEE, K.RIGHT_KNEE
    xy = right.xy.copy()
    xy[[K.RIGHT_KNEE, K.LEFT_KNEE], 0] += (-20, 20)  # apart, as knees are
    apart = Skeleton(xy, right.visible, right.score)
    misread = Skeleton(apart.xy[order], apart.visible[order], apart.score[order])
    assert (uncrossed(misread).xy == apart.xy).all()
    assert uncrossed(apart) is apart


def test_crossed_legs_stay_crossed():
    body = figure.skeleton()
    for knees, ankles in (((165, 155), (190, 130)), ((170, 150), (200, 120))):
        crossed = body
        for joint, x in zip((K.RIGHT_KNEE, K.LEFT_KNEE, K.RIGHT_ANKLE, K.LEFT_ANKLE), (*knees, *ankles), strict=True):
            crossed = crossed.moved(joint, x, float(body.xy[joint, 1]))
        assert uncrossed(crossed) is crossed


def test_a_leg_not_seen_changes_nothing():
    body = figure.skeleton()
    seen = body.visible.copy()
    seen[K.LEFT_ANKLE] = False
    partly = Skeleton(body.xy, seen, body.score)
    assert uncrossed(partly) is partly
