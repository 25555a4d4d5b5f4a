"""A sheet of the photos that a reader reads worst: what it saw beside what is right."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..parsing import colorize
from ..pose import Skeleton
from .reading import Score
from .sheets import grid, strip, with_joints

_HEIGHT = 320  # pixels of each picture


def worst(scores: list[Score], count: int) -> list[Score]:
    """The photos with the lowest `Score.quality`, the worst first."""
    return sorted(scores, key=lambda score: score.quality)[:count]


def reading_sheet(scores: list[Score], columns: int = 6) -> Image.Image:
    """For each photo: joints as read | parsing as read | joints as labelled | parsing as labelled, captioned."""
    return grid([_cell(score) for score in scores], columns)


def _cell(score: Score) -> Image.Image:
    truth, person = score.truth, score.person
    nobody = np.zeros((truth.photo.height, truth.photo.width), np.uint8)
    unread = Skeleton.from_points({})
    pictures = [
        with_joints(truth.photo, unread if person is None else person.skeleton),
        Image.fromarray(colorize(nobody if person is None else person.parsing)),
        with_joints(truth.photo, truth.skeleton),
        Image.fromarray(colorize(nobody if truth.parsing is None else truth.parsing)),
    ]
    found = "nobody found" if person is None else f"joints {score.hits.sum():.0f} of {score.counted.sum():.0f}"
    return strip(pictures, f"{truth.name}  {score.quality:.2f}  {found}", _HEIGHT)
