"""Sizes of a TruePose model; the only home of its defaults. JSON beside each checkpoint."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from .pose_encoder import PAPER_LAYERS


@dataclass(frozen=True)
class TruePoseConfig:
    """One model, compact or sd15: the same classes with other sizes.

    Attributes:
        unet: keyword arguments of diffusers' `UNet2DConditionModel` for SourceNet; TargetNet's has `pose_channels`
            more input channels.
        region_encoder: keyword arguments of transformers' `CLIPVisionConfig`.
        autoencoder: a diffusers config, `_class_name` "AutoencoderKL" or "LappedTransform".
        scheduler: a diffusers scheduler config with its `_class_name`; its `prediction_type` is the training target.
        image_size: (height, width) of the crop that the network sees.
        pose_channels: channels that PoseEncoder adds to the noisy latents.
        pose_layers: (channels, stride) of PoseEncoder's convolutions before the last; the strides make 8.
        pose_unit_range: PoseEncoder's convolutions see its maps in [0, 1] instead of [-1, 1].
        warp_hint: PoseEncoder also sees the puppet warp, and the latents denoised are the correction to the warp's.
        hint_latents: the warp's latents join the noisy ones too, so that exactly what is wrong in it can be taken away.
        train_region_encoder: whether CLIP learns too (compact) or stays as loaded (sd15).
        steps: default number of sampling steps.
        guidance_scale: default omega of Eq. 11.
        start: share of the schedule that sampling runs; below 1 it starts from the noised warp (`warp_hint` only).
        delta, sigma: of Eq. 6.
        regions: K of Sec. 4.3.
        source_dropout: eta of Sec. 4.4.
        source_net, hpfa, caa: the paper's parts; without one, what it is compared with in Sec. 5.3 takes its place:
            CLIP's patches through a perceptron (B1), concatenated self-attention (B4; B2 without `caa` too), the CLIP
            token of the whole source (B3). See `truepose.model.baselines`.
    """

    unet: dict[str, Any]
    region_encoder: dict[str, Any]
    autoencoder: dict[str, Any]
    scheduler: dict[str, Any]
    image_size: tuple[int, int] = (256, 176)
    pose_channels: int = 16
    pose_layers: tuple[tuple[int, int], ...] = PAPER_LAYERS
    pose_unit_range: bool = False
    warp_hint: bool = False
    hint_latents: bool = False
    train_region_encoder: bool = False
    steps: int = 35
    guidance_scale: float = 3.5
    start: float = 1.0
    delta: float = 0.6
    sigma: float = 0.3
    regions: int = 2
    source_dropout: float = 0.3
    source_net: bool = True
    hpfa: bool = True
    caa: bool = True

    def __post_init__(self):
        object.__setattr__(self, "image_size", tuple(self.image_size))
        if len(self.image_size) != 2 or any(side < 8 or side % 8 for side in self.image_size):
            raise ValueError(f"image_size must be (height, width), multiples of 8, got {self.image_size}")
        object.__setattr__(self, "pose_layers", tuple(tuple(layer) for layer in self.pose_layers))
        if any(len(layer) != 2 or min(layer) < 1 for layer in self.pose_layers) or _strides(self.pose_layers) != 8:
            raise ValueError(f"pose_layers must be (channels, stride) with strides that make 8, got {self.pose_layers}")
        if not 0 <= self.source_dropout < 1:
            raise ValueError(f"source_dropout must be in [0, 1), got {self.source_dropout}")
        if not 0 < self.start <= 1 or (self.start < 1 and not self.warp_hint):
            raise ValueError(f"start must be in (0, 1], and 1 without a warp hint, got {self.start}")
        if self.hint_latents and not self.warp_hint:
            raise ValueError("hint_latents needs warp_hint")
        if self.regions < 1:
            raise ValueError(f"regions must be at least 1, got {self.regions}")


def _strides(layers: tuple[tuple[int, int], ...]) -> int:
    return prod(stride for _, stride in layers)
