"""SourceNet, TargetNet, encoders: each fast path against its plain form."""

from __future__ import annotations

from types import MappingProxyType

import pytest
import torch
from diffusers import UNet2DConditionModel

from tests.tiny import tiny_config, tiny_model
from truepose.model.attention import LayerFeatures
from truepose.model.pose_encoder import PoseEncoder
from truepose.model.target_net import layer_size, resize_mask


def batch(count=2, config=None, seed=1):
    """Random inputs of a tiny model."""
    g = torch.Generator().manual_seed(seed)
    masks = torch.zeros(count, 17, 64, 48, dtype=torch.bool)
    boxes = torch.zeros(count, 17, 4)
    for index, (x, y, w, h) in enumerate([(4, 4, 20, 20), (20, 20, 20, 30), (0, 40, 48, 20)]):
        masks[:, 3 * index, y : y + h, x : x + w] = True
        boxes[:, 3 * index] = torch.tensor([x, y, x + w, y + h])
    return {
        "source": torch.rand(count, 3, 64, 48, generator=g) * 2 - 1,
        "boxes": boxes,
        "region_masks": masks,
        "part_mask": masks[:, :4].any(1, keepdim=True),
        "pose_map": torch.rand(count, 3, 64, 48, generator=g) * 2 - 1,
        "hint": torch.rand(count, 5, 64, 48, generator=g) * 2 - 1,
        "latents": torch.randn(count, 8, 8, 6, generator=g),
    }


def run(model, b, timestep=300, keep=None):
    timesteps = torch.full((len(b["latents"]),), timestep)
    keep = torch.ones(len(b["latents"]), dtype=torch.bool) if keep is None else keep
    return model(b, b["latents"], timesteps, keep)


def condition(model, b):
    features, tokens = model.encode_source(b["source"], b["boxes"])
    return model.condition(features, tokens, b["part_mask"], b["region_masks"])


@torch.no_grad()
def test_no_source_equals_zeroed_features(model):
    b = batch()
    features, tokens = model.encode_source(b["source"], b["boxes"])
    zero = {n: LayerFeatures(*(tensor * 0 for tensor in vars(f).values())) for n, f in features.items()}
    context = model.condition(zero, tokens * 0, b["part_mask"], b["region_masks"])
    pose = model.pose_features(b["pose_map"], b["hint"])
    with_zeros = model.target_net(b["latents"], torch.tensor(300), pose, context)
    without = model.target_net(b["latents"], torch.tensor(300), pose, None)
    torch.testing.assert_close(with_zeros, without, atol=1e-5, rtol=1e-4)
    with_source = model.target_net(b["latents"], torch.tensor(300), pose, condition(model, b))
    assert (with_source - without).abs().max() > 1e-3


