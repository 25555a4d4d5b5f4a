"""The style hint's parts on drawn cloth."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tiny import figure
from truepose.cloth import carry_cloth, garment_of, painted_label, snug
from truepose.cloth.clean import foreign_to
from truepose.cloth.quilt import quilt
from truepose.cloth.shading import shading_of
from truepose.parsing import BodyPart as P
from truepose.warp import cut_puppet


def stripes(height: int, width: int, period: int = 8) -> np.ndarray:
    light = np.where(np.arange(height)[:, None] // (period // 2) % 2, 200, 60)
    return np.repeat(np.broadcast_to(light, (height, width))[..., None], 3, 2).astype(np.uint8)


def test_quilting_continues_stripes_and_touches_nothing_else():
    canvas, known = stripes(64, 96), np.zeros((64, 96), bool)
    known[:, :40] = True
    canvas[~known] = 128
    wanted = np.zeros_like(known)
    wanted[:, :80] = True
    out = quilt(canvas, known, wanted, stripes(80, 60)[3:], np.ones((77, 60), bool), 20)
    assert (out[~wanted | known] == canvas[~wanted | known]).all()
    assert np.abs(out[:, 40:80].astype(int) - stripes(64, 40)).mean() < 4


def test_quilting_takes_only_cloth():
    cloth, inside = np.full((40, 40, 3), 255, np.uint8), np.zeros((40, 40), bool)
    cloth[10:30, 10:30], inside[10:30, 10:30] = 50, True
    nothing = np.zeros((50, 50), bool)
    out = quilt(np.zeros((50, 50, 3), np.uint8), nothing, ~nothing, cloth, inside, 30)
    assert (out == 50).all()


def test_quilting_from_a_thread_of_cloth():
    inside = np.zeros((40, 40), bool)
    inside[:, 20] = True
    nothing = np.zeros((30, 30), bool)
    out = quilt(np.zeros((30, 30, 3), np.uint8), nothing, ~nothing, np.full((40, 40, 3), 70, np.uint8), inside, 16)
    assert (out == 70).all()


def test_plain_cloth_shows_its_folds_and_prints_are_looked_past():
    fold = np.exp(0.25 * np.sin(np.arange(120) / 8))
    cloth = (np.float32([90, 110, 160]) * fold[None, :, None]).repeat(120, 0).clip(0, 255).astype(np.uint8)
    cloth[50:70, 50:70] = (240, 230, 40)
    shading = shading_of(cloth, np.ones((120, 120), bool), 120)
    assert np.corrcoef(shading[20], np.log(fold))[0, 1] > 0.9
    assert np.abs(shading[60, 50:70] - shading[20, 50:70]).max() < 0.2, "the print is taken for light"


def test_stripes_are_no_shading():
    shading = shading_of(stripes(120, 120, 16), np.ones((120, 120), bool), 120)
    assert np.abs(shading[30:-30]).max() < 0.25


def test_hair_over_cloth_is_told_by_its_colour():
    photo = np.full((120, 120, 3), (200, 40, 50), np.uint8)
    labels = np.full((120, 120), P.UPPER_CLOTHES, np.uint8)
    photo[:60, 50:70] = (70, 45, 30)
    labels[:30, 50:70] = P.HAIR
    foreign = foreign_to(photo, labels, labels == P.UPPER_CLOTHES, 100)
    assert foreign[35:55, 55:65].mean() > 0.9 and foreign[:, :40].mean() < 0.01


def test_kinds():
    _, person = figure()
    shirt = (person.parsing == P.UPPER_CLOTHES).astype(np.float32)
    assert painted_label(person.parsing, shirt) == P.UPPER_CLOTHES
    assert garment_of(person.parsing, P.DRESS) == {P.UPPER_CLOTHES}
    assert garment_of(person.parsing, P.SKIRT) == {P.PANTS}
    assert garment_of(person.parsing, P.LEFT_SHOE) == {P.LEFT_SHOE, P.RIGHT_SHOE}
    with pytest.raises(ValueError, match="no garment"):
        garment_of(np.full((9, 9), P.FACE, np.uint8), P.PANTS)


@pytest.mark.parametrize("scale", [1, 6])
def test_carried_cloth_covers_the_mask_at_any_resolution(scale):
    """Beyond the window's size the cloth is made smaller and scaled up."""
    photo, person = figure(256 * scale, 192 * scale)
    blue, giver = figure()
    blue = blue.copy()
    blue[giver.parsing == P.UPPER_CLOTHES] = (30, 60, 200)
    mask = np.zeros(photo.shape[:2], np.float32)
    mask[70 * scale : 235 * scale, 70 * scale : 120 * scale] = 1
    cloth = carry_cloth(
        cut_puppet(photo, person), person.skeleton, cut_puppet(blue, giver), mask, frozenset({P.UPPER_CLOTHES})
    )
    assert (cloth.image[mask == 0] == photo[mask == 0]).all() and not cloth.trust[mask == 0].any()
    assert (cloth.image[mask > 0].argmax(-1) == 2).mean() > 0.97


def test_an_outline_snaps_to_the_photos_edge():
    photo, truth = np.full((400, 300, 3), (90, 120, 90), np.uint8), np.zeros((400, 300), np.uint8)
    photo[50:350, 100:200], truth[50:350, 100:200] = (200, 40, 40), P.DRESS
    read = np.roll(truth, 1, 1)
    drawn = snug(photo, read)
    assert (read != truth).sum() == 600 and (drawn != truth).sum() < 60
    assert (snug(photo, truth) == truth).mean() > 0.999
    assert not snug(photo, np.zeros_like(truth)).any()
