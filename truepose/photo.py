"""The one door for photos: any file, bytes or picture in; an upright RGB image, or a plain message, out."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from .files import FileProblem, readable_file
from .parsing import IGNORE, NUM_PARTS

SMALLEST_SIDE = 64  # pixels; below it no person can be read
LARGEST_SIDE = 12_000
LARGEST_AREA = 50_000_000  # pixels: larger pictures are refused before they are decoded
# What photos come in. Not all that PIL knows: an icon may unpack to any size, PostScript is a program.
_FORMATS = (
    "JPEG", "PNG", "WEBP", "AVIF", "GIF", "TIFF", "BMP", "DIB", "JPEG2000", "PPM", "PCX", "SGI", "QOI", "TGA",
)  # fmt: skip
# EXIF orientation -> what turns the stored picture upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


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
        with warnings.catch_warnings(action="ignore"), _open(source) as image:
            _check_size(image.size, name)  # before anything is decoded
            image.load()
            return _rgb(_upright(image))
    except PhotoError:
        raise
    except Image.DecompressionBombError:
        raise PhotoError(f"{name} is too large: at most {LARGEST_AREA // 1_000_000} megapixels") from None
    except UnidentifiedImageError:
        raise PhotoError(f"{name} is not an image that can be read: use a JPEG, PNG or WebP file") from None
    except Exception as error:  # decoders raise anything at all on damaged data
        raise PhotoError(f"{name} cannot be read as an image, it is damaged or cut off: save it again") from error


def open_parsing(source: str | Path | bytes, size: tuple[int, int]) -> np.ndarray:
    """Open a parsing map: a palette or grey PNG whose values are ATR labels, 255 where unknown.

    Args:
        source: a path, or the file's bytes.
        size: (height, width) of its photo.

    Returns:
        (H, W) uint8 labels.

    Raises:
        PhotoError: not such a file, or not of this size.
    """
    with label_picture(source) as (image, name):
        if image.size != size[::-1]:
            raise PhotoError(
                f"{name} is no parsing map of its photo: it must have {size[1]}x{size[0]} pixels, "
                f"got {image.width}x{image.height}"
            )
        return label_values(image, name, NUM_PARTS)


@contextmanager
def label_picture(source: str | Path | bytes) -> Iterator[tuple[Image.Image, str]]:
    """A parsing map of any label list, for its size to be checked before `label_values` decodes it.

    Args:
        source: path of a palette or grey PNG, or the file's bytes.

    Yields:
        The picture, and what messages call it.

    Raises:
        PhotoError: not such a file; also where decoding it fails while it is open.
    """
    name = "the map" if isinstance(source, bytes) else Path(source).name
    try:
        file = io.BytesIO(source) if isinstance(source, bytes) else readable_file(source)
        with warnings.catch_warnings(action="ignore"), Image.open(file, formats=("PNG",)) as image:
            if image.mode not in ("P", "L"):
                raise PhotoError(f"{name} is no parsing map: it must be a palette or grey PNG, got {image.mode}")
            yield image, name
    except FileProblem as error:
        raise PhotoError(f"no parsing map can be opened: {error}") from None
    except PhotoError:
        raise
    except Exception as error:  # decoders raise anything at all on damaged data
        raise PhotoError(f"{name} cannot be read as a parsing map, it may be damaged") from error


def label_values(image: Image.Image, name: str, count: int) -> np.ndarray:
    """(H, W) uint8: the values of a map of `count` labels, 255 where unknown.

    Raises:
        PhotoError: there are others.
    """
    values = np.array(image)
    wrong = values[(values >= count) & (values != IGNORE)]
    if len(wrong):
        raise PhotoError(f"{name} is no parsing map: labels must be 0-{count - 1} or {IGNORE}, got {wrong[0]}")
    return values


def open_mask(source: str | Path | Image.Image, size: tuple[int, int]) -> np.ndarray:
    """Open a mask: a picture, white where something is meant, black or transparent where not.

    Args:
        source: as for `open_photo`, of any resolution.
        size: (height, width) of its photo.

    Returns:
        (H, W) float32 in [0, 1], of the photo's size.

    Raises:
        PhotoError: not an image, damaged, or of another shape than the photo.
    """
    name = Path(source).name if isinstance(source, str | Path) else "the mask"
    try:
        with warnings.catch_warnings(action="ignore"), _open(source) as image:
            _check_shape(image.size, size[::-1], name)
            image.load()
            mask = np.asarray(_grey(image), np.float32) / 255
    except PhotoError:
        raise
    except Exception as error:  # decoders raise anything at all on damaged data
        raise PhotoError(f"{name} cannot be read as a mask: use a PNG, white where painted") from error
    if mask.shape != size:
        shrinks = mask.shape[0] > size[0]
        mask = cv2.resize(mask, size[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return mask


def _grey(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode in ("I", "F"):
        return _eight_bit(image)
    over = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", over.size, "black"), over).convert("L")


def _check_shape(size: tuple[int, int], wanted: tuple[int, int], name: str) -> None:
    """A mask may have another resolution than its photo, but no other shape."""
    # Half a pixel of either side is rounding.
    slack = 0.5 / min(size) + 0.5 / min(wanted) + 0.01
    if abs(np.log(size[0] * wanted[1] / (size[1] * wanted[0]))) > slack or size[0] * size[1] > LARGEST_AREA:
        raise PhotoError(
            f"{name} must have the shape of its photo, {wanted[0]}x{wanted[1]}, got {size[0]}x{size[1]} pixels"
        )


def _open(source: str | Path | bytes | Image.Image) -> Image.Image:
    """The picture, not decoded yet."""
    if isinstance(source, Image.Image):
        return source.copy()
    if isinstance(source, bytes):
        return Image.open(io.BytesIO(source), formats=_FORMATS)
    try:
        return Image.open(readable_file(source), formats=_FORMATS)
    except FileProblem as error:
        raise PhotoError(str(error)) from None


def _upright(image: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:  # broken EXIF raises anything at all, and the picture is whole without it
        return image
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


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
    """Deep grey pictures scaled by their own range: PIL would clip them to white. What is no number becomes black."""
    values = np.asarray(image.convert("F"))
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 0.0)
    scale = 255 / (high - low) if high > low else 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        return Image.fromarray(np.nan_to_num((values.clip(low, high) - low) * scale).astype(np.uint8))
