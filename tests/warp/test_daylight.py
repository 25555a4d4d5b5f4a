"""The trunk ends where daylight is seen beside it."""

import numpy as np

from truepose.parsing import BodyPart as P
from truepose.warp.daylight import beyond_daylight, slivers_beyond


def test_the_trunk_does_not_reach_beyond_daylight():
    own, background = np.zeros((9, 30), bool), np.zeros((9, 30), bool)
    own[:, 10:20] = True
    background[:6, 22:26] = True  # a gap beside it, closed below
    background[:, 28:] = True
    beyond = beyond_daylight(own, background)
    assert beyond[:6, 26].all() and not beyond[7:, 26].any()
    assert not beyond[:, :22].any() and beyond[:, 29].all()


def test_a_strip_on_the_arms_side_is_no_trunk():
    labels = np.full((100, 100), P.BACKGROUND, np.uint8)
    labels[:, 20:70] = labels[:40, 70:90] = P.DRESS
    labels[40:, 76:80] = P.DRESS  # a strip beyond the gap, next to the arm
    labels[40:, 80:90] = P.LEFT_ARM
    owner = np.where(labels == P.DRESS, 2, np.where(labels == P.LEFT_ARM, 4, 0)).astype(np.uint8)
    slivers = slivers_beyond(owner, labels, 2, unit=100)
    assert slivers[60:, 76:80].all()
    assert not slivers[:, :70].any()
