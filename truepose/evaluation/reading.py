"""Figures of a reader on labelled photos: parsing IoU, PCK@0.1, milliseconds a photo."""

from __future__ import annotations

import time

import numpy as np
from PIL import Image

from ..data.street import StreetPhoto
from ..parsing import IGNORE, NUM_PARTS, BodyPart, person_mask
from ..pose import Keypoint, Skeleton, torso_length
from ..reading.embedded import EmbeddedReader
from ..reading.network import ReaderNet
from ..reading.person import NoPersonFound, Person, PersonReader

_TRUSTED = 0.4  # label score above which a joint is counted
_PRESENT = 0.01  # share of photos a label must be in to count in the mean
_BODY = [k for k in Keypoint if k not in (Keypoint.NECK,)]


def measure_reader(reader: PersonReader, photos: list[StreetPhoto]) -> dict:
    """Read every photo and compare with its labels.

    Returns:
        `pck` per joint and `pck_mean`, `iou` per label and `miou` (labels present in >= 1 % of the photos),
        `person_iou`, `milliseconds` (median), `not_found` (count), `photos`.
    """
    hits, trusted = np.zeros(len(Keypoint)), np.zeros(len(Keypoint))
    confusion = np.zeros((NUM_PARTS, NUM_PARTS), np.int64)
    containing = np.zeros(NUM_PARTS)
    mapped = not_found = 0
    person_ious, seconds = [], []
    for item in photos:
        photo, truth = Image.fromarray(item.photo()), item.parsing()
        started = time.perf_counter()
        try:
            person = reader.read(photo)
        except NoPersonFound:
            not_found += 1
            nobody = Skeleton.from_points({})
            person = Person(nobody, np.zeros((photo.height, photo.width), np.uint8), (0, 0, 1, 1))
        seconds.append(time.perf_counter() - started)
        hit, counted = _joint_hits(person.skeleton, Skeleton.from_coco17(item.triplets, _TRUSTED))
        hits, trusted = hits + hit, trusted + counted
        if truth is not None:
            mapped += 1
            known = truth != IGNORE
            pairs = truth[known].astype(np.int64) * NUM_PARTS + person.parsing[known]
            confusion += np.bincount(pairs, minlength=NUM_PARTS**2).reshape(NUM_PARTS, NUM_PARTS)
            containing[np.unique(truth[known])] += 1
            ours, theirs = person_mask(person.parsing)[known], person_mask(truth)[known]
            person_ious.append((ours & theirs).sum() / max(1, (ours | theirs).sum()))
    iou = np.diag(confusion) / np.maximum(1, confusion.sum(0) + confusion.sum(1) - np.diag(confusion))
    pck = hits / np.maximum(1, trusted)
    return {
        "photos": len(photos),
        "not_found": not_found,
        "pck_mean": float(hits[_BODY].sum() / max(1, trusted[_BODY].sum())),
        "miou": float(iou[containing >= max(1, _PRESENT * mapped)].mean()) if mapped else 0.0,
        "person_iou": float(np.mean(person_ious)) if person_ious else 0.0,
        "milliseconds": 1000 * float(np.median(seconds)),
        "pck": {k.name.lower(): float(pck[k]) for k in _BODY},
        "iou": {part.label: float(iou[part]) for part in BodyPart},
    }


def _joint_hits(found: Skeleton, truth: Skeleton) -> tuple[np.ndarray, np.ndarray]:
    """(18,) joints within 0.1 torso lengths of the label, and (18,) joints counted."""
    torso = torso_length(truth)
    if not torso:
        return np.zeros(len(Keypoint)), np.zeros(len(Keypoint))
    near = np.linalg.norm(found.xy - truth.xy, axis=1) <= 0.1 * torso
    return (near & found.visible & truth.visible).astype(float), truth.visible.astype(float)


def evaluate_reader(net: ReaderNet, photos: list[StreetPhoto], *, detailed: bool = True) -> dict:
    """`measure_reader` of a network in training; without details only the means, for its log."""
    training = net.training
    figures = measure_reader(EmbeddedReader(net), photos)
    net.train(training)
    return figures if detailed else {k: round(v, 4) for k, v in figures.items() if not isinstance(v, dict)}
