"""Files given by people: read only where that cannot hang; written whole, beside first, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo


class FileProblem(ValueError):
    """A file that cannot be opened; the message names it and says why."""


def readable_file(path: str | Path) -> Path:
    """The path of a file that opens at once.

    Raises:
        FileProblem: nothing is there, or a folder, or a pipe or device (reading it may never end), or it is locked.
    """
    path = Path(path)
    # Not the methods of `Path`, which raise where a name is too long.
    if os.path.isdir(path):
        raise FileProblem(f"{path.name or path} is a folder, not a file")
    if not os.path.exists(path):
        raise FileProblem(f"there is no file {path.name or path}")
    if not os.path.isfile(path):
        raise FileProblem(f"{path.name} is not a file but a pipe or a device")
    if not os.access(path, os.R_OK):
        raise FileProblem(f"{path.name} cannot be opened: you may not read it")
    return path


_ENDINGS = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")  # that keep a picture's size and colours


def save_image(image: Image.Image, path: str | Path, info: PngInfo | None = None) -> None:
    """Save a picture in the format that the name's ending says.

    Args:
        image: the picture.
        path: where to.
        info: text chunks, which only a PNG takes.

    Raises:
        ValueError: the ending names no format, or the place cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in _ENDINGS:
        raise ValueError(f"cannot save {path}: end its name in .png, .jpg or .webp")
    options = {"pnginfo": info} if path.suffix.lower() == ".png" else {"quality": 95}
    _write(path, lambda beside: image.save(beside, **options))


def save_text(text: str, path: str | Path) -> None:
    """Save a text file.

    Raises:
        ValueError: the place cannot be written.
    """
    _write(Path(path), lambda beside: beside.write_text(text, encoding="utf-8"))


def _write(path: Path, write) -> None:
    try:
        handle, name = tempfile.mkstemp(prefix=".truepose-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror}") from None
    beside = Path(name)
    try:
        write(beside)
        umask = os.umask(0)
        os.umask(umask)
        beside.chmod(0o666 & ~umask)
        os.replace(beside, path)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        beside.unlink(missing_ok=True)
