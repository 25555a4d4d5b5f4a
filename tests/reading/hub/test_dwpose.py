"""DWPose's two networks through OpenCV, on ONNX files that see colours."""

from __future__ import annotations

import numpy as np
import pytest

from tests.reading.hub.weights_made import point_gain, save_dwpose
from truepose.pose import Keypoint as K
from truepose.reading.hub.dwpose import FILES, DWPose
from truepose.reading.hub.weights import WeightsMissing

BOX = (100, 200)  # (width, height) of a person in the detector's square


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dwpose")
    save_dwpose(folder, BOX)
    return folder


@pytest.fixture(scope="module")
def dwpose(folder):
    return DWPose.from_pretrained(folder)


def cell(photo: np.ndarray, column: int, row: int, color: tuple[int, int, int]) -> tuple[float, float]:
    """Paint one of the detector's 32-pixel cells; gives the centre of the person found there, in the photo's pixels."""
    unit = 32 * max(photo.shape[:2]) / 640
    x, y = round(column * unit), round(row * unit)
    photo[y : round(y + unit), x : round(x + unit)] = color
    return (column + 0.5) * unit, (row + 0.25) * unit


def glow(photo: np.ndarray, x: float, y: float) -> None:
    """One brightest red place."""
    yy, xx = np.mgrid[: photo.shape[0], : photo.shape[1]]
    light = 255 * np.exp(-((xx - x) ** 2 + (yy - y) ** 2) / (2 * 8**2))
    photo[..., 0] = np.maximum(photo[..., 0], light)


@pytest.mark.parametrize("size", [(960, 1280), (700, 400)])
def test_points_come_back_in_the_photos_pixels_and_in_their_places(dwpose, size):
    photo = np.zeros((*size, 3), np.uint8)
    scale = 640 / max(size)
    x, y = cell(photo, 7, 9, (0, 255, 0))
    nose = (x + 21.3 / scale, y + 47.6 / scale)
    glow(photo, *nose)
    (pose,) = dwpose.find(photo)
    pixel = 1.25 * max(BOX[0] / 288, BOX[1] / 384) / scale  # of the pose network's view
    assert np.abs(pose.skeleton.xy - nose).max() < 0.3 + 0.6 * pixel
    assert pose.skeleton.visible.all()
    for joint, index in ((K.NOSE, 0), (K.LEFT_SHOULDER, 5), (K.RIGHT_WRIST, 10), (K.RIGHT_ANKLE, 16)):
        assert pose.skeleton.score[joint] == pytest.approx(point_gain(index), rel=0.02)
    landmarks = pose.landmarks
    for points, first in ((landmarks.face, 23), (landmarks.left_hand, 91), (landmarks.right_hand, 112)):
        wanted = [point_gain(first + i) for i in range(len(points))]
        seen = np.array(wanted) > 0.3
        np.testing.assert_allclose(points[seen, 2], np.array(wanted)[seen], rtol=0.02)
        assert np.abs(points[seen, :2] - nose).max() < 0.3 + 0.6 * pixel
        assert not points[~seen].any()
    assert len(landmarks.face) == 68 and not landmarks.right_hand[-1].any()
    assert dwpose.look_closer(photo, pose) is pose


def test_people_are_boxed_in_the_photos_pixels_and_cars_are_not(dwpose):
    photo = np.zeros((960, 1280, 3), np.uint8)
    near, far = cell(photo, 4, 5, (0, 255, 0)), cell(photo, 15, 8, (255, 0, 0))
    cell(photo, 10, 5, (0, 0, 255))
    boxes = np.array(sorted(dwpose._boxes(photo)))
    wanted = []
    for (x, y), share in ((near, 1), (far, 0.5)):
        width, height = BOX[0] * 2 * share, BOX[1] * 2 * share
        wanted.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2))
    np.testing.assert_allclose(boxes, wanted, atol=1.5)


def test_two_detections_of_one_person_are_one(dwpose):
    photo = np.zeros((640, 640, 3), np.uint8)
    cell(photo, 4, 5, (0, 255, 0))
    cell(photo, 5, 5, (0, 255, 0))
    cell(photo, 12, 5, (0, 255, 0))
    assert len(dwpose._boxes(photo)) == 2


def test_people_without_a_visible_point_are_found_without_joints(dwpose):
    photo = np.zeros((640, 640, 3), np.uint8)
    cell(photo, 5, 5, (0, 255, 0))
    (pose,) = dwpose.find(photo)
    assert not pose.skeleton.visible.any()
    assert pose.landmarks.face is None and pose.landmarks.left_hand is None


@pytest.mark.parametrize("size", [(300, 200), (64, 3000)])
def test_nobody_is_no_error(dwpose, size):
    assert dwpose.find(np.full((*size, 3), 128, np.uint8)) == []


def test_missing_damaged_and_swapped_files_are_said_plainly(folder, tmp_path):
    with pytest.raises(WeightsMissing, match="lacks yolox_l.onnx"):
        DWPose.from_pretrained(tmp_path)
    detector, pose = (tmp_path / name for name in FILES)
    detector.write_bytes(b"not a graph")
    pose.write_bytes((folder / FILES[1]).read_bytes())
    with pytest.raises(ValueError, match="yolox_l.onnx is damaged or does not hold"):
        DWPose.from_pretrained(tmp_path)
    detector.write_bytes((folder / FILES[1]).read_bytes())
    with pytest.raises(ValueError, match="yolox_l.onnx is damaged or does not hold"):
        DWPose.from_pretrained(tmp_path)
