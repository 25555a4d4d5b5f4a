"""A sheet of the photos that a reader reads worst: what it saw beside what is right."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from ..parsing import colorize
from ..pose import Skeleton, render_pose_map
from .reading import Score

_HEIGHT = 320  # pixels of each picture
_CAPTION = 16


def worst(scores: list[Score], count: int) -> list[Score]:
    """The photos with the lowest `Score.quality`, the worst first."""
    return sorted(scores, key=lambda score: score.quality)[:count]


def reading_sheet(scores: list[Score], columns: int = 6) -> Image.Image:
    """For each photo: joints as read | parsing as read | joints as labelled | parsing as labelled, captioned."""
    cells = [_cell(score) for score in scores]
    width = max(cell.width for cell in cells)
    rows = -(-len(cells) // columns)
    sheet = Image.new("RGB", (columns * width, rows * (_HEIGHT + _CAPTION)), "white")
    for i, cell in enumerate(cells):
        sheet.paste(cell, (i % columns * width, i // columns * (_HEIGHT + _CAPTION)))
    return sheet


def _cell(score: Score) -> Image.Image:
    truth, person = score.truth, score.person
    nobody = np.zeros((truth.photo.height, truth.photo.width), np.uint8)
    unread = Skeleton.from_points({})
    pictures = [
        _with_joints(truth.photo, unread if person is None else person.skeleton),
        Image.fromarray(colorize(nobody if person is None else person.parsing)),
        _with_joints(truth.photo, truth.skeleton),
        Image.fromarray(colorize(nobody if truth.parsing is None else truth.parsing)),
    ]
    width = max(1, round(truth.photo.width * _HEIGHT / truth.photo.height))
    cell = Image.new("RGB", (4 * width + 4, _HEIGHT + _CAPTION), "white")
    for i, picture in enumerate(pictures):
        cell.paste(picture.resize((width, _HEIGHT), Image.Resampling.LANCZOS), (i * width, _CAPTION))
    found = "nobody found" if person is None else f"joints {score.hits.sum():.0f} of {score.counted.sum():.0f}"
    ImageDraw.Draw(cell).text((2, 2), f"{truth.name}  {score.quality:.2f}  {found}", fill="black")
    return cell


def _with_joints(photo: Image.Image, skeleton: Skeleton) -> Image.Image:
    pixels = np.asarray(photo)
    drawn = render_pose_map(skeleton, pixels.shape[:2])
    return Image.fromarray(np.where(drawn.any(-1, keepdims=True), drawn, pixels))
