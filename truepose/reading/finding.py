"""Who is in a photo: low-resolution looks of the network, one person at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np

from ..estimate import estimate_joints
from ..parsing import person_mask
from ..pose import Skeleton
from .look import Box, View, decode_joints, decode_parsing, look
from .network import ReaderNet
from .people import among_others, bone_distance, box_of, distinct, only_this_person, split_people, subject_first
from .person import Candidate

FEWEST_JOINTS = 3
_SURE_JOINTS = 6  # of people beside others: less may be a bag, or somebody's elbow
_LEAST_BESIDE = 0.2  # of the tallest person's height: smaller ones beside them are passers-by
_SMALL = 0.4  # of the photo's height: smaller people are looked at closer
_MARGIN = 0.12  # of the box of a person looked at closer, on each side
_BODY = 0.4  # torso lengths around their bones that are somebody's
_DEPTH = 2  # how often what lies beside the people found is looked at by itself
_NARROWEST = 0.15  # of the height of a strip: narrower ones hold nobody
_BEYOND = 0.1  # of the height of a region of the map, around it: where its joints may be


def find_people(net: ReaderNet, photo: np.ndarray) -> list[Candidate]:
    """Everybody in an (H, W, 3) uint8 RGB photo, the likeliest subject first; empty where nobody is seen."""
    size = photo.shape[:2]
    found = list(_everybody(net, photo, (0, 0, size[1], size[0])))
    far = not any(_is_sure(who) and who.height >= _SMALL * size[0] for who in found)
    if far:  # perhaps: parts of the photo, closer
        found += [who for part in _parts(*size) for who in _everybody(net, photo, part) if _is_sure(who)]
    found = distinct(subject_first(found, size))
    if found and (far or len(found) > 1):
        found = distinct(subject_first(_each_alone(net, photo, found), size)) or found[:1]
        least = _LEAST_BESIDE * max(who.height for who in found)
        found = [who for who in found if who.height > least]
    return among_others(found)


def _is_sure(candidate: Candidate) -> bool:
    return candidate.skeleton.visible.sum() >= _SURE_JOINTS


def view_of_one(photo: np.ndarray, candidate: Candidate, longer_side: int) -> View:
    """One person of a photo, closer: the network takes joints from whoever shows them best, so others are painted out.

    Args:
        photo: (H, W, 3) uint8 RGB.
        candidate: whom, and who else is there.
        longer_side: pixels of the view.
    """
    view = View.of(photo, with_margin(candidate.box, _MARGIN, photo.shape[:2]), longer_side)
    if not candidate.others:
        return view
    whose = (candidate.skeleton, *candidate.others)
    mine, *theirs = (bone_distance(who.transformed(view.matrix), view.pixels.shape[:2]) for who in whose)
    nearest = np.min(theirs, 0)
    return replace(view, pixels=paint_out(view.pixels, (nearest < _BODY) & (nearest < mine)))


def with_margin(box: tuple[int, int, int, int], share: float, size: tuple[int, int]) -> Box:
    """A box grown by a share of its sides on each side, inside a photo of (height, width)."""
    x0, y0, x1, y1 = box
    mx, my = share * (x1 - x0), share * (y1 - y0)
    return max(0, x0 - mx), max(0, y0 - my), min(size[1], x1 + mx), min(size[0], y1 + my)


def _everybody(net: ReaderNet, photo: np.ndarray, part: Box, depth: int = 0) -> Iterator[Candidate]:
    """The people in a part of a photo, in any order.

    The network means one person, knows of some others, and takes the rest for background. Each region of its map is
    somebody, whose joints are looked for there alone. Then what lies beside them is looked at by itself.
    """
    view = View.of(photo, part, net.config.find_size)
    reading = look(net, view.pixels)
    labels = decode_parsing(reading, view.pixels.shape[:2], np.eye(2, 3))
    found = []
    for region in split_people(labels):
        skeleton = decode_joints(reading, grown(region, _BEYOND * np.ptp(region.any(1).nonzero())))
        if skeleton.visible.sum() >= (_SURE_JOINTS if depth else FEWEST_JOINTS):
            mask = person_mask(only_this_person(np.where(region, labels, 0), skeleton))
            found.append(_candidate(skeleton, _around(skeleton, mask), view, photo.shape[:2]))
    yield from found
    if found and depth < _DEPTH:
        for strip in _beside(part, found):
            yield from _everybody(net, photo, strip, depth + 1)


def _beside(part: Box, found: list[Candidate]) -> list[Box]:
    """What a part shows to the left and to the right of the people found in it, where that is wide enough."""
    x0, y0, x1, y1 = part
    left, right = min(who.box[0] for who in found), max(who.box[2] for who in found)
    least = _NARROWEST * (y1 - y0)
    return [(a, y0, b, y1) for a, b in ((x0, left), (right, x1)) if b - a > least]


def _each_alone(net: ReaderNet, photo: np.ndarray, found: list[Candidate]) -> Iterator[Candidate]:
    """Several people, each looked at again without the others; those who then are nobody are left out."""
    for candidate in among_others(found):
        # Twice: of somebody whose legs were missed, the first look tells how far down to look.
        seen = _closer(net, photo, candidate)
        seen = seen and _closer(net, photo, replace(seen, others=candidate.others))
        if seen is not None:
            yield seen


def _closer(net: ReaderNet, photo: np.ndarray, candidate: Candidate) -> Candidate | None:
    """A candidate in the surroundings where all of them must be; None if there is nobody."""
    size = photo.shape[:2]
    whole = replace(candidate, box=_with_hidden_limbs(candidate, size))
    view = view_of_one(photo, whole, net.config.find_size)
    reading = look(net, view.pixels)
    skeleton = decode_joints(reading)
    if skeleton.visible.sum() < _SURE_JOINTS:
        return None
    labels = decode_parsing(reading, view.pixels.shape[:2], np.eye(2, 3))
    mask = person_mask(only_this_person(labels, skeleton))
    return _candidate(skeleton, _around(skeleton, mask), view, size)


def _with_hidden_limbs(candidate: Candidate, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """A candidate's box with the places of the joints that were not seen, inside a photo of (height, width)."""
    x0, y0, x1, y1 = candidate.box
    joints = estimate_joints(candidate.skeleton, y1 - y0)
    left, top = np.floor(np.minimum(joints.min(0), (x0, y0))).clip(0)
    right, bottom = np.ceil(np.maximum(joints.max(0), (x1, y1))).clip(1, size[::-1])
    return int(left), int(top), int(right), int(bottom)


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


def paint_out(pixels: np.ndarray, gone: np.ndarray) -> np.ndarray:
    """An (h, w, 3) uint8 view without what an (h, w) bool mask covers: the mean of the surroundings in its place."""
    if not gone.any():
        return pixels
    kept = (~gone).astype(np.float32)
    side = (2 * (max(gone.shape) // 6) + 1,) * 2
    total = cv2.boxFilter(pixels * kept[..., None], -1, side, normalize=False)
    count = cv2.boxFilter(kept, -1, side, normalize=False)[..., None]
    filled = np.where(count > 0, total / np.maximum(count, 1), 128)
    return np.where(gone[..., None], filled, pixels).astype(np.uint8)


def grown(mask: np.ndarray, reach: float) -> np.ndarray:
    """An (H, W) bool mask and all that is at most `reach` pixels away, along rows and columns."""
    side = 2 * max(0, round(reach)) + 1
    return cv2.dilate(mask.astype(np.uint8), np.ones((side, side), np.uint8)).astype(bool)


def _parts(height: int, width: int) -> list[Box]:
    """Overlapping parts of half the photo's size."""
    return [
        (x * width / 4, y * height / 4, (x + 2) * width / 4, (y + 2) * height / 4) for y in range(3) for x in range(3)
    ]
