from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from truepose.evaluation.faces import SAME, FaceJudge, FacesNotMeasured, face_figures
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton

TORSO = 250.0


@pytest.fixture(scope="module")
def judge() -> FaceJudge:
    return FaceJudge()


@pytest.fixture(scope="module")
def head(remembering_reader) -> Skeleton:
    return remembering_reader.read(Image.fromarray(astronaut())).skeleton


def measured(judge, head, target=None, **pictures):
    pair = astronaut() if target is None else target
    heads = {name: (picture, head) for name, picture in pictures.items()}
    return face_figures(judge, heads, (pair, head), (pair, head), TORSO)


def test_the_same_face_is_no_distance_away(judge, head):
    row = measured(judge, head, same=astronaut())["same"]
    assert row == {"face_found": 1.0, "face_target": 0.0, "face_source": 0.0, "face_same": 1.0}


def test_a_face_in_other_light_is_the_same_and_another_face_is_not(judge, head):
    dim = (astronaut() * 0.6).astype(np.uint8)
    x, y = head.xy[K.NOSE].astype(int)
    other = astronaut().copy()
    face = other[y - 60 : y + 60, x - 50 : x + 50]
    face[:] = cv2.resize(face[20:90, 25:75], face.shape[1::-1])  # stretched features
    rows = measured(judge, head, dim=dim, other=other)
    assert 0 < rows["dim"]["face_target"] < 0.3 and rows["dim"]["face_same"] == 1
    assert rows["other"].get("face_target", 1) > SAME and rows["other"]["face_same"] == 0


def test_a_lost_face_counts(judge, head):
    gone = measured(judge, head, gone=np.full_like(astronaut(), 128))["gone"]
    assert gone == {"face_found": 0.0, "face_same": 0.0}


def test_small_faces_are_enlarged(judge, head):
    small = cv2.resize(astronaut(), (128, 128), interpolation=cv2.INTER_AREA)
    fitted = head.transformed([[0.25, 0, 0], [0, 0.25, 0]])
    assert judge.found(small, fitted, TORSO / 4) is not None


def test_where_the_detector_fails_the_joints_say_where(judge, head, monkeypatch):
    monkeypatch.setattr(judge, "found", lambda *_: None)
    rows = measured(judge, head, same=astronaut(), gone=np.full_like(astronaut(), 128))
    assert rows["same"] == {"face_target": 0.0, "face_same": 1.0}
    assert rows["gone"]["face_same"] == 0 and "face_found" not in rows["gone"]


def test_nothing_is_said_of_heads_from_behind(judge, head):
    back = Skeleton(head.xy, head.visible & ~np.isin(np.arange(18), (K.NOSE, K.LEFT_EYE, K.RIGHT_EYE)), head.score)
    wall = np.full_like(astronaut(), 128)
    assert measured(judge, back, target=wall, a=wall) == {"a": {}}
    assert judge.found(wall, Skeleton.from_points({K.NECK: (50, 50)}), TORSO) is None


def test_what_is_missing_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "dlib", None)
    with pytest.raises(FacesNotMeasured, match="dlib-bin is not installed"):
        FaceJudge()
