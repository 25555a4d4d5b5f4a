"""Where a sleeve and the trunk meet: what shows of both when the arm leaves."""

from __future__ import annotations

import cv2
import numpy as np

from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.reading.person import Person
from truepose.warp import cut_puppet
from truepose.warp.parts import FIRST_LIMB, TRUNK

from .figure import JOINTS, draw_figure


def layer_of(puppet, number):
    """(H, W, 4) pixels and (H, W) trust of one layer, in the photo's frame."""
    (layer,) = (layer for layer in puppet.layers if layer.owner == number)
    pixels, trust = np.zeros((*puppet.photo.shape[:2], 4), np.uint8), np.zeros(puppet.photo.shape[:2], np.uint8)
    x, y = layer.origin
    h, w = layer.trust.shape
    pixels[y : y + h, x : x + w], trust[y : y + h, x : x + w] = layer.pixels, layer.trust
    return pixels, trust


def test_under_a_sleeve_the_trunk_shows_the_sleeve_s_own_cloth(puppet):
    pixels, trust = layer_of(puppet, TRUNK)
    sleeve = (puppet.parts.owner == FIRST_LIMB) & (puppet.labels == P.UPPER_CLOTHES)
    lent = sleeve & (pixels[..., 3] > 250)
    assert lent.sum() > 30
    assert np.abs(pixels[lent][:, :3].astype(int) - puppet.photo[lent]).mean() < 4
    assert not trust[lent].any()


def test_a_sleeve_of_another_colour_lends_the_trunk_nothing():
    photo, person = draw_figure()
    photo = photo.copy()
    owner = cut_puppet(photo, person).parts.owner
    arms = (owner == FIRST_LIMB) | (owner == FIRST_LIMB + 1)
    sleeve = arms & (person.parsing == P.UPPER_CLOTHES)
    photo[sleeve] = (30, 90, 200)
    pixels, _ = layer_of(cut_puppet(photo, person), TRUNK)
    blue = pixels[..., 2].astype(int) - pixels[..., 0] > 60
    assert (blue & (pixels[..., 3] > 127))[70:100].sum() < 0.1 * sleeve[70:100].sum()


def test_the_trunk_s_side_is_straight_from_the_shoulder_to_the_waist(puppet):
    pixels, _ = layer_of(puppet, TRUNK)
    solid = pixels[..., 3] > 127
    chest = np.zeros(solid.shape, bool)
    chest[66:95, :88] = solid[66:95, :88]
    hull = np.zeros(solid.shape, np.uint8)
    cv2.fillConvexPoly(hull, cv2.convexHull(cv2.findNonZero(chest.astype(np.uint8))), 1)
    assert (hull > 0).sum() - chest.sum() < 0.04 * chest.sum()


def test_the_cut_follows_the_fold():
    photo, person = draw_figure()
    (sx, sy), (ex, ey) = JOINTS[K.RIGHT_SHOULDER], JOINTS[K.RIGHT_ELBOW]
    wide = person.parsing.copy()
    wide[60:100, 50:88] = P.UPPER_CLOTHES  # arm and trunk are one piece of cloth
    photo = photo.copy()
    photo[wide == P.UPPER_CLOTHES] = (190, 40, 50)
    rows = np.arange(68, 94)
    fold = np.rint(sx + (ex - sx) * (rows - sy) / (ey - sy)).astype(int) + 5
    photo[rows, fold] = photo[rows, fold + 1] = (60, 10, 15)
    parts = cut_puppet(photo, Person(person.skeleton, wide, person.box)).parts
    ends = [int((parts.owner[row] == FIRST_LIMB).nonzero()[0].max()) for row in rows[6:]]
    assert np.median(np.abs(np.array(ends) - fold[6:])) <= 2


def test_a_forearm_across_the_body_does_not_take_the_chest_along():
    photo, person = draw_figure()
    parsing, photo = person.parsing.copy(), photo.copy()
    parsing[88:96, 56:120] = P.LEFT_ARM
    photo[88:96, 56:120] = (220, 170, 140)
    skeleton = person.skeleton.moved(K.LEFT_WRIST, 62, 92)
    owner = cut_puppet(photo, Person(skeleton, parsing, person.box)).parts.owner
    assert (owner[68:84, 80:96] == TRUNK).all() and (owner[100:112, 80:96] == TRUNK).all()
