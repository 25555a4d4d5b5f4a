"""Augmentation of photos: what cameras, shops and phones do to a picture. All randomness comes from `rng`."""

from __future__ import annotations

import cv2
import numpy as np

from ..parsing import BodyPart, part_mask

Array = np.ndarray
_SKIN = (BodyPart.FACE, BodyPart.LEFT_ARM, BodyPart.RIGHT_ARM, BodyPart.LEFT_LEG, BodyPart.RIGHT_LEG)


def jitter_colors(image: Array, rng: np.random.Generator) -> Array:
    """Random exposure, contrast, white balance, saturation and gamma; some by night. (H, W, 3) uint8 -> the same."""
    x = image.astype(np.float32) / 255
    x = x ** np.exp(rng.normal(0, 0.25))
    gain = np.exp(rng.normal(0, 0.2)) * np.exp(rng.normal(0, 0.06, 3))
    if rng.random() < 0.08:
        gain = gain * rng.uniform(0.15, 0.5)
    grey = x.mean(2, keepdims=True)
    x = (grey + (x - grey) * np.exp(rng.normal(0, 0.3))) * gain
    mean = x.mean()
    x = mean + (x - mean) * np.exp(rng.normal(0, 0.2))
    if rng.random() < 0.05:
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
    return (np.clip(x, 0, 1) * 255).astype(np.uint8)


def degrade(image: Array, rng: np.random.Generator) -> Array:
    """Random blur, motion, low resolution, noise and JPEG. (H, W, 3) uint8 -> the same."""
    height, width = image.shape[:2]
    if rng.random() < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.5))
    if rng.random() < 0.07:
        image = _shake(image, rng)
    if rng.random() < 0.2:
        scale = rng.uniform(0.35, 0.9)
        small = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        image = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.25:
        noise = rng.normal(0, rng.uniform(2, 14), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 85))])
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return image


def _shake(image: Array, rng: np.random.Generator) -> Array:
    """A hand that was not still: blur along a line."""
    length, angle = int(rng.integers(3, 10)), rng.uniform(0, np.pi)
    kernel = np.zeros((length, length), np.float32)
    middle = (length - 1) / 2
    step = np.array([np.cos(angle), np.sin(angle)]) * middle
    start, end = ((middle - step).round().astype(int), (middle + step).round().astype(int))
    cv2.line(kernel, start.tolist(), end.tolist(), 1)
    return cv2.filter2D(image, -1, kernel / kernel.sum())


def tone_skin(image: Array, parsing: Array, rng: np.random.Generator) -> Array:
    """The same person with darker skin.

    Args:
        image: (H, W, 3) uint8 RGB.
        parsing: (H, W) uint8 labels: which pixels are skin.
    """
    mask = cv2.GaussianBlur(part_mask(parsing, _SKIN).astype(np.float32), (0, 0), 1.0)[..., None]
    tone = rng.uniform(0.25, 0.85) * np.array([1.0, 0.9, 0.82]) ** rng.uniform(0, 1.2)
    return (image * (1 + mask * (tone - 1))).astype(np.uint8)


def studio_background(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """A plain or softly graded studio wall. (height, width) -> (H, W, 3) uint8."""
    height, width = size
    if rng.random() < 0.7:
        tone = np.full(3, rng.choice([rng.uniform(225, 255), rng.uniform(90, 235), rng.uniform(10, 90)]))
        tone = tone + rng.normal(0, 6, 3)
    else:
        tone = rng.uniform(0, 255, 3)
    far = tone + rng.normal(0, 18, 3)
    angle = rng.uniform(0, 2 * np.pi)
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    ramp = (np.cos(angle) * xx / width + np.sin(angle) * yy / height + 1) / 2
    wall = tone + (far - tone) * ramp[..., None]
    if rng.random() < 0.4:  # a floor
        floor = slice(int(rng.uniform(0.7, 0.95) * height), None)
        wall[floor] += rng.normal(0, 20)
    return np.clip(wall + rng.normal(0, 1.5, wall.shape), 0, 255).astype(np.uint8)


def occlude(image: Array, rng: np.random.Generator) -> Array:
    """Now and then a plain patch over the picture, so that no single place decides. In place on a copy."""
    height, width = image.shape[:2]
    image = image.copy()
    h, w = int(height * rng.uniform(0.05, 0.25)), int(width * rng.uniform(0.05, 0.3))
    y, x = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
    image[y : y + h, x : x + w] = rng.integers(0, 256, 3)
    return image
