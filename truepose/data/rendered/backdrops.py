"""What is behind people: paper, and places painted from noise, as the camera sees them."""

from __future__ import annotations

import cv2
import numpy as np

from .camera import Camera
from .fabric import Color

BACKDROPS: tuple[Color, ...] = (
    (206, 203, 198), (188, 196, 204), (214, 200, 188), (196, 204, 194), (222, 214, 206), (172, 174, 180),
)  # fmt: skip
_STUDIO_SHARE = 0.45
_SIDE = 256  # pixels of a tile


def paper_plate(color: Color, size: tuple[int, int]) -> np.ndarray:
    """(H, W, 3) uint8 of one colour."""
    return np.full((*size, 3), color, np.uint8)


def sample_plate(rng: np.random.Generator, camera: Camera, size: tuple[int, int]) -> np.ndarray:
    """An empty studio or place as the camera sees it, (H, W, 3) uint8 RGB."""
    return studio_plate(rng, camera, size) if rng.random() < _STUDIO_SHARE else scene_plate(rng, camera, size)


def studio_plate(rng: np.random.Generator, camera: Camera, size: tuple[int, int]) -> np.ndarray:
    """White, grey or coloured paper: even, shaded towards the edges or from one side to the other."""
    kind = rng.random()
    grey = rng.uniform(60, 255) if kind < 0.35 else rng.uniform(225, 255)
    color = np.full(3, grey) + rng.normal(0, 4, 3) if kind < 0.65 else rng.uniform(60, 235, 3) * 0.7 + 60
    height, width = size
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j].astype(np.float32)
    slope = rng.normal(0, 0.07, 2) if rng.random() < 0.6 else (0, 0)
    fall = rng.uniform(0, 0.22) if rng.random() < 0.5 else 0.0
    shade = 1 + slope[0] * x + slope[1] * y - fall * (x**2 + y**2) / 2
    if rng.random() < 0.35:
        # The floor turns up into the wall: a soft change of tone where it does.
        _, reach, _ = _places(camera, size, rng.uniform(1.5, 3.5))
        floor = cv2.GaussianBlur(reach.astype(np.float32), (0, 0), height / rng.uniform(25, 120))
        shade = shade * (1 - rng.uniform(-0.12, 0.2) * floor)
    return np.clip(color * shade[..., None], 0, 255).astype(np.uint8)


def scene_plate(rng: np.random.Generator, camera: Camera, size: tuple[int, int]) -> np.ndarray:
    """A wall, hedge or street some metres behind, and the ground up to it, out of focus more or less."""
    away = rng.uniform(0.8, 9.0)
    places, floor, far = _places(camera, size, away)
    wall, ground = _WALLS[rng.integers(len(_WALLS))](rng), _GROUNDS[rng.integers(len(_GROUNDS))](rng)
    behind, below = (
        _laid(tile, places, rng.uniform(*span), rng) for tile, span in ((wall, (1.5, 5)), (ground, (1, 3)))
    )
    picture = np.where(floor[..., None], below, behind).astype(np.float32)
    # Far ground goes over into its mean, as it does for the eye.
    haze = np.clip(far / 14, 0, 0.8)[..., None] * floor[..., None]
    picture = picture * (1 - haze) + haze * ground.reshape(-1, 3).mean(0)
    seam = cv2.GaussianBlur(floor.astype(np.float32), (0, 0), size[0] / 90)
    picture *= (1 - rng.uniform(0, 0.35) * np.exp(-(((seam - 0.5) / 0.3) ** 2)))[..., None]
    # The lens is focused on the person: the farther the wall, the softer.
    blur = size[0] / 256 * rng.uniform(0.3, 1.0) * (0.4 + 0.35 * away)
    picture = cv2.GaussianBlur(picture, (0, 0), blur)
    return np.clip(picture * rng.uniform(0.75, 1.15), 0, 255).astype(np.uint8)


