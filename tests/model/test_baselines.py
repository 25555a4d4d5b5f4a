"""The parts that the paper's are compared with (Sec. 5.3): each against its plain form, and in the whole model."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.model.test_networks import batch, condition, run
from tests.tiny import tiny_config, tiny_model
from truepose.model.attention import LayerContext, LayerFeatures
from truepose.model.baselines import ClipSource, ConcatenatedSelfAttention, WholeCrossAttention
from truepose.model.target_net import layer_size, resize_mask

B1, B2 = {"source_net": False}, {"hpfa": False, "caa": False}
B3, B4 = {"caa": False}, {"hpfa": False}
ALL = pytest.mark.parametrize("changes", [{}, B1, B2, B3, B4], ids=["full", "B1", "B2", "B3", "B4"])


def varied(changes, **more):
    torch.manual_seed(3)
    return tiny_model(tiny_config(**changes, **more))


@ALL
@torch.no_grad()
def test_the_source_matters_and_dropping_it_is_the_same_as_none(changes):
    model, b = varied(changes), batch()
    pose = model.pose_features(b["pose_map"], b["hint"])
    without = model.target_net(b["latents"], torch.tensor(300), pose, None)
    dropped = run(model, b, keep=torch.tensor([True, False]))
    torch.testing.assert_close(dropped[1], without[1], atol=1e-5, rtol=1e-4)
    assert (dropped[0] - without[0]).abs().max() > 1e-3
    other = run(model, {**b, "source": -b["source"]})
    assert (other[0] - dropped[0]).abs().max() > 1e-4


@ALL
def test_every_part_learns(changes):
    """All that is not SourceNet's tail (only its attention layers are read) gets a gradient."""
    model = varied(changes).train()
    run(model, batch()).pow(2).mean().backward()
    silent = {n for n, p in model.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())}
    silent = {n for n in silent if not n.startswith("source_net.unet") and "to_k.bias" not in n}
    assert not {n for n in silent if n.startswith(("source_net", "target_net", "pose_encoder"))}


@ALL
def test_config_names_the_parts(changes):
    model = varied(changes)
    layer = model.target_net.unet.get_submodule(model.target_net.layers[0])
    assert isinstance(model.source_net, ClipSource) is ("source_net" in changes)
    assert isinstance(layer.attn1.processor, ConcatenatedSelfAttention) is ("hpfa" in changes)
    assert isinstance(layer.attn2.processor, WholeCrossAttention) is ("caa" in changes)


