"""Writing pictures and documents whole: beside first, then renamed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from PIL import Image


def save_image(image: Image.Image, path: str | Path) -> None:
    """Save a picture in the format that the name's ending says.

    Raises:
        ValueError: the ending names no format, or the place cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in Image.registered_extensions():
        raise ValueError(f"cannot save {path}: end its name in .png, .jpg or .webp")
    _write(path, lambda beside: image.save(beside, **({"quality": 95} if path.suffix.lower() != ".png" else {})))


def save_text(text: str, path: str | Path) -> None:
    """Save a text file.

    Raises:
        ValueError: the place cannot be written.
    """
    _write(Path(path), lambda beside: beside.write_text(text, encoding="utf-8"))


def _write(path: Path, write) -> None:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent)
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
