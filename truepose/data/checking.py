"""Whether a folder of photos can be trained on: every file opened and read before anything starts."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..photo import PhotoError, open_photo
from ..reading.person import PersonReader
from .own import OwnFolder, OwnPairs, OwnPhoto, held_out, read_own
from .picture_pairs import PicturePairMaker
from .pseudo_pairs import PairMaker
from .shards import PairOf

_LOW = 256  # pixels of a photo's shorter side below which results are soft


@dataclass(frozen=True, eq=False)
class Checked:
    """One photo after its check.

    Attributes:
        name: from the folder on.
        size: (height, width); None where it cannot be opened.
        photo: with who is in it; None where it cannot be used.
        problem: why not; empty where it can.
    """

    name: str
    size: tuple[int, int] | None
    photo: OwnPhoto | None
    problem: str = ""


@dataclass(frozen=True, eq=False)
class Report:
    """What a check found.

    Attributes:
        folder: that was checked.
        files: every photo of it.
    """

    folder: OwnFolder
    files: tuple[Checked, ...]

    @property
    def usable(self) -> dict[Path, OwnPhoto]:
        """The photos to train on, by path."""
        return {checked.photo.path: checked.photo for checked in self.files if checked.photo}

    @property
    def pairs(self) -> list[tuple[OwnPhoto, OwnPhoto]]:
        """The true pairs whose photos can both be used."""
        usable = self.usable
        return [(usable[s], usable[t]) for s, t in self.folder.pairs if s in usable and t in usable]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(name, reason) of everything that cannot be used."""
        return [*((c.name, c.problem) for c in self.files if c.problem), *self.folder.problems]

    @property
    def obstacle(self) -> str:
        """Why nothing can be trained on this; empty where it can."""
        try:
            held_out(self.folder, set(self.usable))
        except ValueError as error:
            return str(error)
        return ""

    def maker(self, size: tuple[int, int], seed: int, *, validation: bool) -> PairOf:
        """Makes training pairs of one side of the split: the true pairs, or pseudo-pairs of single photos.

        Args:
            size: (H, W) of the pairs.
            seed: of all choices.
            validation: of the held-out photos.

        Raises:
            ValueError: nothing can be trained on.
        """
        held = held_out(self.folder, set(self.usable))
        if self.folder.pairs:
            pairs = [(s, t) for s, t in self.pairs if bool({s.path, t.path} & held) == validation]
            return PicturePairMaker(OwnPairs(pairs, size), seed)
        photos = [photo for path, photo in self.usable.items() if (path in held) == validation]
        return PairMaker(photos, size, seed, None)

    def lines(self) -> list[str]:
        """The report, each line a sentence."""
        usable = self.usable
        kinds = Counter(Path(c.name).suffix.lower().removeprefix(".").replace("jpeg", "jpg") for c in self.files)
        said = [f"{_count(len(self.files), 'photo')} ({', '.join(f'{n} {kind}' for kind, n in kinds.most_common())})."]
        if self.folder.pairs:
            said.append(f"{_count(len(self.folder.pairs), 'true pair')}, {len(self.pairs)} of them usable.")
        said.append(f"{len(usable)} of {len(self.files)} photos can be used.")
        several = sum(photo.people > 1 for photo in usable.values())
        if several:
            said.append(f"{several} of these show several people: the likeliest subject is taken.")
        sizes = sorted((c.size for c in self.files if c.size), key=min)
        if sizes:
            shown = [f"{w}x{h}" for h, w in (sizes[0], sizes[len(sizes) // 2], sizes[-1])]
            said.append(f"Width x height: smallest {shown[0]}, middle {shown[1]}, largest {shown[2]}.")
            low = sum(min(size) < _LOW for size in sizes)
            if low:
                said.append(f"{low} with a side below {_LOW} pixels: their pairs are soft.")
        if self.obstacle:
            said.append(f"Too little to train on: {self.obstacle}.")
        return said


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def check_photos(folder: OwnFolder, reader: PersonReader) -> Iterator[Checked]:
    """Open and read the photos one by one; what is wrong with one is told, and the next is looked at.

    To stop, stop asking for the next.
    """
    seen: dict[bytes, str] = {}
    for path in folder.photos:
        yield _checked(folder.name(path), path, reader, seen, paired=bool(folder.pairs))


def _checked(name: str, path: Path, reader: PersonReader, seen: dict[bytes, str], *, paired: bool) -> Checked:
    size = None
    try:
        photo = open_photo(path)
        size = photo.size[::-1]
        # A copy on both sides of the split would be measured on what was learnt by heart.
        pixels = hashlib.sha256(photo.tobytes()).digest()
        if pixels in seen and not paired:
            return Checked(name, size, None, f"a copy of {seen[pixels]}")
        checked = Checked(name, size, read_own(path, photo, reader))
        seen[pixels] = name
        return checked
    except PhotoError as error:
        return Checked(name, size, None, str(error).removeprefix(f"{path.name} ").removeprefix("is "))
    except ValueError as error:
        return Checked(name, size, None, str(error))
