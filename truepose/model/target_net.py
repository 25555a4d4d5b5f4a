"""TargetNet: the denoising UNet whose blocks look at the source through HPFA and CAA."""

from __future__ import annotations

from typing import Any

import torch
from diffusers import UNet2DConditionModel
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import (
    HumanParsingFusionAttention,
    LayerContext,
    RegionCrossAttention,
    SourceContext,
    SourceFeatures,
)
from .baselines import ConcatenatedSelfAttention, WholeCrossAttention
from .source_net import layer_of


class TargetNet(nn.Module):
    """A stock UNet with `pose_channels` more inputs and attention to the source.

    Args:
        unet: keyword arguments of `UNet2DConditionModel`, as SourceNet's.
        pose_channels: channels of PoseEncoder's output.
        delta, sigma: of Eq. 6.
        regions: K of Sec. 4.3.
        hpfa, caa: without, the part that the paper compares it with takes its place (Sec. 5.3).
    """

    def __init__(
        self,
        unet: dict[str, Any],
        pose_channels: int,
        *,
        delta: float,
        sigma: float,
        regions: int,
        hpfa: bool = True,
        caa: bool = True,
    ):
        super().__init__()
        self.unet = UNet2DConditionModel(**{**unet, "in_channels": unet["in_channels"] + pose_channels})
        processors = {}
        for name in self.unet.attn_processors:
            layer = layer_of(name)
            if name.endswith("attn1.processor"):
                attn = self.unet.get_submodule(name.removesuffix(".processor"))
                fusion = HumanParsingFusionAttention(layer, attn, delta=delta, sigma=sigma)
                processors[name] = fusion if hpfa else ConcatenatedSelfAttention(layer)
            else:
                processors[name] = RegionCrossAttention(layer, regions) if caa else WholeCrossAttention(layer)
        self.layers = tuple(layer_of(name) for name in processors if name.endswith("attn1.processor"))
        self.unet.set_attn_processor(processors)

    def self_attentions(self) -> dict[str, Attention]:
        """Each layer's self-attention, whose processor fuses the source in."""
        return {layer: self.unet.get_submodule(layer).attn1 for layer in self.layers}

    def layer_sizes(self, latent_size: tuple[int, int]) -> dict[str, tuple[int, int]]:
        """(h, w) of each layer for latents of (h, w): every level halves, rounding up."""
        deepest = len(self.unet.config.block_out_channels) - 1
        sizes = {}
        for layer in self.layers:
            place, number = layer.split(".")[:2]
            level = {"down_blocks": int(number), "up_blocks": deepest - int(number)} if place != "mid_block" else {}
            height, width = latent_size
            for _ in range(level.get(place, deepest)):
                height, width = -(-height // 2), -(-width // 2)
            sizes[layer] = height, width
        return sizes

    def condition(
        self,
        features: SourceFeatures,
        part_mask: Tensor,
        region_masks: Tensor,
        tokens: Tensor,
        keep: Tensor | None = None,
    ) -> SourceContext:
        """Keys and values of every layer for one source and one set of visible parts (Eq. 6-9).

        Args:
            features: SourceNet's.
            part_mask: (B, 1, H, W) bool, M: the source's pixels of the parts that the target names.
            region_masks: (B, R, H, W) bool, the source's parsing regions.
            tokens: (B, 1 + R, C) CLIP tokens of the whole source and of the regions.
            keep: (B,) bool; where false the condition is set to zero (source dropout).

        Raises:
            KeyError: a layer is missing from the features.
        """
        context = {}
        masks = torch.cat([part_mask, region_masks], 1)
        counts = {features[layer].key.shape[2] for layer in self.layers}
        resized = {count: resize_mask(masks, layer_size(masks.shape[-2:], count)) for count in counts}
        for layer in self.layers:
            source = features[layer]
            inside, regions = resized[source.key.shape[2]].split([1, region_masks.shape[1]], 1)
            block = self.unet.get_submodule(layer)
            key, value = block.attn1.processor.keys_values(block.attn1, source, inside[:, 0])
            of_tokens = block.attn2.processor.keys_values(block.attn2, source, regions, tokens)
            layer_context = LayerContext(key, value, *of_tokens)
            context[layer] = layer_context if keep is None else _dropped(layer_context, keep)
        return context

    def forward(
        self,
        latents: Tensor,
        timesteps: Tensor,
        pose_features: Tensor,
        context: SourceContext | None,
        queries: dict[str, Tensor] | None = None,
    ) -> Tensor:
        """The network's prediction (noise, sample or velocity, as the scheduler's config says).

        Args:
            latents: (B, C, h, w), z_t.
            timesteps: (B,) or scalar.
            pose_features: (B, pose_channels, h, w), PoseEncoder's.
            context: from `condition`, or None for no source (Eq. 11's first term): exactly as if its features were 0.
            queries: gets what each layer asked the source with, for `source_weights` of its processor.
        """
        joined = torch.cat([latents, pose_features.to(latents.dtype)], 1)
        return self.unet(
            joined, timesteps, None, cross_attention_kwargs={"context": context, "queries": queries}
        ).sample


def _dropped(context: LayerContext, keep: Tensor) -> LayerContext:
    scale = keep[:, None, None, None].to(context.key.dtype)
    return LayerContext(
        context.key * scale,
        context.value * scale,
        context.region_key * scale,
        context.region_value * scale,
        context.region_present,
    )


def layer_size(image_size, tokens: int) -> tuple[int, int]:
    """(h, w) of a layer with so many tokens, for an image of (height, width): halved, rounding up, until it fits.

    Raises:
        ValueError: no power of two fits.
    """
    height, width = -(-image_size[0] // 8), -(-image_size[1] // 8)
    while height * width > tokens:
        height, width = -(-height // 2), -(-width // 2)
    if height * width != tokens:
        raise ValueError(f"no layer of an image of {tuple(image_size)} has {tokens} tokens")
    return height, width


def resize_mask(mask: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, R, H, W) bool -> (B, R, h * w) bool: a cell is inside where any of its pixels is, so that none vanishes."""
    return F.adaptive_max_pool2d(mask.float(), size).flatten(2) > 0
