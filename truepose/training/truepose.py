"""Training TruePose from one JSON config: the compact model on two cores, sd15 on several GPUs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ..checkpoint import save_model
from ..data.pair import Pair
from ..data.pairs import PairDataset, pair_batch
from ..data.shards import PairShards
from ..evaluation.pairs import measure_pairs, summary
from ..model.autoencoder import LappedTransform
from ..model.base import BaseWeights, load_base
from ..model.config import TruePoseConfig
from ..model.truepose import TruePose
from .loop import LoopConfig, fit
from .objective import Objective, ObjectiveConfig
from .state import read_step

_CALIBRATION_PAIRS = 256


@dataclass(frozen=True)
class TrainingConfig:
    """A run: model, objective, loop, data.

    Attributes:
        model, objective, loop: see their classes.
        pairs: folders of packed training pairs, each with its share of the samples.
        validation_pairs: folders of packed pairs of other photos and people; each has figures of its own.
        base: Stable Diffusion and CLIP to start from; without it the model starts from noise.
        validation_count: how many of each of those are measured while training.
    """

    model: TruePoseConfig
    pairs: dict[str, float]
    validation_pairs: tuple[str, ...]
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)
    base: BaseWeights | None = None
    validation_count: int = 48


def load_training_config(path: str | Path, overrides: dict[str, Any] | None = None) -> TrainingConfig:
    """Read a run's JSON.

    Args:
        overrides: loop fields that replace the file's; None values are left out.

    Raises:
        ValueError: unreadable, or a field that is unknown, missing or out of range.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        loop = {**data.pop("loop", {}), **{k: v for k, v in (overrides or {}).items() if v is not None}}
        return TrainingConfig(
            TruePoseConfig(**data.pop("model")),
            objective=ObjectiveConfig(**data.pop("objective", {})),
            loop=LoopConfig(**loop),
            base=BaseWeights(**data.pop("base")) if "base" in data else None,
            **data,
        )
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except (json.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is not a training config: {error}") from None


def train_truepose(
    config: TrainingConfig,
    folder: str | Path,
    *,
    init_from: str | Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """Train; the folder gets config.json + model.safetensors (the EMA weights), a state to resume from, a log.

    Args:
        init_from: safetensors weights to start a fresh run from.

    Returns:
        The last validation's figures.
    """
    groups = [(share, PairShards(folder)) for folder, share in config.pairs.items()]
    held_out = {Path(name).name: PairShards(name, config.validation_count) for name in config.validation_pairs}
    model = TruePose(config.model).to(memory_format=torch.channels_last)
    if config.base is not None and not read_step(Path(folder)):
        load_base(model, config.base)
    calibrate(model, [pair for _, pairs in groups for pair in pairs[:: max(1, len(pairs) // _CALIBRATION_PAIRS)]])
    dataset = PairDataset(groups, length=config.loop.steps * config.loop.batch_size, seed=config.loop.seed)
    validate = partial(_validate, held_out=held_out)
    return fit(
        model,
        dataset,
        Objective(model, config.objective),
        config.loop,
        folder,
        save=lambda trained, to: save_model(trained, config.model, to),
        validate=validate,
        init_from=init_from,
        should_stop=should_stop,
    )


@torch.no_grad()
def calibrate(model: TruePose, pairs: list[Pair]) -> None:
    """Scale the lapped transform's channels to the spread of what is denoised: corrections, where the hint is off."""
    if not isinstance(model.autoencoder, LappedTransform):
        return
    batches = [pair_batch(pair) for pair in pairs]
    target = torch.stack([b["target"] for b in batches])
    coefficients = model.autoencoder.coefficients(target)
    if model.config.warp_hint:
        coefficients = coefficients - model.autoencoder.coefficients(torch.stack([b["hint"][:3] for b in batches]))
        doubt = 1 - torch.stack([b["keep"] for b in batches])
        cells = torch.nn.functional.avg_pool2d(doubt, 8)[:, 0] > 0.5
    else:
        cells = torch.ones_like(coefficients[:, 0], dtype=torch.bool)
    spread = coefficients.permute(1, 0, 2, 3)[:, cells]  # (C, n)
    model.autoencoder.std.copy_(spread.pow(2).mean(1).sqrt().clamp_min(1e-3))


def _validate(model: TruePose, held_out: dict[str, PairShards]) -> dict[str, float]:
    training = model.training
    model.eval()
    figures = {}
    for folder, pairs in held_out.items():
        for steps in sorted({1, model.config.steps}):
            table = measure_pairs(model, pairs, steps=steps, guidance_scale=1.0)
            figures |= {f"{folder}: {name}@{steps}": value for name, value in summary(table).items()}
    model.train(training)
    return figures