@pytest.mark.parametrize("size", [(64, 48), (72, 88)])
def test_layer_sizes_are_those_of_the_layers(size):
    model = tiny_model(tiny_config(image_size=size))
    source = torch.rand(1, 3, *size)
    features, _ = model.encode_source(source, torch.zeros(1, 17, 4))
    sizes = model.target_net.layer_sizes((size[0] // 8, size[1] // 8))
    assert sizes == {layer: layer_size(size, features[layer].key.shape[2]) for layer in model.target_net.layers}


@torch.no_grad()
def test_concatenated_self_attention_reads_both_in_one_softmax():
    model = varied(B2)
    layer = model.target_net.layers[0]
    attn = model.target_net.self_attentions()[layer]
    own, other = torch.randn(2, 6, 16), torch.randn(2, 9, 16)
    features = LayerFeatures(other, *(torch.zeros(2, 2, 9, 8) for _ in range(3)))
    key, value = attn.processor.keys_values(attn, features, torch.ones(2, 9, dtype=torch.bool))
    nothing = torch.zeros(2, 2, 1, 8)
    context = {layer: LayerContext(key, value, nothing, nothing, torch.ones(2, 1, dtype=torch.bool))}
    queries = {}
    ours = attn.processor(attn, own, context=context, queries=queries)

    both = torch.cat([own, other], 1)
    heads = attn.heads
    q, k, v = (to(x).view(2, -1, heads, 8).transpose(1, 2) for to, x in
               ((attn.to_q, own), (attn.to_k, both), (attn.to_v, both)))  # fmt: skip
    weights = (q @ k.transpose(-1, -2) / 8**0.5).softmax(-1)
    plain = attn.to_out[0]((weights @ v).transpose(1, 2).flatten(2))
    torch.testing.assert_close(ours, plain)
    where, share = attn.processor.source_weights(queries[layer], context[layer], features, None)
    mean = weights.mean((1, 2))[:, 6:]
    torch.testing.assert_close(where * share[:, None], mean)
    torch.testing.assert_close(where.sum(1), torch.ones(2))


@torch.no_grad()
def test_hpfa_source_weights_are_the_product_of_its_two_softmaxes():
    model, b = varied({}), batch()
    features, tokens = model.encode_source(b["source"], b["boxes"])
    context = model.condition(features, tokens, b["part_mask"], b["region_masks"])
    queries = {}
    pose = model.pose_features(b["pose_map"], b["hint"])
    model.target_net(b["latents"], torch.tensor(300), pose, context, queries)
    for layer, attn in model.target_net.self_attentions().items():
        f = features[layer]
        inside = resize_mask(b["part_mask"], layer_size((64, 48), f.key.shape[2]))[:, 0]
        where, share = attn.processor.source_weights(queries[layer], context[layer], f, inside)
        logits = f.query @ f.key.transpose(-1, -2) / f.key.shape[-1] ** 0.5
        m = inside[:, None, None, :]
        logits = torch.where(logits > 0, logits * torch.where(m, 1.6, 0.3), logits * torch.where(m, 0.6, 1.3))
        outer = (queries[layer] @ context[layer].key.transpose(-1, -2) / f.key.shape[-1] ** 0.5).softmax(-1)
        literal = (outer @ logits.softmax(-1)).mean((1, 2))
        torch.testing.assert_close(where, literal)
        assert share.tolist() == [1, 1]


@torch.no_grad()
def test_without_caa_the_whole_source_is_the_only_token():
    model, b = varied(B3), batch()
    features, tokens = model.encode_source(b["source"], b["boxes"])
    context = model.condition(features, tokens, b["part_mask"], b["region_masks"])
    for layer in model.target_net.layers:
        attn = model.target_net.unet.get_submodule(layer).attn2
        whole = attn.to_k(tokens[:, 0]).view(2, attn.heads, 1, -1)
        torch.testing.assert_close(context[layer].region_key, whole)


@torch.no_grad()
def test_clip_source_does_not_see_what_only_sourcenet_would():
    """Of equal patches come equal features, whatever the size of the layer."""
    model = varied(B1)
    flat = torch.ones(1, 16, 2, 2)
    for features in model.source_net(flat, model.target_net.layer_sizes((8, 6))).values():
        assert features.hidden_states.std(1).max() < 1e-5


@torch.no_grad()
def test_baselines_start_from_a_stock_unet_too():
    full, b1 = tiny_model(tiny_config(), alive=False), tiny_model(replace(tiny_config(), **B1), alive=False)
    b1.start_target(full.source_net.unet.state_dict())
    attentions = b1.target_net.self_attentions()
    for (layer, attn), projections in zip(attentions.items(), b1.source_net.projections, strict=True):
        stock = full.source_net.unet.get_submodule(layer).attn1
        assert torch.equal(attn.to_q.weight, stock.to_q.weight)
        assert torch.equal(projections[0].weight, stock.to_q.weight)


def test_condition_of_the_full_model_is_untouched_by_the_whole_token():
    model, b = varied({}), batch()
    features, tokens = model.encode_source(b["source"], b["boxes"])
    changed = torch.cat([tokens[:, :1] + 1, tokens[:, 1:]], 1)
    other = model.condition(features, changed, b["part_mask"], b["region_masks"])
    for layer, context in condition(model, b).items():
        torch.testing.assert_close(context.region_key, other[layer].region_key)
