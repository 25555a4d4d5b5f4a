"""Start a model from Stable Diffusion and CLIP, as the paper does: its UNet twice, its autoencoder, CLIP vision."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from torch import nn
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

from .autoencoder import KLAutoencoder
from .config import TruePoseConfig
from .layout import clip_fields, unet_fields
from .moore import Moore, load_moore
from .source_net import SourceNet
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


def build_from_base(base: BaseWeights, moore: str | Path | None = None, **fields: Any) -> TruePose:
    """A model of the base's sizes with the base's weights, float32.

    Args:
        moore: a folder of Moore-AnimateAnyone's weights, which then fill both UNets and PoseEncoder.
        fields: others of `TruePoseConfig`.

    Raises:
        ValueError: weights that cannot be had, or that do not fit each other.
    """
    config = base_config(base, **fields)
    imported = None if moore is None else Moore.open(moore)  # first, for its messages come at once
    model = TruePose(config if imported is None else replace(config, **imported.config_fields()))
    load_base(model, base)
    if imported is not None:
        load_moore(model, imported)
    return model


def base_config(base: BaseWeights, **fields: Any) -> TruePoseConfig:
    """The config of a model with the base's sizes, and DDIM on the base's noise schedule.

    Args:
        fields: others of `TruePoseConfig`.

    Raises:
        ValueError: a config cannot be had, or the UNet takes other latents or tokens than the rest gives.
    """
    unet = _config(UNet2DConditionModel, base.stable_diffusion, "unet")
    vae = _config(AutoencoderKL, base.stable_diffusion, "vae")
    clip = _had(lambda: CLIPVisionConfig.from_pretrained(base.clip), "CLIPVisionConfig", base.clip).to_dict()
    if unet.get("in_channels", 4) != vae.get("latent_channels", 4):
        raise ValueError(
            f"the UNet of {base.stable_diffusion} takes {unet['in_channels']} channels where its autoencoder gives "
            f"{vae.get('latent_channels', 4)}: take a text-to-image model, not one for inpainting"
        )
    if unet.get("cross_attention_dim") != clip["projection_dim"]:
        raise ValueError(
            f"the UNet of {base.stable_diffusion} attends to tokens of {unet.get('cross_attention_dim')} numbers, "
            f"CLIP of {base.clip} gives {clip['projection_dim']}: take another CLIP"
        )
    return TruePoseConfig(
        unet=unet_fields(_known(UNet2DConditionModel, unet)),
        region_encoder=clip_fields(clip),
        autoencoder={"_class_name": "AutoencoderKL", **_known(AutoencoderKL, vae)},
        scheduler={"_class_name": "DDIMScheduler", **_known(DDIMScheduler, _scheduler(base.stable_diffusion).config)},
        **fields,
    )


def _config(kind, place: str, subfolder: str) -> dict[str, Any]:
    return _had(lambda: kind.load_config(place, subfolder=subfolder), kind.__name__, place)


def _known(kind, config: dict[str, Any]) -> dict[str, Any]:
    """What the class takes of a config; other versions of diffusers write other notes into theirs."""
    return {name: value for name, value in config.items() if name in inspect.signature(kind.__init__).parameters}


def _scheduler(place: str) -> DDIMScheduler:
    """DDIM on the base's noise schedule; on Stable Diffusion's where the base says nothing."""
    try:
        config = DDIMScheduler.load_config(place, subfolder="scheduler")
    except (OSError, ValueError):
        config = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": False,
                  "set_alpha_to_one": False, "steps_offset": 1}  # fmt: skip
    return DDIMScheduler.from_config({"clip_sample": False, **config})


@torch.no_grad()
def load_base(model: TruePose, base: BaseWeights) -> None:
    """Fill SourceNet, TargetNet, autoencoder and region encoder; PoseEncoder and HPFA start as they are built.

    Raises:
        ValueError: weights that cannot be had, or that are of other sizes or another scale than the model's config.
    """
    if not isinstance(model.autoencoder, KLAutoencoder):
        raise ValueError("only a model with an AutoencoderKL starts from Stable Diffusion")
    if isinstance(model.source_net, SourceNet):
        model.source_net.to_empty(device="meta")  # it takes over the loaded tensors: there are never three UNets
    unet = _load(UNet2DConditionModel, base.stable_diffusion, subfolder="unet")
    what = f"the UNet of {base.stable_diffusion}"
    if isinstance(model.source_net, SourceNet):
        _fill(model.source_net.unet, unet.state_dict(), what)
        model.start_as_twins()
    else:
        _check_fit(model.stock_shapes(), unet.state_dict(), what)
        model.start_target(unet.state_dict())
        model.start_as_twins()
    vae = _load(AutoencoderKL, base.stable_diffusion, subfolder="vae")
    _check_scaling(model.autoencoder, vae, base.stable_diffusion)
    _fill(model.autoencoder.vae, vae.state_dict(), f"the autoencoder of {base.stable_diffusion}")
    clip = _load(CLIPVisionModelWithProjection, base.clip)
    _fill(model.region_encoder.clip, clip.state_dict(), f"CLIP of {base.clip}")


def _check_scaling(own: KLAutoencoder, vae: AutoencoderKL, place: str) -> None:
    """No tensor holds it, so what a run resumes and saves has the config's."""
    ours, theirs = own.vae.config.scaling_factor, vae.config.scaling_factor
    if ours != theirs:
        raise ValueError(
            f"the autoencoder of {place} has a scaling_factor of {theirs}, the config's {ours}: "
            f'write "scaling_factor": {theirs} into its autoencoder'
        )


def _load(kind, place: str, **options) -> nn.Module:
    options |= {"torch_dtype" if kind.__module__.startswith("diffusers") else "dtype": torch.float32}
    loaded, report = _had(
        lambda: kind.from_pretrained(place, use_safetensors=True, output_loading_info=True, **options),
        kind.__name__,
        place,
    )
    missing = sorted(report["missing_keys"])
    if missing:  # the libraries leave these random, and only warn
        raise ValueError(f"{kind.__name__} of {place} is not whole: {len(missing)} tensors missing, first {missing[0]}")
    return loaded


def _had(get: Callable[[], Any], what: str, place: str) -> Any:
    try:
        return get()
    except (OSError, ValueError, RuntimeError) as error:
        raise ValueError(
            f"cannot load {what} from {place}: give a folder in the diffusers or transformers layout, "
            f"or a hub id and a connection"
        ) from error


def _fill(module: nn.Module, weights: dict[str, torch.Tensor], what: str) -> None:
    """Give a module tensors, which it keeps where its own are on the meta device."""
    own = module.state_dict()
    _check_fit({name: tuple(tensor.shape) for name, tensor in own.items()}, weights, what)
    module.load_state_dict(weights, assign=any(tensor.is_meta for tensor in own.values()))


def _check_fit(shapes: dict[str, tuple[int, ...]], weights: dict[str, torch.Tensor], what: str) -> None:
    names = shapes.keys() | weights.keys()
    wrong = sorted(n for n in names if n not in weights or shapes.get(n) != tuple(weights[n].shape))
    if wrong:
        raise ValueError(f"{what} does not fit the config: {len(wrong)} of its tensors differ, first {wrong[0]}")
