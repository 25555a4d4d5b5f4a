"""A folder of one's own photos: drawn figures with their labels beside them, so that nothing need be read."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from tests.tiny import figure
from truepose.openpose_json import format_openpose
from truepose.parsing import parsing_image
from truepose.pose import Skeleton
from truepose.reading import NoPersonFound


class Nobody:
    """A reader that finds nobody."""

    def find(self, photo):
        raise NoPersonFound("no person was found in the photo")

    def read(self, photo, candidate=None):
        raise NoPersonFound("no person was found in the photo")


def write_figure(folder: Path, name: str, shade: int = 0, skeleton: Skeleton | None = None) -> None:
    """NAME.webp with its pose and map; the shade tells one from another."""
    photo, person = figure()
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.clip(photo.astype(int) + shade, 0, 255).astype(np.uint8)).save(
        folder / f"{name}.webp", lossless=True
    )
    parsing_image(person.parsing).save(folder / f"{name}.png")
    pose = format_openpose([skeleton or person.skeleton], photo.shape[:2])
    (folder / f"{name}.json").write_text(json.dumps(pose))


def write_figures(folder: Path, count: int) -> Path:
    """As many photos; the folder."""
    for number in range(count):
        write_figure(folder, f"photo-{number}", 3 * number)
    return folder
