from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.conftest import empty, write_person
from tests.tiny import figure
from truepose.drags import arm_across, arm_up, lean, leg_out
from truepose.evaluation.cases import FolderCases, ReposeCase, Stratum, StreetCases, displacement, natural_pose
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton


def test_scale_and_shift_are_no_way(case):
    skeleton = case.skeleton
    assert displacement(skeleton, skeleton.transformed([[1.3, 0, 40], [0, 1.3, -9]])) == pytest.approx(0, abs=1e-5)
    assert displacement(skeleton, empty()) == 0


def test_a_known_way(case):
    """One wrist of 18 joints goes down by a torso length: by hand, the way less what shift and scale take away."""
    skeleton = case.skeleton
    torso = 136 - 62
    x, y = skeleton.xy[K.RIGHT_WRIST]
    moved = displacement(skeleton, skeleton.moved(K.RIGHT_WRIST, float(x), float(y + torso)))
    assert 1 / 18 < moved < 2.2 / 18


def test_strata(case):
    person = case.skeleton
    several = arm_up(arm_up(leg_out(lean(person, "right", 25)), "right"), "left")

    def stratum(source: Skeleton, turn=None) -> Stratum:
        return replace(case, source_skeleton=source, turn=turn).stratum

    assert stratum(person) is Stratum.SMALL and stratum(arm_across(person)) is Stratum.SMALL
    assert stratum(several) is Stratum.LARGE
    back = Skeleton(person.xy * (-1, 1) + (191, 0), person.visible, person.score)
    assert stratum(back) is Stratum.TURN
    assert stratum(person, 36.0) is stratum(person, -90.0) is Stratum.TURN
    assert stratum(person, 34.0) is Stratum.SMALL and stratum(back, 0.0) is not Stratum.TURN


def test_a_drag_goes_as_far_from_where_it_was_read(case):
    read = case.source_skeleton.transformed([[1, 0, 3], [0, 1, -2]])
    assert np.allclose(case.dragged(read).xy, case.skeleton.xy + (3, -2), atol=1e-3)
    unseen = Skeleton(read.xy, np.arange(18) != K.RIGHT_WRIST, read.score)
    dragged = case.dragged(unseen)
    assert np.allclose(dragged.xy[K.RIGHT_WRIST], case.skeleton.xy[K.RIGHT_WRIST]) and dragged.visible.all()


def test_a_case_knows_its_box_and_torso(case):
    x0, y0, x1, y1 = case.box
    rows, columns = case.parsing.any(1).nonzero()[0], case.parsing.any(0).nonzero()[0]
    assert (x0, y0, x1, y1) == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert case.torso == pytest.approx(74)
    headless = replace(case, skeleton=empty())
    assert headless.torso == pytest.approx((y1 - y0) / 3.6)


def test_street_cases_lead_back_to_the_photo_and_repeat(held_out):
    cases = StreetCases(held_out, 3)
    assert len(cases) == 3 and [c.name for c in cases] == ["0003-0", "0003-1", "0003-2"]
    first, again, other = cases[0], StreetCases(held_out, 1)[0], cases[1]
    assert (first.source == again.source).all() and (first.source_skeleton.xy == again.source_skeleton.xy).all()
    assert (first.source != other.source).any() and (first.source != first.target).any()
    assert (first.target == figure()[0]).all() and (first.parsing == figure()[1].parsing).all()
    assert displacement(first.source_skeleton, first.skeleton) > 0
    assert (StreetCases(held_out, 1, seed=1)[0].source != first.source).any()


def test_natural_poses_are_drags_or_borrowed():
    person, rng = figure()[1].skeleton, np.random.default_rng(0)
    lender = arm_up(leg_out(person))
    poses = [natural_pose(person, rng, [lender]) for _ in range(40)]
    lent = [np.allclose(pose.xy, lender.xy, atol=0.01) for pose in poses]
    assert 5 < sum(lent) < 25 and all(displacement(pose, person) > 0 for pose in poses)


def test_folder_cases_are_read_whole(true_pairs):
    (case,) = FolderCases(true_pairs)
    assert isinstance(case, ReposeCase) and case.name == "a-0 to a-1"
    assert case.words == ("PARIS",) and case.turn == 12 and case.stratum is Stratum.SMALL
    assert (case.source == figure()[0]).all() and (case.target == np.roll(figure()[0], 8, 1)).all()
    assert case.skeleton.xy[K.NOSE, 0] == pytest.approx(case.source_skeleton.xy[K.NOSE, 0] + 8)


@pytest.mark.parametrize(("text", "said"), [
    ("", "is empty"),
    ("{", "line 1 of pairs.jsonl is broken: it is not JSON"),
    ('{"source": "a-0", "target": "a-1"}\n\n[1]', 'line 3 of pairs.jsonl is broken: it must name a "source"'),
    ('{"source": "a-0", "target": "a-1", "words": "PARIS"}', '"words" must be a list'),
    ('{"source": "a-0", "target": "a-1", "turn": "left"}', '"turn" must be a number'),
])  # fmt: skip
def test_broken_lists_are_told(tmp_path, text, said):
    (tmp_path / "pairs.jsonl").write_text(text)
    with pytest.raises(ValueError, match=said):
        FolderCases(tmp_path)


def test_folders_without_what_is_needed_are_told(tmp_path, true_pairs):
    with pytest.raises(ValueError, match=r"pairs\.jsonl is missing"):
        FolderCases(tmp_path / "none")
    with pytest.raises(ValueError, match=r"people\.jsonl is missing"):
        StreetCases(tmp_path, 1)
    (tmp_path / "people.jsonl").write_text("")
    with pytest.raises(ValueError, match="no held-out photo"):
        StreetCases(tmp_path, 1)
    photo, person = figure(320, 240)
    write_person(tmp_path, "b-0", photo, person)
    write_person(tmp_path, "b-1", *figure())
    (tmp_path / "pairs.jsonl").write_text('{"source": "b-0", "target": "b-1"}\n{"source": "b-0", "target": "c-1"}')
    with pytest.raises(ValueError, match="must be of one size"):
        FolderCases(tmp_path)[0]
    with pytest.raises(ValueError, match=r"no file c-1\.webp"):
        FolderCases(tmp_path)[1]
