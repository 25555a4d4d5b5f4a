"""Figures of a reader on labelled photos: parsing IoU, PCK@0.1, milliseconds a photo."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..data.labelled import rendered_pictures
from ..data.street import load_street
from ..facing import Facing, facing
from ..parsing import IGNORE, NUM_PARTS, BodyPart
from ..pose import Keypoint, Skeleton, torso_length
from ..reading.person import NoPersonFound, Person, PersonReader

_TRUSTED = 0.4  # label score above which a joint is counted
_PRESENT = 0.01  # share of photos a label must be in to count in the mean
_BODY = [k for k in Keypoint if k not in (Keypoint.NECK,)]


@dataclass(frozen=True, eq=False)
class Truth:
    """A photo whose person is known.

    Attributes:
        name: what it is called in lists.
        photo: RGB.
        skeleton: the joints that count.
        parsing: (H, W) uint8 labels, 255 unknown; None where there is no map.
        torso: pixels of the torso, the measure of joints; by default the skeleton's own.
    """

    name: str
    photo: Image.Image
    skeleton: Skeleton
    parsing: np.ndarray | None
    torso: float | None = None


@dataclass(frozen=True, eq=False)
class Score:
    """One photo read.

    Attributes:
        truth: what is right.
        person: what was read; None where nobody was found.
        hits, counted: (18,) joints within 0.1 torso lengths of their place, and joints that count.
        confusion: (18, 18) pixels, rows the true label, columns the one read.
        seconds: reading took.
    """

    truth: Truth
    person: Person | None
    hits: np.ndarray
    counted: np.ndarray
    confusion: np.ndarray
    seconds: float

    @property
    def quality(self) -> float:
        """0-1: the mean of the share of joints hit and of the mean IoU of the labels that the photo holds."""
        present = self.confusion.sum(1) > 0
        parts = [iou_of(self.confusion)[present].mean()] if present.any() else []
        if self.counted.any():
            parts.append(self.hits.sum() / self.counted.sum())
        return float(np.mean(parts)) if parts else 1.0


def street_truths(street: str | Path, count: int | None = None) -> Iterable[Truth]:
    """The street photos' validation split, opened one by one."""
    for item in load_street(street, validation=True)[:count]:
        skeleton = Skeleton.from_coco17(item.triplets, _TRUSTED)
        yield Truth(item.name, Image.fromarray(item.photo()), skeleton, item.parsing())


def rendered_truths(folder: str | Path, count: int | None = None) -> Iterable[Truth]:
    """People written by `python -m truepose.data.rendered`, opened one by one."""
    for path, item in rendered_pictures(folder, count):
        yield Truth(path.stem, Image.fromarray(item.photo), item.skeleton, item.parsing)


def score_photos(reader: PersonReader, truths: Iterable[Truth]) -> list[Score]:
    """Read every photo and compare."""
    return [_score(reader, truth) for truth in truths]


def measure_reader(scores: list[Score]) -> dict:
    """The figures of photos read.

    Returns:
        `pck` per joint and `pck_mean`, `iou` per label and `miou` (labels present in >= 1 % of the photos),
        `person_iou`, `facing` (share of photos whose side is told right), `milliseconds` (median), `not_found` (count),
        `photos`.
    """
    mapped = [score for score in scores if score.truth.parsing is not None]
    hits, counted = (sum((getattr(s, name) for s in scores), np.zeros(len(Keypoint))) for name in ("hits", "counted"))
    confusion = sum((score.confusion for score in mapped), np.zeros((NUM_PARTS, NUM_PARTS), np.int64))
    containing = sum((score.confusion.sum(1) > 0 for score in mapped), np.zeros(NUM_PARTS))
    iou, pck = iou_of(confusion), hits / np.maximum(1, counted)
    sides = [_side(score.person) is facing(score.truth.skeleton) for score in scores]
    return {
        "photos": len(scores),
        "not_found": sum(score.person is None for score in scores),
        "pck_mean": float(hits[_BODY].sum() / max(1, counted[_BODY].sum())),
        "miou": float(iou[containing >= max(1, _PRESENT * len(mapped))].mean()) if mapped else 0.0,
        "person_iou": float(np.mean([person_iou(score.confusion) for score in mapped])) if mapped else 0.0,
        "facing": float(np.mean(sides)),
        "milliseconds": 1000 * float(np.median([score.seconds for score in scores])),
        "pck": {k.name.lower(): float(pck[k]) for k in _BODY},
        "iou": {part.label: float(iou[part]) for part in BodyPart},
    }


def means(figures: dict) -> dict:
    """The figures without those per joint and label, rounded for a log."""
    return {name: round(value, 4) for name, value in figures.items() if not isinstance(value, dict)}


def iou_of(confusion: np.ndarray) -> np.ndarray:
    """(18,) intersection over union of each label, from an (18, 18) table of pixels."""
    both = np.diag(confusion)
    return both / np.maximum(1, confusion.sum(0) + confusion.sum(1) - both)


def confusion_of(parsing: np.ndarray | None, truth: np.ndarray) -> np.ndarray:
    """(18, 18) int64 pixels, rows the true label, columns the one read.

    Args:
        parsing: (H, W) uint8 as read; None where nobody was found.
        truth: (H, W) uint8; 255 is not counted.
    """
    known = truth != IGNORE
    ours = np.zeros_like(truth) if parsing is None else parsing
    pairs = truth[known].astype(np.int64) * NUM_PARTS + ours[known]
    return np.bincount(pairs, minlength=NUM_PARTS**2).reshape(NUM_PARTS, NUM_PARTS)


def person_iou(confusion: np.ndarray) -> float:
    """Of everything that is not background, labels aside, from an (18, 18) table of pixels."""
    total, outside = confusion.sum(), confusion[0, 0]
    return float(confusion[1:, 1:].sum() / max(1, total - outside))


def _score(reader: PersonReader, truth: Truth) -> Score:
    started = time.perf_counter()
    try:
        person = reader.read(truth.photo)
    except NoPersonFound:
        person = None
    seconds = time.perf_counter() - started
    skeleton = Skeleton.from_points({}) if person is None else person.skeleton
    hits, counted = _joint_hits(skeleton, truth.skeleton, truth.torso or torso_length(truth.skeleton))
    confusion = np.zeros((NUM_PARTS, NUM_PARTS), np.int64)
    if truth.parsing is not None:
        confusion = confusion_of(None if person is None else person.parsing, truth.parsing)
    return Score(truth, person, hits, counted, confusion, seconds)


def _joint_hits(found: Skeleton, truth: Skeleton, torso: float | None) -> tuple[np.ndarray, np.ndarray]:
    """(18,) joints within 0.1 torso lengths of the label, and (18,) joints counted."""
    if not torso:
        return np.zeros(len(Keypoint)), np.zeros(len(Keypoint))
    near = np.linalg.norm(found.xy - truth.xy, axis=1) <= 0.1 * torso
    return (near & found.visible & truth.visible).astype(float), truth.visible.astype(float)


def _side(person: Person | None) -> Facing | None:
    return None if person is None else facing(person.skeleton)
