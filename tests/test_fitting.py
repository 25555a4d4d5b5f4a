"""Another person's pose with this body's bones."""

import numpy as np
import pytest

from tests.pose_editor import figure
from truepose.drags import arm_up
from truepose.fitting import fitted, full_length
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton


def test_directions_are_the_others_and_lengths_are_ours():
    body = figure.skeleton()
    long_arms = arm_up(body, "left")
    for elbow, wrist, shoulder in (
        (K.LEFT_ELBOW, K.LEFT_WRIST, K.LEFT_SHOULDER), (K.RIGHT_ELBOW, K.RIGHT_WRIST, K.RIGHT_SHOULDER),
    ):  # fmt: skip
        bone = 0.3 * (long_arms.xy[wrist] - long_arms.xy[elbow])
        long_arms = long_arms.moved(wrist, *(long_arms.xy[wrist] + bone).tolist())
        assert long_arms.visible[shoulder]
    other = long_arms.transformed([[2.0, 0, 300], [0, 2.0, -50]])
    out = fitted(other, body)
    assert full_length(out, K.LEFT_ELBOW, K.LEFT_WRIST) == pytest.approx(
        full_length(body, K.LEFT_ELBOW, K.LEFT_WRIST), rel=0.01
    )
    assert np.allclose(out.xy, arm_up(body, "left").xy, atol=1)


def test_an_unseen_limb_stays_unseen():
    body = figure.skeleton()
    seen = body.visible.copy()
    seen[K.LEFT_WRIST] = False
    out = fitted(Skeleton(body.xy, seen, body.score), body)
    assert not out.visible[K.LEFT_WRIST] and out.visible[K.LEFT_ELBOW]


def test_a_pose_without_joints_is_told():
    nobody = Skeleton(np.zeros((18, 2)), np.zeros(18, bool), np.zeros(18))
    with pytest.raises(ValueError, match="got none"):
        fitted(nobody, figure.skeleton())
