"""The human parsing map: the 18 ATR labels, their colours, and which of them a joint speaks of."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

import numpy as np
from PIL import Image

from .pose import Keypoint as K
from .pose import Skeleton


class BodyPart(IntEnum):
    """The labels of a parsing map, in ATR's order. Left and right are the person's own."""

    BACKGROUND = 0
    HAT = 1
    HAIR = 2
    SUNGLASSES = 3
    UPPER_CLOTHES = 4
    SKIRT = 5
    PANTS = 6
    DRESS = 7
    BELT = 8
    LEFT_SHOE = 9
    RIGHT_SHOE = 10
    FACE = 11
    LEFT_LEG = 12
    RIGHT_LEG = 13
    LEFT_ARM = 14
    RIGHT_ARM = 15
    BAG = 16
    SCARF = 17

    @property
    def label(self) -> str:
        """The name people read: "upper-clothes"."""
        return self.name.lower().replace("_", "-")


def part_called(label: str) -> BodyPart:
    """The label of a name as people write it: "upper-clothes", "Upper clothes".

    Raises:
        ValueError: there is no such label, or it is the background.
    """
    name = label.strip().upper().replace("-", "_").replace(" ", "_")
    if name not in BodyPart.__members__ or name == BodyPart.BACKGROUND.name:
        names = ", ".join(part.label for part in BodyPart if part is not BodyPart.BACKGROUND)
        raise ValueError(f"a region is one of {names}; got {label!r}")
    return BodyPart[name]


def locked_parts(labels: Any) -> frozenset[BodyPart]:
    """The parts to lock, of their names as they come from outside: `part_called` of each.

    Raises:
        ValueError: it is no list of names, or one of them is no label.
    """
    if not isinstance(labels, list | tuple) or not all(isinstance(label, str) for label in labels):
        raise ValueError(f'the locked regions must be a list such as ["face", "hair"], got {str(labels)[:40]}')
    return frozenset(part_called(label) for label in labels)


P = BodyPart
NUM_PARTS = len(BodyPart)
IGNORE = 255  # unlabelled pixels of training maps

PALETTE: tuple[tuple[int, int, int], ...] = (
    (0, 0, 0), (128, 0, 64), (233, 150, 30), (60, 220, 200), (220, 60, 70), (200, 80, 200), (45, 105, 220),
    (160, 60, 235), (120, 85, 50), (250, 220, 60), (170, 200, 40), (255, 190, 160), (80, 200, 255),
    (30, 150, 130), (255, 130, 70), (120, 200, 90), (150, 150, 160), (255, 105, 180),
)  # fmt: skip

HEAD_PARTS = frozenset({P.FACE, P.HAIR, P.HAT, P.SUNGLASSES})
_UPPER = frozenset({P.UPPER_CLOTHES, P.DRESS})
_LOWER = frozenset({P.PANTS, P.SKIRT, P.DRESS})


def _leg(leg: BodyPart, shoe: BodyPart) -> frozenset[BodyPart]:
    return frozenset({leg, shoe, P.PANTS, P.SKIRT, P.DRESS})


# A_t of Sec. 4.2: the parsing labels that each visible joint of the target names. Ears are seen from behind, too, where
# a person has no face.
PARTS_OF_JOINT: dict[K, frozenset[BodyPart]] = {
    **dict.fromkeys((K.NOSE, K.RIGHT_EYE, K.LEFT_EYE), HEAD_PARTS),
    **dict.fromkeys((K.RIGHT_EAR, K.LEFT_EAR), HEAD_PARTS - {P.FACE, P.SUNGLASSES}),
    **dict.fromkeys((K.NECK, K.RIGHT_SHOULDER, K.LEFT_SHOULDER), _UPPER | {P.SCARF}),
    K.RIGHT_ELBOW: _UPPER | {P.RIGHT_ARM},
    K.LEFT_ELBOW: _UPPER | {P.LEFT_ARM},
    K.RIGHT_WRIST: _UPPER | {P.RIGHT_ARM, P.BAG},
    K.LEFT_WRIST: _UPPER | {P.LEFT_ARM, P.BAG},
    **dict.fromkeys((K.RIGHT_HIP, K.LEFT_HIP), _LOWER | {P.BELT, P.UPPER_CLOTHES}),
    **dict.fromkeys((K.RIGHT_KNEE, K.RIGHT_ANKLE), _leg(P.RIGHT_LEG, P.RIGHT_SHOE)),
    **dict.fromkeys((K.LEFT_KNEE, K.LEFT_ANKLE), _leg(P.LEFT_LEG, P.LEFT_SHOE)),
}

MIRRORED_PARTS: tuple[BodyPart, ...] = tuple(
    P[part.name.replace("LEFT", "#").replace("RIGHT", "LEFT").replace("#", "RIGHT")] for part in P
)


def parts_of_pose(skeleton: Skeleton) -> frozenset[BodyPart]:
    """A_t (Sec. 4.2): the parsing labels named by the skeleton's visible joints."""
    return frozenset().union(*(PARTS_OF_JOINT[k] for k in K if skeleton.visible[k]))


def part_mask(parsing: np.ndarray, parts: Iterable[BodyPart]) -> np.ndarray:
    """(H, W) bool: where the (H, W) uint8 map holds one of the labels. The union M of Sec. 4.2."""
    table = np.zeros(256, bool)
    table[[int(part) for part in parts]] = True
    return table[parsing]


def person_mask(parsing: np.ndarray) -> np.ndarray:
    """(H, W) bool: where the (H, W) uint8 map is neither background nor unlabelled."""
    return (parsing != BodyPart.BACKGROUND) & (parsing != IGNORE)


def region_boxes(parsing: np.ndarray) -> dict[BodyPart, tuple[int, int, int, int]]:
    """The regions R_i of Sec. 4.3: for each label present but the background, the rectangle around its pixels.

    Returns:
        label -> (x0, y0, x1, y1), x1 and y1 exclusive, in label order.
    """
    boxes = {}
    for part in BodyPart:
        if part is BodyPart.BACKGROUND:
            continue
        mask = parsing == part
        rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
        if len(rows):
            boxes[part] = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return boxes


def mirror_parsing(parsing: np.ndarray) -> np.ndarray:
    """The (H, W) map of the photo flipped left to right: left and right labels swap."""
    table = np.arange(256, dtype=parsing.dtype)
    table[:NUM_PARTS] = MIRRORED_PARTS
    return table[np.ascontiguousarray(parsing[:, ::-1])]


def colorize(parsing: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 RGB picture of an (H, W) map; unlabelled pixels are white."""
    table = np.full((256, 3), 255, np.uint8)
    table[:NUM_PARTS] = PALETTE
    return table[parsing]


def parsing_image(parsing: np.ndarray) -> Image.Image:
    """The (H, W) map as a palette image, so that a PNG holds both the labels and their colours."""
    image = Image.fromarray(np.ascontiguousarray(parsing, np.uint8))
    image.putpalette([c for color in PALETTE for c in color] + [255] * 3 * (256 - NUM_PARTS))
    return image


def around(mask: np.ndarray, margin: int) -> tuple[slice, slice]:
    """Row and column slices around a mask, with a margin of pixels inside the picture."""
    spans = []
    for axis in (1, 0):
        found = mask.any(axis).nonzero()[0]
        spans.append(slice(max(0, found[0] - margin), min(mask.shape[1 - axis], found[-1] + 1 + margin)))
    return spans[0], spans[1]
