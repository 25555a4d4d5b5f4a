"""Studio light: many small lights stand for soft boxes and sky, so that shadows are soft."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Lighting:
    """Directional lights.

    Attributes:
        directions: (L, 3) unit, towards the light.
        colors: (L, 3) linear RGB power.
        sky, ground: linear RGB that comes from all above and from all below.
    """

    directions: np.ndarray
    colors: np.ndarray
    sky: tuple[float, float, float] = (0.16, 0.165, 0.18)
    ground: tuple[float, float, float] = (0.10, 0.095, 0.09)


def studio_lighting(rng: np.random.Generator, count: int = 24) -> Lighting:
    """A large soft box to one side, a weaker fill, and light from all around above.

    Args:
        rng: where the boxes stand, and their warmth.
        count: number of lights, 4 or more; more make softer shadows and cost time.
    """
    side = rng.choice((-1, 1))
    key = np.array([side * rng.uniform(0.5, 1.1), -1.2, rng.uniform(1.0, 1.4)])
    keys = max(2, round(count * 0.4))
    index = np.arange(count)
    # Golden-angle spirals: even, and the same for any seed but for the turn.
    angle = index * 2.39996 + rng.uniform(0, 6.28)
    directions = np.zeros((count, 3))
    spread = 0.34 * np.sqrt((index[:keys] + 0.5) / keys)
    right = np.cross(key, [0, 0, 1])
    right /= np.linalg.norm(right)
    up = np.cross(right, key) / np.linalg.norm(key)
    unit = key / np.linalg.norm(key)
    around = np.cos(angle[:keys, None]) * right + np.sin(angle[:keys, None]) * up
    directions[:keys] = unit + spread[:, None] * around
    rest = count - keys
    height = 0.12 + 0.86 * (np.arange(rest) + 0.5) / rest
    ring = np.sqrt(1 - height**2)
    directions[keys:] = np.stack([ring * np.cos(angle[keys:]), ring * np.sin(angle[keys:]), height], axis=1)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    warmth = rng.uniform(-0.03, 0.05)
    colors = np.ones((count, 3)) * (1 + warmth, 1, 1 - warmth)
    colors[:keys] *= rng.uniform(0.7, 0.82) / keys
    # More from the front, as in a studio with a white wall behind the camera.
    frontal = 0.6 + 0.8 * np.clip(-directions[keys:, 1:2], -0.3, 1)
    colors[keys:] *= rng.uniform(0.62, 0.72) * frontal / rest
    return Lighting(directions.astype(np.float32), colors.astype(np.float32))


def sample_lighting(rng: np.random.Generator, count: int) -> Lighting:
    """Light of any kind: a soft or hard key from any side but behind, more or less fill, warm or cool.

    Args:
        rng: decides.
        count: number of lights, 1 or more: about half stand for the key.
    """
    keys = max(1, round(count * 0.5))
    azimuth = np.radians(rng.uniform(-180, 180) + rng.normal(0, 40, count - keys))
    height = np.radians(rng.uniform(10, 60, count - keys))
    fill = np.stack([np.sin(azimuth) * np.cos(height), -np.cos(azimuth) * np.cos(height), np.sin(height)], axis=1)
    side, up = np.radians(rng.uniform(-100, 100)), np.radians(rng.uniform(15, 70))
    key = np.array([np.sin(side) * np.cos(up), -np.cos(side) * np.cos(up), np.sin(up)])
    softness = rng.uniform(0.02, 0.35)
    directions = np.concatenate([key + softness * rng.normal(0, 0.6, (keys, 3)), fill])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    directions[:, 2] = np.maximum(directions[:, 2], 0.08)
    contrast, rest = rng.uniform(0.3, 0.75), count - keys
    power = np.repeat((contrast / keys, 0.35 * (1 - contrast) / max(rest, 1)), (keys, rest))
    tint = np.array((1, 1, 1)) + rng.normal(0, 0.05) * np.array((1, 0.1, -1)) + rng.normal(0, 0.012, 3)
    around = 0.65 * (1 - contrast) * (tint * 0.4 + 0.6) + 0.06
    # What a wall that faces the camera would get decides the exposure.
    facing = np.array([0.0, -0.94, 0.34])
    seen = float((np.clip(directions @ facing, 0, None) * power).sum() + around.mean())
    exposure = rng.uniform(0.72, 1.05) / max(seen, 0.3)
    sky, ground = around * 1.12 * exposure, around * rng.uniform(0.5, 0.8) * exposure
    colors = power[:, None] * tint * exposure
    ambient = (tuple(value.tolist()) for value in (sky, ground))
    return Lighting(directions.astype(np.float32), colors.astype(np.float32), *ambient)
