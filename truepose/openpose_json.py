"""OpenPose JSON, as every pose editor reads and writes it: several people, 17, 18 or 25 joints, pixels or 0-1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .files import FileProblem, readable_file
from .landmarks import FACE_POINTS, HAND_POINTS, Landmarks
from .pose import BODY25, COCO17, Keypoint, Skeleton

_ORDERS = {18: tuple(Keypoint), 17: COCO17, 25: BODY25}
# A person drawn within two pixels is no person: coordinates this small are fractions of the photo's size,
# some of them outside it.
_LARGEST_FRACTION = 2.0
_FARTHEST = 1e5  # pixels: joints further away than this are no joints of any photo
# Field of the document -> field of `Landmarks`, and how many points it may have.
_LANDMARKS = {
    "face_keypoints_2d": ("face", FACE_POINTS),
    "hand_left_keypoints_2d": ("left_hand", (HAND_POINTS,)),
    "hand_right_keypoints_2d": ("right_hand", (HAND_POINTS,)),
}


def parse_openpose(data, size: tuple[int, int] | None = None) -> list[Skeleton]:
    """Every person of an OpenPose document, in pixels.

    Face, hand and foot points are accepted in any number; `parse_landmarks` reads them. People without a single joint
    are left out.

    Args:
        data: the document, decoded or as JSON text; a list of documents (as pose editors save) gives the first.
        size: (height, width) of the photo, used where coordinates are 0-1 and the document names no canvas.

    Raises:
        ValueError: not OpenPose JSON, or 0-1 coordinates with no size to scale them by.
    """
    return [skeleton for skeleton, _, _ in _parse(data, size)]


def parse_landmarks(data, size: tuple[int, int] | None = None) -> list[Landmarks | None]:
    """Points of face and hands for each of the people that `parse_openpose` gives, in pixels.

    None where a person has none. A face of other than 68 or 70 points, or a hand of other than 21, is left out.

    Args:
        data: as for `parse_openpose`.
        size: as for `parse_openpose`.

    Raises:
        ValueError: as `parse_openpose`.
    """
    return [_parse_landmarks(person, scale) for _, person, scale in _parse(data, size)]


def _parse(data, size: tuple[int, int] | None) -> list[tuple[Skeleton, dict, tuple[float, float]]]:
    """Each person who has a joint, with their part of the document and the (x, y) factors from it to pixels."""
    if isinstance(data, str | bytes):
        data = _decode(data)
    if isinstance(data, list) and data and isinstance(data[0], dict):
        data = data[0]
    if not isinstance(data, dict) or not isinstance(data.get("people"), list):
        raise ValueError('the pose is not OpenPose JSON: it needs a list named "people"')
    canvas = (data.get("canvas_height"), data.get("canvas_width"))
    if all(_is_number(v) and 0 < v <= _FARTHEST for v in canvas):
        size = canvas
    people = []
    for index, person in enumerate(data["people"]):
        skeleton, scale = _parse_person(person, index, size)
        if skeleton is not None and skeleton.visible.any():
            people.append((skeleton, person, scale))
    return people


def _decode(text: str | bytes):
    try:
        # As bytes, of which the encoding is found out and a byte order mark forgiven.
        return json.loads(text.encode() if isinstance(text, str) else text)
    except json.JSONDecodeError as error:
        raise ValueError(f"the pose is not valid JSON: {error}") from None
    except UnicodeError:
        raise ValueError("the pose is not valid JSON: it is not text") from None
    except (ValueError, RecursionError):  # a number of thousands of digits, lists in lists without end
        raise ValueError("the pose is not valid JSON") from None


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _triplets(numbers) -> np.ndarray:
    """(N, 3) float64 of a list of numbers, flat or in threes; rows with what is not finite are zeros.

    Raises:
        ValueError: anything else, also truth values and numbers in quotes, which numpy would take.
    """
    flat = np.array(numbers, object).ravel().tolist()
    if len(flat) % 3 or not all(map(_is_number, flat)):
        raise ValueError("must be triplets of numbers x, y, score")
    try:
        triplets = np.array(flat, np.float64).reshape(-1, 3)
    except OverflowError:
        raise ValueError("has a number of hundreds of digits") from None
    triplets[~np.isfinite(triplets).all(1)] = 0
    return triplets


def _parse_person(person, index: int, size) -> tuple[Skeleton | None, tuple[float, float]]:
    """The joints in pixels, and the (x, y) factors that made them pixels."""
    numbers = person.get("pose_keypoints_2d") if isinstance(person, dict) else None
    scale = (1.0, 1.0)
    if not numbers:
        return None, scale
    try:
        triplets = _triplets(numbers)
    except ValueError as error:
        raise ValueError(f"people[{index}].pose_keypoints_2d {error}") from None
    if len(triplets) not in _ORDERS:
        raise ValueError(f"people[{index}] must have 17, 18 or 25 body joints, got {len(triplets)}")
    seen = triplets[triplets[:, 2] > 0]
    if len(seen) and np.abs(seen[:, :2]).max() <= _LARGEST_FRACTION:
        if size is None:
            raise ValueError("the pose has 0-1 coordinates: say the photo's size")
        scale = (float(size[1]), float(size[0]))
    triplets[:, :2] *= scale
    if np.abs(triplets[:, :2]).max() > _FARTHEST:
        raise ValueError(f"people[{index}] has a joint {np.abs(triplets[:, :2]).max():.0e} pixels away")
    return Skeleton.from_triplets(triplets, _ORDERS[len(triplets)]), scale


def _parse_landmarks(person: dict, scale: tuple[float, float]) -> Landmarks | None:
    found = {}
    for field, (name, counts) in _LANDMARKS.items():
        try:
            points = _triplets(person.get(field) or [])
        except ValueError:
            continue
        points[:, :2] *= scale
        points[(points[:, 2] <= 0) | (np.abs(points) > _FARTHEST).any(1)] = 0
        if len(points) in counts and points.any():
            found[name] = points.astype(np.float32)
    return Landmarks(**found) if found else None


def format_openpose(
    people: Sequence[Skeleton],
    size: tuple[int, int] | None = None,
    landmarks: Sequence[Landmarks | None] | None = None,
    *,
    joints: int = 18,
) -> dict:
    """The people as an OpenPose document: pixels, joints x (x, y, score), unseen joints as zeros.

    Args:
        people: the skeletons.
        size: (height, width) of the photo; written as canvas_height and canvas_width.
        landmarks: of each person, or None; what there is becomes face_keypoints_2d, hand_left_keypoints_2d and
            hand_right_keypoints_2d.
        joints: 18 (OpenPose's COCO model), 25 (BODY_25; its mid hip lies between the hips, its feet are unseen) or 17
            (COCO's own order).

    Raises:
        ValueError: not as many landmarks as people, or another number of joints.
    """
    if joints not in _ORDERS:
        raise ValueError(f"joints must be 17, 18 or 25, got {joints}")
    if landmarks is None:
        landmarks = [None] * len(people)
    if len(landmarks) != len(people):
        raise ValueError(f"each of the {len(people)} people needs landmarks or None, got {len(landmarks)}")
    document = {
        "version": 1.3,
        "people": [
            {"pose_keypoints_2d": _numbers(_ordered(person, joints))} | _format_landmarks(points)
            for person, points in zip(people, landmarks, strict=True)
        ],
    }
    if size is not None:
        document |= {"canvas_height": int(size[0]), "canvas_width": int(size[1])}
    return document


def _ordered(person: Skeleton, joints: int) -> np.ndarray:
    """(joints, 3) x, y, score in that model's order."""
    order, triplets = _ORDERS[joints], person.triplets()
    out = np.stack([np.zeros(3, np.float32) if keypoint is None else triplets[keypoint] for keypoint in order])
    hips = triplets[[Keypoint.RIGHT_HIP, Keypoint.LEFT_HIP]]
    if joints == 25 and (hips[:, 2] > 0).all():
        out[order.index(None)] = hips.mean(0)
    return out


def _format_landmarks(landmarks: Landmarks | None) -> dict[str, list[float]]:
    points = {field: getattr(landmarks, name, None) for field, (name, _) in _LANDMARKS.items()}
    return {field: _numbers(array) for field, array in points.items() if array is not None}


def _numbers(triplets: np.ndarray) -> list[float]:
    return [round(float(v), 3) for v in triplets.ravel()]


def load_pose(path: str | Path, size: tuple[int, int]) -> Skeleton:
    """The first person of an OpenPose JSON file, in pixels of a photo of the given (height, width).

    Raises:
        ValueError: the file is missing, is not OpenPose JSON, or holds nobody.
    """
    try:
        people = parse_openpose(readable_file(path).read_bytes(), size)
    except FileProblem as error:
        raise ValueError(f"cannot read the pose: {error}") from None
    if not people:
        raise ValueError(f"the pose {Path(path).name} holds no person: it has no visible joint")
    return people[0]
