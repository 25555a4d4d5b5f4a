"""DWPose: a person detector, then 133 points of each person's body, face and hands.

`controlnet_aux` runs it through mmpose, mmdet and mmcv, which do not install beside our versions. Its authors' ONNX
files ("yzd-v/DWPose") need OpenCV alone. Sizes and the order of colours are those of `controlnet_aux.dwpose`'s configs.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from ...landmarks import Landmarks
from ...pose import Skeleton
from ...resample import sample
from .parts import Pose
from .weights import reading_weights, weights_file

FILES = ("yolox_l.onnx", "dw-ll_ucoco_384.onnx")
_DETECTOR_SIDE = 640
_STRIDES = (8, 16, 32)  # of the detector's three grids
_GREY = 114  # that fills the detector's square
_PERSON_SEEN, _SAME = 0.3, 0.45  # score of a detection; overlap above which two are one
_POSE_SIZE = (384, 288)  # (height, width) that the pose network sees
_BINS = 2  # a pixel, along each axis
_MARGIN = 1.25  # of the detected box
_SEEN = 0.3  # score above which a point counts
_MEAN, _STD = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])
# COCO-WholeBody: 17 joints, 6 points of the feet that we have no use for, then
_FACE, _LEFT_HAND, _RIGHT_HAND, _POINTS = slice(23, 91), slice(91, 112), slice(112, 133), 133

Box = tuple[float, float, float, float]


class DWPose:
    """A `PoseModel` on the CPU. Its two networks are OpenCV's `cv2.dnn.Net`."""

    def __init__(self, detector: cv2.dnn.Net, pose: cv2.dnn.Net):
        self.detector, self.pose = detector, pose

    @classmethod
    def from_pretrained(cls, place: str | Path, *, download: bool = False) -> DWPose:
        """From a folder with yolox_l.onnx and dw-ll_ucoco_384.onnx, or a hub id.

        Raises:
            WeightsMissing: a file is not there.
            ValueError: a file is damaged, or holds another network.
        """
        nets = []
        for name, outputs in zip(FILES, (1, 2), strict=True):
            path = weights_file(place, name, download=download)
            with reading_weights(path, f"DWPose's {name}"):
                # From memory: OpenCV opens no paths beyond ASCII on some systems.
                net = cv2.dnn.readNetFromONNX(np.fromfile(path, np.uint8))
                if len(net.getUnconnectedOutLayersNames()) != outputs:
                    raise ValueError(f"{name} must have {outputs} outputs")
            nets.append(net)
        return cls(*nets)

    def find(self, photo: np.ndarray) -> list[Pose]:
        """Everybody in an (H, W, 3) uint8 RGB photo, with face and hands."""
        return [self._pose(photo, box) for box in self._boxes(photo)]

    def look_closer(self, photo: np.ndarray, pose: Pose, others: Sequence[Skeleton] = ()) -> Pose:
        """The same: everything is seen at once."""
        return pose

    def _boxes(self, photo: np.ndarray) -> list[Box]:
        """(x0, y0, x1, y1) around each person, pixels."""
        height, width = photo.shape[:2]
        scale = _DETECTOR_SIDE / max(height, width)
        # The photo sits at the square's top left, edge on edge.
        matrix = np.array([[scale, 0, 0.5 * scale - 0.5], [0, scale, 0.5 * scale - 0.5]])
        square = sample(photo, matrix, (_DETECTOR_SIDE, _DETECTOR_SIDE), border=_GREY)
        self.detector.setInput(_batch(square[..., ::-1]))  # (1, 3, 640, 640) BGR in 0-255
        cells = _decoded(self.detector.forward())
        score = cells[:, 4] * cells[:, 5]  # something is there, times it is a person: COCO's first class
        cells, score = cells[score > _PERSON_SEEN], score[score > _PERSON_SEEN]
        corner = cells[:, :2] - cells[:, 2:4] / 2
        kept = cv2.dnn.NMSBoxes(np.hstack([corner, cells[:, 2:4]]).tolist(), score.tolist(), _PERSON_SEEN, _SAME)
        boxes = np.hstack([corner, corner + cells[:, 2:4]])[np.array(kept, int).ravel()] / scale
        return [tuple(box) for box in boxes.tolist()]

    def _pose(self, photo: np.ndarray, box: Box) -> Pose:
        """The points of the person in a box, in the photo's pixels."""
        height, width = _POSE_SIZE
        x0, y0, x1, y1 = box
        scale = min(width / (x1 - x0), height / (y1 - y0)) / _MARGIN
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        matrix = np.array([[scale, 0, width / 2 - scale * x], [0, scale, height / 2 - scale * y]])
        view = sample(photo, matrix, _POSE_SIZE, border=0)
        self.pose.setInput(_batch((view - _MEAN) / _STD))  # (1, 3, 384, 288) RGB
        along_x, along_y = self._read_axes()
        score = np.minimum(along_x.max(1), along_y.max(1))
        bins = np.stack([along_x.argmax(1), along_y.argmax(1)], 1)
        # A bin is a fraction of the view's pixel, counted from the first pixel's centre.
        xy = (bins / _BINS - matrix[:, 2]) / scale
        points = np.concatenate([xy, np.clip(score, 0, 1)[:, None]], 1).astype(np.float32)
        points[score <= _SEEN] = 0
        landmarks = Landmarks(*(_seen(points[part]) for part in (_FACE, _LEFT_HAND, _RIGHT_HAND)))
        return Pose(Skeleton.from_coco17(points[:17]), landmarks)

    def _read_axes(self) -> tuple[np.ndarray, np.ndarray]:
        """The likelihood of each point's place along x (133, 576) and along y (133, 768)."""
        height, width = _POSE_SIZE
        wanted = [(1, _POINTS, side * _BINS) for side in (width, height)]
        given = {out.shape: out[0] for out in self.pose.forward(self.pose.getUnconnectedOutLayersNames())}
        if set(given) != set(wanted):
            raise ValueError(f"DWPose's network must answer with arrays {wanted}, got {list(given)}")
        return given[wanted[0]], given[wanted[1]]


def _batch(image: np.ndarray) -> np.ndarray:
    """(h, w, 3) -> (1, 3, h, w) float32."""
    return np.ascontiguousarray(image.transpose(2, 0, 1)[None], np.float32)


def _decoded(output: np.ndarray) -> np.ndarray:
    """The detector's answer in pixels of its square.

    Args:
        output: (1, 8400, 85): for each cell of the three grids the centre's distance from the cell's corner and the
            logarithm of the size, both in cells, then the score, then 80 classes' scores.

    Returns:
        (8400, 85), the first four now centre and size in pixels.

    Raises:
        ValueError: an answer of another shape.
    """
    sides = [_DETECTOR_SIDE // stride for stride in _STRIDES]
    shape = (1, sum(side**2 for side in sides), 85)
    if output.shape != shape:
        raise ValueError(f"DWPose's detector must answer with an array {shape}, got {output.shape}")
    grid = np.concatenate([np.stack(np.meshgrid(np.arange(n), np.arange(n)), -1).reshape(-1, 2) for n in sides])
    stride = np.repeat(_STRIDES, [side**2 for side in sides])[:, None].astype(np.float32)
    cells = output[0].copy()
    cells[:, :2] = (cells[:, :2] + grid) * stride
    cells[:, 2:4] = np.exp(np.minimum(cells[:, 2:4], 10)) * stride
    return cells


def _seen(points: np.ndarray) -> np.ndarray | None:
    """The points, or None where not one is seen."""
    return points if points[:, 2].any() else None
