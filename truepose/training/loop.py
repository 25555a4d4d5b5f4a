"""The training loop: AdamW, warm-up and cosine decay, EMA, resume, clean stop.

The dataset is a pure function of the sample's index, so a resumed run sees what the unbroken one would have seen.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, set_seed
from diffusers.optimization import get_cosine_schedule_with_warmup
from diffusers.training_utils import EMAModel
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset
from tqdm import tqdm

from ..checkpoint import load_weights, write_json
from .snapshots import prune_snapshots, write_snapshot
from .state import load_state, save_state

# A loss takes the model, a batch and the step's generator; it gives the scalar to descend and figures to log.
Loss = Callable[[nn.Module, dict, torch.Generator], tuple[Tensor, dict[str, Tensor]]]


@dataclass(frozen=True)
class LoopConfig:
    """How long and how fast to train.

    Attributes:
        steps: optimizer steps in all; the learning rate decays to 0 over them.
        batch_size: samples a step, over all processes.
        minutes: stop cleanly after this long even if steps are left (resume goes on); 0 is no limit.
        save_minutes: pause between checkpoints.
        validate_every: steps between validations, from what the run started with; 0 is only at the end.
        log_every: steps between lines of the log.
        keep: models kept from validations, the last so many and the best; 0 for none.
    """

    steps: int = 10_000
    batch_size: int = 16
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warmup_steps: int = 200
    max_grad_norm: float = 1.0
    ema_decay: float = 0.999
    mixed_precision: str = "no"
    workers: int = 1
    seed: int = 0
    minutes: float = 0.0
    save_minutes: float = 5.0
    validate_every: int = 0
    log_every: int = 50
    keep: int = 3

    def __post_init__(self):
        if min(self.steps, self.batch_size) < 1:
            raise ValueError(f"steps and batch_size must be at least 1, got {self.steps} and {self.batch_size}")
        if self.log_every < 1 or self.keep < 0:
            raise ValueError(f"log_every must be at least 1 and keep 0, got {self.log_every} and {self.keep}")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate must be above 0, got {self.learning_rate}")

    def changed(self, fields: dict) -> LoopConfig:
        """The same with some fields replaced."""
        return replace(self, **fields)


def fit(
    model: nn.Module,
    dataset: Dataset,
    loss: Loss,
    config: LoopConfig,
    folder: str | Path,
    *,
    save: Callable[[nn.Module, Path], None],
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
        save: writes the EMA model, in whatever form it is used.
        validate: figures of the EMA model, logged.
        score: one number of these figures, lower is better; with it, models are kept along the way.
        show: draws what the EMA model does after so many steps, at every validation.
        should_stop: asked after every step; what it stops is saved, and not validated.
        init_from: safetensors weights to start a fresh run from.

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
        for batch in run.loader:
            parts = run.descend(loss, batch)
            now = time.monotonic()
            meter.add({**parts, "seconds": now - last})
            bar.update()
            if run.step % config.log_every == 0 and run.is_main:
                means = meter.means()
                bar.set_postfix(means)
                log(run.folder, {"step": run.step, "minutes": round((now - started) / 60, 2), **means})
            if now - saved > 60 * config.save_minutes:
                run.checkpoint(save)
                saved = now
            if config.validate_every and run.step % config.validate_every == 0 and run.step < config.steps:
                run.evaluate(look)
            last = time.monotonic()  # saving and validating are no part of a step
            asked = should_stop()
            if run.agreed((config.minutes and now - started > 60 * config.minutes) or asked):
                break
    run.checkpoint(save)
    return {} if asked and run.step < config.steps else run.evaluate(look)


def time_steps(model: nn.Module, dataset: Dataset, loss: Loss, config: LoopConfig, count: int) -> list[float]:
    """Seconds that each of `count` steps takes, of a run that is thrown away."""
    seconds = []
    with tempfile.TemporaryDirectory(prefix="truepose-") as folder:
        run = _Run(model.train(), dataset, config, Path(folder), None)
        started = time.monotonic()
        for batch in run.loader:
            run.descend(loss, batch)
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
    save: Callable[[nn.Module, Path], None]

    def __call__(self, model: nn.Module, run: Path, step: int) -> dict[str, float]:
        figures = self.validate(model)
        if self.show is not None:
            self.show(model, step)
        if self.score is not None:
            write_snapshot(run, step, self.score(figures), lambda folder: self.save(model, folder))
        return figures


class _Run:
    """A model in training, with everything that a checkpoint holds."""

    def __init__(self, model: nn.Module, dataset: Dataset, config: LoopConfig, folder: Path, init_from):
        folder.mkdir(parents=True, exist_ok=True)
        set_seed(config.seed)
        # SourceNet's last layers only feed what nobody reads, so they get no gradient.
        unused = DistributedDataParallelKwargs(find_unused_parameters=True)
        self.accelerator = Accelerator(mixed_precision=config.mixed_precision, kwargs_handlers=[unused])
        self.config, self.folder, self.model = config, folder, model
        if init_from is not None:
            load_weights(model, init_from)
        optimizer = _adamw(model, config)
        self.ema = EMAModel(model.parameters(), decay=config.ema_decay, use_ema_warmup=True, power=0.75)
        self.step = load_state(folder, model, optimizer, self.ema)
        for group in optimizer.param_groups:
            group["initial_lr"] = config.learning_rate
        self.schedule = get_cosine_schedule_with_warmup(
            optimizer, config.warmup_steps, config.steps, last_epoch=self.step - 1
        )
        self.ema.to(self.accelerator.device)
        rest = Subset(dataset, range(self.step * config.batch_size, config.steps * config.batch_size))
        share = config.batch_size // self.accelerator.num_processes
        loader = DataLoader(rest, share, num_workers=config.workers, drop_last=True)
        self.wrapped, self.optimizer, self.loader = self.accelerator.prepare(model, optimizer, loader)
        if self.is_main and self.step == 0:
            write_json(folder / "loop.json", asdict(config))

    @property
    def is_main(self) -> bool:
        return self.accelerator.is_main_process

    def descend(self, loss: Loss, batch: dict) -> dict[str, Tensor]:
        """One optimizer step; gives the loss's parts."""
        # Its own noise for every step and process, whatever was drawn before.
        number = self.step * self.accelerator.num_processes + self.accelerator.process_index
        generator = torch.Generator(self.accelerator.device).manual_seed(self.config.seed * 1_000_003 + number)
        value, parts = loss(self.wrapped, batch, generator)
        if not torch.isfinite(value):
            raise FloatingPointError(f"the loss is {value.item()} at step {self.step}: lower the learning rate")
        self.accelerator.backward(value)
        norm = self.accelerator.clip_grad_norm_(self.wrapped.parameters(), self.config.max_grad_norm)
        # Only a float16 run expects such gradients, and skips the step itself. The weights are whole still.
        if self.accelerator.scaler is None and not torch.isfinite(norm):
            raise FloatingPointError(f"the gradient is {norm.item()} at step {self.step}: lower the learning rate")
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.ema.step(self.model.parameters())
        self.step += 1
        return {"loss": value.detach(), **parts}

    def checkpoint(self, save: Callable[[nn.Module, Path], None]) -> None:
        """Write the state to resume from, and the averaged model."""
        if self.is_main:
            save_state(self.folder, self.model, self.optimizer, self.ema, self.step)
            with_ema(self.model, self.ema, lambda: save(self.model, self.folder))

    def evaluate(self, look: _Look) -> dict[str, float]:
        """Figures of the averaged model, logged; the model itself kept, where it has a score."""
        if look.validate is None or not self.is_main:
            return {}
        started = time.monotonic()
        figures = with_ema(self.model, self.ema, lambda: look(self.model, self.folder, self.step))
        self.model.train()
        log(self.folder, {"step": self.step, "seconds": round(time.monotonic() - started, 2), "validation": figures})
        if look.score is not None:
            prune_snapshots(self.folder, self.config.keep)
        return figures

    def agreed(self, stop) -> bool:
        """Whether any process wants to stop: all must leave the loop at the same step."""
        if self.accelerator.num_processes == 1:
            return bool(stop)
        wish = torch.tensor(float(bool(stop)), device=self.accelerator.device)
        return bool(self.accelerator.reduce(wish, "sum") > 0)


def _adamw(model: nn.Module, config: LoopConfig) -> torch.optim.AdamW:
    """AdamW; biases and norms are not decayed."""
    trained = [p for p in model.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in trained if p.ndim > 1]},
        {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, config.learning_rate, betas=(0.9, 0.99), weight_decay=config.weight_decay)


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
        means = {name: round(total / self.count, 5) for name, total in self.sums.items()}
        self.sums, self.count = {}, 0
        return means


def with_ema(model: nn.Module, ema: EMAModel, action: Callable):
    """Run `action` while the model holds its averaged weights."""
    ema.store(model.parameters())
    ema.copy_to(model.parameters())
    try:
        return action()
    finally:
        ema.restore(model.parameters())


def log(folder: Path, record: dict) -> None:
    """Append one line to the run's log."""
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")
