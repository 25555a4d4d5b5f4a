"""Anybody's own folder: photos of people, or true pairs of photos. What is not labelled is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from PIL import Image

from ..files import readable_file
from ..frame import Frame
from ..openpose_json import load_pose
from ..parsing import parsing_image
from ..photo import open_parsing, open_photo
from ..pose import Skeleton
from ..reading.person import Person, PersonReader
from .pair import person_box
from .picture_pairs import Picture, PicturePair, pair_row
from .pseudo_pairs import SMALLEST_SHARE, enough_of

PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif")
MOST_PHOTOS = 5000
_HELD_OUT = 0.1  # share of the photos that training never sees


@dataclass(frozen=True)
class OwnFolder:
    """What is in a folder, by its names alone.

    Attributes:
        root: the folder.
        photos: paths of the photos, in name order.
        pairs: (source, target) photos of true pairs; empty for a folder of single photos.
        problems: (name, reason) of what cannot be used.
    """

    root: Path
    photos: tuple[Path, ...]
    pairs: tuple[tuple[Path, Path], ...] = ()
    problems: tuple[tuple[str, str], ...] = ()

    def name(self, photo: Path) -> str:
        """A photo's name in messages, from the folder on."""
        return photo.relative_to(self.root).as_posix()


def open_own(folder: str | Path) -> OwnFolder:
    """Look into a folder: true pairs where it has `pairs.csv` or `pairs.jsonl`, else photos, also one folder deeper.

    A NAME.png beside another picture NAME is that one's parsing map, a NAME.json its pose.

    Raises:
        ValueError: there is no such folder, it cannot be listed, holds no photo, or a broken list of pairs.
    """
    root = Path(folder).expanduser()
    try:
        if not root.is_dir():
            raise ValueError(f"there is no folder {folder}")
        root = root.resolve()
        files = sorted(p for pattern in ("*", "*/*") for p in root.glob(pattern) if _is_shown(p, root))
    except OSError as error:
        raise ValueError(f"cannot look into {folder}: {error.strerror}") from None
    lists = [root / name for name in ("pairs.csv", "pairs.jsonl") if (root / name) in files]
    if lists:
        return _own_pairs(root, lists[0])
    photos, problems = [], []
    stems = {p.with_suffix("") for p in files if p.suffix.lower() in PICTURE_ENDINGS and p.suffix.lower() != ".png"}
    for path in files:
        ending = path.suffix.lower()
        if ending in PICTURE_ENDINGS:
            if not (path.with_suffix("") in stems and _is_map(path)):
                photos.append(path)
        elif ending != ".json":
            problems.append((path.relative_to(root).as_posix(), "not a photo: use JPEG, PNG or WebP files"))
    if not photos:
        raise ValueError(f"no photos in {folder}: JPEG, PNG or WebP files are needed, there or one folder deeper")
    if len(photos) > MOST_PHOTOS:
        raise ValueError(f"too many photos in {folder}: at most {MOST_PHOTOS}, got {len(photos)}")
    return OwnFolder(root, tuple(photos), problems=tuple(problems))


def _is_shown(path: Path, root: Path) -> bool:
    """A file whose name is not hidden, and no Mac's second half of one."""
    return path.is_file() and not any(p.startswith((".", "__MACOSX")) for p in path.relative_to(root).parts)


def _is_map(path: Path) -> bool:
    """Whether the file can be a parsing map: a palette or grey PNG."""
    if path.suffix.lower() != ".png":
        return False
    try:
        with Image.open(readable_file(path), formats=("PNG",)) as image:
            return image.mode in ("P", "L")
    except Exception:  # decoders raise anything at all; as a photo it is told what is wrong with it
        return False


def _own_pairs(root: Path, listing: Path) -> OwnFolder:
    try:
        text = listing.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError):
        raise ValueError(f"{listing.name} cannot be read as a text") from None
    read = _csv_rows if listing.suffix == ".csv" else _json_rows
    pairs, problems = [], []
    for number, names in read(text):
        try:
            source, target = (_photo_of(root, name) for name in names)
            pairs.append((source, target))
        except ValueError as error:
            problems.append((f"line {number} of {listing.name}", str(error)))
    if not pairs:
        first = f": {problems[0][0]}: {problems[0][1]}" if problems else ""
        raise ValueError(f"{listing.name} names no pair that is there{first}")
    photos = tuple(sorted({photo for pair in pairs for photo in pair}))
    return OwnFolder(root, photos, tuple(pairs), tuple(problems))


def _csv_rows(text: str) -> list[tuple[int, tuple[str, str]]]:
    rows = []
    for number, row in enumerate(csv.reader(io.StringIO(text)), 1):
        cells = [cell.strip() for cell in row]
        if not any(cells) or (number == 1 and [cell.lower() for cell in cells[:2]] == ["source", "target"]):
            continue
        if len(cells) < 2:
            raise ValueError(f"line {number} of pairs.csv must be source,target, got {','.join(row)[:60]}")
        rows.append((number, (cells[0], cells[1])))
    return rows


