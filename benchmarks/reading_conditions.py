"""How the reader reads under the conditions that shops and phones make, on held-out street photos changed accordingly.

    python benchmarks/reading_conditions.py --street STREET [--model FOLDER] [--count 60]

The same photos in every row, each change drawn from a fixed seed. Joints within 0.1 torso lengths, as elsewhere.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from truepose.data.augment import studio_background, tone_skin
from truepose.evaluation.reading import Truth, measure_reader, score_photos, street_truths
from truepose.evaluation.tables import markdown
from truepose.parsing import IGNORE, person_mask
from truepose.pose import Skeleton, torso_length
from truepose.reading import EMBEDDED_READER, load_reader

Change = Callable[[Truth, np.random.Generator], Truth]
_LARGEST = 1200  # pixels of a photo's longer side


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--street", required=True)
    parser.add_argument("--model", default=str(EMBEDDED_READER))
    parser.add_argument("--count", type=int, default=60)
    options = parser.parse_args()
    reader = load_reader(options.model)
    truths = [truth for truth in street_truths(options.street) if truth.parsing is not None][: options.count]
    rows = []
    for name, change in CONDITIONS.items():
        figures = measure_reader(score_photos(reader, _changed(truths, change)))
        names = ("pck_mean", "miou", "person_iou")
        rows.append([name, *(f"{figures[n]:.3f}" for n in names), str(figures["not_found"])])
        print(rows[-1], file=sys.stderr, flush=True)
    print(f"{len(truths)} photos\n\n" + markdown(["", "PCK@0.1", "mIoU", "person IoU", "not found"], rows))


def _changed(truths: list[Truth], change: Change) -> Iterator[Truth]:
    for index, truth in enumerate(truths):
        yield change(truth, np.random.default_rng(index))


def _pixels(change: Callable[[np.ndarray, np.random.Generator], np.ndarray]) -> Change:
    """A change of the picture that moves nothing."""
    return lambda truth, rng: replace(truth, photo=Image.fromarray(change(np.asarray(truth.photo), rng)))


def _dim(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    dark = pixels * rng.uniform(0.12, 0.3) + rng.normal(0, 4, pixels.shape)
    return np.clip(dark, 0, 255).astype(np.uint8)


def _phone(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Small, shaken a little, saved badly."""
    small = cv2.resize(cv2.GaussianBlur(pixels, (0, 0), 1.6), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 30))])
    return cv2.resize(cv2.imdecode(data, cv2.IMREAD_COLOR), pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR)


def _studio(truth: Truth, rng: np.random.Generator) -> Truth:
    person = (person_mask(truth.parsing) | (truth.parsing == IGNORE)).astype(np.float32)
    person = cv2.GaussianBlur(person, (0, 0), 1.0)[..., None]
    wall = studio_background(truth.parsing.shape, rng)
    return replace(truth, photo=Image.fromarray((truth.photo * person + wall * (1 - person)).astype(np.uint8)))


def _dark_skin(truth: Truth, rng: np.random.Generator) -> Truth:
    return replace(truth, photo=Image.fromarray(tone_skin(np.asarray(truth.photo), truth.parsing, rng)))


def _cropped(top: float, bottom: float) -> Change:
    """Only part of the person's height, measured on the map."""

    def change(truth: Truth, rng: np.random.Generator) -> Truth:
        rows = person_mask(truth.parsing).any(1).nonzero()[0]
        low, high = (int(rows[0] + share * np.ptp(rows)) for share in (top, bottom))
        low, high = max(0, low), min(len(truth.parsing), high)
        moved = truth.skeleton.transformed(np.array([[1, 0, 0], [0, 1, -low]]))
        inside = moved.visible & (moved.xy[:, 1] >= 0) & (moved.xy[:, 1] < high - low)
        skeleton = Skeleton(moved.xy, inside, moved.score)
        photo = truth.photo.crop((0, low, truth.photo.width, high))
        torso = torso_length(truth.skeleton)
        return replace(truth, photo=photo, skeleton=skeleton, parsing=truth.parsing[low:high], torso=torso)

    return change


def _far(share: float) -> Change:
    """The photo is that share of the height of a larger, plain one, somewhere in it."""

    def change(truth: Truth, rng: np.random.Generator) -> Truth:
        width, height = truth.photo.size
        tall = int(height / share)
        wide = max(width, int(tall * rng.uniform(0.7, 1.5)))
        x, y = int(rng.uniform(0, wide - width)), int(rng.uniform(0, tall - height))
        large = Image.new("RGB", (wide, tall), tuple(np.asarray(truth.photo)[4].mean(0).astype(int).tolist()))
        large.paste(truth.photo, (x, y))
        parsing = np.zeros((tall, wide), np.uint8)
        parsing[y : y + height, x : x + width] = truth.parsing
        scale = min(1.0, _LARGEST / max(wide, tall))
        size = (round(wide * scale), round(tall * scale))
        skeleton = truth.skeleton.transformed(np.array([[scale, 0, x * scale], [0, scale, y * scale]]))
        parsing = cv2.resize(parsing, size, interpolation=cv2.INTER_NEAREST)
        return replace(truth, photo=large.resize(size, Image.Resampling.LANCZOS), skeleton=skeleton, parsing=parsing)

    return change


def _beside(others: float) -> Change:
    """Somebody else to the right, that much as large: the person's own mirror image."""

    def change(truth: Truth, rng: np.random.Generator) -> Truth:
        other = truth.photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        other = other.resize((round(other.width * others), round(other.height * others)))
        width, height = truth.photo.size
        both = Image.new("RGB", (width + other.width, height), (128, 128, 128))
        both.paste(truth.photo, (0, 0))
        both.paste(other, (width, height - other.height))
        parsing = np.pad(truth.parsing, ((0, 0), (0, other.width)))
        return replace(truth, photo=both, parsing=parsing)

    return change


CONDITIONS: dict[str, Change] = {
    "as they are": lambda truth, rng: truth,
    "studio wall": _studio,
    "dark skin": _dark_skin,
    "low light": _pixels(_dim),
    "blur, half size, JPEG 15-30": _pixels(_phone),
    "head to hips": _cropped(0.0, 0.5),
    "head and shoulders": _cropped(0.0, 0.28),
    "waist to feet": _cropped(0.42, 1.0),
    "30 % of the height, off-centre": _far(0.3),
    "15 % of the height, off-centre": _far(0.15),
    "somebody of 0.8 the size beside": _beside(0.8),
}


if __name__ == "__main__":
    main()
