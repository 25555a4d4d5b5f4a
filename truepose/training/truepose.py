"""Training TruePose from one config: the compact model on two cores, sd15 on several GPUs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import torch
from accelerate import PartialState
from accelerate.utils import parse_flag_from_env, set_seed

from ..checkpoint import save_weights
from ..data.opening import open_pairs
from ..data.pair import Pair
from ..data.pairs import PairDataset, pair_batch
from ..evaluation.pairs import measure_pairs, summary
from ..model.autoencoder import LappedTransform
from ..model.base import load_base
from ..model.truepose import TruePose
from .caching import CachedPairs, cache_pairs
from .config import CONFIG_FILE, TrainingConfig, save_training_config
from .loop import fit
from .loop_config import LoopConfig
from .objective import Objective
from .preparing import Interrupted, prepare
from .sheet import grow_sheet
from .state import read_step

_CALIBRATION_PAIRS = 256
SHOWN_PAIRS = 4
# One process makes pairs, fills a cache or validates while the others wait: for longer than the default of minutes.
_PATIENCE = timedelta(days=2)


def train_truepose(
    config: TrainingConfig, folder: str | Path, *, should_stop: Callable[[], bool] = lambda: False
) -> dict[str, float]:
    """Train; the folder gets config.json + model.safetensors (the EMA weights), `checkpoints/` of earlier ones,
    a state to resume from, `train.json` with the config, a log and a sheet of pictures.

    Returns:
        The last validation's figures; none where `should_stop` ended the run.

    Raises:
        ValueError: data or weights cannot be used, or the weights are sharded and the objective rolls out.
    """
    if parse_flag_from_env("ACCELERATE_USE_FSDP") and config.objective.rollout_share:
        # Each process decides for itself when to roll out, and all must gather the weights together.
        raise ValueError("sharded weights (FSDP) and rollouts do not go together: set rollout_share to 0")
    run = Path(folder)
    run.mkdir(parents=True, exist_ok=True)
    try:
        with _processes().main_process_first():
            if _processes().is_main_process:
                save_training_config(config, run / CONFIG_FILE)
            groups, held_out = _open_pairs(config, run, should_stop)
    except Interrupted:
        return {}
    set_seed(config.loop.seed)  # the same config starts from the same weights
    model = TruePose(config.model)
    if config.base is not None and config.init_from is None and not read_step(run):
        load_base(model, config.base)
    calibrate(model, (pair for _, pairs in groups for pair in pairs[:: max(1, len(pairs) // _CALIBRATION_PAIRS)]))
    set_up(model, config.loop)
    cached = None if config.cache is None else _cached(config, model, groups)
    length = config.loop.steps * config.loop.batch_size
    dataset = PairDataset(groups, length=length, seed=config.loop.seed, cached=cached)
    shown = [pair for pairs in held_out.values() for pair in pairs[:SHOWN_PAIRS]][:SHOWN_PAIRS]
    return fit(
        model,
        dataset,
        Objective(model, config.objective),
        config.loop,
        run,
        save=lambda state, to: save_weights(state, config.model, to),
        validate=partial(_validate, held_out=held_out) if held_out else None,
        score=partial(score, steps=config.model.steps),
        show=lambda trained, step: grow_sheet(trained.eval(), shown, run, step),
        init_from=config.init_from,
        should_stop=should_stop,
    )


def _processes() -> PartialState:
    """Those that train together: on GPUs, or on CPUs where ACCELERATE_USE_CPU asks for that."""
    return PartialState(cpu=parse_flag_from_env("ACCELERATE_USE_CPU"), timeout=_PATIENCE)


def set_up(model: TruePose, loop: LoopConfig) -> None:
    """Bring a model, with its weights, into the form that a loop trains: what it keeps, how its memory lies."""
    if loop.gradient_checkpointing:
        model.checkpoint_gradients()
    # 8-bit moments are kept by place in memory, and bitsandbytes brings weights into the plain order as it steps.
    model.to(memory_format=torch.contiguous_format if loop.use_8bit_adam else torch.channels_last)


def _open_pairs(config: TrainingConfig, run: Path, should_stop: Callable[[], bool]) -> tuple[list, dict]:
    """Shares with their training pairs, and the validation pairs by name; own photos' pairs are made first."""
    training = dict(config.pairs)
    validation = list(config.validation_pairs)
    if config.photos is not None:
        own, held_out = prepare(config.photos, config.model.image_size, config.validation_count, run, should_stop)
        training[str(own)] = config.photos.share
        validation.append(str(held_out))
    hint = config.model.warp_hint
    groups = [(share, open_pairs(folder, hint=hint)) for folder, share in training.items()]
    count = config.validation_count
    return groups, {Path(name).name: open_pairs(name, hint=hint, count=count) for name in validation}


def _cached(config: TrainingConfig, model: TruePose, groups: list) -> list[CachedPairs]:
    """Of each group of pairs what the frozen networks say, computed by one process first."""
    if not config.model.source_net:
        raise ValueError("without SourceNet the pictures themselves are read: leave `cache` out of the config")
    state = _processes()
    with state.main_process_first():
        model.to(state.device)
        return [cache_pairs(model, pairs, Path(config.cache) / str(number)) for number, (_, pairs) in enumerate(groups)]


def score(figures: dict[str, float], steps: int) -> float:
    """How far the results are from the truth, as ImageNet features see it: lower is better."""
    values = [value for name, value in figures.items() if name.endswith(f": result_distance@{steps}")]
    return sum(values) / len(values)


@torch.no_grad()
def calibrate(model: TruePose, pairs: Iterable[Pair]) -> None:
    """Scale the lapped transform's channels to the spread of what is denoised: corrections, where the hint is off.

    Another autoencoder is left as it is, and no pair is looked at.
    """
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


def _validate(model: TruePose, held_out: dict[str, Sequence[Pair]]) -> dict[str, float]:
    training = model.training
    model.eval()
    figures = {}
    for folder, pairs in held_out.items():
        for steps in sorted({1, model.config.steps}):
            table = measure_pairs(model, pairs, steps=steps, guidance_scale=1.0)
            figures |= {f"{folder}: {name}@{steps}": value for name, value in summary(table).items()}
    model.train(training)
    return figures
