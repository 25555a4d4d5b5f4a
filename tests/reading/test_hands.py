from __future__ import annotations

import numpy as np
import pytest

from tests.tiny import figure
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.reading.hands import whole_hands


@pytest.fixture
def misread():
    """A photo, its person, and a map that calls the right hand trousers."""
    photo, person = figure(512, 384)
    rows, columns = np.mgrid[:512, :384]
    (ex, ey), (x, y) = person.skeleton.xy[K.RIGHT_ELBOW], person.skeleton.xy[K.RIGHT_WRIST]
    beyond = (columns - x) * (x - ex) + (rows - y) * (y - ey) > -0.1 * np.hypot(x - ex, y - ey) ** 2
    hand = beyond & (person.parsing == P.RIGHT_ARM)
    assert hand.sum() > 100
    return photo, person, np.where(hand, P.PANTS, person.parsing).astype(np.uint8), hand


def test_a_hand_called_cloth_returns_to_its_arm(misread):
    photo, person, labels, hand = misread
    found = whole_hands(photo, labels, person.skeleton)
    assert (found[hand] == P.RIGHT_ARM).mean() > 0.8
    assert (found != person.parsing)[~hand].sum() < 0.1 * hand.sum()


def test_cloth_of_skin_s_colour_stays(misread):
    photo, person, labels, hand = misread
    photo = photo.copy()
    photo[labels == P.PANTS] = photo[labels == P.RIGHT_ARM].mean(0)
    np.testing.assert_array_equal(whole_hands(photo, labels, person.skeleton), labels)


def test_without_a_wrist_nothing_is_taken(misread):
    photo, person, labels, _ = misread
    skeleton = person.skeleton
    visible = skeleton.visible.copy()
    visible[[K.RIGHT_WRIST, K.LEFT_WRIST]] = False
    np.testing.assert_array_equal(
        whole_hands(photo, labels, type(skeleton)(skeleton.xy, visible, skeleton.score)), labels
    )
