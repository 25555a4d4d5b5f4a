"""Who is meant, and which pixels are whose."""

from __future__ import annotations

import numpy as np
import pytest

from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading import Candidate
from truepose.reading.people import bone_distance, only_this_person, same_person, split_people, subject_first


def standing(x: float, top: float = 10, tall: float = 80) -> Skeleton:
    unit = tall / 4
    return Skeleton.from_points(
        {
            K.NECK: (x, top + unit), K.RIGHT_SHOULDER: (x - unit / 3, top + unit),
            K.LEFT_SHOULDER: (x + unit / 3, top + unit), K.RIGHT_HIP: (x - unit / 4, top + 2 * unit),
            K.LEFT_HIP: (x + unit / 4, top + 2 * unit), K.RIGHT_ANKLE: (x - unit / 4, top + 4 * unit),
        }
    )  # fmt: skip


def candidate(x: float, tall: float) -> Candidate:
    return Candidate(standing(x, 0, tall), (int(x - tall / 6), 0, int(x + tall / 6), int(tall)))


def test_the_large_and_the_central_come_first():
    large_aside, central, small = candidate(30, 100), candidate(150, 90), candidate(160, 40)
    assert subject_first([small, large_aside, central], (100, 300)) == [central, large_aside, small]
    far_larger = candidate(40, 100)
    assert subject_first([candidate(150, 45), far_larger], (100, 300))[0] is far_larger


def test_other_people_are_dropped_from_the_map():
    labels = np.zeros((100, 100), np.uint8)
    labels[20:80, 20:40] = P.UPPER_CLOTHES
    labels[20:80, 70:90] = P.PANTS
    kept = only_this_person(labels, standing(30))
    assert (kept[20:80, 20:40] == P.UPPER_CLOTHES).all() and not kept[:, 70:].any()


def test_people_who_touch_are_parted_between_their_bones():
    labels = np.zeros((100, 100), np.uint8)
    labels[15:85, 20:80] = P.UPPER_CLOTHES
    kept = only_this_person(labels, standing(35), [standing(65)])
    assert (kept[20:80, 25:45] == P.UPPER_CLOTHES).all() and not kept[20:80, 55:].any()
    assert (only_this_person(labels, standing(35)) == labels).all()


def drawn(size, *places) -> np.ndarray:
    """A map of standing people with heads, each at (x, top, height)."""
    labels = np.zeros(size, np.uint8)
    for x, top, tall in places:
        unit = tall // 8
        labels[top : top + unit, x - unit // 2 : x + unit // 2] = P.FACE
        labels[top + unit : top + 4 * unit, x - unit : x + unit] = P.UPPER_CLOTHES
        labels[top + 4 * unit : top + 8 * unit, x - unit : x + unit] = P.PANTS
    return labels


def test_people_apart_are_parted_by_the_gap_and_specks_are_none():
    labels = drawn((120, 200), (40, 10, 80), (140, 4, 104))
    labels[100:110, 60:70] = P.BAG  # off its owner
    labels[5:8, 180:184] = P.FACE  # a speck
    masks = split_people(labels)
    assert len(masks) == 2 and masks[0].sum() > masks[1].sum()
    assert masks[0][50, 140] and not masks[0][50, 40] and masks[1][50, 40]
    assert not any(mask[105, 65] for mask in masks)


def test_people_who_touch_are_parted_between_their_heads():
    labels = drawn((120, 200), (60, 10, 104), (100, 10, 104))
    labels[40:60, 60:100] = P.UPPER_CLOTHES  # arm in arm
    one, other = split_people(labels)
    assert not (one & other).any() and (one | other).sum() == (labels > 0).sum()
    assert {bool(one[20, 60]), bool(one[20, 100])} == {True, False}


def test_parted_hair_is_no_second_head():
    labels = drawn((120, 100), (50, 10, 104))
    labels[10:40, 40:44] = labels[10:40, 56:60] = P.HAIR
    assert len(split_people(labels)) == 1
    headless = np.where(np.isin(labels, (P.FACE, P.HAIR)), 0, labels).astype(np.uint8)
    assert len(split_people(headless)) == 1
    assert split_people(np.zeros((10, 10), np.uint8)) == []


def test_distance_is_in_torsos_and_outside_joints_do_no_harm():
    skeleton = standing(50)
    distance = bone_distance(skeleton, (100, 100))
    assert distance[40, 50] < 0.3 and distance[40, 90] == pytest.approx((90 - 50) / 20, abs=0.5)
    far = Skeleton.from_points({K.NOSE: (-500, -500)})
    assert np.isinf(bone_distance(far, (20, 20))).all()
    half = Skeleton.from_points({K.NECK: (50, -40), K.RIGHT_HIP: (50, 20), K.LEFT_HIP: (52, 20)})
    assert np.isfinite(bone_distance(half, (100, 100))).all()


def test_one_person_seen_twice():
    whole = candidate(50, 90)
    half = Candidate(whole.skeleton.transformed(np.array([[1, 0, 2], [0, 1, -2]])), (40, 0, 60, 40))
    assert same_person(whole, half) and same_person(half, whole)
    assert not same_person(whole, candidate(75, 90))
    assert not same_person(whole, Candidate(Skeleton.from_points({K.NOSE: (50, 10)}), (40, 0, 60, 40)))
