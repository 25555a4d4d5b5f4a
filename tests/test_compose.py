from __future__ import annotations

import numpy as np
import pytest

from tests.tiny import figure
from truepose.compose import Preview, compose, preview
from truepose.drags import arm_up
from truepose.frame import Frame
from truepose.warp import cut_puppet


@pytest.fixture(scope="module")
def scene():
    photo, person = figure(384, 288)
    puppet = cut_puppet(photo, person)
    return photo, person, preview(puppet, arm_up(person.skeleton))


def test_kept_pixels_stay_bit_for_bit_whatever_the_network_says(scene):
    photo, person, shown = scene
    frame = Frame.around([person.box], (64, 48))
    noise = np.random.default_rng(0).uniform(0, 255, (64, 48, 3)).astype(np.float32)
    result = compose(shown, noise, frame)
    kept = shown.keep == 1
    assert kept.mean() > 0.5
    np.testing.assert_array_equal(result[kept], shown.image[kept])
    assert (result != shown.image).any()


def test_strength_mixes_warp_and_correction():
    image = np.full((120, 90, 3), 100, np.uint8)
    keep, alpha = np.zeros((120, 90), np.float32), np.zeros((120, 90), np.uint8)
    frame = Frame.around([(0, 0, 90, 120)], (64, 48))
    shown, network = Preview(image, keep, alpha), np.full((64, 48, 3), 180, np.float32)
    assert [int(compose(shown, network, frame, s)[60, 45, 0]) for s in (0, 0.5, 1)] == [100, 140, 180]
    with pytest.raises(ValueError, match="strength must be in .0, 1., got 2"):
        compose(shown, network, frame, 2)


def test_a_network_that_agrees_changes_nothing(scene):
    _, person, shown = scene
    frame = Frame.around([person.box], (64, 48))
    result = compose(shown, frame.view(shown.image).astype(np.float32), frame)
    assert np.abs(result.astype(int) - shown.image).max() <= 1


def test_doubtful_places_take_the_networks_colour():
    image = np.full((120, 90, 3), 100, np.uint8)
    keep = np.ones((120, 90), np.float32)
    keep[40:80, 30:60] = 0
    frame = Frame.around([(0, 0, 90, 120)], (64, 48))
    result = compose(Preview(image, keep, np.zeros((120, 90), np.uint8)), np.full((64, 48, 3), 180, np.float32), frame)
    assert np.abs(result[50:70, 40:50].astype(int) - 180).max() <= 1
    assert (result[:30] == 100).all()


def test_fine_detail_of_the_warp_stays_where_the_network_agrees_on_the_tone():
    stripes = np.where(np.arange(180) % 2 == 0, 110, 90).astype(np.uint8)
    image = np.repeat(np.tile(stripes, (240, 1))[..., None], 3, 2)
    shown = Preview(image, np.zeros((240, 180), np.float32), np.zeros((240, 180), np.uint8))
    frame = Frame.around([(0, 0, 180, 240)], (64, 48))
    result = compose(shown, frame.view(image).astype(np.float32) + 4, frame).astype(float)
    inner = result[60:180, 40:140]
    assert inner.mean() == pytest.approx(104, abs=1)
    assert np.abs(np.diff(inner, axis=1)).mean() > 15  # the stripes of 20 levels
    flat = compose(shown, frame.view(image).astype(np.float32) + 80, frame).astype(float)[60:180, 40:140]
    assert np.abs(np.diff(flat, axis=1)).mean() < 2  # something else is there: the stripes go


def test_a_frame_outside_the_photo_leaves_it_alone(scene):
    _, _, shown = scene
    frame = Frame.around([(2000, 2000, 2100, 2200)], (64, 48))
    np.testing.assert_array_equal(compose(shown, np.zeros((64, 48, 3), np.float32), frame), shown.image)
