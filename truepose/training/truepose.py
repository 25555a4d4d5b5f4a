"""Training TruePose from one JSON config: the compact model on two cores, sd15 on several GPUs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import set_seed

from ..checkpoint import save_model, write_json
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
from .preparing import Interrupted, OwnPhotos, prepare
from .sheet import grow_sheet
from .state import read_step

CONFIG_FILE = "train.json"
_CALIBRATION_PAIRS = 256
SHOWN_PAIRS = 4


@dataclass(frozen=True)
class TrainingConfig:
    """A run: model, objective, loop, data.

    Attributes:
        model, objective, loop: see their classes.
        pairs: folders of packed training pairs, each with its share of the samples.
        validation_pairs: folders of packed pairs of other photos and people; each has figures of its own.
        photos: one's own photos, of which such pairs are made first.
        base: Stable Diffusion and CLIP to start from; without it the model starts from noise.
        init_from: weights of this model to start from, safetensors.
        validation_count: how many of each of those are measured while training.
    """

    model: TruePoseConfig
    pairs: dict[str, float] = field(default_factory=dict)
    validation_pairs: tuple[str, ...] = ()
    photos: OwnPhotos | None = None
    objective: ObjectiveConfig = field(default_factory=ObjectiveConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)
    base: BaseWeights | None = None
    init_from: str | None = None
    validation_count: int = 48

    def __post_init__(self):
        object.__setattr__(self, "validation_pairs", tuple(self.validation_pairs))
        if not self.pairs and self.photos is None:
            raise ValueError("a training config must name pairs or photos to learn from, got neither")
        if self.validation_count < 1:
            raise ValueError(f"validation_count must be at least 1, got {self.validation_count}")


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
            base=_part(BaseWeights, data, "base"),
            photos=_part(OwnPhotos, data, "photos"),
            **data,
        )
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except (json.JSONDecodeError, TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{path} is not a training config: {error}") from None


def _part(part_class, data: dict[str, Any], name: str):
    """A part of the config that may be missing or null, taken out of the data."""
    fields = data.pop(name, None)
    return None if fields is None else part_class(**fields)


def save_training_config(config: TrainingConfig, path: Path) -> None:
    """Write what `load_training_config` reads."""
    write_json(path, asdict(config))


def train_truepose(
    config: TrainingConfig, folder: str | Path, *, should_stop: Callable[[], bool] = lambda: False
) -> dict[str, float]:
    """Train; the folder gets config.json + model.safetensors (the EMA weights), `checkpoints/` of earlier ones,
    a state to resume from, `train.json` with the config, a log and a sheet of pictures.

    Returns:
        The last validation's figures; none where `should_stop` ended the run.
    """
    run = Path(folder)
    run.mkdir(parents=True, exist_ok=True)
    try:
        with PartialState().main_process_first():
            save_training_config(config, run / CONFIG_FILE)
            groups, held_out = _open_pairs(config, run, should_stop)
    except Interrupted:
        return {}
    set_seed(config.loop.seed)  # the same config starts from the same weights
    model = TruePose(config.model).to(memory_format=torch.channels_last)
    if config.base is not None and not read_step(run):
        load_base(model, config.base)
    calibrate(model, [pair for _, pairs in groups for pair in pairs[:: max(1, len(pairs) // _CALIBRATION_PAIRS)]])
    dataset = PairDataset(groups, length=config.loop.steps * config.loop.batch_size, seed=config.loop.seed)
    shown = [pair for pairs in held_out.values() for pair in pairs[:SHOWN_PAIRS]][:SHOWN_PAIRS]
    return fit(
        model,
        dataset,
        Objective(model, config.objective),
        config.loop,
        run,
        save=lambda trained, to: save_model(trained, config.model, to),
        validate=partial(_validate, held_out=held_out) if held_out else None,
        score=partial(score, steps=config.model.steps),
        show=lambda trained, step: grow_sheet(trained.eval(), shown, run, step),
        init_from=config.init_from,
        should_stop=should_stop,
    )


def _open_pairs(config: TrainingConfig, run: Path, should_stop: Callable[[], bool]) -> tuple[list, dict]:
    """Shares with their training pairs, and the validation pairs by name; own photos' pairs are made first."""
    training = dict(config.pairs)
    validation = list(config.validation_pairs)
    if config.photos is not None:
        own, held_out = prepare(config.photos, config.model.image_size, config.validation_count, run, should_stop)
        training[str(own)] = config.photos.share
        validation.append(str(held_out))
    groups = [(share, PairShards(folder)) for folder, share in training.items()]
    return groups, {Path(name).name: PairShards(name, config.validation_count) for name in validation}


def score(figures: dict[str, float], steps: int) -> float:
    """How far the results are from the truth, as ImageNet features see it: lower is better."""
    values = [value for name, value in figures.items() if name.endswith(f": result_distance@{steps}")]
    return sum(values) / len(values)


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
