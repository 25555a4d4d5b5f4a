"""Studio light and backdrop: many small lights stand for soft boxes and sky, so that shadows are soft."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .fabric import Color


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


BACKDROPS: tuple[Color, ...] = (
    (206, 203, 198), (188, 196, 204), (214, 200, 188), (196, 204, 194), (222, 214, 206), (172, 174, 180),
)  # fmt: skip


def backdrop_mesh() -> tuple[np.ndarray, np.ndarray]:
    """Paper that rolls from the wall to the floor: (V, 3) points, metres, and (F, 3) triangles."""
    bend = np.radians(np.linspace(0, 90, 16))
    radius, wall = 2.4, 3.6
    depth = np.concatenate([[-4.4, -1.0, 0.6], wall - radius + radius * np.sin(bend), [wall]])
    height = np.concatenate([[0, 0, 0], radius - radius * np.cos(bend), [7]])
    points = np.concatenate([np.stack([np.full_like(depth, x), depth, height], axis=1) for x in (-8.0, 8.0)])
    rows = len(depth)
    i = np.arange(rows - 1)
    quads = np.stack([i, i + rows, i + rows + 1, i + 1], axis=1)
    return points.astype(np.float32), quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)