@torch.no_grad()
def test_source_dropout_equals_no_source(model):
    b = batch()
    mixed = run(model, b, keep=torch.tensor([True, False]))
    pose = model.pose_features(b["pose_map"], b["hint"])
    without = model.target_net(b["latents"], torch.tensor(300), pose, None)
    torch.testing.assert_close(mixed[1], without[1], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(mixed[0], run(model, b)[0], atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_an_untrained_target_net_without_source_is_the_stock_unet():
    """HPFA starts without effect; with zeros as context the stock cross-attention gives its output bias."""
    model = tiny_model(tiny_config(warp_hint=False), alive=False)
    stock = UNet2DConditionModel.from_config(model.target_net.unet.config)
    own = {k: v for k, v in model.target_net.unet.state_dict().items() if "processor" not in k}
    stock.load_state_dict(own)
    b = batch()
    pose = model.pose_features(b["pose_map"])
    assert not pose.any()
    joined = torch.cat([b["latents"], pose], 1)
    expected = stock(joined, 300, torch.zeros(2, 1, 12)).sample
    torch.testing.assert_close(model.target_net(b["latents"], torch.tensor(300), pose, None), expected)


def test_twins_start_from_the_same_weights():
    model = tiny_model(tiny_config(warp_hint=False), alive=False)
    source, target = model.source_net.unet.state_dict(), model.target_net.unet.state_dict()
    for name, tensor in source.items():
        mine = target[name][:, :8] if name == "conv_in.weight" else target[name]
        assert torch.equal(tensor, mine), name
    block = model.target_net.unet.get_submodule(model.target_net.layers[0])
    assert torch.equal(block.attn1.processor.to_k.weight, block.attn1.to_k.weight)
    assert not block.attn1.processor.to_out.weight.any()


@torch.no_grad()
def test_a_hinted_model_starts_by_leaving_the_warp_as_it_is():
    model = tiny_model(tiny_config(), alive=False)
    assert not run(model, batch()).any()


@torch.no_grad()
def test_cached_context_equals_fresh_over_timesteps(model):
    b = batch()
    context = MappingProxyType(condition(model, b))
    pose = model.pose_features(b["pose_map"], b["hint"])
    for timestep in (999, 500, 1):
        cached = model.target_net(b["latents"], torch.tensor(timestep), pose, context)
        torch.testing.assert_close(cached, run(model, b, timestep), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_a_batch_equals_its_samples_one_by_one(model):
    b = batch(3)
    together = run(model, b)
    for index in range(3):
        alone = run(model, {name: tensor[index : index + 1] for name, tensor in b.items()})
        torch.testing.assert_close(together[index : index + 1], alone, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_two_sources_interleaved_do_not_leak(model):
    first, second = batch(1, seed=1), batch(1, seed=2)
    alone = run(model, first)
    contexts = [condition(model, b) for b in (first, second)]
    poses = [model.pose_features(b["pose_map"], b["hint"]) for b in (first, second)]
    outputs = {}
    for index in (1, 0, 1, 0):
        b = (first, second)[index]
        outputs[index] = model.target_net(b["latents"], torch.tensor(300), poses[index], contexts[index])
    torch.testing.assert_close(outputs[0], alone, atol=1e-5, rtol=1e-4)
    assert (outputs[0] - outputs[1]).abs().max() > 1e-3


@torch.no_grad()
def test_a_source_without_any_region_is_finite(model):
    b = batch(1)
    b["region_masks"] = torch.zeros_like(b["region_masks"])
    b["boxes"] = torch.zeros_like(b["boxes"])
    assert run(model, b).isfinite().all()


@torch.no_grad()
def test_the_parts_that_the_target_names_change_the_result(model):
    b = batch(1)
    other = {**b, "part_mask": ~b["part_mask"]}
    assert (run(model, b) - run(model, other)).abs().max() > 1e-4


def test_a_missing_layer_is_an_error(model):
    b = batch(1)
    features, tokens = model.encode_source(b["source"], b["boxes"])
    del features[model.target_net.layers[0]]
    with pytest.raises(KeyError):
        model.condition(features, tokens, b["part_mask"], b["region_masks"])


def test_gradients_reach_every_network_and_are_the_same_under_checkpointing(model):
    b = batch(2)
    run(model, b).pow(2).mean().backward()
    plain = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    for part in ("source_net.", "target_net.", "pose_encoder.", "region_encoder."):
        assert any(name.startswith(part) and grad.any() for name, grad in plain.items()), part
    model.zero_grad()
    model.train()
    model.source_net.unet.enable_gradient_checkpointing()
    model.target_net.unet.enable_gradient_checkpointing()
    run(model, b).pow(2).mean().backward()
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(parameter.grad, plain[name], atol=1e-5, rtol=1e-3, msg=name)


def test_region_tokens_see_their_box_alone(model):
    b = batch(1)
    encoder = model.region_encoder
    changed = b["source"].clone()
    changed[:, :, 30:, 30:] = 0.9  # outside the first box
    before, after = (encoder(image, b["boxes"]) for image in (b["source"], changed))
    torch.testing.assert_close(before[:, 0], after[:, 0])
    assert (before[:, 3] - after[:, 3]).abs().max() > 1e-4
    assert not before[:, 1].any()  # an absent region


def test_pose_encoder_takes_its_hint_or_none():
    pose_map, hint = torch.zeros(1, 3, 64, 48), torch.zeros(1, 5, 64, 48)
    with pytest.raises(ValueError, match="hint"):
        PoseEncoder(4, warp_hint=True)(pose_map)
    with pytest.raises(ValueError, match="hint"):
        PoseEncoder(4, warp_hint=False)(pose_map, hint)
    assert PoseEncoder(4, warp_hint=True)(pose_map, hint).shape == (1, 4, 8, 6)


def test_layer_sizes_round_up_as_the_unet_does():
    assert layer_size((256, 176), 32 * 22) == (32, 22)
    assert layer_size((256, 176), 16 * 11) == (16, 11)
    assert layer_size((256, 176), 8 * 6) == (8, 6)
    with pytest.raises(ValueError, match="tokens"):
        layer_size((256, 176), 100)


def test_resized_masks_lose_no_region():
    mask = torch.zeros(1, 1, 64, 48, dtype=torch.bool)
    mask[0, 0, 33, 17] = True
    small = resize_mask(mask, (8, 6))
    assert small.sum() == 1 and small.view(8, 6)[4, 2]


@torch.no_grad()
def test_a_correction_of_nothing_leaves_the_hint_without_loss(model):
    hint = batch()["hint"][:, :3]
    zero = torch.zeros(2, 8, 8, 6)
    torch.testing.assert_close(model.picture(zero, hint), hint, atol=1e-5, rtol=0)
    assert (model.picture(model.autoencoder.encode(hint), None) - hint).abs().max() > 0.05
    changed = model.picture(zero + 1, hint)
    torch.testing.assert_close(changed - hint, model.autoencoder.decode(zero + 1), atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_hint_latents_join_the_pose_features_as_they_are():
    plain, joined = tiny_model(tiny_config()), tiny_model(tiny_config(hint_latents=True))
    b = batch()
    joined.pose_encoder.load_state_dict(plain.pose_encoder.state_dict())
    features = joined.pose_features(b["pose_map"], b["hint"])
    encoded = plain.pose_features(b["pose_map"], b["hint"])
    torch.testing.assert_close(features, torch.cat([encoded, joined.autoencoder.encode(b["hint"][:, :3])], 1))
    assert run(joined, b).shape == run(plain, b).shape
    with pytest.raises(ValueError, match="hint_latents"):
        tiny_config(hint_latents=True, warp_hint=False)


@torch.no_grad()
def test_only_what_the_latents_change_is_decoded():
    """One decoding of the change against the plain form, the difference of two."""
    model, b = tiny_model(tiny_config()), batch()
    hint = b["hint"][:, :3]
    base = model.autoencoder.encode(hint)
    plain = hint + model.autoencoder.decode(base + b["latents"]) - model.autoencoder.decode(base)
    torch.testing.assert_close(model.picture(b["latents"], hint), plain, atol=1e-5, rtol=1e-5)
