from __future__ import annotations

import cv2
import numpy as np

from tests.tiny import figure
from truepose.parsing import person_mask
from truepose.reading.border import clear_gaps, guided_filter, refine_border


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


def test_the_filter_fits_a_mask_that_is_linear_in_the_colours():
    guide = np.random.default_rng(0).uniform(0, 1, (40, 30, 3)).astype(np.float32)
    mask = guide @ np.float32([0.2, 0.5, -0.1]) + 0.3
    slope, offset = guided_filter(guide, mask, 3, 1e-6)
    np.testing.assert_allclose((slope * guide).sum(-1) + offset, mask, atol=0.01)


def test_a_gap_beside_a_plain_wall_is_cleared_and_a_shirt_of_its_colour_stays():
    photo, person = figure(512, 384)
    photo = photo.copy()
    filled = cv2.morphologyEx(person.parsing, cv2.MORPH_CLOSE, np.ones((25, 25)))
    gap = person_mask(filled) & ~person_mask(person.parsing)
    assert gap.sum() > 500
    cleared = clear_gaps(photo, filled)
    middle = cv2.erode(gap.astype(np.uint8), np.ones((5, 5))) > 0
    middle[270:] = False  # between the legs it is too large to be told from trousers of the wall's colour
    assert middle.sum() > 50 and (cleared[middle] == 0).mean() > 0.8
    body = person_mask(person.parsing)
    assert (cleared[body] == 0).mean() < 0.01
    shirt = (person.parsing == 4) & (np.arange(512)[:, None] > 160)
    photo[shirt] = (170, 175, 175)  # the wall's colour
    assert (clear_gaps(photo, person.parsing)[shirt] == 0).mean() < 0.05


def test_a_busy_background_clears_nothing():
    photo, person = figure(512, 384)
    noise = np.random.default_rng(0).integers(0, 255, photo.shape, np.uint8)
    busy = np.where(person_mask(person.parsing)[..., None], photo, noise)
    np.testing.assert_array_equal(clear_gaps(busy, person.parsing), person.parsing)
