"""Points of the face and the hands: finer than the 18 joints, kept for display and export."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import cv2
import numpy as np

FACE_POINTS = (68, 70)  # dlib's order; OpenPose adds the two pupils
HAND_POINTS = 21  # the wrist, then four points a finger, thumb first
# From the wrist along each finger, in OpenPose's drawing order; its colours go once around the circle of hues.
_BONES = tuple((4 * f + j if j else 0, 4 * f + j + 1) for f in range(5) for j in range(4))
_BONE_COLORS = tuple(
    tuple(round(255 * c) for c in colorsys.hsv_to_rgb(i / len(_BONES), 1, 1)) for i in range(len(_BONES))
)
_HAND_POINT_COLOR, _FACE_POINT_COLOR = (0, 0, 255), (255, 255, 255)
_DRAWN_AT = 512  # pixels of the longer side at which OpenPose's strokes have their size


@dataclass(frozen=True, eq=False)
class Landmarks:
    """What a whole-body pose model sees beyond the joints. Rows are (x, y, score): pixels, and 0 where unseen.

    Attributes:
        face: (68 or 70, 3) float32, or None.
        left_hand, right_hand: (21, 3) float32, the person's own left and right, or None.
    """

    face: np.ndarray | None = None
    left_hand: np.ndarray | None = None
    right_hand: np.ndarray | None = None

    def __post_init__(self):
        for name, counts in (("face", FACE_POINTS), ("left_hand", (HAND_POINTS,)), ("right_hand", (HAND_POINTS,))):
            points = getattr(self, name)
            if points is None:
                continue
            points = np.array(points, np.float32)
            if points.ndim != 2 or points.shape[1] != 3 or len(points) not in counts:
                raise ValueError(f"{name} must be rows (x, y, score), {counts} of them, got {points.shape}")
            points.flags.writeable = False
            object.__setattr__(self, name, points)

    def seen(self) -> np.ndarray:
        """(N, 2) float32: the places of all the points that are seen, in pixels."""
        parts = [part for part in (self.face, self.left_hand, self.right_hand) if part is not None]
        points = np.concatenate([np.zeros((0, 3), np.float32), *parts])
        return points[points[:, 2] > 0, :2]


def draw_landmarks(picture: np.ndarray, landmarks: Landmarks) -> np.ndarray:
    """Draw the points as OpenPose does: hands coloured by finger with blue points, white points of the face.

    Args:
        picture: (H, W, 3) uint8 RGB, in whose pixels the landmarks are: a photo or a pose map.
        landmarks: unseen points are left out.

    Returns:
        (H, W, 3) uint8 RGB, a new array.
    """
    drawn = np.ascontiguousarray(picture).copy()
    scale = max(drawn.shape[:2]) / _DRAWN_AT
    for hand in (landmarks.left_hand, landmarks.right_hand):
        if hand is None:
            continue
        for (a, b), color in zip(_BONES, _BONE_COLORS, strict=True):
            if hand[a, 2] > 0 and hand[b, 2] > 0:
                cv2.line(drawn, _place(hand[a]), _place(hand[b]), color, max(1, round(2 * scale)), cv2.LINE_AA)
        _draw_points(drawn, hand, _HAND_POINT_COLOR, 4 * scale)
    if landmarks.face is not None:
        _draw_points(drawn, landmarks.face, _FACE_POINT_COLOR, 3 * scale)
    return drawn


def _draw_points(picture: np.ndarray, points: np.ndarray, color: tuple[int, int, int], radius: float) -> None:
    for point in points[points[:, 2] > 0]:
        cv2.circle(picture, _place(point), max(1, round(radius)), color, -1, cv2.LINE_AA)


def _place(point: np.ndarray) -> tuple[int, int]:
    # Clamped far outside the picture: OpenCV's integers overflow on absurd coordinates.
    x, y = np.clip(point[:2], -(2**14), 2**14).round()
    return int(x), int(y)
