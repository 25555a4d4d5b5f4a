"""Pictures as the browser gets them, and as they are saved."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pose_editor.assets import SCREEN_SIDE


def fitted(image: Image.Image, side: int | None) -> Image.Image:
    """The picture with its longest side at most so long; never larger than it is, itself without a limit."""
    if side is None or max(image.size) <= side:
        return image
    scale = side / max(image.size)
    return image.resize(
        (max(1, round(image.width * scale)), max(1, round(image.height * scale))), Image.Resampling.LANCZOS
    )


def write_screen_picture(image: Image.Image, path: Path) -> str:
    """Write a JPEG no larger than a screen needs; quick, for pictures that follow the hand."""
    pixels = np.asarray(image.convert("RGB"))
    scale = SCREEN_SIDE / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    written, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 93])
    if not written:
        raise OSError(f"cannot encode a picture of {image.size}")
    path.write_bytes(data.tobytes())
    return str(path)
