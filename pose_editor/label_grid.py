"""A photo and its labels as the browser gets them: what the mask painter and the region picker share."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from gradio.data_classes import FileData, GradioModel
from PIL import Image

from truepose.cloth import GARMENTS
from truepose.parsing import BodyPart, person_mask

from .assets import cached_picture

GRID_SIDE = 1024  # the longest side of masks and label maps in the browser
_LEAST = 0.005  # of the person: smaller garments are clicked in the photo, or not at all


@dataclass(frozen=True, eq=False)
class PhotoScene:
    """A photo to mask, or to take a region of.

    Attributes:
        photo: RGB.
        parsing: (H, W) uint8 `BodyPart` labels of one person.
        key: names this opening of the photo; comes back with every edit of it.
        people: boxes (x0, y0, x1, y1) of everybody in the photo, pixels.
        person: the number of the one whose labels these are.
    """

    photo: Image.Image
    parsing: np.ndarray
    key: str
    people: tuple[tuple[int, int, int, int], ...] = ()
    person: int = 0


class LabelName(GradioModel):
    """A label that the photo shows: its number in the label map, what people call it, and whether it gets a button."""

    number: int
    name: str
    is_garment: bool


class PhotoValue(GradioModel):
    """What travels of a scene to the browser, and back.

    Attributes:
        key: another key is another photo.
        photo: a picture of it, perhaps scaled down.
        width, height: of the photo itself.
        grid: (width, height) of masks and label maps.
        labels: the label map; a label's number is the picture's red.
        names: the labels that it shows, the largest first.
        people: x0, y0, x1, y1 of everybody in the photo.
        person: whose labels these are, by number.
        chosen: whose are asked for.
        upload: a picture file just dropped.
    """

    key: str = ""
    photo: FileData | None = None
    width: int = 0
    height: int = 0
    grid: list[int] = []
    labels: FileData | None = None
    names: list[LabelName] = []
    people: list[list[int]] = []
    person: int = 0
    chosen: int = 0
    upload: FileData | None = None


def grid_size(width: int, height: int) -> tuple[int, int]:
    """(width, height) of the grid on which a photo is masked in the browser."""
    scale = min(1.0, GRID_SIDE / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def names_of(parsing: np.ndarray) -> list[LabelName]:
    """The labels present, the largest first."""
    counts = np.bincount(parsing[person_mask(parsing)], minlength=len(BodyPart))
    present = sorted((part for part in BodyPart if counts[part]), key=lambda part: -counts[part])
    large = _LEAST * counts.sum()
    return [
        LabelName(
            number=int(part),
            name=part.label.replace("-", " ").capitalize(),
            is_garment=part in GARMENTS and counts[part] > large,
        )
        for part in present
    ]


def photo_fields(scene: PhotoScene, cache_dir: str) -> dict:
    """The fields of a `PhotoValue` for a scene; its pictures are put where Gradio serves them from."""
    width, height = scene.photo.size
    grid = grid_size(width, height)
    known = np.where(person_mask(scene.parsing), scene.parsing, 0).astype(np.uint8)
    small = cv2.resize(known, grid, interpolation=cv2.INTER_NEAREST)
    return {
        "key": scene.key,
        "photo": cached_picture(scene.photo, cache_dir, "webp"),
        "width": width,
        "height": height,
        "grid": list(grid),
        "labels": cached_picture(Image.fromarray(small), cache_dir, "png"),
        "names": names_of(scene.parsing),
        "people": [list(box) for box in scene.people],
        "person": scene.person,
        "chosen": scene.person,
    }
