"""SourceNet: the twin UNet that reads the source once (Eq. 3)."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn

from .attention import PlainCrossAttention, RecordingSelfAttention, SourceFeatures


def layer_of(processor_name: str) -> str:
    """ "mid_block...transformer_blocks.0.attn1.processor" -> its block, "mid_block...transformer_blocks.0"."""
    return processor_name.rsplit(".", 2)[0]


class SourceNet(nn.Module):
    """The denoising UNet, run on clean latents at timestep 0; gives the features of every self-attention."""

    def __init__(self, unet: dict[str, Any]):
        super().__init__()
        self.unet = UNet2DConditionModel(**unet)
        self.unet.set_attn_processor(
            {
                name: RecordingSelfAttention(layer_of(name))
                if name.endswith("attn1.processor")
                else PlainCrossAttention()
                for name in self.unet.attn_processors
            }
        )

    def forward(self, latents: Tensor, whole_token: Tensor) -> SourceFeatures:
        """Features of the source.

        Args:
            latents: (B, C, h, w), z_s.
            whole_token: (B, 1, c), CLIP embedding of the whole source.

        Returns:
            layer name -> Q', K', V' (B, heads, N, d).
        """
        record: SourceFeatures = {}
        timestep = torch.zeros(latents.shape[0], dtype=torch.long, device=latents.device)
        self.unet(latents, timestep, whole_token, cross_attention_kwargs={"record": record})
        return record
