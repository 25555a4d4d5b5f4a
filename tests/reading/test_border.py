from __future__ import annotations

import cv2
import numpy as np

from tests.tiny import figure
from truepose.parsing import BodyPart as P
from truepose.parsing import person_mask
from truepose.reading.border import refine_border


def test_a_loose_outline_returns_to_the_edge_of_the_photo():
    photo, person = figure(512, 384)
    truth = person_mask(person.parsing)
    for loose in (cv2.dilate(person.parsing, np.ones((5, 5))), cv2.erode(person.parsing, np.ones((5, 5)))):
        refined = refine_border(photo, loose)
        before = (person_mask(loose) != truth).sum()
        assert (person_mask(refined) != truth).sum() < 0.25 * before


def test_pixels_that_join_take_the_nearest_label_and_far_ones_stay_out():
    photo, person = figure(512, 384)
    eroded = cv2.erode(person.parsing, np.ones((7, 7)))
    refined = refine_border(photo, eroded)
    joined = person_mask(refined) & ~person_mask(eroded)
    assert joined.sum() > 200
    assert (refined[joined] == person.parsing[joined]).mean() > 0.75
    far = cv2.dilate(person_mask(eroded).astype(np.uint8), np.ones((41, 41))) == 0
    assert not refined[far].any()


def test_nobody_stays_nobody():
    photo, _ = figure()
    empty = np.zeros(photo.shape[:2], np.uint8)
    assert not refine_border(photo, empty).any()


def test_a_garment_s_outline_moves_to_the_edge_of_the_photo():
    photo, person = figure(512, 384)
    shirt = (person.parsing == P.UPPER_CLOTHES).astype(np.uint8)
    loose = person.parsing.copy()
    loose[(cv2.dilate(shirt, np.ones((7, 7))) > 0) & person_mask(loose)] = P.UPPER_CLOTHES
    wrong = (loose != person.parsing).sum()
    assert wrong > 500
    assert (refine_border(photo, loose) != person.parsing).sum() < 0.7 * wrong


def test_a_large_photo_is_refined_as_a_small_one():
    photo, person = figure(512, 384)
    loose = cv2.dilate(person.parsing, np.ones((5, 5)))
    wide = (1536, 2048)
    large = refine_border(cv2.resize(photo, wide), cv2.resize(loose, wide, interpolation=cv2.INTER_NEAREST))
    small = cv2.resize(large, (384, 512), interpolation=cv2.INTER_NEAREST)
    assert (small != refine_border(photo, loose)).mean() < 0.01
