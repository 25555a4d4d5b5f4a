"""A model as a folder, in one of two layouts: compact, config.json + model.safetensors; or diffusers', a folder a part.

In diffusers' layout `source_net/`, `vae/` and `region_encoder/` are what diffusers' and transformers' own classes load.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import diffusers
from torch import nn

from ..checkpoint import CONFIG_NAME, WEIGHTS_NAME, fill, load_config, new_folder, write_json, write_tensors
from ..sampling import build_scheduler
from .config import TruePoseConfig

INDEX_NAME = "model_index.json"
_PARTS = ("source_net", "target_net", "pose_encoder", "region_encoder", "autoencoder")
_DIFFUSERS_WEIGHTS = "diffusion_pytorch_model.safetensors"
# The parts' folders where they are not named as in `TruePose`, and the file names that their libraries expect.
_FOLDERS = {"autoencoder": "vae"}
_WEIGHTS = {"region_encoder": WEIGHTS_NAME}
# Of a part that wraps a library's model, that model: its keys and config are the stock ones.
_INNER = {"source_net": "unet", "target_net": "unet", "autoencoder": "vae", "region_encoder": "clip"}
# Where model_index.json keeps the fields of `TruePoseConfig` that are no part's own; pose_encoder/config.json has its.
_SETTINGS = "truepose"
_POSE_FIELDS = ("pose_channels", "pose_layers", "pose_unit_range", "warp_hint")
_PART_FIELDS = ("unet", "region_encoder", "autoencoder", "scheduler")
# TruePose derives these from its other parts.
_DERIVED_UNET_FIELDS = ("in_channels", "out_channels", "cross_attention_dim")
_CLIP_FIELDS = (
    "hidden_size", "intermediate_size", "projection_dim", "num_hidden_layers", "num_attention_heads", "num_channels",
    "image_size", "patch_size", "hidden_act", "layer_norm_eps", "attention_dropout",
)  # fmt: skip


def is_model(folder: str | Path) -> bool:
    """Whether a folder looks like a model of either layout."""
    return any((Path(folder) / name).is_file() for name in (INDEX_NAME, CONFIG_NAME))


def read_config(folder: str | Path) -> TruePoseConfig:
    """The config of a model's folder, of either layout.

    Raises:
        ValueError: a file is missing, not JSON, or has fields that are unknown or lacking.
    """
    folder = Path(folder)
    if not (folder / INDEX_NAME).is_file():
        return load_config(TruePoseConfig, folder)
    index, pose = _read(folder, INDEX_NAME), _read(folder, f"pose_encoder/{CONFIG_NAME}")
    try:
        return TruePoseConfig(
            unet=unet_fields(_read(folder, f"target_net/{CONFIG_NAME}")),
            region_encoder=clip_fields(_read(folder, f"region_encoder/{CONFIG_NAME}")),
            autoencoder=class_and_fields(_read(folder, f"vae/{CONFIG_NAME}")),
            scheduler=class_and_fields(_read(folder, "scheduler/scheduler_config.json")),
            **{name: value for name, value in pose.items() if name != "_class_name"},
            **index[_SETTINGS],
        )
    except (TypeError, KeyError) as error:
        raise ValueError(f"{folder / INDEX_NAME} does not describe a TruePose model: {error}") from None


def unet_fields(config: dict[str, Any]) -> dict[str, Any]:
    """`TruePoseConfig.unet` of a diffusers UNet's config."""
    return {n: v for n, v in config.items() if not n.startswith("_") and n not in _DERIVED_UNET_FIELDS}


def class_and_fields(config: dict[str, Any]) -> dict[str, Any]:
    """A diffusers config with its class's name and without the library's notes."""
    return {name: value for name, value in config.items() if name == "_class_name" or not name.startswith("_")}


def clip_fields(config: dict[str, Any]) -> dict[str, Any]:
    """`TruePoseConfig.region_encoder` of a transformers CLIP vision config."""
    return {name: config[name] for name in _CLIP_FIELDS if name in config}


