"""A training run on disk: weights, EMA and AdamW's moments as safetensors, so that it resumes exactly."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers.training_utils import EMAModel
from safetensors.torch import load_file
from torch import nn

from ..checkpoint import write_json, write_tensors

_MOMENTS = ("exp_avg", "exp_avg_sq")


def _optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, torch.Tensor]:
    tensors = {}
    for index, entry in optimizer.state_dict()["state"].items():
        for name in (*_MOMENTS, "step"):
            tensors[f"optimizer.{index}.{name}"] = torch.as_tensor(entry[name]).detach().clone()
    return tensors


def save_state(folder: Path, model: nn.Module, optimizer, ema: EMAModel, step: int) -> None:
    """Write `state.safetensors`, then `state.json` with the step."""
    optimizer = getattr(optimizer, "optimizer", optimizer)
    tensors = {f"model.{name}": tensor.clone() for name, tensor in model.state_dict().items()}
    tensors |= {f"ema.{index}": tensor.clone() for index, tensor in enumerate(ema.shadow_params)}
    tensors |= _optimizer_tensors(optimizer)
    tensors["step"] = torch.tensor(step)
    write_tensors(folder / "state.safetensors", tensors)
    write_json(folder / "state.json", {"step": step})


def load_state(folder: Path, model: nn.Module, optimizer, ema: EMAModel) -> int:
    """Fill model, optimizer and EMA from the folder and give the step reached; 0 where it holds no run.

    Raises:
        ValueError: the run there is of another model.
    """
    path = folder / "state.safetensors"
    if not path.exists():
        return 0
    tensors = load_file(path)
    weights = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
    own = model.state_dict()
    if weights.keys() != own.keys() or any(weights[n].shape != own[n].shape for n in own):
        raise ValueError(f"{folder} holds a run of another model: choose another folder or remove it")
    model.load_state_dict(weights)
    step = int(tensors["step"])
    ema.shadow_params = [tensors[f"ema.{index}"] for index in range(len(ema.shadow_params))]
    ema.optimization_step = step
    state = optimizer.state_dict()
    indices = [index for group in state["param_groups"] for index in group["params"]]
    state["state"] = {
        index: {name: tensors[f"optimizer.{index}.{name}"] for name in (*_MOMENTS, "step")}
        for index in indices
        if f"optimizer.{index}.step" in tensors
    }
    optimizer.load_state_dict(state)
    return step


def read_step(folder: Path) -> int:
    """The step a folder's run has reached; 0 where there is none."""
    try:
        return int(json.loads((folder / "state.json").read_text(encoding="utf-8"))["step"])
    except OSError:
        return 0
