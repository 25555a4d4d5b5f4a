"""Starting from Stable Diffusion and CLIP: tiny random models, saved in the real layouts, loaded by the real code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from tests.tiny import tiny_config
from truepose.model.base import BaseWeights, load_base
from truepose.model.truepose import TruePose
from truepose.training.config import load_training_config

VAE = {
    "block_out_channels": [8, 8, 8, 8], "norm_num_groups": 4, "latent_channels": 4,
    "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
}  # fmt: skip


def sd_config(**changes):
    return tiny_config(autoencoder={"_class_name": "AutoencoderKL", **VAE}, warp_hint=False, **changes)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A repository of Stable Diffusion's layout and one of CLIP's."""
    torch.manual_seed(7)
    root = tmp_path_factory.mktemp("base")
    config = sd_config()
    unet = {**config.unet, "in_channels": 4, "out_channels": 4, "cross_attention_dim": 12}
    UNet2DConditionModel(**unet).save_pretrained(root / "sd" / "unet")
    AutoencoderKL(**VAE, scaling_factor=0.31).save_pretrained(root / "sd" / "vae")
    CLIPVisionModelWithProjection(CLIPVisionConfig(**config.region_encoder)).save_pretrained(root / "clip")
    return BaseWeights(str(root / "sd"), str(root / "clip"))


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
