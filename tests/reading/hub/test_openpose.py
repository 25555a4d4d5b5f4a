"""OpenPose through `controlnet_aux`'s own loaders and networks, on weights that see colours."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from tests.reading.hub.weights_made import COLORS, save_openpose
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading.hub.openpose import FILES, OpenPose, _cell_centre, _picture
from truepose.reading.hub.parts import Pose
from truepose.reading.hub.weights import WeightsMissing

HEIGHT, WIDTH = 777, 1131  # no multiple of anything
# Joint -> its colour, and its cell in a grid of the body's network, which sees the photo 184 pixels high.
BODY = {
    K.NECK: ("red", 8, 9), K.RIGHT_SHOULDER: ("green", 5, 9), K.RIGHT_ELBOW: ("blue", 5, 12),
    K.RIGHT_WRIST: ("yellow", 5, 15), K.NOSE: ("magenta", 8, 6), K.RIGHT_EYE: ("cyan", 7, 5),
}  # fmt: skip
# Pair of maps -> direction of the limb: neck-shoulder, shoulder-elbow, elbow-wrist, neck-nose, nose-eye.
LIMBS = {(12, 13): (-1, 0), (14, 15): (0, 1), (16, 17): (0, 1), (28, 29): (0, -1), (30, 31): (-0.7, -0.7)}
ASIDE = (13, 3)  # cells from the first person to the second


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("openpose")
    save_openpose(folder, {int(joint): color for joint, (color, _, _) in BODY.items()}, LIMBS, face="white")
    yield folder
    shutil.rmtree(folder)  # 130 MB


class DotHand:
    """Answers as `controlnet_aux`'s hand network does, whose four scales take ten seconds: whole pixels of a grid of
    128 cells laid over the crop, here of the one in which the crop's white dot is; the last point is unseen."""

    def __call__(self, crop: np.ndarray) -> np.ndarray:
        rows, columns = (crop.min(2) > 200).nonzero()
        height, width = crop.shape[:2]
        cells = int((columns.mean() + 0.5) * 128 / width), int((rows.mean() + 0.5) * 128 / height)
        peak = [int(cells[0] * width / 128), int(cells[1] * height / 128)]
        return np.array([peak] * 20 + [[0, 0]])


@pytest.fixture(scope="module")
def openpose(folder):
    loaded = OpenPose.from_pretrained(folder)
    return OpenPose(loaded.body, DotHand(), loaded.face)


def place(column: float, row: float) -> tuple[float, float]:
    """The centre of a cell of the body's grid, in the photo's pixels."""
    seen_width = int(WIDTH * 184 / HEIGHT)
    return (8 * column + 4) * WIDTH / seen_width - 0.5, (8 * row + 4) * HEIGHT / 184 - 0.5


def paint(photo: np.ndarray, color: str, x: float, y: float, radius: int) -> None:
    x, y = round(x), round(y)
    photo[y - radius : y + radius + 1, x - radius : x + radius + 1] = COLORS[color][0]


def two_people() -> tuple[np.ndarray, list[dict]]:
    photo, people = np.zeros((HEIGHT, WIDTH, 3), np.uint8), []
    for aside in ((0, 0), ASIDE):
        joints = {}
        for joint, (color, column, row) in BODY.items():
            joints[joint] = place(column + aside[0], row + aside[1])
            paint(photo, color, *joints[joint], 10)
        people.append(joints)
    return photo, people


def test_everybodys_joints_come_back_in_the_photos_pixels(openpose):
    photo, people = two_people()
    found = sorted(openpose.find(photo), key=lambda pose: pose.skeleton.xy[K.NECK, 0])
    assert len(found) == 2
    for pose, joints in zip(found, people, strict=True):
        assert pose.skeleton.visible.nonzero()[0].tolist() == sorted(joints)
        for joint, xy in joints.items():
            assert np.abs(pose.skeleton.xy[joint] - xy).max() < 1.6, joint.name  # a pixel of the picture it sees
        assert pose.skeleton.score[K.NECK] > 0.9 and pose.skeleton.score[K.LEFT_HIP] == 0
        assert pose.landmarks is None


