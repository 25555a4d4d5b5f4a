import numpy as np
import pytest

from truepose.drags import arm_across, arm_up, borrowed, leg_out
from truepose.pose import LIMB_CHAINS, Skeleton
from truepose.pose import Keypoint as K

from .figure import skeleton_of


def lengths(skeleton: Skeleton) -> np.ndarray:
    return np.array([np.linalg.norm(skeleton.xy[a] - skeleton.xy[b])
                     for chain in LIMB_CHAINS for a, b in zip(chain, chain[1:], strict=False)])  # fmt: skip


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("drag", [arm_up, arm_across, leg_out])
def test_bones_keep_their_length(drag, side):
    source = skeleton_of()
    dragged = drag(source, side)
    assert np.allclose(lengths(dragged), lengths(source), atol=0.01)
    assert not np.allclose(dragged.xy, source.xy, atol=5)


@pytest.mark.parametrize("skeleton", [skeleton_of(), skeleton_of().mirrored(176)])
def test_drags_go_the_way_they_say(skeleton):
    up = arm_up(skeleton)
    assert up.xy[K.RIGHT_WRIST, 1] < up.xy[K.RIGHT_SHOULDER, 1]
    across = arm_across(skeleton)
    away, towards = (s.xy[K.LEFT_WRIST, 0] - s.xy[K.LEFT_ELBOW, 0] for s in (skeleton, across))
    assert away * towards < 0
    out = leg_out(skeleton)
    gap = abs(skeleton.xy[K.LEFT_ANKLE, 0] - skeleton.xy[K.RIGHT_ANKLE, 0])
    assert abs(out.xy[K.LEFT_ANKLE, 0] - out.xy[K.RIGHT_ANKLE, 0]) > gap + 20


def test_a_borrowed_pose_has_this_place_and_size():
    source = skeleton_of()
    other = arm_up(source).transformed([[2.5, 0, 300], [0, 2.5, -40]])
    assert np.allclose(borrowed(other, source).xy, arm_up(source).xy, atol=0.01)


def test_unseen_joints_stay_unseen():
    visible = np.ones(18, bool)
    visible[[K.RIGHT_ELBOW, K.LEFT_KNEE]] = False
    source = Skeleton(skeleton_of().xy, visible, np.ones(18))
    for drag in (arm_up, leg_out):
        assert (drag(source).visible == visible).all()
