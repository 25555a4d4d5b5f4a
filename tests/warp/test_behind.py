"""People turned round: no face from behind, and the outline stays."""

from __future__ import annotations

import numpy as np
import pytest

from truepose.parsing import BodyPart as P
from truepose.pose import MIRRORED, Skeleton
from truepose.pose import Keypoint as K
from truepose.reading import Person
from truepose.warp import composite, cut_puppet, warp_puppet
from truepose.warp.behind import hides_face, other_sides, turns_round

FACE = [K.NOSE, K.RIGHT_EYE, K.LEFT_EYE]
SKIN, HAIR = (225, 180, 150), (60, 40, 25)


@pytest.fixture(scope="module")
def photo_and_person():
    """A figure with hair around its face, eyes and mouth, and a shirt with a dark pocket on one side."""
    photo = np.full((400, 300, 3), 200, np.uint8)
    labels = np.zeros((400, 300), np.uint8)

    def box(y0, y1, x0, x1, part, color):
        photo[y0:y1, x0:x1], labels[y0:y1, x0:x1] = color, part

    box(30, 110, 118, 182, P.HAIR, HAIR)
    box(45, 100, 130, 170, P.FACE, SKIN)
    photo[62:66, 138:146] = photo[62:66, 154:162] = photo[86:90, 142:158] = (20, 20, 20)
    box(100, 112, 140, 160, P.FACE, SKIN)
    box(110, 230, 110, 190, P.UPPER_CLOTHES, (180, 40, 40))
    photo[140:160, 165:185] = (20, 20, 90)
    box(110, 220, 90, 110, P.RIGHT_ARM, SKIN)
    box(110, 220, 190, 210, P.LEFT_ARM, SKIN)
    box(230, 380, 112, 148, P.PANTS, (40, 60, 120))
    box(230, 380, 152, 188, P.PANTS, (40, 60, 120))
    rng = np.random.default_rng(0)
    photo = np.clip(photo + rng.normal(0, 3, photo.shape), 0, 255).astype(np.uint8)
    points = {
        K.NOSE: (150, 74), K.NECK: (150, 116), K.RIGHT_SHOULDER: (114, 116), K.LEFT_SHOULDER: (186, 116),
        K.RIGHT_ELBOW: (100, 165), K.LEFT_ELBOW: (200, 165), K.RIGHT_WRIST: (100, 212), K.LEFT_WRIST: (200, 212),
        K.RIGHT_HIP: (130, 228), K.LEFT_HIP: (170, 228), K.RIGHT_KNEE: (130, 300), K.LEFT_KNEE: (170, 300),
        K.RIGHT_ANKLE: (130, 372), K.LEFT_ANKLE: (170, 372), K.RIGHT_EYE: (142, 64), K.LEFT_EYE: (158, 64),
        K.RIGHT_EAR: (130, 68), K.LEFT_EAR: (170, 68),
    }  # fmt: skip
    return photo, Person(Skeleton.from_points(points), labels, (90, 30, 210, 380))


def from_behind(skeleton: Skeleton) -> Skeleton:
    """The same outline seen from behind: left and right trade places, the face is gone."""
    order = list(MIRRORED)
    visible = skeleton.visible[order].copy()
    visible[FACE] = False
    return Skeleton(skeleton.xy[order], visible, visible.astype(np.float32))


@pytest.fixture(scope="module")
def turned(photo_and_person):
    photo, person = photo_and_person
    puppet = cut_puppet(photo, person)
    warped = warp_puppet(puppet, from_behind(person.skeleton))
    return warped, composite(warped, puppet.plate)


def test_the_face_is_covered_with_hair(turned):
    warped, picture = turned
    inner = picture[50:82, 134:166].astype(float)
    assert np.abs(inner.mean((0, 1)) - HAIR).max() < 20 and inner.std((0, 1)).max() < 14  # no eyes left
    assert (warped.parsing[50:82, 134:166] == P.HAIR).all() and not (warped.parsing[40:85] == P.FACE).any()
    assert warped.validity[52:80, 136:164].max() < 0.1, "an invented back of a head counts as the photo's own"


def test_the_rest_stays_where_it_was(turned, photo_and_person):
    warped, picture = turned
    photo, _ = photo_and_person
    body = (slice(125, 370), slice(92, 208))
    assert np.abs(picture[body].astype(int) - photo[body]).mean() < 2
    assert warped.parsing[160, 100] == P.LEFT_ARM and warped.parsing[160, 200] == P.RIGHT_ARM


def test_the_photos_puppet_is_not_changed(photo_and_person):
    photo, person = photo_and_person
    puppet = cut_puppet(photo, person)
    warp_puppet(puppet, from_behind(person.skeleton))
    again = composite(warp_puppet(puppet, person.skeleton), puppet.plate)
    assert (again == photo).all()


def test_which_poses_turn_round(photo_and_person):
    photo, person = photo_and_person
    puppet = cut_puppet(photo, person)
    behind = from_behind(person.skeleton)
    assert turns_round(puppet, behind) and hides_face(behind)
    assert not turns_round(puppet, person.skeleton) and not hides_face(person.skeleton)
    over_the_shoulder = behind.moved(K.NOSE, 150, 74)
    assert turns_round(puppet, over_the_shoulder) and not hides_face(over_the_shoulder)
    assert (other_sides(other_sides(behind)).xy == behind.xy).all()


def test_a_raised_arm_of_somebody_turned_round_is_raised(photo_and_person):
    photo, person = photo_and_person
    puppet = cut_puppet(photo, person)
    target = from_behind(person.skeleton).moved(K.RIGHT_ELBOW, 235, 100).moved(K.RIGHT_WRIST, 250, 55)
    warped = warp_puppet(puppet, target)
    assert warped.parsing[75, 243] == P.RIGHT_ARM and warped.rgba[75, 243, 3] > 200
    assert warped.parsing[200, 200] != P.RIGHT_ARM
