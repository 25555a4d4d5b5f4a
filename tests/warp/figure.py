"""A person drawn by the tests: every limb a capsule of textured cloth or skin, over a textured wall."""

from __future__ import annotations

import cv2
import numpy as np

from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading.person import Person

SIZE = (256, 176)
JOINTS = {
    K.NOSE: (88, 38), K.NECK: (88, 62), K.RIGHT_SHOULDER: (70, 62), K.LEFT_SHOULDER: (106, 62), K.RIGHT_ELBOW: (58, 92),
    K.LEFT_ELBOW: (118, 92), K.RIGHT_WRIST: (50, 118), K.LEFT_WRIST: (126, 118), K.RIGHT_HIP: (77, 122),
    K.LEFT_HIP: (99, 122), K.RIGHT_KNEE: (74, 172), K.LEFT_KNEE: (102, 172), K.RIGHT_ANKLE: (72, 220),
    K.LEFT_ANKLE: (104, 220), K.RIGHT_EYE: (84, 34), K.LEFT_EYE: (92, 34), K.RIGHT_EAR: (79, 36), K.LEFT_EAR: (97, 36),
}  # fmt: skip
COLOURS = {
    P.BACKGROUND: (120, 150, 120), P.HAIR: (70, 40, 20), P.FACE: (225, 180, 150), P.UPPER_CLOTHES: (190, 40, 50),
    P.PANTS: (40, 60, 150), P.SKIRT: (150, 60, 150), P.LEFT_ARM: (220, 170, 140), P.RIGHT_ARM: (220, 170, 140),
    P.LEFT_SHOE: (20, 20, 20), P.RIGHT_SHOE: (20, 20, 20), P.LEFT_LEG: (220, 170, 140), P.RIGHT_LEG: (220, 170, 140),
    P.BAG: (240, 200, 30),
}  # fmt: skip


def skeleton_of(joints: dict[K, tuple[float, float]] = JOINTS) -> Skeleton:
    """The figure's skeleton."""
    return Skeleton.from_points(joints)


def draw_figure(lower: P = P.PANTS, bag: bool = False) -> tuple[np.ndarray, Person]:
    """(256, 176, 3) uint8 photo and its true Person."""
    parsing = np.zeros(SIZE, np.uint8)

    def bone(a: K, b: K, thickness: int, part: P) -> None:
        cv2.line(parsing, JOINTS[a], JOINTS[b], int(part), thickness)

    def quad(points, part: P) -> None:
        cv2.fillConvexPoly(parsing, np.array(points, np.int32), int(part))

    for side, leg, shoe in (("RIGHT", P.RIGHT_LEG, P.RIGHT_SHOE), ("LEFT", P.LEFT_LEG, P.LEFT_SHOE)):
        hip, knee, ankle = (K[f"{side}_{joint}"] for joint in ("HIP", "KNEE", "ANKLE"))
        bone(hip, knee, 17, P.PANTS if lower is P.PANTS else leg)
        bone(knee, ankle, 15, P.PANTS if lower is P.PANTS else leg)
        cv2.circle(parsing, (JOINTS[ankle][0], JOINTS[ankle][1] + 8), 8, int(shoe), -1)
    quad([(70, 112), (106, 112), (108, 130), (68, 130)], P.PANTS)
    if lower is P.SKIRT:
        quad([(70, 112), (106, 112), (118, 178), (58, 178)], P.SKIRT)
    quad([(66, 56), (110, 56), (106, 118), (70, 118)], P.UPPER_CLOTHES)
    for side, arm in (("RIGHT", P.RIGHT_ARM), ("LEFT", P.LEFT_ARM)):
        shoulder, elbow, wrist = (K[f"{side}_{joint}"] for joint in ("SHOULDER", "ELBOW", "WRIST"))
        bone(shoulder, elbow, 13, P.UPPER_CLOTHES)
        bone(elbow, wrist, 11, arm)
    cv2.ellipse(parsing, (88, 36), (15, 19), 0, 0, 360, int(P.HAIR), -1)
    cv2.ellipse(parsing, (88, 40), (10, 14), 0, 0, 360, int(P.FACE), -1)
    quad([(83, 50), (93, 50), (93, 60), (83, 60)], P.FACE)
    if bag:
        quad([(34, 124), (56, 124), (58, 150), (32, 150)], P.BAG)
    photo = np.zeros((*SIZE, 3), np.float32)
    for part, colour in COLOURS.items():
        photo[parsing == part] = colour
    grain = np.random.default_rng(7).normal(0, 12, (*SIZE, 1)).astype(np.float32)
    photo = np.clip(photo + cv2.GaussianBlur(grain, (0, 0), 0.8)[..., None] * 2, 0, 255).astype(np.uint8)
    rows, columns = parsing.any(1).nonzero()[0], parsing.any(0).nonzero()[0]
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return photo, Person(skeleton_of(), parsing, box)
