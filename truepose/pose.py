"""The skeleton: OpenPose-18 keypoints, limbs, colours, the formats they travel in, and the pose map.

Coordinates are (x, y) pixels, origin top left; sizes are (height, width). Left and right are the person's own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

import cv2
import numpy as np


class Keypoint(IntEnum):
    """The 18 joints of OpenPose's COCO model, in its order."""

    NOSE = 0
    NECK = 1
    RIGHT_SHOULDER = 2
    RIGHT_ELBOW = 3
    RIGHT_WRIST = 4
    LEFT_SHOULDER = 5
    LEFT_ELBOW = 6
    LEFT_WRIST = 7
    RIGHT_HIP = 8
    RIGHT_KNEE = 9
    RIGHT_ANKLE = 10
    LEFT_HIP = 11
    LEFT_KNEE = 12
    LEFT_ANKLE = 13
    RIGHT_EYE = 14
    LEFT_EYE = 15
    RIGHT_EAR = 16
    LEFT_EAR = 17


K = Keypoint
NUM_KEYPOINTS = len(Keypoint)

# OpenPose's limbs and colours, in its drawing order: the pose maps of the field look like this.
LIMBS: tuple[tuple[Keypoint, Keypoint], ...] = (
    (K.NECK, K.RIGHT_SHOULDER), (K.NECK, K.LEFT_SHOULDER),
    (K.RIGHT_SHOULDER, K.RIGHT_ELBOW), (K.RIGHT_ELBOW, K.RIGHT_WRIST),
    (K.LEFT_SHOULDER, K.LEFT_ELBOW), (K.LEFT_ELBOW, K.LEFT_WRIST),
    (K.NECK, K.RIGHT_HIP), (K.RIGHT_HIP, K.RIGHT_KNEE), (K.RIGHT_KNEE, K.RIGHT_ANKLE),
    (K.NECK, K.LEFT_HIP), (K.LEFT_HIP, K.LEFT_KNEE), (K.LEFT_KNEE, K.LEFT_ANKLE),
    (K.NECK, K.NOSE), (K.NOSE, K.RIGHT_EYE), (K.RIGHT_EYE, K.RIGHT_EAR),
    (K.NOSE, K.LEFT_EYE), (K.LEFT_EYE, K.LEFT_EAR),
)  # fmt: skip
COLORS: tuple[tuple[int, int, int], ...] = (
    (255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0), (0, 255, 0),
    (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255), (0, 0, 255), (85, 0, 255),
    (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85),
)  # fmt: skip

TRUNK = (K.NECK, K.RIGHT_SHOULDER, K.LEFT_SHOULDER, K.RIGHT_HIP, K.LEFT_HIP)
FACE = (K.NOSE, K.RIGHT_EYE, K.LEFT_EYE, K.RIGHT_EAR, K.LEFT_EAR)
ARMS = ((K.RIGHT_SHOULDER, K.RIGHT_ELBOW, K.RIGHT_WRIST), (K.LEFT_SHOULDER, K.LEFT_ELBOW, K.LEFT_WRIST))
LEGS = ((K.RIGHT_HIP, K.RIGHT_KNEE, K.RIGHT_ANKLE), (K.LEFT_HIP, K.LEFT_KNEE, K.LEFT_ANKLE))
LIMB_CHAINS = ARMS + LEGS  # right arm, left arm, right leg, left leg

MIRRORED: tuple[Keypoint, ...] = tuple(
    Keypoint[k.name.replace("LEFT", "#").replace("RIGHT", "LEFT").replace("#", "RIGHT")] for k in Keypoint
)

