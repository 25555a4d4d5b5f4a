"""What must happen to an odd or broken file, and what is wrong where something else does."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from studio import examples
from truepose.openpose_json import parse_openpose
from truepose.pose import Keypoint as K
from truepose.reading import Candidate, NoPersonFound, Person, PersonReader

SIZE = (240, 360)  # width, height of the known photo
NOSE, ANKLE = (126, 45), (122, 316)  # of the known person; the ankle is midway between both
NOBODY, NO_IMAGE, DAMAGED, LARGE, SMALL = "no person", "not an image", "damaged", "too large", "too small"

# What the shipped reader is known to get wrong: somebody seen where nobody is, or joints far from where they are. Told
# with doubt at least. `test_the_misread_list_is_honest` takes off whatever is read right again.
KNOWN_MISREADINGS = frozenset({"nobody-horse.png", "nobody-rocket.png", "person-upside-down.png"})


@dataclass(frozen=True)
class Place:
    """Where one person of a photo has nose and (the middle of) ankles, in pixels; `reach` may be missed."""

    nose: tuple[float, float]
    ankle: tuple[float, float]
    reach: float = 20


WHOLE = Place(NOSE, ANKLE)


@dataclass(frozen=True)
class Case:
    """What must happen to a file.

    Attributes:
        name: of the file, in the folder.
        kind: its class.
        size: (width, height) of the opened photo; None where it must not open.
        people: who may be found in it; empty where what is found is not known.
        says: a message it may be refused with contains one of these; empty where it must be read.
    """

    name: str
    kind: str
    size: tuple[int, int] | None = None
    people: tuple[Place, ...] = ()
    says: tuple[str, ...] = ()


Made = Iterator[tuple[Case, bytes]]


def _pixels(photo: Image.Image) -> tuple:
    return photo.size, hashlib.sha256(photo.tobytes()).digest()


def opens(kind: str, name: str, content: bytes, *, size=SIZE, people=(WHOLE,), says=()) -> tuple[Case, bytes]:
    """A file that opens, unless it may be refused with one of the words `says`."""
    return Case(name, kind, size, people, says), content


def refused(kind: str, name: str, content: bytes, *says: str) -> tuple[Case, bytes]:
    """A file that must not open; the message has one of the words `says`."""
    return Case(name, kind, says=says), content


def known() -> Image.Image:
    """The photo of the known person, RGB."""
    with Image.open(Path(examples.__file__).parent / "examples" / "2-printed-shirt.webp") as image:
        return image.convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)


def saved(image: Image.Image, kind: str, **options) -> bytes:
    """The file's bytes."""
    file = io.BytesIO()
    # Copies: encoders leave their settings in the pictures.
    later = [other.copy() for other in options.pop("append_images", ())]
    image.copy().save(file, kind, **options | ({"append_images": later} if later else {}))
    return file.getvalue()


def misplaced(case: Case, document: dict) -> str:
    """What is wrong about the person read from a file that may open; empty where nothing is."""
    size = (document["canvas_width"], document["canvas_height"])
    if size != case.size:
        return f"opened as {size}, not {case.size}"
    (person,) = parse_openpose(document)
    ankles = [k for k in (K.RIGHT_ANKLE, K.LEFT_ANKLE) if person.visible[k]]
    nose = person.xy[K.NOSE] if person.visible[K.NOSE] else None
    ankle = person.xy[ankles].mean(0) if ankles else None
    for place in case.people:
        pairs = [(a, b) for a, b in ((nose, place.nose), (ankle, place.ankle)) if a is not None]
        if pairs and all(np.hypot(*(a - b)) <= place.reach for a, b in pairs):
            return ""
    return f"read with nose {nose} and ankles {ankle}" if case.people else ""


def unplain(message: str, folder: Path) -> str:
    """What a message must not show and does; empty where it is plain."""
    secrets = ("Traceback", "object at 0x", "<_io", "<PIL", "Errno", "Error:", str(folder))
    return ", ".join(secret for secret in secrets if secret in message)


class Remembering:
    """A reader that reads no picture twice: many of the files hold the same pixels."""

    def __init__(self, reader: PersonReader):
        self._reader = reader
        self._known: dict[tuple, object] = {}

    def find(self, photo: Image.Image) -> list[Candidate]:
        return self._once(("find", *_pixels(photo)), lambda: self._reader.find(photo))

    def read(self, photo: Image.Image, candidate: Candidate | None = None) -> Person:
        key = ("read", *_pixels(photo), candidate and candidate.box)
        return self._once(key, lambda: self._reader.read(photo, candidate))

    def _once(self, key: tuple, ask: Callable):
        if key not in self._known:
            try:
                self._known[key] = ask()
            except NoPersonFound as error:
                self._known[key] = error
        if isinstance(self._known[key], NoPersonFound):
            raise self._known[key]
        return self._known[key]
