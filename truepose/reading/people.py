"""Several people in a photo: who is its subject, and which pixels are whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np

from ..landmarks import Landmarks
from ..parsing import HEAD_PARTS, BodyPart, part_mask, person_mask
from ..pose import LIMBS, Skeleton, torso_length
from .person import Candidate, NoPersonFound, Person

_SMALLEST_PERSON = 0.08  # of the photo's height
_LEAST = 0.08  # of the largest piece's area: smaller ones are specks
_LEAST_HEAD = 0.35  # of the largest head's area
_TOGETHER = 0.12  # of a person's height: joints of one person seen twice lie nearer than this


def subject_first(candidates: Iterable[Candidate], size: tuple[int, int]) -> list[Candidate]:
    """Sort people by how likely the photo is about them: large and in the middle before small and aside.

    Args:
        candidates: everybody.
        size: (height, width) of the photo.
    """
    return sorted(candidates, key=lambda candidate: -_prominence(candidate, size))


def _prominence(candidate: Candidate, size: tuple[int, int]) -> float:
    x0, y0, x1, y1 = candidate.box
    aside = abs((x0 + x1) / size[1] - 1)  # 0 in the middle, 1 at the photo's side
    return (y1 - y0) * (1 - 0.5 * min(1, aside)) * (0.1 + candidate.skeleton.score.mean())


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    """(x0, y0, x1, y1) around the pixels of an (H, W) bool mask, x1 and y1 exclusive; at least one must be set."""
    rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def whole_person(skeleton: Skeleton, labels: np.ndarray, landmarks: Landmarks | None = None) -> Person:
    """The person that joints and (H, W) uint8 labels show.

    Raises:
        NoPersonFound: the labels show hardly anything.
    """
    mask = person_mask(labels)
    if mask.any(1).sum() < _SMALLEST_PERSON * len(labels):
        raise NoPersonFound("no person was found in the photo: choose one where the person is larger")
    return Person(skeleton, labels, box_of(mask), landmarks)


def only_this_person(labels: np.ndarray, skeleton: Skeleton, others: Iterable[Skeleton] = ()) -> np.ndarray:
    """A parsing map without the people that it is not about.

    Connected parts that no bone of the skeleton comes near are dropped: other people, noise. Where other people are
    known, each pixel of what is left stays with whose bones it is nearest to, measured in torso lengths.

    Args:
        labels: (H, W) uint8 `BodyPart`.
        skeleton: whose map it is.
        others: the other people's joints.

    Returns:
        (H, W) uint8 labels.
    """
    others = [other for other in others if other.visible.any()]
    if others:
        nearest = np.stack([bone_distance(who, labels.shape) for who in (skeleton, *others)]).argmin(0)
        labels = np.where(nearest == 0, labels, BodyPart.BACKGROUND).astype(np.uint8)
    count, components = cv2.connectedComponents(person_mask(labels).astype(np.uint8))
    if count <= 2:
        return labels
    kept = np.zeros(count, bool)
    kept[np.unique(components[bone_distance(skeleton, labels.shape) < 0.15])] = True
    kept[0] = True
    return np.where(kept[components], labels, BodyPart.BACKGROUND).astype(np.uint8)


def distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Everybody once, in order."""
    once: list[Candidate] = []
    for candidate in candidates:
        if not any(same_person(candidate, other) for other in once):
            once.append(candidate)
    return once


def among_others(candidates: list[Candidate]) -> list[Candidate]:
    """The same people, each knowing the others."""
    return [replace(who, others=tuple(o.skeleton for o in candidates if o is not who)) for who in candidates]


def split_people(labels: np.ndarray) -> list[np.ndarray]:
    """The people of a parsing map, told apart by gaps between them and by their heads.

    Args:
        labels: (H, W) uint8 `BodyPart` of any number of people.

    Returns:
        (H, W) bool masks, the largest first. A piece without a head counts only if it is the largest: bags and feet
        come off their owners.
    """
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(person_mask(labels).astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA]
    people = []
    for number in sorted(range(1, count), key=lambda n: -areas[n]):
        piece = pieces == number
        heads = _heads(part_mask(labels, HEAD_PARTS) & piece)
        large_enough = heads and areas[number] > _LEAST * areas[1:].max()
        if not people or large_enough:
            nearest = np.abs(np.arange(labels.shape[1]) - np.array(heads or [0.0])[:, None]).argmin(0)  # (W,)
            people += [piece & (nearest == head) for head in range(max(1, len(heads)))]
    return sorted(people, key=lambda mask: -mask.sum())


def _heads(mask: np.ndarray) -> list[float]:
    """The x of each head in an (H, W) bool mask of heads' labels."""
    count, _, stats, centers = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    areas, widths = stats[1:, cv2.CC_STAT_AREA], stats[1:, cv2.CC_STAT_WIDTH]
    heads: list[float] = []
    for n in sorted(range(count - 1), key=lambda n: -areas[n]):
        x = float(centers[1 + n][0])
        # Hair that an arm or a hand parts from its head lies close to it.
        if areas[n] > _LEAST_HEAD * areas.max() and all(abs(x - other) > 1.2 * widths.max() for other in heads):
            heads.append(x)
    return heads


def bone_distance(skeleton: Skeleton, size: tuple[int, int]) -> np.ndarray:
    """(H, W) float32: how far each pixel is from the nearest bone, in torso lengths of this person."""
    bones = np.ones(size, np.uint8)
    for a, b in LIMBS:
        if skeleton.visible[a] and skeleton.visible[b]:
            start, end = (tuple(int(v) for v in skeleton.xy[k].round()) for k in (a, b))
            cv2.line(bones, start, end, 0)
    for x, y in skeleton.xy[skeleton.visible].round().astype(int).tolist():
        if 0 <= x < size[1] and 0 <= y < size[0]:
            bones[y, x] = 0
    if bones.all():
        return np.full(size, np.inf, np.float32)
    return cv2.distanceTransform(bones, cv2.DIST_L2, 3) / body_unit(skeleton)


def body_unit(skeleton: Skeleton) -> float:
    """Pixels of this person's torso, as far as the joints tell; at least 1."""
    x0, y0, x1, y1 = skeleton.box()
    return max(1.0, torso_length(skeleton) or 0.35 * max(x1 - x0, y1 - y0))


def same_person(a: Candidate, b: Candidate) -> bool:
    """Whether two candidates are one person, seen twice: their joints lie together."""
    common = a.skeleton.visible & b.skeleton.visible
    if not common.any():
        return False
    apart = np.median(np.linalg.norm(a.skeleton.xy[common] - b.skeleton.xy[common], axis=1))
    return bool(apart < _TOGETHER * max(a.height, b.height))
