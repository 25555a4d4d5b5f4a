"""OpenPose by `controlnet_aux`: joints of everybody at once, then hands and face of whom it is asked about.

The weights ("lllyasviel/Annotators") are CMU's, for non-commercial use only.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ...landmarks import FACE_POINTS, HAND_POINTS, Landmarks
from ...pose import NUM_KEYPOINTS, Skeleton
from .parts import Pose
from .weights import reading_weights, weights_file

with warnings.catch_warnings():  # of annotators that we do not use, and of their old imports
    warnings.simplefilter("ignore")
    from controlnet_aux.open_pose.body import Body, BodyResult, Keypoint
    from controlnet_aux.open_pose.face import Face
    from controlnet_aux.open_pose.hand import Hand
    from controlnet_aux.open_pose.util import faceDetect, handDetect

FILES = ("body_pose_model.pth", "hand_pose_model.pth", "facenet.pth")
_SHORTER_SIDE = 512  # of the picture it looks at: its smoothing is in pixels of such a one
_LONGEST_SIDE = 1024  # its maps have the picture's size, 57 of them
_THINNEST = 4  # a picture's longer side in shorter ones
_HAND_CELLS = 128  # it decides hands on a grid of this side, laid over the crop
_FACE_CELLS = 48  # and faces on this one
_FACE_SEEN = 0.05  # its own threshold for points of the face


class OpenPose:
    """A `PoseModel`. Its networks take RGB photos turned to BGR, as they were trained."""

    def __init__(self, body: Body, hand: Hand, face: Face):
        self.body, self.hand, self.face = body, hand, face

    @classmethod
    def from_pretrained(cls, place: str | Path, *, download: bool = False, device: str = "cpu") -> OpenPose:
        """From a folder with body_pose_model.pth, hand_pose_model.pth and facenet.pth, or a hub id.

        Raises:
            WeightsMissing: a file is not there.
            ValueError: a file is damaged, or holds other weights.
        """
        parts = []
        for kind, name in zip((Body, Hand, Face), FILES, strict=True):
            path = weights_file(place, name, download=download)
            with reading_weights(path, f"OpenPose's {name}"):
                parts.append(kind(str(path)).to(device))
        return cls(*parts)

    def find(self, photo: np.ndarray) -> list[Pose]:
        """Everybody's joints in an (H, W, 3) uint8 RGB photo; hands and faces only when looked at closer."""
        picture, to_photo = _picture(photo)
        people = self.body.format_body_result(*self.body(picture))
        # Joints are the indices of pixels of the picture, so centres sit on integers as ours do.
        return [Pose(_skeleton(person.keypoints).transformed(to_photo)) for person in people]

    def look_closer(self, photo: np.ndarray, pose: Pose, others: Sequence[Skeleton] = ()) -> Pose:
        """The same person with hands and face: seconds each without a GPU."""
        picture, to_photo = _picture(photo)
        body = _body_result(pose.skeleton.transformed(cv2.invertAffineTransform(to_photo)))
        hands: list[np.ndarray | None] = [None, None]
        for x, y, side, is_left in handDetect(body, picture):
            hands[0 if is_left else 1] = self._hand_points(picture[y : y + side, x : x + side], (x, y))
        found = faceDetect(body, picture)
        face = None
        if found is not None:
            x, y, side = found
            face = self._face_points(picture[y : y + side, x : x + side], (x, y))
        left, right, face = (points if points is None else _moved(points, to_photo) for points in (*hands, face))
        return Pose(pose.skeleton, Landmarks(face, left, right))

    def _hand_points(self, crop: np.ndarray, corner: tuple[int, int]) -> np.ndarray | None:
        """(21, 3) rows (x, y, 1) in the picture's pixels, 0 where unseen; None where nothing is seen."""
        peaks = np.asarray(self.hand(crop))  # (21, 2) whole pixels of the crop, (0, 0) for unseen
        seen = peaks.any(1)
        points = np.zeros((HAND_POINTS, 3), np.float32)
        for axis, side in ((0, crop.shape[1]), (1, crop.shape[0])):
            points[:, axis] = [_cell_centre(int(peak), side) + corner[axis] for peak in peaks[:, axis]]
        points[:, 2] = 1  # the hand's network keeps its scores to itself
        points[~seen] = 0
        return points if seen.any() else None

    def _face_points(self, crop: np.ndarray, corner: tuple[int, int]) -> np.ndarray | None:
        """(70, 3) rows (x, y, score) in the picture's pixels, 0 where unseen; None where nothing is seen."""
        heatmaps = self.face(crop)[: max(FACE_POINTS)]  # (70, h, w); the last one, of the background, is left out
        height, width = heatmaps.shape[1:]
        rows, columns = np.unravel_index(heatmaps.reshape(len(heatmaps), -1).argmax(1), (height, width))
        score = heatmaps.max((1, 2))
        # `Face` stretches cells to pixels corner on corner (align_corners): half a cell off at the crop's edges.
        cells = (columns * (_FACE_CELLS - 1) / max(1, width - 1), rows * (_FACE_CELLS - 1) / max(1, height - 1))
        x, y = (
            (cell + 0.5) * side / _FACE_CELLS - 0.5 + start
            for cell, side, start in zip(cells, (width, height), corner, strict=True)
        )
        points = np.stack([x, y, np.clip(score, 0, 1)], 1).astype(np.float32)
        points[score <= _FACE_SEEN] = 0
        return points if points.any() else None


