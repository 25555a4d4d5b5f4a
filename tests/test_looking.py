"""Where the network looked: the meter against a direct computation, areas and overlays."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.model.test_networks import batch
from tests.tiny import tiny_config, tiny_model
from truepose.looking import Area, Attention, AttentionMeter, overlay
from truepose.parsing import BodyPart as P

VARIANTS = pytest.mark.parametrize("changes", [{}, {"source_net": False}, {"hpfa": False, "caa": False}])


def watched(model, b, part_mask=None):
    part_mask = b["part_mask"] if part_mask is None else part_mask
    features, tokens = model.encode_source(b["source"], b["boxes"])
    context = model.condition(features, tokens, part_mask, b["region_masks"])
    pose = model.pose_features(b["pose_map"], b["hint"])
    meter = AttentionMeter(model, features, part_mask, (8, 6))
    return meter, meter.predict(pose, context), model.target_net(b["latents"], torch.tensor(300), pose, context)


@VARIANTS
@torch.no_grad()
def test_watching_changes_nothing_and_densities_have_mean_one(changes):
    torch.manual_seed(5)
    model, b = tiny_model(tiny_config(**changes)), batch()
    meter, predict, plain = watched(model, b)
    assert torch.equal(predict(b["latents"], torch.tensor(300)), plain)
    once = meter.result()
    assert once.density.shape == (2, 8, 6) and (once.density >= 0).all()
    torch.testing.assert_close(once.density.mean((1, 2)), torch.ones(2))
    predict(b["latents"], torch.tensor(300))
    torch.testing.assert_close(meter.result().density, once.density)
    assert (once.share < 1).all() if "hpfa" in changes else (once.share == 1).all()


@torch.no_grad()
def test_hpfa_looks_where_the_target_names_parts():
    """The same network, another M: logits in the mask gain. Averaged over heads and layers it must show."""
    torch.manual_seed(5)
    model, b = tiny_model(tiny_config()), batch()
    halves = []
    for columns in (slice(0, 24), slice(24, 48)):
        part_mask = torch.zeros_like(b["part_mask"])
        part_mask[..., columns] = True
        meter, predict, _ = watched(model, b, part_mask)
        predict(b["latents"], torch.tensor(300))
        halves.append(meter.result().density[..., :3].mean())
    assert halves[0] > halves[1]


def test_nothing_denoised_is_told():
    model, b = tiny_model(tiny_config()), batch()
    with pytest.raises(ValueError, match="nothing was denoised"):
        watched(model, b)[0].result()


def test_areas_are_means_over_the_parsing_map():
    density = torch.ones(1, 8, 6)
    density[:, :, 3:] = 3
    parsing = np.zeros((64, 48), np.uint8)
    parsing[:, 40:] = P.UPPER_CLOTHES
    parsing[:8, 40:] = P.FACE
    parsing[60:, 40:] = P.LEFT_ARM  # in no area
    areas = Attention(density, torch.ones(1)).of_areas(parsing)
    assert areas[Area.CLOTHES] == areas[Area.HEAD] == pytest.approx(3)
    assert 1 < areas[Area.BACKGROUND] < 2
    assert Area.HEAD not in Attention(density, torch.ones(1)).of_areas(np.zeros((64, 48), np.uint8))


def test_the_overlay_is_bright_where_attention_is():
    picture = np.full((64, 48, 3), 128, np.uint8)
    density = np.zeros((8, 6), np.float32)
    density[2:4, 2:4] = 9
    shown = overlay(picture, density)
    assert shown.shape == picture.shape and shown.dtype == np.uint8
    assert shown[24, 24].sum() > 2 * shown[60, 4].sum()
