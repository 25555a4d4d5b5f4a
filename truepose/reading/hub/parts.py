"""What the parts of a hub reader give and take: a pose model finds people, a parser labels one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ...landmarks import Landmarks
from ...pose import Skeleton
from ..person import Candidate


@dataclass(frozen=True, eq=False)
class Pose:
    """One person as a pose model sees them.

    Attributes:
        skeleton: joints in the photo's pixels.
        landmarks: points of face and hands in the photo's pixels; None if the model has none, or not looked for yet.
    """

    skeleton: Skeleton
    landmarks: Landmarks | None = None


class PoseModel(Protocol):
    """Finds people by their joints."""

    def find(self, photo: np.ndarray) -> list[Pose]:
        """Everybody in an (H, W, 3) uint8 RGB photo, in any order; empty where nobody is seen."""
        ...

    def look_closer(self, photo: np.ndarray, pose: Pose, others: Sequence[Skeleton] = ()) -> Pose:
        """One of those found, with what takes too long to do for everybody.

        Args:
            photo: as for `find`.
            pose: of whom.
            others: the joints of everybody else.

        Raises:
            NoPersonFound: looked at closer, there is nobody.
        """
        ...


class Parser(Protocol):
    """Labels the pixels of a person."""

    def parse(self, photo: np.ndarray, person: Candidate) -> np.ndarray:
        """(H, W) uint8 `BodyPart` labels of an (H, W, 3) uint8 RGB photo, of this person and perhaps neighbours.

        Raises:
            NoPersonFound: there is nobody.
        """
        ...
