"""The one door for photos: any file, bytes or picture in; an upright RGB image, or a plain message, out."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from .parsing import IGNORE, NUM_PARTS

SMALLEST_SIDE = 64  # pixels; below it no person can be read
LARGEST_SIDE = 12_000
LARGEST_AREA = 50_000_000  # pixels: larger pictures are refused before they are decoded


class PhotoError(ValueError):
    """A picture that cannot be used; the message says why and what to do."""


def open_photo(source: str | Path | bytes | Image.Image) -> Image.Image:
    """Open a photo: turned upright by its EXIF, transparency over white, any mode to RGB.

    Args:
        source: a path, the file's bytes, or an opened picture. Of an animation the first frame is taken.

    Returns:
        An RGB image without metadata.

    Raises:
        PhotoError: not an image, damaged, too small or too large.
    """
    name = Path(source).name if isinstance(source, str | Path) else "the photo"
    try:
        with warnings.catch_warnings():
            # Sizes are checked here, with a message of our own, before anything is decoded.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = _open(source)
            _check_size(image.size, name)
            image.load()
        image = ImageOps.exif_transpose(image)
        return _rgb(image)
    except PhotoError:
        raise
    except Image.DecompressionBombError:
        raise PhotoError(f"{name} is too large: at most {LARGEST_AREA // 1_000_000} megapixels") from None
    except UnidentifiedImageError:
        raise PhotoError(f"{name} is not an image that can be read: use a JPEG, PNG or WebP file") from None
    except FileNotFoundError:
        raise PhotoError(f"there is no file {source}") from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError) as error:
        raise PhotoError(f"{name} cannot be read as an image, it may be damaged: {error}") from None


def open_parsing(path: str | Path, size: tuple[int, int]) -> np.ndarray:
    """Open a parsing map: a palette or grey PNG whose values are ATR labels, 255 where unknown.

    Args:
        path: the file.
        size: (height, width) of its photo.

    Returns:
        (H, W) uint8 labels.

    Raises:
        PhotoError: not such a file, or not of this size.
    """
    path = Path(path)
    try:
        with Image.open(path) as image:
            if image.mode not in ("P", "L") or image.size != size[::-1]:
                raise PhotoError(
                    f"{path.name} is no parsing map of its photo: it must be a palette or grey PNG of "
                    f"{size[1]}x{size[0]} pixels, got {image.mode} {image.width}x{image.height}"
                )
            labels = np.array(image)
    except PhotoError:
        raise
    except FileNotFoundError:
        raise PhotoError(f"there is no parsing map {path}") from None
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise PhotoError(f"{path.name} cannot be read as a parsing map, it may be damaged: {error}") from None
    wrong = np.setdiff1d(labels, (*range(NUM_PARTS), IGNORE))
    if len(wrong):
        raise PhotoError(f"{path.name} is no parsing map: its labels must be 0-{NUM_PARTS - 1} or {IGNORE}, got {wrong[0]}")
    return labels


def _open(source) -> Image.Image:
    if isinstance(source, Image.Image):
        return source.copy()
    return Image.open(io.BytesIO(source) if isinstance(source, bytes) else source)


def _check_size(size: tuple[int, int], name: str) -> None:
    width, height = size
    if min(size) < SMALLEST_SIDE:
        raise PhotoError(
            f"{name} is too small: {width}x{height} pixels, at least {SMALLEST_SIDE}x{SMALLEST_SIDE} are needed"
        )
    if max(size) > LARGEST_SIDE or width * height > LARGEST_AREA:
        raise PhotoError(
            f"{name} is too large: {width}x{height} pixels; at most {LARGEST_SIDE} a side and "
            f"{LARGEST_AREA // 1_000_000} megapixels. Save a smaller copy"
        )


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        image = _eight_bit(image)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        over = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", over.size, "white"), over)
    plain = image.convert("RGB")
    plain.info = {}
    return plain


def _eight_bit(image: Image.Image) -> Image.Image:
    """Deep grey pictures scaled by their own range: PIL would clip them to white."""
    low, high = image.convert("F").getextrema()
    scale = 255 / (high - low) if high > low else 0
    return image.convert("F").point(lambda v: (v - low) * scale).convert("L")