def _picture(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The photo as BGR at OpenPose's own size, nothing stretched, and the (2, 3) matrix from its pixels to the photo's.

    `controlnet_aux` rounds both sides to multiples of 64 instead, which turns a person's proportions.
    """
    height, width = photo.shape[:2]
    scale = min(_SHORTER_SIDE / min(height, width), _LONGEST_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    picture = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LANCZOS4)
    # Strips would be scaled away, or to any width: the body's network makes every picture 184 pixels high.
    below, beside = max(0, size[0] // _THINNEST - size[1]), max(0, size[1] // _THINNEST - size[0])
    picture = cv2.copyMakeBorder(picture, 0, below, 0, beside, cv2.BORDER_CONSTANT, value=(128, 128, 128))
    fx, fy = width / size[0], height / size[1]
    to_photo = np.array([[fx, 0, 0.5 * fx - 0.5], [0, fy, 0.5 * fy - 0.5]])
    return np.ascontiguousarray(picture[..., ::-1]), to_photo


def _skeleton(keypoints: list[Keypoint | None]) -> Skeleton:
    triplets = np.array([(0, 0, 0) if k is None else (k.x, k.y, k.score) for k in keypoints], np.float32)
    return Skeleton(triplets[:, :2], [k is not None for k in keypoints], triplets[:, 2])


def _body_result(skeleton: Skeleton) -> BodyResult:
    keypoints = [
        Keypoint(float(skeleton.xy[k, 0]), float(skeleton.xy[k, 1]), float(skeleton.score[k]), k)
        if skeleton.visible[k]
        else None
        for k in range(NUM_KEYPOINTS)
    ]
    return BodyResult(keypoints, float(skeleton.score.sum()), int(skeleton.visible.sum()))


def _cell_centre(pixel: int, side: int) -> float:
    """Where a hand's point is along one axis of its crop, from the whole pixel it was rounded down to.

    `controlnet_aux` gives floor(cell * side / 128); a cell's centre lies at (cell + 1/2) * side / 128 - 1/2. Where
    several cells give the same pixel, the middle of them.
    """
    first, beyond = (math.ceil(p * _HAND_CELLS / side) for p in (pixel, pixel + 1))
    return ((first + beyond - 1) / 2 + 0.5) * side / _HAND_CELLS - 0.5


def _moved(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Rows (x, y, score) through a (2, 3) matrix; unseen ones stay zeros."""
    moved = np.concatenate([points[:, :2] @ matrix[:, :2].T + matrix[:, 2], points[:, 2:]], 1)
    return np.where(points[:, 2:] > 0, moved, 0).astype(np.float32)
