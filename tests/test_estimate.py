"""Unseen joints: where the other side's are, mirrored, or where they hang."""

from __future__ import annotations

import numpy as np
import pytest

from truepose.estimate import TEMPLATE, estimate_joints
from truepose.pose import ARMS, LEGS, Skeleton
from truepose.pose import Keypoint as K


def lean(points: np.ndarray, degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return points @ np.array([[c, s], [-s, c]])


def without(xy: np.ndarray, hidden) -> Skeleton:
    visible = np.ones(18, bool)
    visible[list(hidden)] = False
    return Skeleton(np.where(visible[:, None], xy, 0), visible, np.ones(18))


def raised(xy: np.ndarray) -> np.ndarray:
    """Both arms up, symmetrical."""
    xy = xy.copy()
    for side, chain in zip((-1, 1), ARMS, strict=True):
        xy[chain[1]] = xy[chain[0]] + (side * 0.4, -0.4)
        xy[chain[2]] = xy[chain[1]] + (side * 0.1, -0.5)
    return xy


@pytest.mark.parametrize("degrees", [0, 25, -60])
@pytest.mark.parametrize("hidden", [ARMS[0][1:], ARMS[1][1:], LEGS[0][1:], LEGS[1][2:], (K.LEFT_HIP, *LEGS[1][1:])])
def test_a_hidden_limb_mirrors_its_partner(degrees, hidden):
    xy = lean(raised(TEMPLATE), degrees) * 80 + 300
    estimated = estimate_joints(without(xy, hidden), 300)
    np.testing.assert_allclose(estimated, xy, atol=1.0)


def test_feet_cropped_away_lie_below_the_photo():
    xy = TEMPLATE * 100 + (200, 100)
    estimated = estimate_joints(without(xy, (K.RIGHT_ANKLE, K.LEFT_ANKLE, K.RIGHT_KNEE, K.LEFT_KNEE)), 260)
    assert (estimated[[K.RIGHT_ANKLE, K.LEFT_ANKLE], 1] > estimated[[K.RIGHT_HIP, K.LEFT_HIP], 1] + 120).all()
    np.testing.assert_allclose(estimated, xy, atol=2.0)


def test_of_a_back_view_the_left_stays_left():
    xy = TEMPLATE * (-100, 100) + 300
    estimated = estimate_joints(without(xy, (*ARMS[0][1:], K.NOSE, K.RIGHT_EYE, K.LEFT_EYE)), 360)
    np.testing.assert_allclose(estimated, xy, atol=1.0)


def test_seen_joints_stay_and_one_joint_is_enough():
    skeleton = Skeleton.from_points({K.NOSE: (50, 60)})
    estimated = estimate_joints(skeleton, 360)
    assert tuple(estimated[K.NOSE]) == (50, 60)
    assert estimated[K.RIGHT_ANKLE, 1] > estimated[K.RIGHT_KNEE, 1] > estimated[K.RIGHT_HIP, 1] > 60
    assert np.isfinite(estimated).all()
    with pytest.raises(ValueError, match="no visible joint"):
        estimate_joints(Skeleton.from_points({}), 100)
