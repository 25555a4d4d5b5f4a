"""What the readers of data sets have in common: photos with what is annotated of them, pairs, and what is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ..openpose_json import load_pose
from ..photo import open_photo
from ..pose import Skeleton
from .labels import ATR, open_labels
from .own import PICTURE_ENDINGS
from .picture_pairs import Picture

BORDER = 40 / 256  # share of a square In-shop picture's width that is white border, left and right
Problem = tuple[str, str]  # name, reason


@dataclass(frozen=True, eq=False)
class ListedPhoto:
    """One photo of a data set; nothing is opened yet.

    Attributes:
        name: as the data set's lists call it.
        path: of the picture.
        skeleton: annotated joints, in pixels of `skeleton_size` (height, width); None where there are none.
        pose: path of an OpenPose file that takes their place; None where there is none.
        parsing: path of its parsing map; None where there is none.
        read: whether its person is needed; other pictures are kept to compare distributions with.
    """

    name: str
    path: Path
    skeleton: Skeleton | None = None
    skeleton_size: tuple[int, int] = (1, 1)
    pose: Path | None = None
    parsing: Path | None = None
    read: bool = True


@dataclass(frozen=True, eq=False)
class Listing:
    """A data set by its lists and file names.

    Attributes:
        photos: in a fixed order.
        pairs: (source, target) names; empty for single photos.
        problems: what cannot be used.
        fit: brings a read photo to a size (H, W), one of `fits`.
        bordered: square photos have `BORDER` left and right, which is cut off first.
        labels: what the values of its parsing maps mean, one of `labels`.
    """

    photos: tuple[ListedPhoto, ...]
    pairs: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...]
    fit: Callable[[Picture, tuple[int, int]], Picture]
    bordered: bool = False
    labels: tuple[str, ...] = ATR


@dataclass(frozen=True, eq=False)
class OpenedPhoto:
    """A listed photo's pixels, and what is annotated in them.

    Attributes:
        image: RGB.
        skeleton: joints in its pixels, or None.
        parsing: (h, w) uint8 labels, or None.
    """

    image: Image.Image
    skeleton: Skeleton | None
    parsing: np.ndarray | None


def open_listed(photo: ListedPhoto, labels: tuple[str, ...], *, bordered: bool) -> OpenedPhoto:
    """Open a photo of a listing, whose `labels` and `bordered` are given.

    Raises:
        ValueError: picture, pose or parsing map cannot be used.
    """
    image = open_photo(photo.path)
    size = image.height, image.width
    skeleton = None if photo.pose is None else load_pose(photo.pose, size)
    parsing = None if photo.parsing is None else open_labels(photo.parsing, size, labels)
    if bordered and image.width == image.height:
        left = round(BORDER * image.width)
        image = image.crop((left, 0, image.width - left, image.height))
        parsing = None if parsing is None else np.ascontiguousarray(parsing[:, left : left + image.width])
    if skeleton is None and photo.skeleton is not None:
        scale = image.width / photo.skeleton_size[1], image.height / photo.skeleton_size[0]
        skeleton = photo.skeleton.transformed([[scale[0], 0, 0], [0, scale[1], 0]])
    return OpenedPhoto(image, None if skeleton is None else skeleton.inside((image.height, image.width)), parsing)


def files_below(root: Path, endings: tuple[str, ...] = PICTURE_ENDINGS) -> list[Path]:
    """The files of these endings in a folder and all folders below, hidden ones left out, in name order."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        found += [Path(folder, name) for name in sorted(names) if not name.startswith(".")]
    return [path for path in found if path.suffix.lower() in endings]


def usable_pairs(pairs: Iterable[tuple[str, str]], known: set[str], listed: str) -> tuple[list, list[Problem]]:
    """The pairs whose photos are both there; a problem for each photo that is not, told once.

    Args:
        pairs: (source, target) names.
        known: names of the photos that are there.
        listed: the list that names them, in messages.
    """
    good, missing = [], {}
    for pair in pairs:
        lost = [name for name in pair if name not in known]
        missing |= dict.fromkeys(lost, f"named in {listed}, but there is no such picture")
        if not lost:
            good.append(pair)
    return good, list(missing.items())


def text_lines(path: Path) -> list[str]:
    """The lines of a list.

    Raises:
        ValueError: it cannot be read as a text.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeError):
        raise ValueError(f"{path.name} cannot be read as a text") from None


def existing_folder(folder: str | Path) -> Path:
    """The folder, resolved.

    Raises:
        ValueError: there is none.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise ValueError(f"there is no folder {folder}")
    return root.resolve()