def _json_rows(text: str) -> list[tuple[int, tuple[str, str]]]:
    rows = [(number, pair_row(line, number)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return [(number, (row["source"], row["target"])) for number, row in rows]


def _photo_of(root: Path, name: str) -> Path:
    """The photo that a list of pairs names, with its ending or without."""
    endings = ("", *(e for e in PICTURE_ENDINGS if e != ".png"), ".png")  # a PNG may be the map of another
    for path in (root / f"{name}{ending}" for ending in endings):
        if not path.resolve().is_relative_to(root):
            raise ValueError(f"{name} lies outside of the folder")
        if path.is_file():
            return path.resolve()
    raise ValueError(f"there is no photo {name}")


@dataclass(frozen=True, eq=False)
class OwnPhoto:
    """One photo and who is in it; the pixels are read when asked for.

    Attributes:
        path: of the photo.
        size: (height, width) of the photo, turned upright.
        skeleton: joints in its pixels.
        people: how many the photo shows.
        packed: the parsing map as PNG: thousands of photos must fit in memory.
    """

    path: Path
    size: tuple[int, int]
    skeleton: Skeleton
    people: int
    packed: bytes

    def photo(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        return np.asarray(open_photo(self.path))

    def parsing(self) -> np.ndarray:
        """(H, W) uint8 labels."""
        return np.array(Image.open(io.BytesIO(self.packed)))

    @cached_property
    def box(self) -> tuple[int, int, int, int]:
        """(x0, y0, x1, y1) around the person."""
        return person_box(self.parsing())


def labels_beside(photo: Path) -> tuple[Path | None, Path | None]:
    """The pose (NAME.json) and the parsing map (NAME.png) beside a photo, each where there is one."""
    pose, parsing = photo.with_suffix(".json"), photo.with_suffix(".png")
    return pose if pose.is_file() else None, parsing if parsing != photo and _is_map(parsing) else None


def read_own(path: Path, photo: Image.Image, reader: PersonReader) -> OwnPhoto:
    """Read an opened photo; its pose and parsing map are those beside its file, else as read.

    Raises:
        ValueError: a file beside it is broken, nobody is found, or too little of them is seen.
    """
    size = photo.size[::-1]
    pose, labels = labels_beside(path)
    skeleton = None if pose is None else load_pose(pose, size)
    parsing = None if labels is None else open_parsing(labels, size)
    people = 1
    if skeleton is None or parsing is None:
        found = reader.find(photo)
        person = reader.read(photo, found[0])
        people = len(found)
        skeleton, parsing = skeleton or person.skeleton, person.parsing if parsing is None else parsing
    person = Person(skeleton, parsing, person_box(parsing))
    if not enough_of(person, size[0]):
        share = (person.box[3] - person.box[1]) / size[0]
        what = "too little of the person is seen" if share >= SMALLEST_SHARE else "the person is too small in the photo"
        raise ValueError(f"{what}: most joints and a third of the photo's height are needed")
    png = io.BytesIO()
    parsing_image(parsing).save(png, "PNG")
    return OwnPhoto(path, size, skeleton, people, png.getvalue())


class OwnPairs(Sequence[PicturePair]):
    """True pairs at one size (H, W), both photos seen through one frame where they are of one size.

    Args:
        pairs: source and target.
        size: of the training pairs.
    """

    def __init__(self, pairs: list[tuple[OwnPhoto, OwnPhoto]], size: tuple[int, int]):
        self.pairs, self.size = pairs, size

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> PicturePair:
        source, target = self.pairs[index]
        name = f"{source.path.stem} to {target.path.stem}"
        if source.size == target.size:  # the same camera: what stays where it is must stay
            frames = [Frame.around([source.box, target.box], self.size)] * 2
        else:
            frames = [Frame.around([photo.box], self.size) for photo in (source, target)]
        return PicturePair(name, *(_seen(p, f) for p, f in zip((source, target), frames, strict=True)))


def _seen(photo: OwnPhoto, frame: Frame) -> Picture:
    skeleton = frame.skeleton(photo.skeleton).inside(frame.size)
    return Picture(frame.view(photo.photo()), skeleton, frame.view_labels(photo.parsing()))


def held_out(folder: OwnFolder, usable: set[Path]) -> set[Path]:
    """The photos that only validation sees: a tenth, at least one, the last by name; of pairs, targets.

    Neighbours by name are often shots of one moment: so they stay together.

    Raises:
        ValueError: too few can be used to learn from some and be measured on others.
    """
    if folder.pairs:
        targets = [target for source, target in folder.pairs if {source, target} <= usable]
        candidates = sorted(set(targets))
    else:
        candidates = sorted(usable)
    held = set(candidates[len(candidates) - max(1, round(_HELD_OUT * len(candidates))) :])
    left = [pair for pair in folder.pairs if set(pair) <= usable - held] if folder.pairs else usable - held
    if not left:
        what = "pairs of different photos" if folder.pairs else "photos that show a person"
        raise ValueError(f"at least two {what} are needed: one to learn from, one to be measured on")
    return held
