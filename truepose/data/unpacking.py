"""Zip files from anywhere, unpacked with suspicion: only photos and their labels, only into one folder."""

from __future__ import annotations

import lzma
import os
import shutil
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ..files import readable_file
from .own import PICTURE_ENDINGS

MOST_FILES = 20_000
MOST_BYTES = 4_000_000_000  # unpacked
_WANTED = (*PICTURE_ENDINGS, ".csv", ".json", ".jsonl")


def unpack(archive: str | Path, folder: str | Path) -> Path:
    """Unpack the pictures and lists of a zip file into a new folder; anything else in it is left out.

    Returns:
        The folder, or the only one inside of it, where the archive holds just that.

    Raises:
        ValueError: no zip file, or a damaged, locked, too large or dishonest one, or one without pictures; nothing
            stays.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=".unpacking-", dir=folder.parent))
    try:
        with zipfile.ZipFile(readable_file(archive)) as file:
            for member in _wanted(file.infolist()):
                _write(file, member, beside)
        os.replace(beside, folder)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        raise ValueError(f"this is no zip file, or a damaged one: {error}") from None
    except (RuntimeError, NotImplementedError):  # a password, or a compression that Python does not know
        raise ValueError("the zip file is locked by a password or packed in an unusual way: pack it anew") from None
    except OSError as error:
        raise ValueError(f"the zip file cannot be unpacked: {error.strerror or error}") from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    inside = list(folder.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else folder


def _wanted(members: list[zipfile.ZipInfo]) -> list[zipfile.ZipInfo]:
    """The members to unpack.

    Raises:
        ValueError: one reaches outside or is a link, there are too many, too much, or none.
    """
    if len(members) > MOST_FILES:
        raise ValueError(f"the zip file holds too many files: at most {MOST_FILES}, got {len(members)}")
    wanted = []
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in member.filename.partition("/")[0]:
            raise ValueError(f"the zip file reaches outside of its folder, got {member.filename[:80]}")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ValueError(f"the zip file holds a link, which is not followed, got {member.filename[:80]}")
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
        if not member.is_dir() and not hidden and path.suffix.lower() in _WANTED:
            wanted.append(member)
    size = sum(member.file_size for member in wanted)
    if size > MOST_BYTES:
        raise ValueError(f"the zip file is too large unpacked: at most {MOST_BYTES / 1e9:g} GB, got {size / 1e9:.1f}")
    if not any(Path(member.filename).suffix.lower() in PICTURE_ENDINGS for member in wanted):
        raise ValueError("the zip file holds no photos: JPEG, PNG or WebP files are needed")
    return wanted


def _write(file: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    path = folder / member.filename.replace("\\", "/")
    path.parent.mkdir(parents=True, exist_ok=True)
    # Reading ends at the size that the list promised, whatever is packed.
    with file.open(member) as packed, path.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
