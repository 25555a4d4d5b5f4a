from __future__ import annotations

import json

import numpy as np
import pytest

from tests.test_pose import random_skeleton
from truepose.landmarks import Landmarks, draw_landmarks
from truepose.openpose_json import format_openpose, parse_landmarks, parse_openpose


def points(count: int, seed: int = 0) -> np.ndarray:
    """Random rows (x, y, score) with one unseen."""
    rows = np.random.default_rng(seed).uniform(0.3, 1, (count, 3)).astype(np.float32)
    rows[:, :2] *= 90
    rows[3] = 0
    return rows


def test_landmarks_travel_with_their_people():
    people = [random_skeleton(1), random_skeleton(2), random_skeleton(3)]
    landmarks = [Landmarks(points(70), points(21, 1), None), None, Landmarks(face=points(68))]
    text = json.dumps(format_openpose(people, (100, 100), landmarks))
    assert json.loads(text)["people"][0].keys() == {
        "pose_keypoints_2d", "face_keypoints_2d", "hand_left_keypoints_2d",
    }  # fmt: skip
    back = parse_landmarks(text)
    assert back[1] is None and len(parse_openpose(text)) == 3
    np.testing.assert_allclose(back[0].face, points(70), atol=1e-3)
    np.testing.assert_allclose(back[0].left_hand, points(21, 1), atol=1e-3)
    assert back[0].right_hand is None
    assert back[2].face.shape == (68, 3) and back[2].left_hand is None


def test_without_landmarks_the_document_is_as_before():
    people = [random_skeleton(1)]
    assert format_openpose(people) == format_openpose(people, landmarks=[None])
    assert format_openpose(people)["people"][0].keys() == {"pose_keypoints_2d"}
    with pytest.raises(ValueError, match="each of the 1 people .* got 2"):
        format_openpose(people, landmarks=[None, None])


def test_fractions_are_scaled_as_the_body_is():
    body, hand = np.full((18, 3), 0.5), np.tile([0.25, 0.5, 1.0], (21, 1))
    hand[4] = 0
    person = {"pose_keypoints_2d": body.ravel().tolist(), "hand_right_keypoints_2d": hand.ravel().tolist()}
    (landmarks,) = parse_landmarks({"people": [person]}, (200, 400))
    np.testing.assert_allclose(landmarks.right_hand[0], (100, 100, 1))
    assert not landmarks.right_hand[4].any()


@pytest.mark.parametrize("numbers", [None, [], [1, 2], [1, 2, 3], ["a"] * 63, [0] * 63, 5, {"a": 1}, [[1, 2], [3]]])
def test_points_that_are_no_hand_are_left_out(numbers):
    person = format_openpose([random_skeleton(1)])["people"][0] | {"hand_left_keypoints_2d": numbers}
    assert parse_landmarks({"people": [person]}) == [None]


def test_people_left_out_have_no_landmarks_either():
    nobody = {"pose_keypoints_2d": [0] * 54, "face_keypoints_2d": points(70).ravel().tolist()}
    someone = format_openpose([random_skeleton(1)], None, [Landmarks(points(70, 4))])["people"][0]
    (landmarks,) = parse_landmarks({"people": [nobody, {}, someone]})
    np.testing.assert_allclose(landmarks.face, points(70, 4), atol=1e-3)


@pytest.mark.parametrize("wrong", [{"face": np.zeros((69, 3))}, {"left_hand": np.zeros((21, 2))}])
def test_other_numbers_of_points_are_refused(wrong):
    with pytest.raises(ValueError, match="must be rows"):
        Landmarks(**wrong)


def hand_at(places: dict[int, tuple[float, float]]) -> np.ndarray:
    rows = np.zeros((21, 3), np.float32)
    for index, xy in places.items():
        rows[index] = (*xy, 1)
    return rows


def test_fingers_have_their_colours_and_the_face_is_white():
    black = np.zeros((512, 512, 3), np.uint8)
    thumb_and_little = hand_at({0: (250, 400), 1: (100, 400), 17: (400, 400), 18: (400, 250)})
    face = np.zeros((68, 3), np.float32)
    face[30] = (60, 50, 1)
    drawn = draw_landmarks(black, Landmarks(face, right_hand=thumb_and_little))
    assert drawn[400, 175].tolist() == [255, 0, 0]  # the first bone of the thumb
    assert drawn[400, 325].tolist() == [204, 0, 255]  # and of the little finger, the circle's seventeenth hue
    assert drawn[400, 100].tolist() == [0, 0, 255] and drawn[50, 60].tolist() == [255, 255, 255]
    assert not black.any() and not drawn[:40].any() and not drawn[0, 0].any()


def test_unseen_points_are_not_drawn_and_none_draws_nothing():
    photo = np.full((64, 48, 3), 77, np.uint8)
    np.testing.assert_array_equal(draw_landmarks(photo, Landmarks(left_hand=np.zeros((21, 3)))), photo)
    far = draw_landmarks(photo, Landmarks(left_hand=hand_at({0: (1e9, -1e9), 1: (-1e9, 3)})))
    assert far.shape == photo.shape
