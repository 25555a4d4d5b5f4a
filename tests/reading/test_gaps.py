from __future__ import annotations

import cv2
import numpy as np

from tests.tiny import figure
from truepose.parsing import person_mask
from truepose.reading.gaps import clear_gaps


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


def test_a_gap_of_a_few_pixels_is_cleared():
    photo, person = figure(512, 384)
    photo, parsing = photo.copy(), person.parsing.copy()
    row = 200
    column = int(parsing[row].nonzero()[0][0]) + 10
    photo[row : row + 40, column : column + 4] = photo[row, column - 24]
    cleared = clear_gaps(photo, parsing)
    assert (cleared[row : row + 40, column : column + 4] == 0).mean() > 0.9
    assert (cleared != parsing).sum() < 200


def test_stripes_of_the_wall_s_colour_stay():
    photo, person = figure(512, 384)
    photo = photo.copy()
    shirt = person.parsing == 4
    photo[shirt & (np.arange(512)[:, None] // 6 % 2 == 0)] = photo[4, 4]
    photo[shirt & (np.arange(384) // 12 % 2 == 0)] = photo[4, 4].astype(int) - 10
    assert (clear_gaps(photo, person.parsing)[shirt] == 0).mean() < 0.02
