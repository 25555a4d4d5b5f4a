"""Weights on disk: one config.json and one model.safetensors in a folder, loaded strictly."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

CONFIG_NAME = "config.json"
WEIGHTS_NAME = "model.safetensors"


def write_json(path: Path, data) -> None:
    """Write beside, then rename: a reader never sees half a file."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    os.replace(beside, path)


def write_tensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """Write a safetensors file beside, then rename."""
    beside = path.with_name(path.name + ".part")
    save_file({name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}, beside)
    os.replace(beside, path)


def save_model(module: nn.Module, config, folder: str | Path, dtype: torch.dtype = torch.float16) -> None:
    """Save a module's parameters and buffers with its dataclass config; see `save_weights`."""
    save_weights(module.state_dict(), config, folder, dtype)


def save_weights(
    state: dict[str, torch.Tensor], config, folder: str | Path, dtype: torch.dtype = torch.float16
) -> None:
    """Save a module's state with its dataclass config.

    Floating tensors are stored as `dtype`; weights shared under two names are stored under both.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {n: (t.to(dtype) if t.is_floating_point() else t).clone() for n, t in state.items()}
    write_json(folder / CONFIG_NAME, dataclasses.asdict(config))
    write_tensors(folder / WEIGHTS_NAME, tensors)


def load_config(config_class, folder: str | Path):
    """The dataclass config of a folder.

    Raises:
        ValueError: no config there, not JSON, or fields that the class does not know or lacks.
    """
    path = Path(folder) / CONFIG_NAME
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        return config_class(**fields)
    except OSError:
        raise ValueError(f"no model in {folder}: {CONFIG_NAME} is missing") from None
    except (json.JSONDecodeError, TypeError) as error:
        raise ValueError(f"{path} is not a {config_class.__name__}: {error}") from None


def load_weights(module: nn.Module, path: str | Path) -> None:
    """Fill a module from a safetensors file, every key and every shape, in the module's own dtype.

    Raises:
        ValueError: the file is missing or damaged, or a key or shape differs.
    """
    try:
        stored = load_file(path)
    except (OSError, SafetensorError) as error:
        raise ValueError(f"cannot read the weights {path}: {error}") from None
    own = module.state_dict()
    missing, unknown = sorted(own.keys() - stored.keys()), sorted(stored.keys() - own.keys())
    shapes = [n for n in own.keys() & stored.keys() if own[n].shape != stored[n].shape]
    if missing or unknown or shapes:
        raise ValueError(
            f"{path} does not fit the model: {len(missing)} keys missing {missing[:3]}, "
            f"{len(unknown)} unknown {unknown[:3]}, {len(shapes)} of another shape {shapes[:3]}"
        )
    module.load_state_dict(stored, strict=True)
