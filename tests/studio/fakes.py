"""A reader and a pipeline that answer at once, for the browser tests of the studio."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
from PIL import Image, ImageDraw

from tests.pose_editor import figure
from truepose.pose import Keypoint, Skeleton
from truepose.reading import NoPersonFound, Person

WRIST_COLOR = (255, 0, 255)


class FigureReader:
    """Knows the drawn figure, by the colour of its shirt, and nobody else."""

    def read(self, image: Image.Image) -> Person:
        if image.size != figure.SIZE[::-1] or np.abs(np.array(image)[200, 160] - np.array(figure.SHIRT)).max() > 12:
            raise NoPersonFound("No person was found in this photo.")
        return figure.person()


class PaintingPipeline:
    """Paints a dot where the target's right wrist is, after as many steps as asked for."""

    defaults = SimpleNamespace(steps=4, guidance_scale=2.0)

    def __init__(self, seconds_per_step: float = 0.05):
        self.seconds_per_step = seconds_per_step
        self.targets: list[Skeleton] = []
        self.stopped_at: int | None = None

    def encode_source(self, photo: Image.Image, person: Person):
        return SimpleNamespace(photo=photo, person=person)

    def repose(self, photo, target, *, steps, guidance_scale, seed, source, on_step):
        self.targets.append(target)
        for step in range(1, steps + 1):
            time.sleep(self.seconds_per_step)
            try:
                on_step(step, steps)
            except BaseException:
                self.stopped_at = step
                raise
        image = photo.copy()
        x, y = target.xy[Keypoint.RIGHT_WRIST]
        ImageDraw.Draw(image).ellipse([x - 12, y - 12, x + 12, y + 12], fill=WRIST_COLOR)
        return SimpleNamespace(image=image)
