"""A person reader put together of a pose model and a parser, either of which may be the embedded network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from ...pose import Skeleton
from ..finding import FEWEST_JOINTS
from ..people import among_others, body_unit, distinct, only_this_person, subject_first, whole_person
from ..person import NOBODY, Candidate, NoPersonFound, Person, PersonReader
from ..refining import refined
from .parts import Parser, Pose, PoseModel

_BEYOND_JOINTS = 0.4  # torso lengths of a person outside the box of the joints: the skull, hands, feet, wide clothes


@dataclass(frozen=True, eq=False)
class FoundPose(Candidate):
    """A candidate who remembers what was seen with them, so that nothing is looked for twice.

    Attributes:
        pose: as the pose model saw this person.
    """

    pose: Pose = field(kw_only=True)


class HubReader:
    """A `PersonReader`."""

    def __init__(self, pose: PoseModel, parser: Parser):
        self.pose, self.parser = pose, parser

    def find(self, photo: Image.Image) -> list[Candidate]:
        """Everybody in an RGB photo with three joints or more in it, the likeliest subject first.

        Raises:
            NoPersonFound: nobody is found.
        """
        pixels = np.asarray(photo.convert("RGB"))
        size = pixels.shape[:2]
        boxed = [(pose, person_box(pose.skeleton, size)) for pose in self.pose.find(pixels)]
        found = [FoundPose(pose.skeleton, box, pose=pose) for pose, box in boxed if box is not None]
        people = among_others(distinct(subject_first(found, size)))
        if not people:
            raise NoPersonFound(NOBODY)
        return people

    def read(self, photo: Image.Image, candidate: Candidate | None = None) -> Person:
        """One person of an RGB photo.

        Args:
            photo: RGB.
            candidate: whom, of those that `find` gave for this photo; the likeliest subject by default.

        Raises:
            NoPersonFound: nobody is found.
        """
        candidate = candidate or self.find(photo)[0]
        pose = candidate.pose if isinstance(candidate, FoundPose) else Pose(candidate.skeleton)
        pixels = np.asarray(photo.convert("RGB"))
        pose = self.pose.look_closer(pixels, pose, candidate.others)
        labels = only_this_person(self.parser.parse(pixels, candidate), pose.skeleton, candidate.others)
        return whole_person(pose.skeleton, refined(pixels, labels, pose.skeleton), pose.landmarks)


class EmbeddedPose:
    """The embedded network as a `PoseModel`: its joints alone are used."""

    def __init__(self, reader: PersonReader):
        self.reader = reader

    def find(self, photo: np.ndarray) -> list[Pose]:
        """Everybody in an (H, W, 3) uint8 RGB photo, at the first look."""
        try:
            return [Pose(candidate.skeleton) for candidate in self.reader.find(Image.fromarray(photo))]
        except NoPersonFound:
            return []

    def look_closer(self, photo: np.ndarray, pose: Pose, others: Sequence[Skeleton] = ()) -> Pose:
        """The joints as the second look shows them.

        Raises:
            NoPersonFound: looked at closer, there is nobody.
        """
        box = person_box(pose.skeleton, photo.shape[:2])
        if box is None:
            raise NoPersonFound(NOBODY)
        return Pose(self.reader.read(Image.fromarray(photo), Candidate(pose.skeleton, box, tuple(others))).skeleton)


class EmbeddedParser:
    """The embedded network as a `Parser`: its labels alone are used."""

    def __init__(self, reader: PersonReader):
        self.reader = reader

    def parse(self, photo: np.ndarray, person: Candidate) -> np.ndarray:
        """(H, W) uint8 labels of the person in the candidate's box.

        Raises:
            NoPersonFound: there is nobody.
        """
        return self.reader.read(Image.fromarray(photo), person).parsing


def person_box(skeleton: Skeleton, size: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """The box of a person known by joints, inside a photo of (height, width).

    Returns:
        (x0, y0, x1, y1), x1 and y1 exclusive; None where too few joints are seen, or all lie outside the photo.
    """
    if skeleton.visible.sum() < FEWEST_JOINTS:
        return None
    x0, y0, x1, y1 = skeleton.box()
    air = _BEYOND_JOINTS * body_unit(skeleton)
    left, top = max(0, int(np.floor(x0 - air))), max(0, int(np.floor(y0 - air)))
    right, bottom = min(size[1], int(np.ceil(x1 + air)) + 1), min(size[0], int(np.ceil(y1 + air)) + 1)
    return (left, top, right, bottom) if left < right and top < bottom else None
