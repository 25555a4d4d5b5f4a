"""AdamW and the course of its learning rate."""

from __future__ import annotations

import torch
from diffusers.optimization import get_scheduler
from torch import nn

from .loop_config import LoopConfig


def trained_parameters(model: nn.Module) -> list[nn.Parameter]:
    """Those that learn, in the model's order: frozen networks have no moments and no averages."""
    return [parameter for parameter in model.parameters() if parameter.requires_grad]


def build_optimizer(model: nn.Module, config: LoopConfig) -> torch.optim.Optimizer:
    """AdamW; biases and norms are not decayed.

    Raises:
        ValueError: 8-bit moments are asked for and bitsandbytes is not installed.
    """
    trained = trained_parameters(model)
    groups = [
        {"params": [p for p in trained if p.ndim > 1]},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    settings = {"lr": config.learning_rate, "betas": (0.9, config.adam_beta2), "weight_decay": config.weight_decay}
    return _adamw(config.use_8bit_adam)(groups, **settings)


def _adamw(eight_bit: bool) -> type[torch.optim.Optimizer]:
    if not eight_bit:
        return torch.optim.AdamW
    try:
        from bitsandbytes.optim import AdamW8bit
    except ImportError:
        raise ValueError("use_8bit_adam needs bitsandbytes: pip install bitsandbytes, or train without it") from None
    return AdamW8bit


def build_schedule(optimizer: torch.optim.Optimizer, config: LoopConfig, step: int):
    """The learning rate's schedule, as it is after so many steps."""
    for group in optimizer.param_groups:
        group["initial_lr"] = config.learning_rate
    return get_scheduler(
        config.lr_scheduler,
        optimizer,
        num_warmup_steps=config.warmup_steps,
        num_training_steps=config.steps,
        last_epoch=step - 1,
    )
