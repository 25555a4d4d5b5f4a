"""The training loop: AdamW, warm-up and cosine decay, EMA, resume, clean stop.

The dataset is a pure function of the sample's index, so a resumed run sees what the unbroken one would have seen.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import AutocastKwargs, DistributedDataParallelKwargs, DistributedType, set_seed
from diffusers.training_utils import EMAModel
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset
from tqdm import tqdm

from ..checkpoint import write_json
from ..model.layout import load_start
from .loop_config import LoopConfig
from .optimizing import build_optimizer, build_schedule, trained_parameters
from .sheet import SHEET_NAME
from .snapshots import prune_snapshots, write_snapshot
from .state import load_state, read_step, save_state, whole_state
from .tracking import check_tracker, start_tracking, track_picture

# A loss takes the model, a batch and the step's generator; it gives the scalar to descend and figures to log.
Loss = Callable[[nn.Module, dict, torch.Generator], tuple[Tensor, dict[str, Tensor]]]
# Writes a model's state, by name, to a folder.
Save = Callable[[dict[str, Tensor], Path], None]


def fit(
    model: nn.Module,
    dataset: Dataset,
    loss: Loss,
    config: LoopConfig,
    folder: str | Path,
    *,
    save: Save,
    validate: Callable[[nn.Module], dict[str, float]] | None = None,
    score: Callable[[dict[str, float]], float] | None = None,
    show: Callable[[nn.Module, int], None] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    init_from: str | Path | None = None,
) -> dict[str, float]:
    """Train until the steps, the minutes or `should_stop` end it, resuming what `folder` holds.

    Args:
        dataset: gives any index below steps * batch_size as a dict of tensors, as a pure function of the index.
        folder: gets `state.safetensors` + `state.json` (to resume), `log.jsonl`, and what `save` writes.
        save: writes the averaged model's state, in whatever form it is used.
        validate: figures of the EMA model, logged.
        score: one number of these figures, lower is better; with it, models are kept along the way.
        show: draws what the EMA model does after so many steps, at every validation.
        should_stop: asked after every step; what it stops is saved, and not validated.
        init_from: a model's folder, or a safetensors file, to start a fresh run from.

    Returns:
        The last validation's figures; none where `should_stop` ended the run.

    Raises:
        ValueError: the folder holds a run with another model.
        FloatingPointError: the loss or its gradient is no longer finite; the folder keeps what was saved before.
    """
    run = _Run(model, dataset, config, Path(folder), init_from)
    look = _Look(validate, score if config.keep else None, show, save)
    meter = _Meter()
    asked = False
    model.train()
    if run.is_main:
        log(run.folder, {"started": run.step})
    if config.validate_every and run.step == 0:
        run.evaluate(look)
    started = saved = last = time.monotonic()
    with tqdm(total=config.steps, initial=run.step, unit="step", disable=not run.is_main) as bar:
        for batches in run.batches():
            parts = run.descend(loss, batches)
            now = time.monotonic()
            meter.add({**parts, "seconds": now - last})
            bar.update()
            if run.step % config.log_every == 0 and run.is_main:
                means = {name: round(value, 5) for name, value in meter.means().items()}
                bar.set_postfix(means)
                log(run.folder, {"step": run.step, "minutes": round((now - started) / 60, 2), **means})
                run.accelerator.log({**means, "learning_rate": run.learning_rate}, step=run.step)
            due = config.checkpointing_steps and run.step % config.checkpointing_steps == 0
            if run.agreed(now - saved > 60 * config.save_minutes or due):
                run.checkpoint(save)
                saved = now
            if config.validate_every and run.step % config.validate_every == 0 and run.step < config.steps:
                run.evaluate(look)
            last = time.monotonic()  # saving and validating are no part of a step
            asked = should_stop()
            if run.agreed((config.minutes and now - started > 60 * config.minutes) or asked):
                break
    run.checkpoint(save)
    figures = {} if asked and run.step < config.steps else run.evaluate(look)
    run.accelerator.end_training()
    return figures


def time_steps(model: nn.Module, dataset: Dataset, loss: Loss, config: LoopConfig, count: int) -> list[float]:
    """Seconds that each of `count` steps takes, of a run that is thrown away."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="truepose-") as folder:
        run = _Run(model.train(), dataset, config, Path(folder), None)
        started = time.monotonic()
        for batches in run.batches():
            run.descend(loss, batches)
            if torch.cuda.is_available():
                torch.cuda.synchronize()
            seconds.append(time.monotonic() - started)
            started = time.monotonic()
            if len(seconds) == count:
                break
    return seconds


