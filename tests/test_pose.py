from __future__ import annotations

import numpy as np
import pytest

from truepose.pose import COCO17, LIMBS, MIRRORED, Keypoint, Skeleton, render_pose_map, torso_length

K = Keypoint


def random_skeleton(seed=0) -> Skeleton:
    rng = np.random.default_rng(seed)
    return Skeleton(rng.uniform(5, 95, (18, 2)), np.ones(18, bool), rng.uniform(0.2, 1, 18))


def test_arrays_are_copied_and_read_only():
    xy = np.zeros((18, 2), np.float32)
    skeleton = Skeleton(xy, np.ones(18, bool), np.ones(18))
    xy[0] = 7
    assert not skeleton.xy.any()
    with pytest.raises(ValueError):
        skeleton.xy[0] = 1


def test_bad_numbers_become_unseen_joints_not_nans():
    xy = np.zeros((18, 2))
    xy[3] = (np.nan, 4)
    skeleton = Skeleton(xy, np.ones(18, bool), np.full(18, 2.0))
    assert not skeleton.visible[3] and skeleton.visible.sum() == 17
    assert np.isfinite(skeleton.xy).all() and skeleton.score.max() == 1 and skeleton.score[3] == 0
    with pytest.raises(ValueError, match="18"):
        Skeleton(np.zeros((17, 2)), np.ones(17, bool), np.ones(17))


def test_coco_round_trip_and_neck_between_the_shoulders():
    coco = np.random.default_rng(1).uniform(1, 90, (17, 3)).astype(np.float32)
    coco[:, 2] /= 100
    skeleton = Skeleton.from_coco17(coco)
    np.testing.assert_allclose(skeleton.to_coco17(), coco, rtol=1e-6)
    np.testing.assert_allclose(skeleton.xy[K.NECK], coco[[5, 6], :2].mean(0), rtol=1e-6)
    assert skeleton.score[K.NECK] == pytest.approx(coco[[5, 6], 2].min())
    assert COCO17[5] == K.LEFT_SHOULDER


def test_a_hidden_shoulder_hides_the_neck():
    coco = np.ones((17, 3), np.float32)
    coco[5, 2] = 0
    skeleton = Skeleton.from_coco17(coco)
    assert not skeleton.visible[K.NECK] and not skeleton.visible[K.LEFT_SHOULDER]


def test_body25_round_trip_and_mid_hip():
    skeleton = random_skeleton()
    body = skeleton.to_body25()
    np.testing.assert_allclose(body[8, :2], skeleton.xy[[K.RIGHT_HIP, K.LEFT_HIP]].mean(0), rtol=1e-6)
    np.testing.assert_allclose(Skeleton.from_body25(body).triplets(), skeleton.triplets(), rtol=1e-6)


def test_mirrored_twice_is_the_same_and_once_swaps_sides():
    skeleton = random_skeleton()
    mirrored = skeleton.mirrored(100)
    np.testing.assert_allclose(mirrored.xy[K.LEFT_WRIST], (99 - skeleton.xy[K.RIGHT_WRIST, 0],
                                                           skeleton.xy[K.RIGHT_WRIST, 1]), rtol=1e-6)  # fmt: skip
    np.testing.assert_allclose(mirrored.mirrored(100).xy, skeleton.xy, atol=1e-4)
    assert MIRRORED[K.NOSE] == K.NOSE and MIRRORED[K.LEFT_EAR] == K.RIGHT_EAR


def test_moved_changes_one_joint_and_shows_it():
    skeleton = Skeleton.from_points({K.NOSE: (3, 4)})
    moved = skeleton.moved(K.NECK, 10, 20)
    assert moved.visible[K.NECK] and tuple(moved.xy[K.NECK]) == (10, 20)
    assert tuple(moved.xy[K.NOSE]) == (3, 4) and not skeleton.visible[K.NECK]


def test_transformed_scales_and_shifts():
    skeleton = random_skeleton().transformed([[2, 0, 5], [0, 2, -1]])
    np.testing.assert_allclose(skeleton.xy, random_skeleton().xy * 2 + (5, -1), rtol=1e-5)


def test_box_and_torso():
    skeleton = Skeleton.from_points({K.NECK: (10, 10), K.RIGHT_HIP: (5, 50), K.LEFT_HIP: (15, 50)})
    assert skeleton.box() == (5, 10, 15, 50)
    assert torso_length(skeleton) == pytest.approx(40)
    assert torso_length(Skeleton.from_points({K.NOSE: (1, 1)})) is None
    with pytest.raises(ValueError, match="no visible joint"):
        Skeleton.from_points({}).box()


def test_pose_map_draws_limbs_between_seen_joints_only():
    skeleton = Skeleton.from_points({K.NECK: (30, 40), K.RIGHT_SHOULDER: (70, 40)})
    drawn = render_pose_map(skeleton, (128, 96))
    assert drawn.shape == (128, 96, 3) and drawn.dtype == np.uint8
    np.testing.assert_array_equal(drawn[40, 50], [153, 0, 0])  # 0.6 of the first limb's red
    assert not drawn[80:].any()
    alone = render_pose_map(Skeleton.from_points({K.NECK: (30, 40)}), (128, 96))
    assert not alone[40, 50].any() and alone[40, 30].any()


def test_pose_map_survives_joints_at_absurd_places():
    points = {k: (1e9 * (-1) ** k, -1e9) for k in K}
    assert render_pose_map(Skeleton.from_points(points), (64, 48)).shape == (64, 48, 3)


def test_limbs_connect_the_whole_body():
    joined = {K.NECK}
    for _ in K:
        joined |= {x for limb in LIMBS if set(limb) & joined for x in limb}
    assert joined == set(K) and len(LIMBS) == 17


def test_joints_beyond_the_picture_are_unseen():
    skeleton = Skeleton.from_points({K.NOSE: (5, 5), K.NECK: (5, 19), K.LEFT_HIP: (-1, 5), K.RIGHT_HIP: (10, 5)})
    kept = skeleton.inside((20, 10))
    assert kept.visible[[K.NOSE, K.NECK]].all() and kept.visible.sum() == 2
    assert (kept.xy == skeleton.xy).all()
