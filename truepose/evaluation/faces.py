"""Whether a face is still the same one: distances of dlib's face embeddings, faces found where the joints say."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..pose import FACE, Skeleton
from ..pose import Keypoint as K
from ..resample import sample

SAME = 0.45  # dlib's embeddings of one person in two street photos lie 0.33-0.42 apart, of two people 0.67-0.93
_CROP = 416  # pixels of the square around the head: dlib's detector finds faces from 80 pixels on
_HALF = 0.45  # of the torso's length: half of that square
_EYES_TO_BOX = 2.44  # dlib's box in distances between the eyes, median of 61 street faces; its middle is the nose


class FacesNotMeasured(ValueError):
    """What measuring faces needs is not installed."""


class FaceJudge:
    """dlib's frontal detector, five landmarks and 128 numbers a face.

    Raises:
        FacesNotMeasured: dlib or its models are not installed.
    """

    def __init__(self):
        try:
            import dlib
        except ImportError:
            raise FacesNotMeasured("dlib-bin is not installed") from None
        # Found, not imported: the package imports pkg_resources, which setuptools no longer has.
        spec = find_spec("face_recognition_models")
        if spec is None or not spec.submodule_search_locations:
            raise FacesNotMeasured("face-recognition-models is not installed")
        models = Path(spec.submodule_search_locations[0]) / "models"
        self._rectangle = dlib.rectangle
        self._detect = dlib.get_frontal_face_detector()
        self._landmarks = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))
        self._embed = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))

    def found(self, picture: np.ndarray, skeleton: Skeleton, torso: float) -> np.ndarray | None:
        """(128,) embedding of the face that the detector finds at the skeleton's head; None where it finds none.

        Args:
            picture: (H, W, 3) uint8 RGB.
            skeleton: joints in its pixels.
            torso: length in pixels, the measure of the head.
        """
        matrix = _head_crop(skeleton, torso)
        if matrix is None:
            return None
        crop = sample(picture, matrix, (_CROP, _CROP))
        boxes = self._detect(crop, 0)
        return self._embedding(crop, max(boxes, key=lambda box: box.area())) if boxes else None

    def at_joints(self, picture: np.ndarray, skeleton: Skeleton, torso: float) -> np.ndarray | None:
        """(128,) embedding of whatever lies where nose and eyes should be; None where these are unseen."""
        matrix = _head_crop(skeleton, torso)
        if matrix is None or not skeleton.visible[[K.NOSE, K.RIGHT_EYE, K.LEFT_EYE]].all():
            return None
        xy = skeleton.transformed(matrix).xy
        half = max(20.0, _EYES_TO_BOX * float(np.linalg.norm(xy[K.RIGHT_EYE] - xy[K.LEFT_EYE])) / 2)
        corners = np.concatenate([xy[K.NOSE] - half, xy[K.NOSE] + half])
        return self._embedding(sample(picture, matrix, (_CROP, _CROP)), self._rectangle(*map(round, corners.tolist())))

    def _embedding(self, crop: np.ndarray, box) -> np.ndarray:
        return np.array(self._embed.compute_face_descriptor(crop, self._landmarks(crop, box)))


def face_figures(
    judge: FaceJudge,
    pictures: dict[str, tuple[np.ndarray, Skeleton]],
    source: tuple[np.ndarray, Skeleton],
    target: tuple[np.ndarray, Skeleton],
    torso: float,
) -> dict[str, dict[str, float]]:
    """Each picture's face against the true ones, where the target shows a face.

    A face that the detector finds in the true target and misses in a picture counts as lost. Where it misses the
    target's, the boxes of both come from the joints, and nothing is said of found or lost.

    Args:
        pictures: method -> (H, W, 3) uint8 RGB, and joints that say where its head is.
        source: the source photo and its joints.
        target: the true target and its joints.
        torso: pixels.

    Returns:
        method -> face_target and face_source (distances), face_found (0 or 1) and face_same (0 or 1: found and within
        `SAME` of the target's); what cannot be said is missing.
    """
    true, first = judge.found(*target, torso), judge.found(*source, torso)
    detected = true is not None
    look = judge.found if detected else judge.at_joints
    true = true if detected else look(*target, torso)
    if true is None:
        return {method: {} for method in pictures}
    figures = {}
    for method, (picture, skeleton) in pictures.items():
        face = look(picture, skeleton, torso)
        row = {"face_found": float(face is not None)} if detected else {}
        if face is not None:
            row["face_target"] = float(np.linalg.norm(face - true))
            if first is not None:
                row["face_source"] = float(np.linalg.norm(face - first))
        row["face_same"] = float(row.get("face_target", np.inf) <= SAME)
        figures[method] = row
    return figures


def _head_crop(skeleton: Skeleton, torso: float) -> np.ndarray | None:
    """(2, 3) matrix to a square around the head, large enough for the detector; None where no head joint is seen."""
    seen = [k for k in FACE if skeleton.visible[k]]
    if not seen:
        return None
    scale = _CROP / (2 * _HALF * torso)
    shift = _CROP / 2 - scale * skeleton.xy[seen].mean(0)
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
