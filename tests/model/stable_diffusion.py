"""Tiny random weights in the layouts of Stable Diffusion, CLIP and Moore-AnimateAnyone."""

from __future__ import annotations

from pathlib import Path

import torch
from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from torch import nn
from transformers import CLIPConfig, CLIPModel, CLIPVisionConfig, CLIPVisionModelWithProjection

from tests.tiny import tiny_config
from truepose.model.base import BaseWeights

VAE = {
    "block_out_channels": [8, 8, 8, 8], "norm_num_groups": 4, "latent_channels": 4, "scaling_factor": 0.31,
    "down_block_types": ["DownEncoderBlock2D"] * 4, "up_block_types": ["UpDecoderBlock2D"] * 4,
}  # fmt: skip
GUIDER_WIDTHS = (4, 6, 8, 10)


def sd_config(**changes):
    return tiny_config(autoencoder={"_class_name": "AutoencoderKL", **VAE}, warp_hint=False, **changes)


def stock_unet() -> UNet2DConditionModel:
    """The UNet of `sd_config`, as diffusers has it."""
    return UNet2DConditionModel(**sd_config().unet, in_channels=4, out_channels=4, cross_attention_dim=12).eval()


def write_base(root: Path) -> BaseWeights:
    """A repository of Stable Diffusion's layout and one of CLIP's."""
    stock_unet().save_pretrained(root / "sd" / "unet")
    AutoencoderKL(**VAE).save_pretrained(root / "sd" / "vae")
    # Stable Diffusion's own: what DDIM does not take is there too.
    PNDMScheduler(
        beta_start=0.001, beta_end=0.02, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1
    ).save_pretrained(root / "sd" / "scheduler")
    clip = CLIPVisionModelWithProjection(CLIPVisionConfig(**sd_config().region_encoder))
    clip.save_pretrained(root / "clip")
    return BaseWeights(str(root / "sd"), str(root / "clip"))


def write_whole_clip(folder: Path) -> None:
    """CLIP with its text half, as OpenAI's repositories hold it."""
    text = dict(hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, vocab_size=50)
    ends = dict(bos_token_id=48, eos_token_id=49, projection_dim=12)
    vision = sd_config().region_encoder
    CLIPModel(CLIPConfig(text_config=text | ends, vision_config=vision, projection_dim=12)).save_pretrained(folder)


class PoseGuider(nn.Module):
    """Moore-AnimateAnyone's, on one frame: its names, its strides, its SiLUs."""

    def __init__(self, out_channels: int, widths: tuple[int, ...] = GUIDER_WIDTHS):
        super().__init__()
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        self.blocks = nn.ModuleList()
        for narrow, wide in zip(widths, widths[1:], strict=False):
            self.blocks.append(nn.Conv2d(narrow, narrow, 3, padding=1))
            self.blocks.append(nn.Conv2d(narrow, wide, 3, padding=1, stride=2))
        self.conv_out = nn.Conv2d(widths[-1], out_channels, 3, padding=1)

    def forward(self, pose: torch.Tensor) -> torch.Tensor:
        """(B, 3, H, W) in [0, 1] -> (B, out_channels, H/8, W/8)."""
        hidden = nn.functional.silu(self.conv_in(pose))
        for block in self.blocks:
            hidden = nn.functional.silu(block(hidden))
        return self.conv_out(hidden)


def write_moore(folder: Path) -> tuple[UNet2DConditionModel, UNet2DConditionModel, PoseGuider]:
    """The three files under their real key names; returns what they hold."""
    folder.mkdir(parents=True, exist_ok=True)
    reference, denoising = stock_unet(), stock_unet()
    guider = PoseGuider(denoising.config.block_out_channels[0])
    unread = ("conv_norm_out.", "conv_out.")
    kept = {name: tensor for name, tensor in reference.state_dict().items() if not name.startswith(unread)}
    save_file(kept, folder / "reference_unet.safetensors")
    motion = "motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0"
    more = {
        f"{block}.{motion}.{name}": torch.randn(4, 4)
        for block in ("down_blocks.0", "mid_block", "up_blocks.2")
        for name in ("to_q.weight", "pos_encoder.pe")
    }
    save_file({**denoising.state_dict(), **more}, folder / "denoising_unet.safetensors")
    save_file(guider.state_dict(), folder / "pose_guider.safetensors")
    return reference, denoising, guider
