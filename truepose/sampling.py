"""Sampling: a diffusers scheduler steps, a network predicts, Eq. 11 guides. Pure functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import diffusers
import torch
from torch import Tensor

# (latents, timestep) -> prediction
Predict = Callable[[Tensor, Tensor], Tensor]
# (step from 1, steps) -> None; whatever it raises ends the sampling
OnStep = Callable[[int, int], None]


def build_scheduler(config: dict[str, Any]) -> diffusers.SchedulerMixin:
    """The diffusers scheduler that a config's `_class_name` names.

    Raises:
        ValueError: diffusers has no such scheduler.
    """
    config = dict(config)
    name = str(config.pop("_class_name", ""))
    scheduler = getattr(diffusers, name, None)
    if not name.endswith("Scheduler") or scheduler is None:
        raise ValueError(f"scheduler _class_name must be a diffusers scheduler, got {name!r}")
    return scheduler.from_config(config)


def guide(without_source: Tensor, with_source: Tensor, scale: float) -> Tensor:
    """Eq. 11: the prediction without the source, moved along what the source adds. `scale` is omega."""
    return without_source + scale * (with_source - without_source)


def guided(without_source: Predict, with_source: Predict, scale: float) -> Predict:
    """One prediction out of two; at scale 1 the source-less network is not run."""
    if scale == 1:
        return with_source
    return lambda latents, timestep: guide(without_source(latents, timestep), with_source(latents, timestep), scale)


def denoise(
    predict: Predict,
    scheduler: diffusers.SchedulerMixin,
    latents: Tensor,
    steps: int,
    *,
    generator: torch.Generator | None = None,
    on_step: OnStep | None = None,
) -> Tensor:
    """From noise to clean latents.

    Args:
        predict: the (guided) network.
        scheduler: its timesteps are set here.
        latents: (B, C, h, w) standard normal noise.
        steps: number of network evaluations, at least 1.
        generator: noise of stochastic schedulers.
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    scheduler.set_timesteps(steps, device=latents.device)
    latents = latents * scheduler.init_noise_sigma
    total = len(scheduler.timesteps)
    for index, timestep in enumerate(scheduler.timesteps):
        scaled = scheduler.scale_model_input(latents, timestep)
        prediction = predict(scaled, timestep)
        latents = scheduler.step(prediction, timestep, latents, **_noise(scheduler, generator)).prev_sample
        if on_step is not None:
            on_step(index + 1, total)
    return latents


def _noise(scheduler, generator) -> dict:
    """Only some schedulers draw noise while stepping."""
    accepts = "generator" in inspect.signature(scheduler.step).parameters
    return {"generator": generator} if accepts else {}
