import numpy as np
import pytest

from truepose.drags import DRAGS, arm_across, arm_up, borrowed, elbow_bend, head_tilt, lean, leg_out, stand, turned
from truepose.pose import FACE, LIMB_CHAINS, Skeleton
from truepose.pose import Keypoint as K

from .figure import skeleton_of


def lengths(skeleton: Skeleton) -> np.ndarray:
    return np.array([np.linalg.norm(skeleton.xy[a] - skeleton.xy[b])
                     for chain in LIMB_CHAINS for a, b in zip(chain, chain[1:], strict=False)])  # fmt: skip


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("drag", [arm_up, arm_across, leg_out, elbow_bend])
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


@pytest.mark.parametrize("skeleton", [skeleton_of(), skeleton_of().mirrored(176)])
def test_forearms_heads_and_trunks_go_to_the_side_named(skeleton):
    for side, wrist, elbow in (("right", K.RIGHT_WRIST, K.RIGHT_ELBOW), ("left", K.LEFT_WRIST, K.LEFT_ELBOW)):
        sign = np.sign(skeleton.xy[elbow, 0] - skeleton.xy[K.NECK, 0])
        bent = elbow_bend(skeleton, side)
        assert sign * (bent.xy[wrist, 0] - skeleton.xy[wrist, 0]) > 10 and bent.xy[wrist, 1] < skeleton.xy[wrist, 1]
        for drag, still in ((head_tilt, [k for k in K if k not in FACE]), (lean, [K.RIGHT_KNEE, K.LEFT_ANKLE])):
            moved = drag(skeleton, side)
            assert sign * (moved.xy[K.NOSE, 0] - skeleton.xy[K.NOSE, 0]) > 3
            assert np.allclose(moved.xy[still], skeleton.xy[still])


def test_who_stands_has_both_feet_below_the_hips():
    standing = stand(leg_out(leg_out(skeleton_of(), "left", 40), "right", 40))
    gaps = standing.xy[[K.RIGHT_ANKLE, K.LEFT_ANKLE], 0] - standing.xy[[K.RIGHT_HIP, K.LEFT_HIP], 0]
    assert (abs(gaps) < 8).all() and np.allclose(lengths(standing), lengths(skeleton_of()), atol=0.01)


def test_turning_is_clockwise_in_the_picture():
    skeleton = skeleton_of()
    x, y = skeleton.xy[K.NECK]
    right = turned(skeleton.moved(K.NOSE, float(x), float(y - 20)), (K.NOSE,), K.NECK, 90)
    assert np.allclose(right.xy[K.NOSE], (x + 20, y), atol=1e-3)


@pytest.mark.parametrize("name", DRAGS)
def test_drags_leave_the_unseen_alone(name):
    nobody = Skeleton.from_points({K.NOSE: (10, 10)})
    dragged = DRAGS[name](nobody, "right")
    assert (dragged.visible == nobody.visible).all() and np.allclose(dragged.xy[K.NOSE], (10, 10))


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
