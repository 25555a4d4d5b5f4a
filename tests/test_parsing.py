from __future__ import annotations

import numpy as np

from truepose.parsing import (
    IGNORE,
    PALETTE,
    PARTS_OF_JOINT,
    BodyPart,
    colorize,
    mirror_parsing,
    parsing_image,
    part_mask,
    parts_of_pose,
    person_mask,
    region_boxes,
)
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton

P = BodyPart


def test_every_joint_names_parts_and_every_part_is_named():
    assert set(PARTS_OF_JOINT) == set(K)
    assert frozenset().union(*PARTS_OF_JOINT.values()) == set(P) - {P.BACKGROUND}


def test_parts_of_a_pose_are_those_of_its_visible_joints():
    nose = Skeleton.from_points({K.NOSE: (1, 1)})
    assert parts_of_pose(nose) == {P.FACE, P.HAIR, P.HAT, P.SUNGLASSES}
    wrist = Skeleton.from_points({K.LEFT_WRIST: (1, 1)})
    assert P.LEFT_ARM in parts_of_pose(wrist) and P.BAG in parts_of_pose(wrist)
    assert P.RIGHT_ARM not in parts_of_pose(wrist)
    assert parts_of_pose(Skeleton.from_points({})) == frozenset()


def test_masks_and_boxes():
    parsing = np.zeros((10, 12), np.uint8)
    parsing[2:4, 3:7] = P.FACE
    parsing[6, 1] = P.BAG
    parsing[9, 9] = IGNORE
    assert region_boxes(parsing) == {P.FACE: (3, 2, 7, 4), P.BAG: (1, 6, 2, 7)}
    assert part_mask(parsing, [P.BAG]).sum() == 1
    assert person_mask(parsing).sum() == 9


def test_mirroring_swaps_sides_and_twice_is_the_same():
    parsing = np.zeros((2, 3), np.uint8)
    parsing[0, 0], parsing[1, 2] = P.LEFT_ARM, P.FACE
    mirrored = mirror_parsing(parsing)
    assert mirrored[0, 2] == P.RIGHT_ARM and mirrored[1, 0] == P.FACE
    np.testing.assert_array_equal(mirror_parsing(mirrored), parsing)


def test_pictures_of_a_map_keep_its_labels_and_colours(tmp_path):
    parsing = np.arange(18, dtype=np.uint8).reshape(3, 6)
    parsing_image(parsing).save(tmp_path / "map.png")
    from PIL import Image

    read = Image.open(tmp_path / "map.png")
    assert read.mode == "P"
    np.testing.assert_array_equal(np.asarray(read), parsing)
    np.testing.assert_array_equal(np.asarray(read.convert("RGB")), colorize(parsing))
    assert len(set(PALETTE)) == 18