def _places(camera: Camera, size: tuple[int, int], away: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Where each pixel's ray meets the ground or a wall `away` metres behind the person.

    Returns:
        (H, W, 2) metres along the wall or ground: across, and up or away; (H, W) bool, where it is the ground;
        (H, W) metres behind the person.
    """
    height, width = size
    half = np.tan(np.radians(camera.fov) / 2)
    y, x = np.mgrid[half : -half : height * 1j, -half : half : width * 1j]
    x = x * width / height
    right, up, back = camera.view()[:3, :3]
    rays = x[..., None] * right + y[..., None] * up - back
    eye = np.array(camera.eye)
    to_wall = (away - eye[1]) / rays[..., 1]
    to_floor = np.where(rays[..., 2] < -1e-4, -eye[2] / np.minimum(rays[..., 2], -1e-4), np.inf)
    floor = to_floor < to_wall
    at = eye + rays * np.minimum(to_wall, to_floor)[..., None]
    return np.stack([at[..., 0], np.where(floor, at[..., 1], at[..., 2])], axis=2), floor, at[..., 1]


def _laid(tile: np.ndarray, places: np.ndarray, width: float, rng: np.random.Generator) -> np.ndarray:
    """(H, W, 3) uint8: a tile `width` metres wide, repeated over the places."""
    at = ((places / width + rng.random(2)) * _SIDE).astype(np.float32)
    return cv2.remap(tile, at[..., 0], -at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)


def _clouds(rng: np.random.Generator, octaves: tuple[int, ...], steep: float = 0.6) -> np.ndarray:
    """(256, 256) float32 noise of mean 0 and deviation 1, repeating; octaves are cells along a side."""
    total = np.zeros((_SIDE, _SIDE), np.float32)
    for i, cells in enumerate(octaves):
        grid = np.pad(rng.normal(0, 1, (cells, cells)).astype(np.float32), 2, mode="wrap")
        step = _SIDE // cells
        wide = cv2.resize(grid, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += steep**i * wide[2 * step : 2 * step + _SIDE, 2 * step : 2 * step + _SIDE]
    return total / total.std()


def _tinted(color, shade: np.ndarray) -> np.ndarray:
    return np.clip(np.asarray(color, np.float32) * shade[..., None], 0, 255).astype(np.uint8)


def _plaster(rng: np.random.Generator) -> np.ndarray:
    color = rng.uniform(110, 230) + rng.normal(0, 22, 3)
    return _tinted(color, 1 + rng.uniform(0.02, 0.1) * _clouds(rng, (2, 4, 8, 32)))


def _bricks(rng: np.random.Generator) -> np.ndarray:
    """Bricks or slabs in bond, each in its own tone."""
    rows, columns = int(rng.integers(4, 17)), int(rng.integers(2, 7))
    y, x = np.mgrid[:_SIDE, :_SIDE] / _SIDE
    row = (y * rows).astype(int)
    shifted = (x + (row % 2) * 0.5 / columns * (rows % 2 == 0)) % 1
    tone = rng.normal(1, 0.1, (rows, columns))[row, (shifted * columns).astype(int)]
    joint = (np.minimum(y * rows % 1, 1 - y * rows % 1) < 0.06) | (
        np.minimum(shifted * columns % 1, 1 - shifted * columns % 1) < 0.03
    )
    color = np.array([(168, 92, 70), (190, 180, 166), (140, 136, 130), (214, 208, 200)][rng.integers(4)])
    shade = np.where(joint, rng.uniform(0.7, 1.2), tone) * (1 + 0.06 * _clouds(rng, (4, 16, 64)))
    return _tinted(color + rng.normal(0, 12, 3), shade.astype(np.float32))


def _leaves(rng: np.random.Generator) -> np.ndarray:
    """Foliage: dark depths, light leaves, some sky between."""
    depth = _clouds(rng, (4, 8, 16, 32, 64), 0.85)
    green = np.array((92, 114, 66)) + rng.normal(0, 12, 3)
    picture = _tinted(green, np.clip(1 + 0.4 * depth, 0.15, 1.6)).astype(np.float32)
    sky = np.clip(_clouds(rng, (2, 4, 8)) - rng.uniform(0.6, 2.5), 0, 1)[..., None]
    return (picture * (1 - sky) + sky * np.array((214, 224, 232))).astype(np.uint8)


def _street(rng: np.random.Generator) -> np.ndarray:
    """House fronts and what stands before them: boxes of all sizes, with windows."""
    picture = np.full((_SIDE, _SIDE, 3), rng.uniform(120, 215) + rng.normal(0, 14, 3), np.float32)
    for _ in range(rng.integers(14, 34)):
        (x, y), (w, h) = rng.integers(0, _SIDE, 2), rng.integers(8, 90, 2)
        color = rng.uniform(30, 235) + rng.normal(0, 24, 3)
        cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), tuple(np.clip(color, 0, 255).tolist()), -1)
    return np.clip(picture * (1 + 0.05 * _clouds(rng, (4, 16)))[..., None], 0, 255).astype(np.uint8)


def _grass(rng: np.random.Generator) -> np.ndarray:
    return _tinted(np.array((104, 116, 74)) + rng.normal(0, 9, 3), 1 + 0.16 * _clouds(rng, (4, 32, 64, 128), 0.9))


def _asphalt(rng: np.random.Generator) -> np.ndarray:
    return _tinted(rng.uniform(80, 190) + rng.normal(0, 6, 3), 1 + 0.07 * _clouds(rng, (2, 8, 64, 128), 0.9))


def _boards(rng: np.random.Generator) -> np.ndarray:
    """Wooden boards, side by side."""
    count = int(rng.integers(5, 14))
    board = np.arange(_SIDE) * count // _SIDE
    grain = cv2.blur(_clouds(rng, (32, 64, 128), 0.9), (1, 41), borderType=cv2.BORDER_REFLECT)
    edge = np.where(np.arange(_SIDE) * count % _SIDE < count * 2, 0.6, 1.0)
    shade = rng.normal(1, 0.07, count)[board] * edge * (1 + 0.12 * grain)
    color = np.array([(158, 120, 84), (206, 184, 152), (104, 78, 58), (150, 146, 140)][rng.integers(4)])
    return _tinted(color + rng.normal(0, 10, 3), shade.astype(np.float32))


_WALLS = (_plaster, _plaster, _bricks, _leaves, _street, _street, _boards)
_GROUNDS = (_asphalt, _bricks, _grass, _boards, _plaster)
