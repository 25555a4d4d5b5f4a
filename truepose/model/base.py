"""Start a model from Stable Diffusion and CLIP, as the paper does: its UNet twice, its autoencoder, CLIP vision."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from torch import nn
from transformers import CLIPVisionModelWithProjection

from .autoencoder import KLAutoencoder
from .truepose import TruePose


@dataclass(frozen=True)
class BaseWeights:
    """Where the weights come from: folders, or hub ids.

    Attributes:
        stable_diffusion: a diffusers repository with `unet/` and `vae/`.
        clip: a transformers CLIP with vision and projection.
    """

    stable_diffusion: str
    clip: str


@torch.no_grad()
def load_base(model: TruePose, base: BaseWeights) -> None:
    """Fill SourceNet, TargetNet, autoencoder and region encoder; PoseEncoder and HPFA start as they are built.

    Raises:
        ValueError: weights that cannot be had, or that are of other sizes than the model's config.
    """
    if not isinstance(model.autoencoder, KLAutoencoder):
        raise ValueError("only a model with an AutoencoderKL starts from Stable Diffusion")
    unet = _load(UNet2DConditionModel, base.stable_diffusion, subfolder="unet")
    _fill(model.source_net.unet, unet.state_dict(), f"the UNet of {base.stable_diffusion}")
    vae = _load(AutoencoderKL, base.stable_diffusion, subfolder="vae")
    _fill(model.autoencoder.vae, vae.state_dict(), f"the autoencoder of {base.stable_diffusion}")
    model.autoencoder.vae.register_to_config(scaling_factor=vae.config.scaling_factor)
    clip = _load(CLIPVisionModelWithProjection, base.clip)
    _fill(model.region_encoder.clip, clip.state_dict(), f"CLIP of {base.clip}")
    model.start_as_twins()


def _load(kind, place: str, **options) -> nn.Module:
    try:
        return kind.from_pretrained(place, torch_dtype=torch.float32, use_safetensors=True, **options)
    except (OSError, ValueError) as error:
        raise ValueError(
            f"cannot load {kind.__name__} from {place}: give a folder in the diffusers or transformers layout, "
            f"or a hub id and a connection"
        ) from error


def _fill(module: nn.Module, weights: dict[str, torch.Tensor], what: str) -> None:
    own = module.state_dict()
    wrong = sorted(n for n in own.keys() | weights.keys() if n not in own or n not in weights
                   or own[n].shape != weights[n].shape)  # fmt: skip
    if wrong:
        raise ValueError(f"{what} does not fit the config: {len(wrong)} of its tensors differ, first {wrong[0]}")
    module.load_state_dict(weights)
