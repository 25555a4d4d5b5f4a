from __future__ import annotations

import numpy as np

from truepose.drags import arm_up
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.reading.person import Person
from truepose.warp import composite, cut_puppet, warp_puppet
from truepose.warp.carried import whole_bags
from truepose.warp.rig import complete

from .figure import COLOURS, JOINTS, draw_figure, skeleton_of


def bag_before_the_leg(seen: slice):
    """The figure with a yellow bag before its right leg, of which the map sees some rows only."""
    photo, person = draw_figure()
    photo, parsing = photo.copy(), person.parsing.copy()
    bag = np.zeros(parsing.shape, bool)
    bag[118:160, 56:84] = True
    photo[bag & (parsing > 0)] = COLOURS[P.BAG]
    bag &= parsing > 0
    labelled = bag.copy()
    labelled[: seen.start], labelled[seen.stop :] = False, False
    parsing[labelled] = P.BAG
    return photo, Person(person.skeleton, parsing, person.box), bag


def test_a_bag_half_seen_is_made_whole():
    photo, person, bag = bag_before_the_leg(slice(118, 142))
    labels = whole_bags(photo, person.parsing, complete(person.skeleton, 220))
    found = labels == P.BAG
    assert (found & bag).sum() > 0.9 * bag.sum()
    assert (found & ~bag).sum() < 0.08 * bag.sum()


def test_clothes_of_a_bags_colour_stay_clothes():
    photo, person = draw_figure()
    parsing = person.parsing.copy()
    parsing[150:170, 66:82][parsing[150:170, 66:82] == P.PANTS] = P.BAG  # a patch of the trousers
    labels = whole_bags(photo, parsing, complete(person.skeleton, 220))
    assert (labels != parsing).sum() < 20
    without, _ = draw_figure()
    assert whole_bags(without, person.parsing, complete(person.skeleton, 220)) is person.parsing


def test_the_whole_bag_goes_with_the_hand():
    photo, person, bag = bag_before_the_leg(slice(118, 142))
    holding = person.skeleton.moved(K.RIGHT_WRIST, 66.0, 112.0)
    puppet = cut_puppet(photo, Person(holding, person.parsing, person.box))
    picture = composite(warp_puppet(puppet, arm_up(holding)), puppet.plate).astype(int)
    yellow = (np.abs(picture - COLOURS[P.BAG]).max(-1) < 30) & bag
    assert yellow.sum() < 0.1 * bag.sum()


def test_the_far_arm_of_somebody_seen_from_the_side_does_not_tear_the_trunk():
    """Its joints lie amid the trunk; moved, they leave the trunk's cloth where it is."""
    photo, person = draw_figure()
    narrow = {k: (88 + 0.3 * (x - 88), y) if "LEFT" in k.name and "HIP" not in k.name else (x, y)
              for k, (x, y) in JOINTS.items()}  # fmt: skip
    narrow[K.RIGHT_SHOULDER] = (80, 62)
    parsing = np.where(person.parsing == P.LEFT_ARM, P.BACKGROUND, person.parsing).astype(np.uint8)
    seen = Person(skeleton_of(narrow), parsing, person.box)
    puppet = cut_puppet(photo, seen)
    assert puppet.parts.cut[0] and not puppet.parts.cut[1]
    target = seen.skeleton.moved(K.LEFT_ELBOW, 130.0, 70.0).moved(K.LEFT_WRIST, 150.0, 90.0)
    picture = composite(warp_puppet(puppet, target), puppet.plate).astype(int)
    middle = (slice(75, 110), slice(78, 98))
    assert np.abs(picture[middle] - photo[middle]).mean() < 1