def test_nobody_is_no_error_even_on_a_strip(openpose):
    assert openpose.find(np.full((3000, 64, 3), 90, np.uint8)) == []
    picture, to_photo = _picture(np.full((64, 3000, 3), 90, np.uint8))
    assert picture.shape == (256, 1024, 3) and (picture[22:] == 128).all()
    np.testing.assert_allclose(to_photo @ (1023.5, 21.5, 1), (2999.5, 63.5), rtol=1e-6)


def test_hand_and_face_are_found_where_they_are(openpose):
    photo, (joints, _) = two_people()
    hand, face = (joints[K.RIGHT_WRIST][0] + 21, joints[K.RIGHT_WRIST][1] + 18), (joints[K.NOSE][0] + 19, 250)
    for x, y in (hand, face):
        paint(photo, "white", x, y, 3)
    pose = Pose(Skeleton.from_points(joints))
    closer = openpose.look_closer(photo, pose)
    assert closer.skeleton is pose.skeleton
    landmarks = closer.landmarks
    assert landmarks.left_hand is None
    assert landmarks.right_hand[-1].tolist() == [0, 0, 0] and (landmarks.right_hand[:-1, 2] == 1).all()
    assert np.abs(landmarks.right_hand[:-1, :2] - hand).max() < 1.6
    assert landmarks.face.shape == (70, 3) and (landmarks.face[:, 2] > 0.5).all()
    assert np.abs(landmarks.face[:, :2] - face).max() < 6  # a cell of the face's grid is 4 pixels here


def test_a_face_without_points_and_arms_unseen_give_none(openpose):
    blind = OpenPose(openpose.body, openpose.hand, lambda crop: np.zeros((71, *crop.shape[:2]), np.float32))
    photo, (joints, _) = two_people()
    without = Skeleton.from_points({k: xy for k, xy in joints.items() if k is not K.RIGHT_ELBOW})
    landmarks = blind.look_closer(photo, Pose(without)).landmarks
    assert landmarks.face is None and landmarks.left_hand is None and landmarks.right_hand is None


@pytest.mark.parametrize("cell", [(45, 2), (1, 46), (20, 30)])
def test_face_points_are_at_the_centres_of_cells_up_to_the_crops_edges(cell):
    cells = torch.zeros(1, 71, 48, 48)
    cells[:, :, cell[1], cell[0]] = 0.8

    def face(crop: np.ndarray) -> np.ndarray:  # as `controlnet_aux` ends
        size = crop.shape[:2]
        return torch.nn.functional.interpolate(cells, size, mode="bilinear", align_corners=True).numpy()[0]

    points = OpenPose(None, None, face)._face_points(np.zeros((96, 144, 3), np.uint8), (100, 1000))
    wanted = (100 + (cell[0] + 0.5) * 3 - 0.5, 1000 + (cell[1] + 0.5) * 2 - 0.5)
    assert np.abs(points[:, :2] - wanted).max() < 0.6  # pixels; half a cell is 1.5 and 1


@pytest.mark.parametrize("side", [31, 128, 300])
def test_hand_points_are_at_the_centres_of_cells(side):
    for cell in range(128):
        centre = (cell + 0.5) * side / 128 - 0.5
        error = abs(_cell_centre(int(cell * side / 128), side) - centre)
        assert error < (0.51 if side < 128 else 1e-9)


def test_missing_and_wrong_files_are_said_plainly(folder, tmp_path):
    with pytest.raises(WeightsMissing, match="lacks body_pose_model.pth"):
        OpenPose.from_pretrained(tmp_path)
    for name in FILES:
        (tmp_path / name).symlink_to(folder / "hand_pose_model.pth")
    with pytest.raises(ValueError, match="body_pose_model.pth is damaged or does not hold"):
        OpenPose.from_pretrained(tmp_path)
    (tmp_path / FILES[0]).unlink()
    (tmp_path / FILES[0]).write_bytes((folder / FILES[0]).read_bytes()[:5000])
    with pytest.raises(ValueError, match="body_pose_model.pth is damaged or does not hold"):
        OpenPose.from_pretrained(tmp_path)
