"""Where the network looked, laid on the photo: the result's own run, its frame, its figures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from tests.tiny import figure, tiny_config, tiny_model
from truepose.drags import arm_up
from truepose.frame import Frame
from truepose.inputs import part_mask_input
from truepose.looking import Area, AttentionMeter, overlay
from truepose.parsing import BodyPart
from truepose.pipeline import TruePosePipeline
from truepose.where import Look, on_photo, where_it_looked

SETTINGS = {"steps": 3, "guidance_scale": 2.0, "seed": 5, "locked": frozenset({BodyPart.FACE})}


@pytest.fixture(scope="module")
def pipeline():
    torch.manual_seed(5)
    return TruePosePipeline(tiny_model(tiny_config()))


@pytest.fixture(scope="module")
def source(pipeline):
    """The drawn person at the left of a wide photo, whose right half the frame does not reach."""
    photo, person = figure()
    wide = np.concatenate([photo, np.full((256, 384, 3), 200, np.uint8)], 1)
    parsing = np.concatenate([person.parsing, np.zeros((256, 384), np.uint8)], 1)
    return pipeline.encode_source(Image.fromarray(wide), replace(person, parsing=parsing))


@pytest.fixture(scope="module")
def target(source):
    return arm_up(source.person.skeleton)


@pytest.fixture(scope="module")
def look(pipeline, source, target):
    return where_it_looked(pipeline, source, target, **SETTINGS)


def predictions(model, call) -> list[torch.Tensor]:
    """What TargetNet gives during a call."""
    given = []
    handle = model.target_net.register_forward_hook(lambda net, inputs, output: given.append(output.clone()))
    try:
        call()
    finally:
        handle.remove()
    return given


def test_the_run_is_the_results_own(pipeline, source, target):
    photo = Image.fromarray(source.photo)
    made = predictions(pipeline.model, lambda: pipeline.repose(photo, target, source=source, **SETTINGS))
    watched = predictions(pipeline.model, lambda: where_it_looked(pipeline, source, target, **SETTINGS))
    other = predictions(pipeline.model, lambda: where_it_looked(pipeline, source, target, **SETTINGS | {"seed": 6}))
    assert len(made) == len(watched) == 2 * SETTINGS["steps"]  # with and without the source
    assert all(torch.equal(a, b) for a, b in zip(made, watched, strict=True))
    assert not torch.equal(watched[-1], other[-1])


@torch.inference_mode()
def test_figures_are_the_meters(pipeline, source, target, look):
    condition = pipeline.condition(source, target)
    meter = AttentionMeter(pipeline.model, source.features, part_mask_input(source.parsing, target)[None], (8, 6))
    pipeline.sample(meter.predict(condition.pose_features, condition.context), 3, 5)
    plain = where_it_looked(pipeline, source, target, steps=3, guidance_scale=1.0, seed=5)
    attention = meter.result()
    assert plain.areas == attention.of_areas(source.parsing) and set(plain.areas) == set(Area)
    np.testing.assert_array_equal(plain.density, on_photo(attention.density[0].numpy(), source))
    assert look.hinted and look.areas != plain.areas


def test_outside_the_frame_nothing_is_looked_at(source, look):
    assert look.picture.shape == source.photo.shape and look.picture.dtype == np.uint8
    assert look.density.shape == source.photo.shape[:2]
    inverse = Frame.around([source.person.box], source.parsing.shape)
    edge = int((source.parsing.shape[1] - inverse.offset[0]) / inverse.scale)
    assert 192 < edge < 400, "the frame must end within the photo"
    assert not look.density[:, edge + 6 :].any() and look.density[:, : edge - 6].min() > 0
    np.testing.assert_array_equal(look.picture, overlay(source.photo, look.density))
    unseen = overlay(source.photo, np.zeros_like(look.density))
    np.testing.assert_array_equal(look.picture[:, edge + 6 :], unseen[:, edge + 6 :])
    assert look.picture[:, : edge - 6].mean() > unseen[:, : edge - 6].mean() + 20


def test_what_lies_in_the_frame_lies_there_in_the_photo(source):
    """The density in the frame is 4 around the nose, which must come out at the nose of the photo."""
    x, y = source.person.skeleton.xy[0]
    frame = Frame.around([source.person.box], source.parsing.shape)
    column, row = (int((place + 0.5) / 8) for place in frame.matrix @ (x, y, 1))
    density = np.zeros((8, 6), np.float32)
    density[row, column] = 4
    rows, columns = (on_photo(density, source) > 2).nonzero()
    cell = 8 / frame.scale
    assert abs(rows.mean() - y) <= 0.6 * cell and abs(columns.mean() - x) <= 0.6 * cell


def test_every_step_is_told_and_draws_the_attention_so_far(pipeline, source, target, look):
    told = []
    settings = SETTINGS | {"on_step": lambda step, steps, glance: told.append((step, steps, np.asarray(glance())))}
    where_it_looked(pipeline, source, target, **settings)
    assert [each[:2] for each in told] == [(1, 3), (2, 3), (3, 3)]
    np.testing.assert_array_equal(told[-1][2], look.picture)


def test_what_cannot_be_looked_for(pipeline, source, target):
    with pytest.raises(ValueError, match="steps must be at least 1"):
        where_it_looked(pipeline, source, target, steps=0)
    hidden = replace(target, visible=np.zeros_like(target.visible))
    with pytest.raises(ValueError, match="no visible joint"):
        where_it_looked(pipeline, source, hidden)


def test_half_precision_gives_the_same_figures(source, target, look):
    torch.manual_seed(5)
    half = TruePosePipeline(tiny_model(tiny_config()).cast(torch.float16))
    encoded = half.encode_source(Image.fromarray(source.photo), source.person)
    found = where_it_looked(half, encoded, target, **SETTINGS)
    np.testing.assert_allclose(found.density, look.density, atol=0.05)


def test_the_line_begins_with_what_was_looked_at_most():
    areas = {Area.BACKGROUND: 0.94, Area.CLOTHES: 1.06, Area.HEAD: 1.21}
    line = Look(np.zeros((1, 1, 3), np.uint8), np.zeros((1, 1), np.float32), areas, False).describe()
    assert line == "head 1.2, clothes 1.1, background 0.9 (1 = evenly)"
