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
        mask: (H, W) in [0, 1], what the mask painter starts with; nothing by default.
    """

    photo: Image.Image
    parsing: np.ndarray
    key: str
    people: tuple[tuple[int, int, int, int], ...] = ()
    person: int = 0
    mask: np.ndarray | None = None


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


def on_grid(parsing: np.ndarray) -> np.ndarray:
    """(h, w) uint8: an (H, W) map as the browser gets it; unlabelled pixels are background."""
    known = np.where(person_mask(parsing), parsing, 0).astype(np.uint8)
    return cv2.resize(known, grid_size(*parsing.shape[::-1]), interpolation=cv2.INTER_NEAREST)


def read_labels(path: str, size: tuple[int, int]) -> np.ndarray:
    """A label map as the browser sends it back: a PNG on the grid of a photo of (width, height), numbers in its red.

    Returns:
        (h, w) uint8 `BodyPart`.

    Raises:
        ValueError: it is no such picture.
    """
    grid = grid_size(*size)
    try:
        with Image.open(path, formats=("PNG",)) as image:
            if image.size != grid:
                raise ValueError(f"they must be on a grid of {grid[0]}x{grid[1]}, got {image.width}x{image.height}")
            labels = np.asarray(image.convert("RGB"))[..., 0]
    except ValueError:
        raise
    except Exception:  # decoders raise anything at all on damaged data
        raise ValueError("they are no PNG") from None
    if labels.max() >= len(BodyPart):
        raise ValueError(f"labels must be below {len(BodyPart)}, got {labels.max()}")
    return labels


def corrected_labels(parsing: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(H, W) uint8: the map with what differs on the grid taken over; all else keeps its own, finer borders."""

    def large(small: np.ndarray) -> np.ndarray:
        return cv2.resize(small, parsing.shape[::-1], interpolation=cv2.INTER_NEAREST)

    changed = large((on_grid(parsing) != labels).astype(np.uint8)) > 0
    return np.where(changed, large(labels), parsing)


def photo_fields(scene: PhotoScene, cache_dir: str) -> dict:
    """The fields of a `PhotoValue` for a scene; its pictures are put where Gradio serves them from."""
    width, height = scene.photo.size
    small = on_grid(scene.parsing)
    return {
        "key": scene.key,
        "photo": cached_picture(scene.photo, cache_dir, "webp"),
        "width": width,
        "height": height,
        "grid": list(grid_size(width, height)),
        "labels": cached_picture(Image.fromarray(small), cache_dir, "png"),
        "names": names_of(scene.parsing),
        "people": [list(box) for box in scene.people],
        "person": scene.person,
        "chosen": scene.person,
    }
