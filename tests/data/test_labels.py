"""Other people's parsing maps become ours."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from truepose.data.labels import ATR, LIP, open_labels, our_labels
from truepose.parsing import IGNORE
from truepose.parsing import BodyPart as P

# Copied from the label lists of Self-Correction Human Parsing's simple_extractor.py.
THEIR_LIP = (
    "Background", "Hat", "Hair", "Glove", "Sunglasses", "Upper-clothes", "Dress", "Coat", "Socks", "Pants", "Jumpsuits",
    "Scarf", "Skirt", "Face", "Left-arm", "Right-arm", "Left-leg", "Right-leg", "Left-shoe", "Right-shoe",
)  # fmt: skip
THEIR_ATR = (
    "Background", "Hat", "Hair", "Sunglasses", "Upper-clothes", "Skirt", "Pants", "Dress", "Belt", "Left-shoe",
    "Right-shoe", "Face", "Left-leg", "Right-leg", "Left-arm", "Right-arm", "Bag", "Scarf",
)  # fmt: skip


def test_the_lists_are_those_of_the_parser():
    assert tuple(name.lower() for name in THEIR_LIP) == LIP
    assert tuple(name.lower() for name in THEIR_ATR) == ATR


def test_every_lip_label_becomes_ours():
    values = np.arange(20, dtype=np.uint8)[None]
    ours = our_labels(values, LIP)[0]
    plain = {0: P.BACKGROUND, 1: P.HAT, 2: P.HAIR, 4: P.SUNGLASSES, 5: P.UPPER_CLOTHES, 6: P.DRESS, 7: P.UPPER_CLOTHES,
             9: P.PANTS, 10: P.DRESS, 11: P.SCARF, 12: P.SKIRT, 13: P.FACE, 14: P.LEFT_ARM, 15: P.RIGHT_ARM,
             16: P.LEFT_LEG, 17: P.RIGHT_LEG, 18: P.LEFT_SHOE, 19: P.RIGHT_SHOE}  # fmt: skip
    assert {value: P(ours[value]) for value in plain} == plain
    assert (our_labels(np.arange(18, dtype=np.uint8)[None], ATR)[0] == np.arange(18)).all()


def test_gloves_and_socks_go_to_the_nearest_limb():
    values = np.zeros((40, 40), np.uint8)
    values[5:15, 2:6], values[15:18, 2:6] = 15, 3  # the right arm, a glove at its end
    values[5:15, 30:34], values[15:18, 30:34] = 14, 3
    values[30:33, 10:13], values[33:36, 10:13] = 8, 19  # a sock over the right shoe
    values[30:33, 25:28], values[33:36, 25:28] = 8, 18
    ours = our_labels(values, LIP)
    assert (ours[15:18, 2:6] == P.RIGHT_ARM).all() and (ours[15:18, 30:34] == P.LEFT_ARM).all()
    assert (ours[30:33, 10:13] == P.RIGHT_LEG).all() and (ours[30:33, 25:28] == P.LEFT_LEG).all()


def test_gloves_without_arms_are_told_by_their_place():
    values = np.zeros((20, 40), np.uint8)
    values[5:15, 5:35], values[8:10, 2:5], values[8:10, 35:38] = 5, 3, 3
    ours = our_labels(values, LIP)
    assert (ours[8:10, 2:5] == P.RIGHT_ARM).all() and (ours[8:10, 35:38] == P.LEFT_ARM).all()


def test_maps_of_another_resolution_fit_and_wrong_ones_are_told(tmp_path):
    values = np.zeros((64, 44), np.uint8)
    values[20:40, 10:30], values[0, 0] = 19, IGNORE
    Image.fromarray(values).save(tmp_path / "map.png")
    ours = open_labels(tmp_path / "map.png", (256, 176), LIP)
    assert ours.shape == (256, 176) and ours[120, 80] == P.RIGHT_SHOE and ours[0, 0] == IGNORE and ours[4, 4] == 0
    with pytest.raises(ValueError, match="labels must be 0-17 or 255, got 19"):
        open_labels(tmp_path / "map.png", (256, 176), ATR)
    with pytest.raises(ValueError, match="its shape must be that of 256x176"):
        open_labels(tmp_path / "map.png", (176, 256), LIP)
    Image.new("RGB", (44, 64)).save(tmp_path / "rgb.png")
    (tmp_path / "text.png").write_text("hello")
    for name, said in (("rgb.png", "palette or grey"), ("text.png", "damaged"), ("none.png", "no file")):
        with pytest.raises(ValueError, match=said):
            open_labels(tmp_path / name, (64, 44), LIP)
