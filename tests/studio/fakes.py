"""A reader and a pipeline that answer at once, for the browser tests of the studio."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
from PIL import Image, ImageDraw

from tests.pose_editor import figure
from truepose.looking import Area
from truepose.parsing import BodyPart
from truepose.pose import Keypoint, Skeleton
from truepose.reading import Candidate, NoPersonFound, Person
from truepose.where import Look

WRIST_COLOR = (255, 0, 255)
GLANCE_COLOR = (30, 60, 200)  # of pictures in between


class FigureReader:
    """Knows the drawn figure, by the colour of its shirt, and nobody else."""

    def find(self, photo: Image.Image) -> list[Candidate]:
        width = figure.SIZE[1]
        places = [x for x in range(0, photo.width - width + 1, width) if _shows_figure(photo, x)]
        if photo.height != figure.SIZE[0] or not places:
            raise NoPersonFound("No person was found in this photo.")
        return [Candidate(*_moved(figure.person(), x)) for x in places]

    def read(self, photo: Image.Image, candidate: Candidate | None = None) -> Person:
        candidate = candidate or self.find(photo)[0]
        parsing = np.zeros(photo.size[::-1], np.uint8)
        x = candidate.box[0] - figure.person().box[0]
        parsing[:, x : x + figure.SIZE[1]] = figure.PARSING
        return Person(candidate.skeleton, parsing, candidate.box)


def _shows_figure(photo: Image.Image, x: int) -> bool:
    color = np.array(photo)[min(200, photo.height - 1), x + 160]
    return bool(np.abs(color - np.array(figure.SHIRT)).max() <= 12)


def _moved(person: Person, x: int) -> tuple[Skeleton, tuple[int, int, int, int]]:
    x0, y0, x1, y1 = person.box
    return person.skeleton.transformed(np.array([[1, 0, x], [0, 1, 0]])), (x0 + x, y0, x1 + x, y1)


class PaintingPipeline:
    """Paints a dot where the target's right wrist is, after as many steps as asked for."""

    defaults = SimpleNamespace(steps=4, guidance_scale=2.0)

    def __init__(self, seconds_per_step: float = 0.05):
        self.seconds_per_step = seconds_per_step
        self.targets: list[Skeleton] = []
        self.asked: list[SimpleNamespace] = []
        self.looked: list[SimpleNamespace] = []
        self.stopped_at: int | None = None

    def encode_source(self, photo: Image.Image, person: Person):
        return SimpleNamespace(photo=photo, person=person)

    def repose(self, photo, target, *, steps, guidance_scale, seed, strength, locked, source, on_step):
        self.targets.append(target)
        self.asked.append(SimpleNamespace(seed=seed, strength=strength, locked=locked, person=source.person))
        for step in range(1, steps + 1):
            time.sleep(self.seconds_per_step)
            try:
                if on_step is not None:
                    on_step(step, steps, lambda: Image.new("RGB", photo.size, GLANCE_COLOR))
            except BaseException:
                self.stopped_at = step
                raise
        image = photo.copy()
        x, y = target.xy[Keypoint.RIGHT_WRIST]
        ImageDraw.Draw(image).ellipse([x - 12, y - 12, x + 12, y + 12], fill=WRIST_COLOR)
        # Another seed, another picture.
        ImageDraw.Draw(image).rectangle([0, 0, 20, 20], fill=(40 * seed % 256, 200, 0))
        return SimpleNamespace(image=image)


STYLE_COLOR = (20, 200, 90)


def paint_style(pipeline, reference, source, mask, *, label, steps, guidance_scale, seed, on_step):
    """In the place of `transfer_style`: paints what is masked in one colour, after as many steps as asked for."""
    for step in range(1, steps + 1):
        time.sleep(pipeline.seconds_per_step)
        try:
            on_step(step, steps, lambda: Image.fromarray(reference.photo))
        except BaseException:
            pipeline.stopped_at = step
            raise
    pixels = np.array(reference.photo)
    pixels[mask > 0] = STYLE_COLOR
    return SimpleNamespace(image=Image.fromarray(pixels), labels=frozenset({label or BodyPart.UPPER_CLOTHES}))


LOOK_COLOR = (250, 220, 40)


def paint_look(pipeline, source, target, *, steps, guidance_scale, seed, locked, on_step):
    """In the place of `where_it_looked`: clothes, in one colour; as many steps as asked for."""
    pipeline.looked.append(SimpleNamespace(target=target, steps=steps, seed=seed, locked=locked, source=source))
    for step in range(1, steps + 1):
        time.sleep(pipeline.seconds_per_step)
        on_step(step, steps, lambda: Image.new("RGB", source.photo.size))
    pixels = np.array(source.photo)
    pixels[source.person.parsing == BodyPart.UPPER_CLOTHES] = LOOK_COLOR
    areas = {Area.BACKGROUND: 0.94, Area.CLOTHES: 1.2, Area.HEAD: 1.06}
    return Look(pixels, np.ones(pixels.shape[:2], np.float32), areas, hinted=True)


class HalfMasker:
    """In the place of SAM: the object clicked is the half of the photo in which it is."""

    def __init__(self):
        self.encoded = 0

    def encode(self, photo: np.ndarray):
        self.encoded += 1
        return photo.shape[:2]

    def mask(self, encoded, points: np.ndarray, positive: np.ndarray) -> np.ndarray:
        half = np.arange(encoded[1]) >= encoded[1] // 2
        return np.broadcast_to(half == (points[0, 0] >= encoded[1] // 2), encoded).copy()
