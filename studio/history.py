"""The finished results of the person being edited: newest first, bounded, in the session's folder only."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from truepose.reading import Person
from truepose.recipe import Recipe, png_info

from .pictures import write_screen_picture

KEPT = 24


@dataclass(frozen=True, eq=False)
class Entry:
    """One finished result.

    Attributes:
        number: unlike any other's of this history.
        recipe: how it was made.
        person: of whom: who was read, or corrected, at that time.
        file: the PNG to download, with the recipe in it.
        screen: a JPEG of it, no larger than a screen needs.
        seconds: that its making took.
    """

    number: int
    recipe: Recipe
    person: Person
    file: Path
    screen: Path
    seconds: float


class History:
    """The entries of one session. What falls out is deleted.

    Args:
        folder: for the pictures; made when the first one comes.
    """

    def __init__(self, folder: Path):
        self.entries: tuple[Entry, ...] = ()
        self._folder, self._made, self._lock = folder, 0, threading.Lock()

    def add(self, image: Image.Image, recipe: Recipe, person: Person, name: str, seconds: float) -> Entry:
        """Keep a result; `name` is its file's for the download, without ending."""
        with self._lock:
            self._made += 1
            number = self._made
        folder = self._folder / str(number)
        folder.mkdir(parents=True)
        file = folder / f"{name}.png"
        image.save(file, compress_level=3, pnginfo=png_info(recipe))  # a third of the default's time, little larger
        screen = Path(write_screen_picture(image, folder / "screen.jpg"))
        entry = Entry(number, recipe, person, file, screen, seconds)
        with self._lock:
            dropped = self.entries[KEPT - 1 :]
            self.entries = (entry, *self.entries[: KEPT - 1])
        _delete(dropped)
        return entry

    def find(self, number: int) -> Entry | None:
        """The entry of a number, if it is still kept."""
        return next((entry for entry in self.entries if entry.number == number), None)

    def clear(self) -> None:
        """Forget and delete everything."""
        with self._lock:
            dropped, self.entries = self.entries, ()
        _delete(dropped)


def _delete(entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        shutil.rmtree(entry.file.parent, ignore_errors=True)
