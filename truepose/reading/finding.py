"""Who is in a photo: low-resolution looks of the network, one person at a time."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ..parsing import person_mask
from ..pose import Skeleton
from .look import Box, View, decode_joints, decode_parsing, look
from .network import ReaderNet
from .people import body_unit, bone_distance, only_this_person, same_person, subject_first
from .person import Candidate

FEWEST_JOINTS = 3
_MOST_PEOPLE = 6


def find_people(net: ReaderNet, photo: np.ndarray) -> list[Candidate]:
    """Everybody in an (H, W, 3) uint8 RGB photo, the likeliest subject first; empty where nobody is seen."""
    height, width = photo.shape[:2]
    found = list(_everybody(net, photo, (0, 0, width, height)))
    if not found:
        # Somebody far away: parts of the photo, closer.
        found = [who for part in _parts(height, width) for who in _everybody(net, photo, part)]
    distinct: list[Candidate] = []
    for candidate in subject_first(found, (height, width)):
        if not any(same_person(candidate, other) for other in distinct):
            distinct.append(candidate)
    return distinct


def with_margin(box: tuple[int, int, int, int], share: float, size: tuple[int, int]) -> Box:
    """A box grown by a share of its sides on each side, inside a photo of (height, width)."""
    x0, y0, x1, y1 = box
    mx, my = share * (x1 - x0), share * (y1 - y0)
    return max(0, x0 - mx), max(0, y0 - my), min(size[1], x1 + mx), min(size[0], y1 + my)


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1) around the pixels of an (H, W) bool mask, x1 and y1 exclusive; at least one must be set."""
    rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _everybody(net: ReaderNet, photo: np.ndarray, part: Box) -> Iterator[Candidate]:
    """The people in a part of a photo, the most prominent first.

    The network sees one person. That one is painted out of its view and the rest looked at again, until nobody is left.
    """
    view = View.of(photo, part, net.config.find_size)
    pixels = view.pixels
    for _ in range(_MOST_PEOPLE):
        reading = look(net, pixels)
        skeleton = decode_joints(reading)
        if skeleton.visible.sum() < FEWEST_JOINTS:
            return
        mask = person_mask(only_this_person(decode_parsing(reading, pixels.shape[:2], np.eye(2, 3)), skeleton))
        box = _around(skeleton, mask)
        yield _candidate(skeleton, box, view, photo.shape[:2])
        pixels = _painted_out(pixels, mask, skeleton)


def _around(skeleton: Skeleton, mask: np.ndarray) -> Box:
    """The box of joints and mask, with some air."""
    x0, y0, x1, y1 = skeleton.box()
    if mask.any():
        left, top, right, bottom = box_of(mask)
        x0, y0, x1, y1 = min(x0, left), min(y0, top), max(x1, right), max(y1, bottom)
    air = 0.05 * max(x1 - x0, y1 - y0) + 2
    return x0 - air, y0 - air, x1 + air, y1 + air


def _candidate(skeleton: Skeleton, box: Box, view: View, size: tuple[int, int]) -> Candidate:
    """The person of a view, in the pixels of a photo of (height, width)."""
    corners = np.array(box).reshape(2, 2) @ view.to_photo[:, :2].T + view.to_photo[:, 2]
    (x0, y0), (x1, y1) = np.clip(corners, 0, (size[1], size[0]))
    box = int(x0), int(y0), max(int(x0) + 1, int(np.ceil(x1))), max(int(y0) + 1, int(np.ceil(y1)))
    return Candidate(skeleton.transformed(view.to_photo), box)


def _painted_out(pixels: np.ndarray, mask: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The view without one person: the mean of the surroundings in their place."""
    gone = mask | (bone_distance(skeleton, mask.shape) < 0.25)
    reach = max(3, round(0.12 * body_unit(skeleton)))
    gone = cv2.dilate(gone.astype(np.uint8), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > 0
    kept = (~gone).astype(np.float32)
    side = (2 * (max(mask.shape) // 4) + 1,) * 2
    total = cv2.boxFilter(pixels * kept[..., None], -1, side, normalize=False)
    count = cv2.boxFilter(kept, -1, side, normalize=False)[..., None]
    filled = np.where(count > 0, total / np.maximum(count, 1), 128)
    return np.where(gone[..., None], filled, pixels).astype(np.uint8)


def _parts(height: int, width: int) -> list[Box]:
    """Overlapping parts of half the photo's size."""
    return [
        (x * width / 4, y * height / 4, (x + 2) * width / 4, (y + 2) * height / 4) for y in range(3) for x in range(3)
    ]
