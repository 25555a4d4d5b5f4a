"""What reading a photo gives, and the protocol of those who read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image

from ..pose import Skeleton


@dataclass(frozen=True, eq=False)
class Person:
    """One person found in a photo of height H and width W.

    Attributes:
        skeleton: joints in the photo's pixels.
        parsing: (H, W) uint8 `BodyPart` labels of this person; everything else is background. Read-only.
        box: (x0, y0, x1, y1) around the person in pixels, x1 and y1 exclusive, inside the photo.
    """

    skeleton: Skeleton
    parsing: np.ndarray
    box: tuple[int, int, int, int]

    def __post_init__(self):
        if self.parsing.ndim != 2 or self.parsing.dtype != np.uint8:
            raise ValueError(f"parsing must be (H, W) uint8, got {self.parsing.shape} {self.parsing.dtype}")
        parsing = self.parsing.copy()
        parsing.flags.writeable = False
        object.__setattr__(self, "parsing", parsing)


class NoPersonFound(ValueError):
    """The photo shows nobody that the reader can find."""


class PersonReader(Protocol):
    """Finds the person of a photo: the embedded network, or a hub model."""

    def read(self, image: Image.Image) -> Person:
        """The main person of an RGB image.

        Raises:
            NoPersonFound: nobody is found.
        """
        ...
