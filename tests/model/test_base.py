"""Starting from Stable Diffusion and CLIP: tiny random models, saved in the real layouts, loaded by the real code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPVisionModelWithProjection

from tests.model.stable_diffusion import sd_config, write_base, write_whole_clip
from tests.tiny import tiny_config
from truepose.model.base import BaseWeights, base_config, build_from_base, load_base
from truepose.model.truepose import TruePose
from truepose.training.config import load_training_config


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A repository of Stable Diffusion's layout and one of CLIP's."""
    torch.manual_seed(7)
    return write_base(tmp_path_factory.mktemp("base"))


def test_both_unets_the_autoencoder_and_clip_are_filled(base):
    model = TruePose(sd_config())
    load_base(model, base)
    unet = UNet2DConditionModel.from_pretrained(base.stable_diffusion, subfolder="unet").state_dict()
    for name, tensor in unet.items():
        assert torch.equal(model.source_net.unet.state_dict()[name], tensor)
        mine = model.target_net.unet.state_dict()[name]
        assert torch.equal(mine[:, :4] if name == "conv_in.weight" else mine, tensor)
    block = model.target_net.unet.get_submodule(model.target_net.layers[0])
    assert torch.equal(block.attn1.processor.to_q.weight, block.attn1.to_q.weight)
    assert model.autoencoder.vae.config.scaling_factor == 0.31
    clip = CLIPVisionModelWithProjection.from_pretrained(base.clip).state_dict()
    assert all(torch.equal(model.region_encoder.clip.state_dict()[n], t) for n, t in clip.items())


def test_other_sizes_and_places_are_refused(base, tmp_path):
    with pytest.raises(ValueError, match="does not fit"):
        load_base(TruePose(sd_config(unet={**tiny_config().unet, "block_out_channels": [16, 16, 32]})), base)
    with pytest.raises(ValueError, match="cannot load UNet2DConditionModel"):
        load_base(TruePose(sd_config()), BaseWeights(str(tmp_path), base.clip))
    with pytest.raises(ValueError, match="AutoencoderKL"):
        load_base(TruePose(tiny_config()), base)


def test_a_model_without_source_net_takes_the_unet_too(base):
    model = TruePose(sd_config(source_net=False))
    load_base(model, base)
    unet = UNet2DConditionModel.from_pretrained(base.stable_diffusion, subfolder="unet").state_dict()
    assert torch.equal(model.target_net.unet.state_dict()["conv_out.weight"], unet["conv_out.weight"])


def test_sizes_and_noise_schedule_are_the_bases(base):
    config = base_config(base, image_size=(64, 48))
    assert config.unet["block_out_channels"] == [16, 32, 32] and config.unet["attention_head_dim"] == 2
    assert config.autoencoder["scaling_factor"] == 0.31 and config.region_encoder["projection_dim"] == 12
    assert config.scheduler["_class_name"] == "DDIMScheduler" and config.scheduler["beta_end"] == 0.02
    assert not config.scheduler["clip_sample"] and config.scheduler["steps_offset"] == 1
    assert config.scheduler["prediction_type"] == "epsilon" and "skip_prk_steps" not in config.scheduler
    assert config.image_size == (64, 48)


def test_a_whole_clip_gives_its_vision_half(base, tmp_path):
    write_whole_clip(tmp_path / "clip")
    model = build_from_base(BaseWeights(base.stable_diffusion, str(tmp_path / "clip")), image_size=(64, 48))
    whole = load_file(tmp_path / "clip" / "model.safetensors")
    assert torch.equal(model.region_encoder.clip.visual_projection.weight, whole["visual_projection.weight"])


def test_weights_that_lack_a_tensor_are_refused_not_left_random(base, tmp_path):
    broken = write_base(tmp_path)
    for path in ("sd/unet/diffusion_pytorch_model.safetensors", "clip/model.safetensors"):
        stored = load_file(tmp_path / path)
        name = min(stored)
        save_file({n: t for n, t in stored.items() if n != name}, tmp_path / path, metadata={"format": "pt"})
        with pytest.raises(ValueError, match=f"not whole: 1 tensors missing, first {name}"):
            build_from_base(broken)
        save_file(stored, tmp_path / path, metadata={"format": "pt"})


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("sd/unet/config.json", {"in_channels": 9}, "takes 9 channels where its autoencoder gives 4"),
        ("sd/unet/config.json", {"cross_attention_dim": 99}, "attends to tokens of 99 numbers, .* gives 12"),
    ],
)
def test_parts_that_do_not_fit_each_other_are_named(tmp_path, file, change, message):
    base = write_base(tmp_path)
    path = tmp_path / file
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ValueError, match=message):
        build_from_base(base)


@pytest.mark.parametrize("context", ["none", "zero features"])
@pytest.mark.parametrize("timestep", [0, 1, 500, 999])
def test_untrained_it_is_the_stock_unet_bit_for_bit(base, timestep, context):
    model = build_from_base(base, image_size=(64, 48)).eval()
    stock = UNet2DConditionModel.from_pretrained(base.stable_diffusion, subfolder="unet").eval()
    latents = torch.randn(2, 4, 8, 6)
    with torch.no_grad():
        pose = model.pose_features(torch.rand(2, 3, 64, 48) * 2 - 1)
        source = None
        if context == "zero features":
            masks = torch.rand(2, 17, 64, 48) > 0.5
            features, tokens = model.encode_source(torch.rand(2, 3, 64, 48) * 2 - 1, _whole_boxes())
            empty = {
                layer: type(f)(*(None if t is None else torch.zeros_like(t) for t in vars(f).values()))
                for layer, f in features.items()
            }
            source = model.condition(empty, torch.zeros_like(tokens), masks[:, :1], masks)
        mine = model.target_net(latents, torch.tensor(timestep), pose, source)
        theirs = stock(latents, timestep, torch.zeros(2, 3, 12)).sample
    assert torch.equal(mine, theirs) and theirs.std() > 1e-3


def _whole_boxes():
    return torch.tensor([0.0, 0, 48, 64]).expand(2, 17, 4)


def test_the_sd15_config_describes_stable_diffusion_1_5_and_vit_l():
    """Sizes by their known parameter counts, without allocating them."""
    path = Path(__file__).parents[2] / "configs" / "sd15-256.json"
    config = load_training_config(path)
    with torch.device("meta"):
        model = TruePose(config.model)
    count = {n: sum(p.numel() for p in m.parameters()) for n, m in model.named_children()}
    assert count["source_net"] == 859_520_964
    assert count["autoencoder"] == 83_653_863
    assert count["region_encoder"] == 303_966_208
    assert config.objective.latent == 1 and config.objective.pixel == 0
    assert json.loads(path.read_text())["base"]["clip"] == "openai/clip-vit-large-patch14"


def test_another_scale_of_the_latents_is_refused(base):
    """No tensor holds it: a run that resumes, and what it saves, has the config's."""
    config = sd_config()
    model = TruePose(replace(config, autoencoder={**config.autoencoder, "scaling_factor": 0.18215}))
    with pytest.raises(ValueError, match='write "scaling_factor": 0.31'):
        load_base(model, base)


def test_with_a_hint_but_no_source_net_the_base_leaves_the_warp_as_it_is(base):
    model = TruePose(replace(sd_config(), warp_hint=True, source_net=False))
    load_base(model, base)
    assert not model.target_net.unet.conv_out.weight.any()
