from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.conftest import empty
from truepose.evaluation.rereading import joint_error, reread, rereading_figures
from truepose.parsing import IGNORE
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading import Candidate, NoPersonFound, Person
from truepose.reading.people import box_of


def person_of(case, skeleton=None, parsing=None) -> Person:
    parsing = case.parsing if parsing is None else parsing
    return Person(skeleton or case.skeleton, parsing, box_of(parsing > 0))


@pytest.mark.parametrize(("pixels", "error"), [(0, 0), (37, 0.5), (74, 1), (500, 1)])
def test_a_known_way_is_the_error_and_one_is_the_most(case, pixels, error):
    moved = case.skeleton.transformed([[1, 0, pixels], [0, 1, 0]])
    assert joint_error(moved, case.skeleton, 74.0) == pytest.approx(error, abs=1e-4)


def test_joints_missed_and_nobody_count_one_each(case):
    visible = np.ones(18, bool)
    visible[[K.NOSE, K.LEFT_KNEE]] = False
    seen = Skeleton(case.skeleton.xy, visible, np.ones(18))
    assert joint_error(seen, case.skeleton, 74.0) == pytest.approx(2 / 18)
    assert joint_error(None, case.skeleton, 74.0) == 1
    # What the target does not show, or is not sure of, is not asked for.
    unsure = Skeleton(case.skeleton.xy, np.ones(18, bool), np.where(visible, 0.9, 0.3))
    assert joint_error(seen, seen, 74.0) == joint_error(seen, unsure, 74.0) == 0
    assert joint_error(seen, empty(), 74.0) is None


def test_agreement_by_hand(case):
    right = rereading_figures(person_of(case), case)
    assert right == {"person_iou": 1.0, "parsing_miou": 1.0, "joint_error": 0.0}
    parsing = np.where(case.parsing == P.PANTS, P.SKIRT, case.parsing).astype(np.uint8)
    labels = len(np.unique(case.parsing)) - 1
    traded = rereading_figures(person_of(case, parsing=parsing), case)
    assert traded["person_iou"] == 1 and traded["parsing_miou"] == pytest.approx((labels - 1) / labels)
    assert rereading_figures(None, case) == {"person_iou": 0.0, "parsing_miou": 0.0, "joint_error": 1.0}


def test_unknown_pixels_and_specks_do_not_count(case):
    truth = case.parsing.copy()
    truth[truth == P.PANTS] = IGNORE
    truth[0, 0] = P.SCARF
    assert rereading_figures(person_of(case), replace(case, parsing=truth))["parsing_miou"] == 1


class Crowd:
    """Finds somebody left and somebody right; reads whom it is told to."""

    def __init__(self, *boxes):
        self.boxes = boxes

    def find(self, photo):
        if not self.boxes:
            raise NoPersonFound("nobody")
        return [Candidate(empty(), box) for box in self.boxes]

    def read(self, photo, candidate=None):
        return candidate


def test_who_is_where_the_person_should_be_is_read(case):
    left, right = (0, 0, 60, 200), (100, 0, 160, 200)
    assert reread(Crowd(left, right), case.target, (110, 10, 170, 210)).box == right
    assert reread(Crowd(left, right), case.target, (10, 10, 70, 210)).box == left
    assert reread(Crowd(), case.target, left) is None
