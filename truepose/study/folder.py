"""A study's pictures: a folder a method, one of real photos, one name a case.

FOLDER/real/NAME.png      photographs
FOLDER/METHOD/NAME.png    what a method made; the same NAME is the same source and pose in every method
FOLDER/source/NAME.png    optional: the source, shown beside the choice of the best
FOLDER/pose/NAME.png      optional: the target pose, drawn
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

REAL, SOURCE, POSE = "real", "source", "pose"
VOTES_NAME = "votes.sqlite"
_ENDINGS = (".png", ".jpg", ".jpeg", ".webp")

Pictures = Mapping[str, Path]


@dataclass(frozen=True)
class Study:
    """The pictures of a study, by name.

    Attributes:
        folder: where they lie.
        groups: the real photos under "real", and each method's pictures under its folder's name.
        sources, poses: what a case is made of, where it is known.
    """

    folder: Path
    groups: Mapping[str, Pictures]
    sources: Pictures
    poses: Pictures

    @property
    def methods(self) -> tuple[str, ...]:
        """The compared methods' names, in order."""
        return tuple(sorted(name for name in self.groups if name != REAL))

    @property
    def cases(self) -> tuple[str, ...]:
        """Names of which every method has a picture: what the best is chosen among."""
        if len(self.methods) < 2:
            return ()
        return tuple(sorted(set.intersection(*(set(self.groups[method]) for method in self.methods))))


def read_study(folder: str | Path) -> Study:
    """Look through a study's folder; every picture is opened once.

    Raises:
        ValueError: there is no such folder, no real photo or no method in it, two pictures of one name, or a file that
            is no picture.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ValueError(f"there is no study folder {folder}")
    found = {
        place.name: _pictures(place)
        for place in sorted(folder.iterdir())
        if place.is_dir() and not place.name.startswith(".")
    }
    groups = {name: pictures for name, pictures in found.items() if pictures and name not in (SOURCE, POSE)}
    if REAL not in groups:
        raise ValueError(f"the study {folder} needs real photos: put them into {folder / REAL}")
    if len(groups) < 2:
        raise ValueError(f"the study {folder} needs a method's pictures: put them into a folder of its name")
    return Study(folder, groups, found.get(SOURCE, {}), found.get(POSE, {}))


def _pictures(folder: Path) -> dict[str, Path]:
    pictures: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in _ENDINGS or path.name.startswith("."):
            continue
        if path.stem in pictures:
            raise ValueError(f"two pictures of one name: {pictures[path.stem]} and {path.name}")
        try:
            with Image.open(path) as image:
                image.verify()
        except Exception as error:  # Pillow raises many kinds for a broken file
            raise ValueError(f"{path} is not a picture") from error
        pictures[path.stem] = path
    return pictures
