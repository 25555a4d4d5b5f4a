"""Start from the dual UNets of Moore-AnimateAnyone (https://github.com/MooreThreads/Moore-AnimateAnyone, Apache-2.0).

Its three networks map onto ours exactly. `reference_unet` is SourceNet without the last layers, which nothing reads.
`denoising_unet` is TargetNet: an inflated 3D UNet, which on one frame is the 2D one; motion modules are left out.
`pose_guider` ends in a convolution whose result is added after `conv_in`. That equals further input channels of
`conv_in`: its last convolution is folded into their weights, and PoseEncoder's own last one starts as the identity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from .source_net import SourceNet
from .truepose import TruePose

FILES = ("reference_unet", "denoising_unet", "pose_guider")
_UNREAD = re.compile(r"conv_norm_out\.|conv_out\.")  # of the stock UNet, not in the reference's
_MOTION = re.compile(r"(down_blocks\.\d+|mid_block|up_blocks\.\d+)\.motion_modules\.")
# What the published weights were trained with (configs/train/stage1.yaml with enable_zero_snr).
SCHEDULER = {
    "_class_name": "DDIMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "prediction_type": "v_prediction",
    "rescale_betas_zero_snr": True,
    "timestep_spacing": "trailing",
    "steps_offset": 1,
    "clip_sample": False,
}


@dataclass(frozen=True)
class Moore:
    """Files of Moore-AnimateAnyone's weights, as safetensors.

    Attributes:
        folder: where they lie.
        pose_layers: (channels, stride) of the pose guider's convolutions before the last.
    """

    folder: Path
    pose_layers: tuple[tuple[int, int], ...]

    @classmethod
    def open(cls, folder: str | Path) -> Moore:
        """Look into a folder.

        Raises:
            ValueError: a file is missing, or is there only as a pickle; or the pose guider is another one.
        """
        folder = Path(folder)
        for name in FILES:
            if (folder / f"{name}.safetensors").is_file():
                continue
            if (folder / f"{name}.pth").is_file():
                raise ValueError(
                    f"{folder / name}.pth is a pickle, which is never opened here: convert it with python -c "
                    f"\"import torch, safetensors.torch as s; s.save_file(torch.load('{name}.pth', weights_only=True), "
                    f"'{name}.safetensors')\""
                )
            raise ValueError(f"{folder} holds no weights of Moore-AnimateAnyone: {name}.safetensors is missing")
        return cls(folder, _pose_layers(folder / "pose_guider.safetensors"))

    def config_fields(self) -> dict[str, Any]:
        """What these weights decide of a `TruePoseConfig`."""
        return {
            "pose_channels": self.pose_layers[-1][0],
            "pose_layers": self.pose_layers,
            "pose_unit_range": True,
            "scheduler": dict(SCHEDULER),
        }

    def path(self, name: str) -> Path:
        """The file of one of `FILES`."""
        return self.folder / f"{name}.safetensors"


def _pose_layers(path: Path) -> tuple[tuple[int, int], ...]:
    """conv_in, then blocks in pairs: one keeps the size, the next halves it."""
    shapes = _shapes(path)
    blocks = [name for name in shapes if re.fullmatch(r"blocks\.\d+\.weight", name)]
    names = ["conv_in.weight", *(f"blocks.{index}.weight" for index in range(max(6, len(blocks))))]
    for name in (*names, "conv_out.weight"):
        if len(shapes.get(name, ())) != 4:
            raise ValueError(f"{path.name} is no pose guider of Moore-AnimateAnyone: {name} is missing")
    return tuple((shapes[name][0], 2 if index and index % 2 == 0 else 1) for index, name in enumerate(names))


@torch.no_grad()
def load_moore(model: TruePose, moore: Moore) -> None:
    """Fill both UNets and PoseEncoder; HPFA starts from TargetNet's self-attention, without effect.

    Args:
        model: of a config with `moore.config_fields()`.

    Raises:
        ValueError: a key is missing, unknown or of another shape; the first is named.
    """
    unet = model.stock_shapes()
    if isinstance(model.source_net, SourceNet):
        shapes = {name: shape for name, shape in unet.items() if not _UNREAD.match(name)}
        model.source_net.unet.load_state_dict(_read(moore.path("reference_unet"), shapes), strict=False)
    model.start_target(_read(moore.path("denoising_unet"), unet, ignored=_MOTION))
    _load_guider(model, moore.path("pose_guider"))


def _load_guider(model: TruePose, path: Path) -> None:
    *convolutions, last = (layer for layer in model.pose_encoder.layers if isinstance(layer, nn.Conv2d))
    conv_in = model.target_net.unet.conv_in
    added = conv_in.weight[:, model.autoencoder.channels :]  # a view: (width, pose_channels, 3, 3)
    ours = {"conv_in": convolutions[0]} | {f"blocks.{index}": layer for index, layer in enumerate(convolutions[1:])}
    parameters = {f"{name}.{key}": tensor for name, layer in ours.items() for key, tensor in layer.named_parameters()}
    parameters |= {"conv_out.weight": added, "conv_out.bias": conv_in.bias}
    stored = _read(path, {name: tuple(tensor.shape) for name, tensor in parameters.items()})
    bias = stored.pop("conv_out.bias")
    for name, tensor in stored.items():
        parameters[name].copy_(tensor)
    conv_in.bias += bias
    nn.init.dirac_(last.weight)
    nn.init.zeros_(last.bias)


def _shapes(path: Path) -> dict[str, tuple[int, ...]]:
    try:
        with safe_open(path, "pt") as file:
            return {name: tuple(file.get_slice(name).get_shape()) for name in sorted(file.keys())}
    except (OSError, SafetensorError) as error:
        raise ValueError(f"cannot read the weights {path}: {error}") from None


def _read(
    path: Path, expected: Mapping[str, tuple[int, ...]], ignored: re.Pattern[str] | None = None
) -> dict[str, Tensor]:
    """The tensors of a file that must hold exactly these names and shapes, besides those that are ignored."""
    shapes = {name: shape for name, shape in _shapes(path).items() if ignored is None or not ignored.match(name)}
    _refuse_first(path, "is missing", expected.keys() - shapes.keys())
    _refuse_first(path, "is unknown", shapes.keys() - expected.keys())
    _refuse_first(path, "has another shape than the base's", (n for n in expected if shapes[n] != expected[n]))
    with safe_open(path, "pt") as file:
        return {name: file.get_tensor(name) for name in expected}


def _refuse_first(path: Path, what: str, names: Iterable[str]) -> None:
    first = min(names, default=None)
    if first is not None:
        raise ValueError(f"{path.name} is not Moore-AnimateAnyone's of this size: {first} {what}")
