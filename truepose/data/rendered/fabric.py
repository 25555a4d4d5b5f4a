"""Fabrics and prints: tiles that repeat over a garment, and pictures that sit on its chest."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

TILE = 512  # pixels
_YARNS = 4

Color = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Fabric:
    """A cloth.

    Attributes:
        tile: (H, W, 3) uint8 RGB, repeats in both directions.
        width: metres that one tile spans.
        grain: strength of the fine relief (0 smooth jersey, 1 denim or knit).
        folds: metres, how deep the wrinkles are.
    """

    tile: np.ndarray
    width: float
    grain: float = 0.3
    folds: float = 0.010


def _noise(rng: np.random.Generator, tile: np.ndarray, amount: float) -> np.ndarray:
    """Yarn: a fine unevenness, so that no cloth is a flat colour."""
    turned = np.roll(_yarn()[rng.integers(_YARNS)], rng.integers(0, TILE, 2), axis=(0, 1))
    shade = cv2.merge([1 + np.float32(amount) * turned] * 3)
    return cv2.multiply(np.asarray(tile, np.float32), shade, dtype=cv2.CV_8U)


@functools.cache
def _yarn() -> np.ndarray:
    """(4, 512, 512) float32: fine noise of deviation 1 with some soft noise. Every cloth takes one, turned round."""
    rng = np.random.default_rng(23)
    fields = rng.normal(size=(_YARNS, TILE, TILE)).astype(np.float32)
    soft = [cv2.GaussianBlur(rng.normal(size=(TILE, TILE)), (0, 0), 6, borderType=cv2.BORDER_REFLECT) for _ in fields]
    return fields + np.stack([0.3 * s / s.std() for s in soft]).astype(np.float32)


def plain(rng: np.random.Generator, color: Color) -> Fabric:
    """One colour."""
    return Fabric(_noise(rng, np.full((TILE, TILE, 3), color, np.uint8), 0.02), 0.3)


def denim(rng: np.random.Generator, color: Color) -> Fabric:
    """Twill: slanting threads of two shades."""
    thread = (np.sin(2 * np.pi * np.arange(8) / 8) > 0.2) * 0.16 - 0.08
    twill = np.stack([np.roll(thread, -i) for i in range(8)])
    tile = np.tile(
        np.clip(np.array(color) * (1 + twill[..., None]), 0, 255).astype(np.uint8), (TILE // 8, TILE // 8, 1)
    )
    return Fabric(_noise(rng, tile, 0.06), 0.16, grain=1.0, folds=0.012)


def stripes(rng: np.random.Generator, colors: Sequence[Color], period: float, share: float, upright=False) -> Fabric:
    """Stripes of the second colour on the first; `period` metres apart, `share` of it wide."""
    repeats = 6
    phase = (np.arange(TILE) * repeats / TILE) % 1
    line = np.where((phase < share)[:, None], colors[1], colors[0])
    tile = np.broadcast_to(line[None] if upright else line[:, None], (TILE, TILE, 3)).astype(np.uint8)
    return Fabric(_noise(rng, tile, 0.02), period * repeats)


def plaid(rng: np.random.Generator, colors: Sequence[Color], period: float) -> Fabric:
    """Woven checks: the same bands in warp and weft, mixed where they cross."""
    bands = np.zeros((TILE, 3)) + colors[0]
    at = np.arange(TILE) / TILE * 2 % 1
    bands[at < 0.42] = colors[1]
    for start, width, color in ((0.18, 0.05, colors[2]), (0.66, 0.035, colors[2]), (0.74, 0.035, colors[2])):
        bands[(at >= start) & (at < start + width)] = color
    y, x = np.mgrid[:TILE, :TILE]
    warp_on_top = ((x + y) // 3 % 2 == 0)[..., None]
    tile = 0.5 * (bands[None] + bands[:, None]) + np.where(warp_on_top, 0.14, -0.14) * (bands[None] - bands[:, None])
    return Fabric(_noise(rng, np.clip(tile, 0, 255), 0.02), period * 2, grain=0.5)


def dots(rng: np.random.Generator, colors: Sequence[Color], period: float) -> Fabric:
    """Round dots in staggered rows."""
    repeats = 4
    y, x = np.mgrid[:TILE, :TILE] * repeats / TILE
    near = np.minimum(*(np.hypot((x + o) % 1 - 0.5, (y + o) % 1 - 0.5) for o in (0.0, 0.5)))
    inside = np.clip((0.19 - near) * 40, 0, 1)[..., None]
    return Fabric(_noise(rng, colors[0] * (1 - inside) + np.array(colors[1]) * inside, 0.02), period * repeats)


def floral(rng: np.random.Generator, ground: Color, petals: Sequence[Color], width: float = 0.34) -> Fabric:
    """Blossoms with leaves scattered over a ground."""
    scale = 2
    image = Image.new("RGB", (TILE * scale, TILE * scale), ground)
    draw = ImageDraw.Draw(image)
    size = TILE * scale
    for _ in range(46):
        centre, radius = rng.uniform(0, size, 2), rng.uniform(22, 52)
        petal, angle = petals[rng.integers(len(petals))], rng.uniform(0, 6.28)
        for shift in np.mgrid[-1:2, -1:2].reshape(2, -1).T * size:
            _blossom(draw, centre + shift, radius, petal, angle)
    tile = np.asarray(image.resize((TILE, TILE), Image.Resampling.LANCZOS))
    return Fabric(_noise(rng, tile, 0.02), width, grain=0.2, folds=0.012)


def _blossom(draw: ImageDraw.ImageDraw, centre: np.ndarray, radius: float, petal: Color, angle: float) -> None:
    def disc(point, r, color):
        draw.ellipse([*(point - r), *(point + r)], fill=color)

    for side in (-0.5, 0.5):
        away = angle + 2 + side
        leaf = centre + 1.5 * radius * np.array([np.cos(away), np.sin(away)])
        disc(leaf, radius * 0.34, (64, 96, 62))
    for k in range(5):
        turn = angle + k * 2 * np.pi / 5
        disc(centre + 0.62 * radius * np.array([np.cos(turn), np.sin(turn)]), radius * 0.46, petal)
    disc(centre, radius * 0.3, (236, 196, 88))


def from_photo(path: str | Path, rng: np.random.Generator, width: float = 0.36) -> Fabric:
    """The cloth of a flat-lay garment photo: its middle, mirrored so that it repeats without a seam."""
    photo = np.asarray(Image.open(path).convert("RGB"))
    height, breadth = photo.shape[:2]
    side = int(min(height, breadth) * 0.3)
    top, left = (height - side) // 2, (breadth - side) // 2
    crop = cv2.resize(
        photo[top : top + side, left : left + side], (TILE // 2, TILE // 2), interpolation=cv2.INTER_CUBIC
    )
    tile = np.concatenate([crop, crop[:, ::-1]], axis=1)
    tile = np.concatenate([tile, tile[::-1]], axis=0)
    return Fabric(_noise(rng, tile, 0.02), width)


def word_print(word: str, color: Color, size: tuple[int, int] = (384, 512)) -> np.ndarray:
    """A word, or lines of words, across the chest: (H, W, 4) uint8 RGBA, transparent around it."""
    height, width = size
    image = Image.new("RGBA", (width, height), (*color, 0))
    draw = ImageDraw.Draw(image)
    how = {"align": "center", "spacing": 0}
    _, _, right, bottom = draw.multiline_textbbox((0, 0), word, font=ImageFont.load_default(100), **how)
    points = round(94 * min(0.9 * width / right, 0.27 * height * (1 + word.count("\n")) / bottom * 1.7))
    font, how = ImageFont.load_default(points), how | {"stroke_width": points // 24}
    left, top, right, bottom = draw.multiline_textbbox((0, 0), word, font=font, **how)
    at = ((width - right - left) / 2, (height - bottom - top) / 2)
    draw.multiline_text(at, word, font=font, fill=(*color, 255), stroke_fill=(*color, 255), **how)
    return np.asarray(image)


def emblem_print(rng: np.random.Generator, colors: Sequence[Color], size: int = 512) -> np.ndarray:
    """A sun over hills in a ring: (H, W, 4) uint8 RGBA, transparent around it."""
    scale = 2
    side = size * scale
    image = Image.new("RGBA", (side, side), (*colors[0], 0))
    draw = ImageDraw.Draw(image)
    middle, radius = side / 2, side * 0.4
    draw.ellipse([middle - radius, middle - radius, middle + radius, middle + radius], fill=(*colors[0], 255))
    sun = side * rng.uniform(0.1, 0.14)
    cx, cy = middle + side * rng.uniform(-0.12, 0.12), middle - side * 0.13
    draw.ellipse([cx - sun, cy - sun, cx + sun, cy + sun], fill=(*colors[1], 255))
    x = np.linspace(middle - radius, middle + radius, 200)
    for level, color in ((0.03, colors[2]), (0.16, colors[3])):
        wave = middle + side * (level + 0.05 * np.sin(x / side * rng.uniform(9, 14) + rng.uniform(0, 6)))
        floor = middle + np.sqrt(np.maximum(radius**2 - (x - middle) ** 2, 0))
        outline = list(zip(x, np.minimum(wave, floor), strict=True)) + list(zip(x[::-1], floor[::-1], strict=True))
        draw.polygon(outline, fill=(*color, 255))
    return np.asarray(image.resize((size, size), Image.Resampling.LANCZOS))


@functools.cache
def placket_print(color: Color, size: tuple[int, int] = (1024, 512)) -> np.ndarray:
    """The buttoned front of a shirt: two seams and a row of buttons, (H, W, 4) uint8 RGBA."""
    height, width = size
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., :3] = 30
    centre, half = width // 2, width // 26
    for edge in (centre - half, centre + half):
        picture[:, edge - 1 : edge + 2, 3] = 90
    for y in range(height // 16, height, height // 8):
        cv2.circle(picture, (centre, y + 3), width // 46, (20, 20, 20, 120), -1, cv2.LINE_AA)
        cv2.circle(picture, (centre, y), width // 50, (*color, 255), -1, cv2.LINE_AA)
    return picture


@functools.cache
def trouser_print(size: tuple[int, int] = (512, 900)) -> np.ndarray:
    """The front of trousers: waistband, fly and pockets as stitched seams, (H, W, 4) uint8 RGBA."""
    height, width = size
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., :3] = 24
    seam = (24, 24, 24, 120)
    centre, band = width // 2, height // 6
    cv2.line(picture, (0, band), (width, band), seam, 3, cv2.LINE_AA)
    cv2.line(picture, (centre, band), (centre, height * 5 // 8), seam, 3, cv2.LINE_AA)
    cv2.ellipse(picture, (centre, band), (width // 26, height * 3 // 8), 0, 0, 90, seam, 2, cv2.LINE_AA)
    for side in (-1, 1):
        corner = (centre + side * width * 7 // 16, band)
        cv2.ellipse(picture, corner, (width // 5, height // 3), 0, 0, 180, seam, 3, cv2.LINE_AA)
        loop = centre + side * width // 6
        cv2.rectangle(picture, (loop - 7, 4), (loop + 7, band + 8), seam, 2, cv2.LINE_AA)
    cv2.circle(picture, (centre, band // 2), 10, (150, 130, 100, 255), -1, cv2.LINE_AA)
    return picture
