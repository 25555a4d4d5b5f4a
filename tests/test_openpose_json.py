from __future__ import annotations

import json

import numpy as np
import pytest

from tests.test_pose import random_skeleton
from truepose.openpose_json import format_openpose, load_pose, parse_openpose
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton


def document(triplets, **more):
    return {"people": [{"pose_keypoints_2d": np.asarray(triplets, float).ravel().tolist(), **more}]}


def test_round_trip_of_several_people():
    people = [random_skeleton(1), random_skeleton(2)]
    back = parse_openpose(json.dumps(format_openpose(people, (100, 100))))
    assert len(back) == 2
    for ours, theirs in zip(people, back, strict=True):
        np.testing.assert_allclose(theirs.triplets(), ours.triplets(), atol=1e-3)


def test_unseen_joints_are_zeros_and_stay_unseen():
    skeleton = Skeleton.from_points({K.NOSE: (30, 40)})
    data = format_openpose([skeleton])
    assert data["people"][0]["pose_keypoints_2d"][3:] == [0] * 51
    assert parse_openpose(data)[0].visible.tolist() == [True] + [False] * 17


@pytest.mark.parametrize("count", [17, 18, 25])
def test_every_joint_order(count):
    triplets = np.random.default_rng(0).uniform(5, 90, (count, 3))
    triplets[:, 2] = 0.9
    person = parse_openpose(document(triplets))[0]
    np.testing.assert_allclose(person.xy[K.NOSE], triplets[0, :2], rtol=1e-6)


def test_fractions_are_scaled_by_the_canvas_or_by_the_photo():
    triplets = np.full((18, 3), 0.5)
    triplets[0] = (1.1, 0.25, 1)  # a little outside
    data = document(triplets)
    np.testing.assert_allclose(parse_openpose(data, (200, 100))[0].xy[0], (110, 50), rtol=1e-5)
    with_canvas = parse_openpose(data | {"canvas_width": 400, "canvas_height": 200}, (9, 9))[0]
    np.testing.assert_allclose(with_canvas.xy[0], (440, 50), rtol=1e-5)
    with pytest.raises(ValueError, match="size"):
        parse_openpose(data)


def test_pixels_are_taken_as_they_are():
    triplets = np.full((18, 3), 1.0)
    triplets[5] = (90, 20, 1)
    np.testing.assert_allclose(parse_openpose(document(triplets), (200, 100))[0].xy[0], (1, 1))


def test_face_and_hand_points_of_any_number_are_ignored():
    extra = {"face_keypoints_2d": [1, 2, 3], "hand_left_keypoints_2d": None, "hand_right_keypoints_2d": [0] * 63}
    assert len(parse_openpose(document(random_skeleton().triplets(), **extra))) == 1


def test_a_list_of_documents_gives_the_first():
    data = format_openpose([random_skeleton(3)])
    np.testing.assert_allclose(parse_openpose([data])[0].xy, random_skeleton(3).xy, atol=1e-3)


def test_empty_people_are_left_out():
    assert parse_openpose({"people": [{}, {"pose_keypoints_2d": []}, {"pose_keypoints_2d": [0] * 54}]}) == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{", "valid JSON"),
        ("[]", "people"),
        ({"people": 3}, "people"),
        (document(np.ones((16, 3))), "17, 18 or 25"),
        ({"people": [{"pose_keypoints_2d": [1, 2]}]}, "triplets"),
        ({"people": [{"pose_keypoints_2d": ["a"] * 54}]}, "triplets"),
        ({"people": [{"pose_keypoints_2d": 5}]}, "triplets"),
    ],
)
def test_other_documents_are_refused_plainly(data, message):
    with pytest.raises(ValueError, match=message):
        parse_openpose(data)


def test_load_pose_says_what_is_wrong(tmp_path):
    with pytest.raises(ValueError, match="cannot read"):
        load_pose(tmp_path / "none.json", (9, 9))
    (tmp_path / "empty.json").write_text('{"people": []}')
    with pytest.raises(ValueError, match="no person"):
        load_pose(tmp_path / "empty.json", (9, 9))
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="text"):
        load_pose(tmp_path / "binary.json", (9, 9))


@pytest.mark.parametrize("joints", [17, 18, 25])
def test_every_order_comes_back(joints):
    skeleton = Skeleton(np.arange(36).reshape(18, 2) + 10, np.ones(18, bool), np.ones(18))
    document = format_openpose([skeleton], (100, 100), joints=joints)
    assert len(document["people"][0]["pose_keypoints_2d"]) == 3 * joints
    back = parse_openpose(document)[0]
    seen = [k for k in K if joints != 17 or k is not K.NECK]
    assert np.allclose(back.xy[seen], skeleton.xy[seen])


def test_another_number_of_joints_is_refused():
    with pytest.raises(ValueError, match="got 20"):
        format_openpose([], joints=20)
