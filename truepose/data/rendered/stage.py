"""Where a person is photographed: the camera, the light, and what is behind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .backdrops import sample_plate
from .camera import Camera
from .lighting import Lighting, sample_lighting


@dataclass(frozen=True, eq=False)
class Stage:
    """A place.

    Attributes:
        camera: where from.
        light: what shines.
        plate: (H, W, 3) uint8 RGB, the empty place as the camera sees it.
    """

    camera: Camera
    light: Lighting
    plate: np.ndarray


def sample_stage(rng: np.random.Generator, height: float, size: tuple[int, int], lights: int) -> Stage:
    """A place for a person `height` metres tall, photographed at size (height, width) with so many lights."""
    camera = sample_camera(rng, height, size)
    return Stage(camera, sample_lighting(rng, lights), sample_plate(rng, camera, size))


def sample_camera(rng: np.random.Generator, height: float, size: tuple[int, int]) -> Camera:
    """Whole people mostly, some from the knees or hips up; from near or far, high or low, not always in the middle."""
    kind = rng.random()
    high = height * rng.uniform(1.04, 1.16)
    if kind < 0.62:
        low = -height * rng.uniform(0.05, 0.14)
    elif kind < 0.82:
        low = height * rng.uniform(0.2, 0.36)
    else:
        low = height * rng.uniform(0.4, 0.52)
    extent = max(high - low, 0.62 * size[0] / size[1])
    aside = float(rng.normal(0, 0.07) * extent * size[1] / size[0])
    distance, eye = rng.uniform(2.2, 6.0), rng.uniform(0.75, 1.75)
    middle = float((high + low) / 2)
    fov = 2 * np.degrees(np.arctan(extent / 2 / distance))
    # Seen from nearer, the camera stays nearer the middle: nobody tilts it by more than a few degrees.
    eye = middle + (eye - middle) * min(1.0, distance / 6)
    return Camera((aside, -float(distance), float(eye)), (aside, 0.0, middle), float(fov))