COCO17: tuple[Keypoint, ...] = (
    K.NOSE, K.LEFT_EYE, K.RIGHT_EYE, K.LEFT_EAR, K.RIGHT_EAR, K.LEFT_SHOULDER, K.RIGHT_SHOULDER, K.LEFT_ELBOW,
    K.RIGHT_ELBOW, K.LEFT_WRIST, K.RIGHT_WRIST, K.LEFT_HIP, K.RIGHT_HIP, K.LEFT_KNEE, K.RIGHT_KNEE, K.LEFT_ANKLE,
    K.RIGHT_ANKLE,
)  # fmt: skip
# BODY_25 puts the mid hip at index 8 and feet from 19 on; neither has a place among the 18.
BODY25: tuple[Keypoint | None, ...] = (
    K.NOSE, K.NECK, K.RIGHT_SHOULDER, K.RIGHT_ELBOW, K.RIGHT_WRIST, K.LEFT_SHOULDER, K.LEFT_ELBOW, K.LEFT_WRIST,
    None, K.RIGHT_HIP, K.RIGHT_KNEE, K.RIGHT_ANKLE, K.LEFT_HIP, K.LEFT_KNEE, K.LEFT_ANKLE, K.RIGHT_EYE, K.LEFT_EYE,
    K.RIGHT_EAR, K.LEFT_EAR, None, None, None, None, None, None,
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Skeleton:
    """One person's joints. Immutable: the arrays are copied in and made read-only.

    Attributes:
        xy: (18, 2) float32, pixels. Finite for every joint; meaningless where not visible.
        visible: (18,) bool, whether the joint is known.
        score: (18,) float32 in [0, 1], confidence; 0 where not visible.
    """

    xy: np.ndarray
    visible: np.ndarray
    score: np.ndarray

    def __post_init__(self):
        xy = np.array(self.xy, np.float32)
        visible = np.array(self.visible, bool)
        if xy.shape != (NUM_KEYPOINTS, 2) or visible.shape != (NUM_KEYPOINTS,):
            raise ValueError(f"a skeleton has xy (18, 2) and visible (18,), got {xy.shape} and {visible.shape}")
        visible &= np.isfinite(xy).all(1)
        xy = np.where(np.isfinite(xy), xy, 0)
        score = np.where(visible, np.clip(np.nan_to_num(np.array(self.score, np.float32)), 0, 1), 0)
        for name, array in (("xy", xy), ("visible", visible), ("score", score.astype(np.float32))):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @classmethod
    def from_points(cls, points: dict[Keypoint, tuple[float, float]]) -> Skeleton:
        """A skeleton of the given joints, all with score 1."""
        xy = np.zeros((NUM_KEYPOINTS, 2), np.float32)
        visible = np.zeros(NUM_KEYPOINTS, bool)
        for keypoint, point in points.items():
            xy[keypoint], visible[keypoint] = point, True
        return cls(xy, visible, visible.astype(np.float32))

    @classmethod
    def from_triplets(cls, triplets, order: Iterable[Keypoint | None], threshold: float = 0.0) -> Skeleton:
        """A skeleton from rows (x, y, score) in some model's joint order; joints scored <= threshold are unseen.

        A neck that the model lacks is put midway between the shoulders.
        """
        triplets = np.asarray(triplets, np.float32).reshape(-1, 3)
        xy = np.zeros((NUM_KEYPOINTS, 2), np.float32)
        score = np.zeros(NUM_KEYPOINTS, np.float32)
        order = list(order)
        for keypoint, (x, y, s) in zip(order, triplets, strict=True):
            if keypoint is not None:
                xy[keypoint], score[keypoint] = (x, y), s
        shoulders = [K.LEFT_SHOULDER, K.RIGHT_SHOULDER]
        if K.NECK not in order:
            xy[K.NECK], score[K.NECK] = xy[shoulders].mean(0), score[shoulders].min()
        return cls(xy, score > threshold, score)

    @classmethod
    def from_coco17(cls, triplets, threshold: float = 0.0) -> Skeleton:
        """From (17, 3) rows (x, y, score) in COCO order."""
        return cls.from_triplets(triplets, COCO17, threshold)

    @classmethod
    def from_body25(cls, triplets, threshold: float = 0.0) -> Skeleton:
        """From (25, 3) rows (x, y, score) in OpenPose BODY_25 order; mid hip and feet are dropped."""
        return cls.from_triplets(triplets, BODY25, threshold)

    def triplets(self) -> np.ndarray:
        """(18, 3) float32 rows (x, y, score); unseen joints are zeros, as OpenPose writes them."""
        return np.where(self.visible[:, None], np.concatenate([self.xy, self.score[:, None]], 1), 0).astype(np.float32)

    def to_coco17(self) -> np.ndarray:
        """(17, 3) float32 rows (x, y, score) in COCO order."""
        return self.triplets()[list(COCO17)]

    def to_body25(self) -> np.ndarray:
        """(25, 3) float32 rows (x, y, score); the mid hip is put between the hips, the feet stay unseen."""
        mine, out = self.triplets(), np.zeros((25, 3), np.float32)
        for row, keypoint in enumerate(BODY25):
            if keypoint is not None:
                out[row] = mine[keypoint]
        hips = mine[[K.RIGHT_HIP, K.LEFT_HIP]]
        if (hips[:, 2] > 0).all():
            out[8] = (*hips[:, :2].mean(0), hips[:, 2].min())
        return out

    def moved(self, keypoint: Keypoint, x: float, y: float) -> Skeleton:
        """The same skeleton with one joint put at (x, y) pixels, visible."""
        xy, visible, score = self.xy.copy(), self.visible.copy(), self.score.copy()
        if not visible[keypoint]:
            score[keypoint] = 1
        xy[keypoint], visible[keypoint] = (x, y), True
        return Skeleton(xy, visible, score)

    def transformed(self, matrix) -> Skeleton:
        """Every joint through a (2, 3) affine matrix."""
        matrix = np.asarray(matrix, np.float64)
        return replace(self, xy=self.xy @ matrix[:, :2].T + matrix[:, 2])

    def inside(self, size: tuple[int, int]) -> Skeleton:
        """Joints beyond a picture of (height, width) pixels are unseen."""
        inside = ((self.xy >= 0) & (self.xy < (size[1], size[0]))).all(1)
        return Skeleton(self.xy, self.visible & inside, self.score)

    def mirrored(self, width: float) -> Skeleton:
        """The skeleton of the photo flipped left to right: x becomes width - 1 - x and left swaps with right."""
        order = list(MIRRORED)
        xy = self.xy[order] * (-1, 1) + (width - 1, 0)
        return Skeleton(xy, self.visible[order], self.score[order])

    def box(self) -> tuple[float, float, float, float]:
        """(x0, y0, x1, y1) around the visible joints.

        Raises:
            ValueError: no joint is visible.
        """
        if not self.visible.any():
            raise ValueError("the skeleton has no visible joint")
        seen = self.xy[self.visible]
        return (*seen.min(0).tolist(), *seen.max(0).tolist())


def torso_length(skeleton: Skeleton) -> float | None:
    """Pixels from the neck to the middle of the hips; None where these joints are unseen."""
    hips = [k for k in (K.RIGHT_HIP, K.LEFT_HIP) if skeleton.visible[k]]
    if not hips or not skeleton.visible[K.NECK]:
        return None
    return float(np.linalg.norm(skeleton.xy[hips].mean(0) - skeleton.xy[K.NECK]))


def render_pose_map(skeleton: Skeleton, size: tuple[int, int]) -> np.ndarray:
    """Draw the skeleton as OpenPose does: dimmed limbs, bright joints, on black.

    Args:
        skeleton: joints in pixels of the map.
        size: (height, width).

    Returns:
        (height, width, 3) uint8 RGB.
    """
    canvas = np.zeros((*size, 3), np.uint8)
    stick = max(1, round(max(size) / 128))
    fine = 4  # OpenCV draws with this many fractional bits, so small moves still change the map

    def fixed(point) -> tuple[int, int]:
        # Clamped far outside the canvas: OpenCV's integers overflow on absurd coordinates.
        x, y = np.clip(point, -8192, 8192) * 2**fine
        return round(float(x)), round(float(y))

    for (a, b), color in zip(LIMBS, COLORS, strict=False):
        if skeleton.visible[a] and skeleton.visible[b]:
            dimmed = [int(0.6 * c) for c in color]
            cv2.line(canvas, fixed(skeleton.xy[a]), fixed(skeleton.xy[b]), dimmed, 2 * stick, cv2.LINE_AA, fine)
    for keypoint in Keypoint:
        if skeleton.visible[keypoint]:
            center, radius = fixed(skeleton.xy[keypoint]), round(1.2 * stick * 2**fine)
            cv2.circle(canvas, center, radius, COLORS[keypoint], -1, cv2.LINE_AA, fine)
    return canvas
