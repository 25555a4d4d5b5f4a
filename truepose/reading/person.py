"""What reading a photo gives, and the protocol of those who read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from ..landmarks import Landmarks
from ..pose import Skeleton


@dataclass(frozen=True, eq=False)
class Candidate:
    """Somebody seen at a first look: enough to choose whom to read.

    Attributes:
        skeleton: the joints as far as the first look shows them, in the photo's pixels.
        box: (x0, y0, x1, y1) around the person in pixels, x1 and y1 exclusive, inside the photo.
        others: the joints of everybody else in the photo.
    """

    skeleton: Skeleton
    box: tuple[int, int, int, int]
    others: tuple[Skeleton, ...] = ()

    @property
    def height(self) -> int:
        """Pixels of the box, top to bottom."""
        return self.box[3] - self.box[1]


@dataclass(frozen=True, eq=False)
class Person:
    """One person found in a photo of height H and width W.

    Attributes:
        skeleton: joints in the photo's pixels.
        parsing: (H, W) uint8 `BodyPart` labels of this person; everything else is background. Read-only.
        box: (x0, y0, x1, y1) around the person in pixels, x1 and y1 exclusive, inside the photo.
        landmarks: points of the face and hands, from readers that find them; for display and export.
    """

    skeleton: Skeleton
    parsing: np.ndarray
    box: tuple[int, int, int, int]
    landmarks: Landmarks | None = None

    def __post_init__(self):
        if self.parsing.ndim != 2 or self.parsing.dtype != np.uint8:
            raise ValueError(f"parsing must be (H, W) uint8, got {self.parsing.shape} {self.parsing.dtype}")
        parsing = self.parsing.copy()
        parsing.flags.writeable = False
        object.__setattr__(self, "parsing", parsing)


NOBODY = "no person was found in the photo: choose one where the body is clearly visible"


class NoPersonFound(ValueError):
    """The photo shows nobody that the reader can find; the message says why, and what to do."""


class PersonReader(Protocol):
    """Finds the people of a photo and reads one of them: the embedded network, or models of the hub."""

    def find(self, photo: Image.Image) -> list[Candidate]:
        """Everybody in an RGB photo, the likeliest subject first (`people.subject_first`).

        Raises:
            NoPersonFound: nobody is found.
        """
        ...

    def read(self, photo: Image.Image, candidate: Candidate | None = None) -> Person:
        """One person of an RGB photo.

        Args:
            photo: RGB.
            candidate: whom, of those that `find` gave for this photo; the likeliest subject by default.

        Raises:
            NoPersonFound: nobody is found.
        """
        ...
