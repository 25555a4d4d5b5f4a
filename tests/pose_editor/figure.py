"""A drawn person whose joints and parsing are known exactly."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading import Person

SIZE = (480, 320)  # height, width
SHIRT = (200, 60, 60)

POINTS = {
    K.NOSE: (160, 78), K.NECK: (160, 122), K.RIGHT_SHOULDER: (128, 126), K.RIGHT_ELBOW: (112, 182),
    K.RIGHT_WRIST: (104, 236), K.LEFT_SHOULDER: (192, 126), K.LEFT_ELBOW: (208, 182), K.LEFT_WRIST: (216, 236),
    K.RIGHT_HIP: (142, 246), K.RIGHT_KNEE: (138, 336), K.RIGHT_ANKLE: (136, 424), K.LEFT_HIP: (178, 246),
    K.LEFT_KNEE: (182, 336), K.LEFT_ANKLE: (184, 424), K.RIGHT_EYE: (152, 70), K.LEFT_EYE: (168, 70),
    K.RIGHT_EAR: (142, 74),
}  # fmt: skip

_STROKES = [
    (P.PANTS, (60, 70, 130), 30, [(K.RIGHT_HIP, K.RIGHT_KNEE), (K.LEFT_HIP, K.LEFT_KNEE)]),
    (P.RIGHT_LEG, (228, 180, 150), 22, [(K.RIGHT_KNEE, K.RIGHT_ANKLE)]),
    (P.LEFT_LEG, (228, 180, 150), 22, [(K.LEFT_KNEE, K.LEFT_ANKLE)]),
    (P.RIGHT_ARM, (228, 180, 150), 18, [(K.RIGHT_SHOULDER, K.RIGHT_ELBOW), (K.RIGHT_ELBOW, K.RIGHT_WRIST)]),
    (P.LEFT_ARM, (228, 180, 150), 18, [(K.LEFT_SHOULDER, K.LEFT_ELBOW), (K.LEFT_ELBOW, K.LEFT_WRIST)]),
]


def _draw() -> tuple[Image.Image, np.ndarray]:
    height, width = SIZE
    photo = Image.linear_gradient("L").resize((width, height)).point(lambda v: 150 + v // 4).convert("RGB")
    labels = Image.new("L", (width, height), int(P.BACKGROUND))
    pens = ImageDraw.Draw(photo), ImageDraw.Draw(labels)

    def both(draw: str, shape, part: P, color, **options) -> None:
        for pen, fill in zip(pens, (color, int(part)), strict=True):
            getattr(pen, draw)(shape, fill=fill, **options)

    for part, color, stroke, limbs in _STROKES:
        for a, b in limbs:
            both("line", [POINTS[a], POINTS[b]], part, color, width=stroke)
    both("polygon", [(122, 118), (198, 118), (194, 256), (126, 256)], P.UPPER_CLOTHES, SHIRT)
    both("ellipse", [134, 44, 186, 112], P.FACE, (235, 190, 160))
    both("chord", [132, 40, 188, 110], P.HAIR, (70, 45, 30), start=180, end=360)
    return photo, np.array(labels)


PHOTO, PARSING = _draw()


def skeleton() -> Skeleton:
    """The figure's joints; the left ear is unseen."""
    return Skeleton.from_points(POINTS)


def person() -> Person:
    """The figure, as a reader would give it."""
    return Person(skeleton(), PARSING, (90, 38, 230, 440))
