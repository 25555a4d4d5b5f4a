"""What a user puts right: the difference, and the person it gives."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.pose_editor import figure
from truepose.correction import Correction, corrected, correction_of
from truepose.parsing import IGNORE
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K

READ = figure.person()


def painted(**fields):
    """The figure with a bag at its side, partly over the background."""
    labels = READ.parsing.copy()
    labels[400:470, 20:60] = P.BAG
    return replace(READ, parsing=labels, **fields)


def test_nothing_differs():
    assert correction_of(READ, READ) is None and corrected(READ, None) is READ


def test_the_difference_is_small_and_gives_the_same_person_again():
    correction = correction_of(READ, painted())
    assert correction.labels.shape == (70, 40) and correction.corner == (20, 400) and correction.joints is None
    again = corrected(READ, correction)
    assert (again.parsing == painted().parsing).all() and again.skeleton is READ.skeleton
    assert again.box == (20, 38, 230, 470)


def test_what_is_as_read_is_left_to_the_reading():
    labels = READ.parsing.copy()
    labels[200, 160], labels[202, 162] = P.BAG, P.BACKGROUND
    correction = correction_of(READ, replace(READ, parsing=labels))
    assert correction.labels.tolist() == [[P.BAG, IGNORE, IGNORE], [IGNORE] * 3, [IGNORE, IGNORE, P.BACKGROUND]]
    assert (corrected(READ, correction).parsing == labels).all()


def test_joints_are_corrected_with_labels_or_alone():
    joints = READ.skeleton.moved(K.LEFT_EAR, 178, 74)
    for person in (replace(READ, skeleton=joints), painted(skeleton=joints)):
        again = corrected(READ, correction_of(READ, person))
        assert again.skeleton is joints and (again.parsing == person.parsing).all()


def test_a_box_never_shrinks():
    labels = np.zeros_like(READ.parsing)
    labels[100:110, 100:110] = P.HAT
    assert corrected(READ, correction_of(READ, replace(READ, parsing=labels))).box == READ.box


@pytest.mark.parametrize(
    ("labels", "corner", "words"),
    [(np.zeros((480, 320), np.uint8), (0, 0), "nobody is left"), (np.zeros((2, 2), np.uint8), (319, 0), "inside"),
     (np.zeros((2, 2), np.uint8), (0, -1), "inside")],
)  # fmt: skip
def test_corrections_that_cannot_be_used_are_told(labels, corner, words):
    with pytest.raises(ValueError, match=words):
        corrected(READ, Correction(labels, corner))
