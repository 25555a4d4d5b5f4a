from __future__ import annotations

import numpy as np
from PIL import Image

from tests.tiny import figure
from truepose.evaluation.sheets import grid, strip, with_joints
from truepose.pose import Keypoint as K


def test_strips_in_a_grid():
    red, blue = (Image.new("RGB", (30, 60), colour) for colour in ("red", "blue"))
    cell = strip([red, blue], "a", 120)
    assert cell.size == (124, 136) and cell.getpixel((30, 70)) == (255, 0, 0) and cell.getpixel((90, 70)) == (0, 0, 255)
    sheet = grid([cell, cell, strip([blue], "b", 120)], 2)
    assert sheet.size == (248, 272)
    assert sheet.getpixel((30, 136 + 70)) == (0, 0, 255) and sheet.getpixel((240, 250)) == (255, 255, 255)


def test_joints_are_drawn_and_the_rest_stays():
    photo, person = figure()
    drawn = np.asarray(with_joints(Image.fromarray(photo), person.skeleton))
    x, y = person.skeleton.xy[K.NOSE].astype(int)
    assert drawn[y, x].tolist() == [255, 0, 0] and 0 < (drawn != photo).any(-1).mean() < 0.2
