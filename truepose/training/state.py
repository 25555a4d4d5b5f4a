"""A training run on disk: weights, EMA and AdamW's moments as safetensors, so that it resumes exactly.

The file is the same whether a model lies on one device or is sharded over several (FSDP): whole tensors, by order.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from diffusers.training_utils import EMAModel
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.distributed.tensor import DTensor, distribute_tensor

from ..checkpoint import write_json, write_tensors


def whole(tensor: Tensor) -> Tensor:
    """A sharded tensor gathered, which all processes must ask for; another one as it is."""
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def whole_state(model: nn.Module) -> dict[str, Tensor]:
    """Copies of a model's parameters and buffers by name, gathered where they are sharded."""
    return {name: whole(tensor).detach().to("cpu", copy=True) for name, tensor in model.state_dict().items()}


def _sharded_like(tensor: Tensor, own: Tensor) -> Tensor:
    if not isinstance(own, DTensor):
        return torch.empty_like(own, dtype=tensor.dtype).copy_(tensor)  # on its device, in its memory's order
    return distribute_tensor(tensor.to(own.device), own.device_mesh, own.placements)


def save_state(
    folder: Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    ema: EMAModel | None,
    step: int,
    *,
    write: bool = True,
) -> None:
    """Write `state.safetensors`, then `state.json` with the step.

    Args:
        write: whether this process writes; where the model is sharded all must call.
    """
    tensors = {f"model.{name}": whole(tensor) for name, tensor in model.state_dict().items()}
    for index, shadow in enumerate(ema.shadow_params if ema else ()):
        tensors[f"ema.{index}"] = whole(shadow)
    for index, parameter in enumerate(_parameters(optimizer)):
        for name, value in optimizer.state.get(parameter, {}).items():
            tensors[f"optimizer.{index}.{name}"] = whole(torch.as_tensor(value).detach())
    tensors["step"] = torch.tensor(step)
    if write:
        # Safetensors refuses two names for one memory: tied weights are stored under both.
        write_tensors(
            folder / "state.safetensors", {name: tensor.to("cpu", copy=True) for name, tensor in tensors.items()}
        )
        write_json(folder / "state.json", {"step": step})


def load_state(folder: Path, model: nn.Module, optimizer: torch.optim.Optimizer, ema: EMAModel | None) -> int:
    """Fill model, optimizer and EMA from the folder and give the step reached; 0 where it holds no run.

    Raises:
        ValueError: the run there is of another model, or has other averages or another optimizer.
    """
    path = folder / "state.safetensors"
    if not path.exists():
        return 0
    tensors = load_file(path)
    own = model.state_dict()
    weights = {name[6:]: tensor for name, tensor in tensors.items() if name.startswith("model.")}
    if weights.keys() != own.keys() or any(weights[n].shape != own[n].shape for n in own):
        raise ValueError(f"{folder} holds a run of another model: choose another folder or remove it")
    if ("ema.0" in tensors) != (ema is not None):
        raise ValueError(f"{folder} holds a run {'without' if ema else 'with'} averaged weights: keep its ema_decay")
    model.load_state_dict({name: _sharded_like(tensor, own[name]) for name, tensor in weights.items()})
    step = int(tensors["step"])
    if ema is not None:
        for index, shadow in enumerate(ema.shadow_params):
            shadow.copy_(_sharded_like(tensors[f"ema.{index}"], shadow))
        ema.optimization_step = step
    _load_optimizer(optimizer, tensors, folder)
    return step


def _parameters(optimizer: torch.optim.Optimizer) -> list[nn.Parameter]:
    return [p for group in optimizer.param_groups for p in group["params"]]


def _load_optimizer(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], folder: Path) -> None:
    """Moments as they were, whatever their type: `load_state_dict` would cast 8-bit ones to their weights' type."""
    parameters = _parameters(optimizer)
    names = {key.split(".", 2)[2] for key in tensors if key.startswith("optimizer.")}
    if names and ("exp_avg" in names) != isinstance(optimizer, torch.optim.AdamW):
        raise ValueError(f"{folder} holds a run of another optimizer: keep its use_8bit_adam")
    for key, tensor in tensors.items():
        if not key.startswith("optimizer."):
            continue
        _, index, name = key.split(".", 2)
        parameter = parameters[int(index)]
        optimizer.state[parameter][name] = _entry(tensor, parameter)


def _entry(tensor: Tensor, parameter: nn.Parameter) -> Tensor | int:
    if tensor.ndim == 0:  # steps: AdamW counts in a float tensor on the CPU, bitsandbytes in an int
        return tensor if tensor.is_floating_point() else int(tensor)
    return _sharded_like(tensor, parameter) if tensor.shape == parameter.shape else tensor.to(parameter.device)


def read_step(folder: Path) -> int:
    """The step a folder's run has reached; 0 where there is none."""
    try:
        return int(json.loads((folder / "state.json").read_text(encoding="utf-8"))["step"])
    except OSError:
        return 0