def weight_files(folder: str | Path) -> dict[str, Path]:
    """Start of `TruePose`'s names -> the file of a folder, of either layout, that holds the tensors named so."""
    folder = Path(folder)
    if not (folder / INDEX_NAME).is_file():
        return {"": folder / WEIGHTS_NAME}
    index = _read(folder, INDEX_NAME)
    files = {}
    for part in _PARTS:
        place = _FOLDERS.get(part, part)
        wrapped = part == "target_net" or _listed_library(index, place) in ("diffusers", "transformers")
        start = f"{part}.{_INNER[part]}." if wrapped and part in _INNER else f"{part}."
        files[start] = folder / place / _WEIGHTS.get(part, _DIFFUSERS_WEIGHTS)
    return files


def _listed_library(index: dict[str, Any], place: str) -> str:
    listed = index.get(place)
    return listed[0] if isinstance(listed, list) and len(listed) == 2 else ""


def load_start(model: nn.Module, place: str | Path) -> None:
    """Fill a model with weights to start training from, strictly.

    Args:
        model: a `TruePose` of the config that the weights are of.
        place: a folder of either layout, or one safetensors file.

    Raises:
        ValueError: missing, damaged, or a key or shape that differs.
    """
    fill(model, weight_files(place) if Path(place).is_dir() else {"": Path(place)}, str(place))


def save_folder(model: nn.Module, folder: str | Path) -> None:
    """Save a `TruePose` in diffusers' layout, the tensors as they are. An earlier model there is replaced.

    Raises:
        ValueError: the folder holds something else, or cannot be written.
    """
    with new_folder(folder, _is_saved) as new:
        index = {"_class_name": "TruePosePipeline", "_diffusers_version": diffusers.__version__}
        for name, part in model.named_children():
            inner = getattr(part, _INNER.get(name, ""), part)
            place = new / _FOLDERS.get(name, name)
            place.mkdir()
            write_tensors(place / _WEIGHTS.get(name, _DIFFUSERS_WEIGHTS), inner.state_dict())
            _write_config(model.config, inner, place)
            named = part if name == "target_net" else inner  # a stock UNet's config, and more weights
            index[place.name] = [_library(named), type(named).__name__]
        scheduler = build_scheduler(model.config.scheduler)
        scheduler.save_config(new / "scheduler")
        index["scheduler"] = ["diffusers", type(scheduler).__name__]
        rest = dataclasses.asdict(model.config)
        index[_SETTINGS] = {name: value for name, value in rest.items() if name not in _PART_FIELDS + _POSE_FIELDS}
        write_json(new / INDEX_NAME, index)


def _is_saved(folder: Path) -> bool:
    """Whether a folder holds what `save_folder` writes and nothing else."""
    ours = {INDEX_NAME, "scheduler", *(_FOLDERS.get(part, part) for part in _PARTS)}
    return (folder / INDEX_NAME).is_file() and {entry.name for entry in folder.iterdir()} <= ours


def _write_config(config: TruePoseConfig, inner: nn.Module, place: Path) -> None:
    if hasattr(inner, "save_config"):  # diffusers
        inner.save_config(place)
    elif hasattr(inner, "config"):  # transformers
        inner.config.save_pretrained(place)
    elif place.name == "vae":
        write_json(place / CONFIG_NAME, config.autoencoder)
    else:
        fields = {name: getattr(config, name) for name in _POSE_FIELDS} if place.name == "pose_encoder" else {}
        write_json(place / CONFIG_NAME, {"_class_name": type(inner).__name__, **fields})


def _library(part: nn.Module) -> str:
    """A library's name as diffusers writes it: a package of its own, or one of our modules."""
    module = type(part).__module__
    return module if module.startswith("truepose.") else module.split(".")[0]


def _read(folder: Path, name: str) -> dict[str, Any]:
    try:
        data = json.loads((folder / name).read_text(encoding="utf-8"))
    except OSError:
        raise ValueError(f"the model in {folder} is not whole: {name} is missing") from None
    except ValueError as error:
        raise ValueError(f"{folder / name} is not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError(f"{folder / name} must hold a JSON object")
    return data