@dataclass(frozen=True)
class _Look:
    """What a validation does with the averaged model; see `fit`."""

    validate: Callable[[nn.Module], dict[str, float]] | None
    score: Callable[[dict[str, float]], float] | None
    show: Callable[[nn.Module, int], None] | None
    save: Save

    def __call__(self, model: nn.Module, run: Path, step: int) -> dict[str, float]:
        figures = self.validate(model)
        if self.show is not None:
            self.show(model, step)
        if self.score is not None:
            write_snapshot(run, step, self.score(figures), lambda folder: self.save(whole_state(model), folder))
        return figures


class _Run:
    """A model in training, with everything that a checkpoint holds."""

    def __init__(self, model: nn.Module, dataset: Dataset, config: LoopConfig, folder: Path, init_from):
        check_tracker(config)
        folder.mkdir(parents=True, exist_ok=True)
        set_seed(config.seed)
        if torch.cuda.is_available():
            torch.backends.cuda.matmul.allow_tf32 = config.allow_tf32
        self.accelerator = _accelerator(config, folder)
        self.config, self.folder, self.model = config, folder, model
        if init_from is not None and not read_step(folder):
            load_start(model, init_from)
        self.wrapped, self.optimizer = self.accelerator.prepare(model, build_optimizer(model, config))
        # Sharded parameters are what is averaged: so only now.
        self.ema = _averages(model, config)
        self.step = load_state(folder, model, self.optimizer.optimizer, self.ema)
        self.schedule = build_schedule(self.optimizer.optimizer, config, self.step)
        self.loader = self.accelerator.prepare(self._loader(dataset))
        if self.is_main and self.step == 0:
            write_json(folder / "loop.json", asdict(config))
        start_tracking(self.accelerator, config, asdict(config))

    def _loader(self, dataset: Dataset) -> DataLoader:
        """Of what the run has not seen yet, in the parts that one pass takes."""
        config, processes = self.config, self.accelerator.num_processes
        part = config.batch_size // (config.gradient_accumulation_steps * processes)
        if part * config.gradient_accumulation_steps * processes != config.batch_size:
            raise ValueError(
                f"batch_size must be a multiple of {processes} processes times gradient_accumulation_steps "
                f"{config.gradient_accumulation_steps}, got {config.batch_size}"
            )
        rest = Subset(dataset, range(self.step * config.batch_size, config.steps * config.batch_size))
        pinned = self.accelerator.device.type == "cuda"
        return DataLoader(rest, part, num_workers=config.workers, drop_last=True, pin_memory=pinned)

    @property
    def is_main(self) -> bool:
        return self.accelerator.is_main_process

    @property
    def is_sharded(self) -> bool:
        return self.accelerator.distributed_type == DistributedType.FSDP

    @property
    def learning_rate(self) -> float:
        return self.schedule.get_last_lr()[0]

    def batches(self) -> Iterator[list[dict]]:
        """What this process learns from in each step: a list of passes."""
        return grouped(self.loader, self.config.gradient_accumulation_steps)

    def descend(self, loss: Loss, batches: list[dict]) -> dict[str, Tensor]:
        """One optimizer step; gives the means of the loss's parts."""
        meter = _Meter()
        for index, batch in enumerate(batches):
            last = index == len(batches) - 1
            with nullcontext() if last else self.accelerator.no_sync(self.wrapped):
                value, parts = loss(self.wrapped, batch, self._generator(index))
                if not torch.isfinite(value):
                    raise FloatingPointError(f"the loss is {value.item()} at step {self.step}: lower the learning rate")
                self.accelerator.backward(value / len(batches))
            meter.add({"loss": value.detach(), **parts})
        norm = self.accelerator.clip_grad_norm_(self.wrapped.parameters(), self.config.max_grad_norm)
        # Only a float16 run expects such gradients, and skips the step itself. The weights are whole still.
        if self.accelerator.scaler is None and not torch.isfinite(norm):
            raise FloatingPointError(f"the gradient is {norm.item()} at step {self.step}: lower the learning rate")
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        if self.ema is not None:
            self.ema.step(trained_parameters(self.model))
        self.step += 1
        return meter.means()

    def _generator(self, index: int) -> torch.Generator:
        """Its own noise for every pass of every step and process, whatever was drawn before."""
        accelerator, passes = self.accelerator, self.config.gradient_accumulation_steps
        number = (self.step * passes + index) * accelerator.num_processes + accelerator.process_index
        return torch.Generator(accelerator.device).manual_seed(self.config.seed * 1_000_003 + number)

    def checkpoint(self, save: Save) -> None:
        """Write the state to resume from, and the averaged model."""
        if not (self.is_main or self.is_sharded):
            return
        save_state(self.folder, self.model, self.optimizer.optimizer, self.ema, self.step, write=self.is_main)
        state = with_ema(self.model, self.ema, lambda: whole_state(self.model))
        if self.is_main:
            save(state, self.folder)

    def evaluate(self, look: _Look) -> dict[str, float]:
        """Figures of the averaged model, logged; the model itself kept, where it has a score.

        One process looks while the others wait, which a sharded model cannot: it is measured after the run.
        """
        if look.validate is None or not self.is_main or self.is_sharded:
            return {}
        started = time.monotonic()
        figures = with_ema(self.model, self.ema, lambda: look(self.model, self.folder, self.step))
        self.model.train()
        log(self.folder, {"step": self.step, "seconds": round(time.monotonic() - started, 2), "validation": figures})
        self.accelerator.log(figures, step=self.step)
        track_picture(self.accelerator, self.folder / SHEET_NAME, self.step)
        if look.score is not None:
            prune_snapshots(self.folder, self.config.keep)
        return figures

    def agreed(self, stop) -> bool:
        """Whether any process wants to stop: all must leave the loop at the same step."""
        if self.accelerator.num_processes == 1:
            return bool(stop)
        wish = torch.tensor(float(bool(stop)), device=self.accelerator.device)
        return bool(self.accelerator.reduce(wish, "sum") > 0)


