"""Sampling: a diffusers scheduler steps, a network predicts, Eq. 11 guides. Pure functions."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import diffusers
import torch
from torch import Tensor

# (latents, timestep) -> prediction
Predict = Callable[[Tensor, Tensor], Tensor]
# (step from 1, steps, clean latents as this step foresees them) -> None; whatever it raises ends the sampling
OnLatents = Callable[[int, int, Tensor], None]


@dataclass(frozen=True, eq=False)
class Kept:
    """What sampling must leave as it is (Sec. 5.4): outside the mask every step goes on from these, noised as far.

    Attributes:
        latents: (B, C, h, w) clean latents.
        mask: (B, 1, h, w) in [0, 1]; 1 where sampling is free.
    """

    latents: Tensor
    mask: Tensor


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
    noise: Tensor,
    steps: int,
    *,
    start: float = 1.0,
    kept: Kept | None = None,
    generator: torch.Generator | list[torch.Generator] | None = None,
    on_step: OnLatents | None = None,
) -> Tensor:
    """From noise to clean latents.

    Args:
        predict: the (guided) network.
        scheduler: its timesteps are set here.
        noise: (B, C, h, w) standard normal.
        steps: number of network evaluations, at least 1.
        start: share of the schedule that is run, in (0, 1]. Below 1 sampling starts from noised zeros: where a
            correction is denoised, from the noised hint.
        kept: known latents outside a mask; at the end they are there exactly.
        generator: noise of stochastic schedulers; a list has one for each of the batch.
        on_step: called after every step; what it raises ends the run.

    Raises:
        ValueError: steps or start is out of range.
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    if not 0 < start <= 1:
        raise ValueError(f"start must be in (0, 1], got {start}")
    # So many steps in the part of the schedule that is run.
    scheduler.set_timesteps(round(steps / start), device=noise.device)
    whole = start == 1
    timesteps = scheduler.timesteps if whole else scheduler.timesteps[-steps:]
    latents = _starting(scheduler, noise, timesteps[0], whole=whole)
    total = len(timesteps)
    for index, timestep in enumerate(timesteps):
        scaled = scheduler.scale_model_input(latents, timestep) if hasattr(scheduler, "scale_model_input") else latents
        prediction = predict(scaled, timestep)
        stepped = scheduler.step(prediction, timestep, latents, **_noise(scheduler, generator))
        latents = stepped.prev_sample
        if kept is not None:
            following = timesteps[index + 1] if index + 1 < total else None
            latents = torch.lerp(_noised(scheduler, kept.latents, noise, following), latents, kept.mask)
        if on_step is not None:
            on_step(index + 1, total, latents if index + 1 == total else _foreseen(stepped, kept))
    return latents


def _foreseen(stepped, kept: Kept | None) -> Tensor:
    """The clean latents that a step predicts; the noisy ones where the scheduler does not say."""
    clean = getattr(stepped, "pred_original_sample", None)
    clean = stepped.prev_sample if clean is None else clean
    return clean if kept is None else torch.lerp(kept.latents, clean, kept.mask)


def _starting(scheduler, noise: Tensor, timestep: Tensor, *, whole: bool) -> Tensor:
    """The noisy latents of the first step."""
    if whole:
        return noise * getattr(scheduler, "init_noise_sigma", 1.0)
    return _noised(scheduler, torch.zeros_like(noise), noise, timestep)


def _noised(scheduler, clean: Tensor, noise: Tensor, timestep: Tensor | None) -> Tensor:
    """Clean latents as noisy as a timestep begins; themselves after the last one."""
    if timestep is None:
        return clean
    if hasattr(scheduler, "add_noise"):
        # Schedulers find the timestep among their own, whose type they choose.
        return scheduler.add_noise(clean, noise, timestep[None])
    return scheduler.scale_noise(clean, timestep[None], noise)


def _noise(scheduler, generator) -> dict:
    """Only some schedulers draw noise while stepping."""
    accepts = "generator" in inspect.signature(scheduler.step).parameters
    return {"generator": generator} if accepts else {}
