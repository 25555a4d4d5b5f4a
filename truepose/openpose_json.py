"""OpenPose JSON, as every pose editor reads and writes it: several people, 17, 18 or 25 joints, pixels or 0-1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .pose import BODY25, COCO17, Keypoint, Skeleton

_ORDERS = {18: tuple(Keypoint), 17: COCO17, 25: BODY25}
# A person drawn within two pixels is no person: coordinates this small are fractions of the photo's size,
# some of them outside it.
_LARGEST_FRACTION = 2.0


def parse_openpose(data, size: tuple[int, int] | None = None) -> list[Skeleton]:
    """Every person of an OpenPose document, in pixels.

    Face, hand and foot points are accepted in any number and ignored. People without a single joint are left out.

    Args:
        data: the document, decoded or as JSON text; a list of documents (as pose editors save) gives the first.
        size: (height, width) of the photo, used where coordinates are 0-1 and the document names no canvas.

    Raises:
        ValueError: not OpenPose JSON, or 0-1 coordinates with no size to scale them by.
    """
    if isinstance(data, str | bytes):
        try:
            data = json.loads(data)
        except (json.JSONDecodeError, UnicodeDecodeError) as error:
            raise ValueError(f"the pose is not valid JSON: {error}") from None
    if isinstance(data, list) and data and isinstance(data[0], dict):
        data = data[0]
    if not isinstance(data, dict) or not isinstance(data.get("people"), list):
        raise ValueError('the pose is not OpenPose JSON: it needs a list named "people"')
    canvas = (data.get("canvas_height"), data.get("canvas_width"))
    if all(isinstance(v, int | float) and v > 0 for v in canvas):
        size = canvas
    people = (_parse_person(person, index, size) for index, person in enumerate(data["people"]))
    return [skeleton for skeleton in people if skeleton is not None and skeleton.visible.any()]


def _parse_person(person, index: int, size) -> Skeleton | None:
    numbers = person.get("pose_keypoints_2d") if isinstance(person, dict) else None
    if not numbers:
        return None
    try:
        triplets = np.array(numbers, np.float32).reshape(-1, 3)
    except (ValueError, TypeError):
        raise ValueError(f"people[{index}].pose_keypoints_2d must be triplets of numbers x, y, score") from None
    if len(triplets) not in _ORDERS:
        raise ValueError(f"people[{index}] must have 17, 18 or 25 body joints, got {len(triplets)}")
    seen = triplets[(triplets[:, 2] > 0) & np.isfinite(triplets).all(1)]
    if len(seen) and np.abs(seen[:, :2]).max() <= _LARGEST_FRACTION:
        if size is None:
            raise ValueError("the pose has 0-1 coordinates: say the photo's size")
        triplets[:, :2] *= (size[1], size[0])
    return Skeleton.from_triplets(triplets, _ORDERS[len(triplets)])


def format_openpose(people: Sequence[Skeleton], size: tuple[int, int] | None = None) -> dict:
    """The people as an OpenPose document: pixels, 18 x (x, y, score), unseen joints as zeros.

    Args:
        people: the skeletons.
        size: (height, width) of the photo; written as canvas_height and canvas_width.
    """
    document = {
        "version": 1.3,
        "people": [{"pose_keypoints_2d": [round(float(v), 3) for v in person.triplets().ravel()]} for person in people],
    }
    if size is not None:
        document |= {"canvas_height": int(size[0]), "canvas_width": int(size[1])}
    return document


def load_pose(path: str | Path, size: tuple[int, int]) -> Skeleton:
    """The first person of an OpenPose JSON file, in pixels of a photo of the given (height, width).

    Raises:
        ValueError: the file is missing, is not OpenPose JSON, or holds nobody.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise ValueError(f"cannot read the pose {path}: {reason}") from None
    people = parse_openpose(text, size)
    if not people:
        raise ValueError(f"the pose {path} holds no person: it has no visible joint")
    return people[0]