class _Meter:
    """Means of the loss's parts since they were last asked for."""

    def __init__(self):
        self.sums: dict[str, float] = {}
        self.count = 0

    def add(self, parts: dict[str, Tensor | float]) -> None:
        self.count += 1
        for name, part in parts.items():
            self.sums[name] = self.sums.get(name, 0.0) + float(part)

    def means(self) -> dict[str, float]:
        means = {name: total / self.count for name, total in self.sums.items()}
        self.sums, self.count = {}, 0
        return means


def grouped(batches: Iterable[dict], count: int) -> Iterator[list[dict]]:
    """Lists of `count` batches; what is left over at the end is left out."""
    group = []
    for batch in batches:
        group.append(batch)
        if len(group) == count:
            yield group
            group = []


def _accelerator(config: LoopConfig, folder: Path) -> Accelerator:
    # SourceNet's last layers only feed what nobody reads, so they get no gradient. Views spare a copy of all gradients.
    shared = DistributedDataParallelKwargs(find_unused_parameters=True, gradient_as_bucket_view=True)
    # Where activations are not kept, weights in half precision need not be either: each is used once a pass.
    casts = AutocastKwargs(cache_enabled=not config.gradient_checkpointing)
    # Accelerate keeps the first precision of a process for ever; each run of a series has its own.
    AcceleratorState._reset_state()
    return Accelerator(
        mixed_precision=config.mixed_precision,
        log_with=config.report_to or None,
        project_dir=folder,
        kwargs_handlers=[shared, casts],
    )


def _averages(model: nn.Module, config: LoopConfig) -> EMAModel | None:
    if not config.ema_decay:
        return None
    return EMAModel(trained_parameters(model), decay=config.ema_decay, use_ema_warmup=True, power=0.75)


def with_ema(model: nn.Module, ema: EMAModel | None, action: Callable):
    """Run `action` while the model holds its averaged weights, if there are any."""
    if ema is None:
        return action()
    trained = trained_parameters(model)
    ema.store(trained)
    ema.copy_to(trained)
    try:
        return action()
    finally:
        ema.restore(trained)


def log(folder: Path, record: dict) -> None:
    """Append one line to the run's log."""
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
