"""A reader put together of parts: who is read, what is looked for when, and whose pixels are whose."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.tiny import figure
from truepose.landmarks import Landmarks
from truepose.parsing import BodyPart as P
from truepose.parsing import person_mask
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading.hub.parts import Pose
from truepose.reading.hub.reader import EmbeddedParser, EmbeddedPose, HubReader, person_box
from truepose.reading.person import Candidate, NoPersonFound, Person

HAND = Landmarks(left_hand=np.ones((21, 3)))


class Poses:
    """A pose model that knows everybody, and counts how often it is asked."""

    def __init__(self, *skeletons: Skeleton):
        self.skeletons, self.found, self.closer = skeletons, 0, []

    def find(self, photo: np.ndarray) -> list[Pose]:
        self.found += 1
        return [Pose(skeleton) for skeleton in self.skeletons]

    def look_closer(self, photo: np.ndarray, pose: Pose, others=()) -> Pose:
        self.closer.append(pose.skeleton)
        return replace(pose, landmarks=HAND)


class Labels:
    """A parser that labels everybody in the photo, whoever it is asked about."""

    def __init__(self, labels: np.ndarray):
        self.labels = labels

    def parse(self, photo: np.ndarray, person: Candidate) -> np.ndarray:
        self.asked = person
        return self.labels


def crowd() -> tuple[Image.Image, np.ndarray, Skeleton, Skeleton]:
    """A photo with a person, and a smaller one beside; the labels of both."""
    photo, person = figure(512, 384)
    small_photo, small = figure(256, 192)
    wide = cv2.copyMakeBorder(photo, 0, 0, 0, 192, cv2.BORDER_REPLICATE)
    labels = cv2.copyMakeBorder(person.parsing, 0, 0, 0, 192, cv2.BORDER_CONSTANT, value=0)
    wide[200:456, 384:], labels[200:456, 384:] = small_photo, small.parsing
    beside = small.skeleton.transformed(np.array([[1, 0, 384], [0, 1, 200]]))
    return Image.fromarray(wide), labels, person.skeleton, beside


def test_the_likeliest_subject_comes_first_and_is_read_alone():
    photo, labels, subject, beside = crowd()
    poses = Poses(beside, subject)
    reader = HubReader(poses, Labels(labels))
    found = reader.find(photo)
    assert [candidate.skeleton for candidate in found] == [subject, beside]
    person = reader.read(photo)
    assert person.skeleton is subject and person.landmarks is HAND
    left = person.parsing[:, :384]
    assert not person.parsing[:, 384:].any()
    assert (person_mask(left) == person_mask(labels[:, :384])).mean() > 0.99
    np.testing.assert_allclose(person.box, _box(labels[:, :384]), atol=4)


def test_another_candidate_is_read_when_chosen():
    photo, labels, subject, beside = crowd()
    poses = Poses(subject, beside)
    reader = HubReader(poses, Labels(labels))
    chosen = reader.find(photo)[1]
    person = reader.read(photo, chosen)
    assert person.skeleton is beside and not person.parsing[:, :384].any()
    assert reader.parser.asked is chosen
    assert poses.found == 1 and poses.closer == [beside]  # nothing is looked for twice, or for others


def test_somebody_seen_twice_is_one_person_and_keeps_all_their_pixels():
    photo, labels, subject, beside = crowd()
    again = subject.transformed(np.array([[1, 0, 6], [0, 1, 4]]))
    reader = HubReader(Poses(again, beside, subject), Labels(labels))
    assert len(reader.find(photo)) == 2
    mine = person_mask(labels[:, :384])
    assert person_mask(reader.read(photo).parsing[:, :384])[mine].mean() > 0.97


def test_people_who_touch_are_told_apart_by_their_joints():
    """Where the map is one piece, each pixel stays with the nearer bones."""
    photo, labels, subject, beside = crowd()
    joined = labels.copy()
    joined[260:330, 250:470] = P.UPPER_CLOTHES
    person = HubReader(Poses(subject, beside), Labels(joined)).read(photo)
    mine = person_mask(labels[:, :384])
    assert not person.parsing[:, 440:].any() and person_mask(person.parsing[:, :384])[mine].mean() > 0.97


def test_a_candidate_of_another_reader_is_read_too():
    photo, labels, subject, beside = crowd()
    poses = Poses(subject, beside)
    person = HubReader(poses, Labels(labels)).read(photo, Candidate(subject, (0, 0, 384, 512)))
    assert person.skeleton is subject and not person.parsing[:, 384:].any() and poses.found == 0


@pytest.mark.parametrize(
    "skeletons",
    [
        (),
        (Skeleton.from_points({}),),
        (Skeleton.from_points({K.NOSE: (9, 9), K.NECK: (9, 20)}),),
        (Skeleton.from_points({K.NOSE: (9, -900), K.NECK: (9, -880), K.LEFT_HIP: (9, -850)}),),
    ],
)
def test_where_nobody_is_found_it_says_so(skeletons):
    photo, labels, _, _ = crowd()
    reader = HubReader(Poses(*skeletons), Labels(labels))
    for ask in (reader.find, reader.read):
        with pytest.raises(NoPersonFound, match="no person was found in the photo: choose"):
            ask(photo)


def test_joints_without_labels_are_nobody():
    photo, labels, subject, _ = crowd()
    with pytest.raises(NoPersonFound, match="where the person is larger"):
        HubReader(Poses(subject), Labels(np.zeros_like(labels))).read(photo)


def test_a_grey_photo_is_taken_as_rgb():
    photo, labels, subject, _ = crowd()
    seen = []

    class Poser(Poses):
        def find(self, photo):
            seen.append(photo.shape)
            return super().find(photo)

    HubReader(Poser(subject), Labels(labels)).read(photo.convert("L"))
    assert seen == [(512, 576, 3)]


class Embedded:
    """A reader like the embedded one: a rough first look, and joints and labels when read."""

    def __init__(self, skeleton: Skeleton, labels: np.ndarray):
        self.skeleton, self.labels, self.asked = skeleton, labels, []

    def find(self, photo: Image.Image) -> list[Candidate]:
        if not self.skeleton.visible.any():
            raise NoPersonFound("no person was found in the photo: choose another")
        return [Candidate(self.skeleton.transformed(np.array([[1, 0, 5], [0, 1, 5]])), (0, 0, *photo.size))]

    def read(self, photo: Image.Image, candidate: Candidate | None = None) -> Person:
        self.asked.append(candidate)
        return Person(self.skeleton, self.labels, (0, 0, *photo.size))


def test_the_embedded_joints_with_another_parser():
    photo, labels, subject, _ = crowd()
    embedded = Embedded(subject, np.zeros_like(labels))
    person = HubReader(EmbeddedPose(embedded), Labels(labels)).read(photo)
    assert person.skeleton is subject and person.landmarks is None
    assert person_mask(person.parsing[:, :384]).sum() > 0.9 * person_mask(labels[:, :384]).sum()
    nobody = HubReader(EmbeddedPose(Embedded(Skeleton.from_points({}), labels)), Labels(labels))
    with pytest.raises(NoPersonFound):
        nobody.find(photo)


def test_the_embedded_labels_with_another_pose_model():
    photo, labels, subject, beside = crowd()
    embedded = Embedded(Skeleton.from_points({}), labels)
    reader = HubReader(Poses(subject, beside), EmbeddedParser(embedded))
    chosen = reader.find(photo)[1]
    person = reader.read(photo, chosen)
    assert embedded.asked == [chosen]
    assert person.skeleton is beside and person.landmarks is HAND and not person.parsing[:, :384].any()


def test_the_box_of_joints_leaves_room_for_what_has_none():
    _, person = figure(512, 384)
    x0, y0, x1, y1 = person_box(person.skeleton, (512, 384))
    left, top, right, bottom = person.box
    assert x0 <= left and y0 <= top and x1 >= right and y1 >= bottom
    assert (right - left) * (bottom - top) > 0.6 * (x1 - x0) * (y1 - y0)
    inside = person_box(person.skeleton.transformed(np.array([[1, 0, 200], [0, 1, 0]])), (512, 384))
    assert inside[2] == 384 and 0 <= inside[0] < inside[2]


def _box(labels: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = person_mask(labels).nonzero()
    return columns.min(), rows.min(), columns.max() + 1, rows.max() + 1


def test_the_embedded_network_as_pose_model_is_told_of_the_others():
    """Else it would take joints from whoever shows them best."""
    told = []

    class Listening:
        def read(self, photo, candidate=None):
            told.append(candidate.others)
            return figure()[1]

    photo, person = figure()
    others = (person.skeleton.transformed(np.array([[1, 0, 30], [0, 1, 0]])),)
    EmbeddedPose(Listening()).look_closer(photo, Pose(person.skeleton), others)
    assert told == [others]
