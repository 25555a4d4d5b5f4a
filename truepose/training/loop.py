"""The training loop: AdamW, warm-up and cosine decay, EMA, resume, clean stop.

The dataset is a pure function of the sample's index, so a resumed run sees what the unbroken one would have seen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from diffusers.optimization import get_cosine_schedule_with_warmup
from diffusers.training_utils import EMAModel
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset
from tqdm import tqdm

from ..checkpoint import load_weights, write_json
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
        validate_every: steps between validations; 0 is only at the end.
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

    def __post_init__(self):
        if min(self.steps, self.batch_size) < 1:
            raise ValueError(f"steps and batch_size must be at least 1, got {self.steps} and {self.batch_size}")

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
    should_stop: Callable[[], bool] = lambda: False,
    init_from: str | Path | None = None,
) -> dict[str, float]:
    """Train until the steps, the minutes or `should_stop` end it, resuming what `folder` holds.

    Args:
        dataset: gives any index below steps * batch_size as a dict of tensors, as a pure function of the index.
        folder: gets `state.safetensors` + `state.json` (to resume), `log.jsonl`, and what `save` writes.
        save: writes the EMA model, in whatever form it is used.
        validate: figures of the EMA model, logged.
        init_from: safetensors weights to start a fresh run from.

    Returns:
        The last validation's figures.

    Raises:
        ValueError: the folder holds a run with another model.
        FloatingPointError: the loss is no longer finite.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    set_seed(config.seed)
    accelerator = Accelerator(mixed_precision=config.mixed_precision)
    if init_from is not None:
        load_weights(model, init_from)
    decayed = [p for p in model.parameters() if p.requires_grad and p.ndim > 1]
    plain = [p for p in model.parameters() if p.requires_grad and p.ndim <= 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed}, {"params": plain, "weight_decay": 0.0}],
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        betas=(0.9, 0.99),
    )
    ema = EMAModel(model.parameters(), decay=config.ema_decay, use_ema_warmup=True, power=0.75)
    step = load_state(folder, model, optimizer, ema)
    for group in optimizer.param_groups:
        group["initial_lr"] = config.learning_rate
    schedule = get_cosine_schedule_with_warmup(optimizer, config.warmup_steps, config.steps, last_epoch=step - 1)
    ema.to(accelerator.device)
    rest = Subset(dataset, range(step * config.batch_size, config.steps * config.batch_size))
    loader = DataLoader(
        rest, config.batch_size // accelerator.num_processes, num_workers=config.workers, drop_last=True
    )
    raw_model = model
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)

    def checkpoint() -> None:
        if accelerator.is_main_process:
            save_state(folder, raw_model, optimizer, ema, step)
            with_ema(raw_model, ema, lambda: save(raw_model, folder))

    def evaluate() -> dict[str, float]:
        if validate is None or not accelerator.is_main_process:
            return {}
        figures = with_ema(raw_model, ema, lambda: validate(raw_model))
        log(folder, {"step": step, "validation": figures})
        return figures

    if accelerator.is_main_process and step == 0:
        write_json(folder / "loop.json", asdict(config))
    model.train()
    started = saved = time.monotonic()
    bar = tqdm(total=config.steps, initial=step, unit="step", disable=not accelerator.is_main_process)
    sums: dict[str, float] = {}
    figures: dict[str, float] = {}
    for batch in loader:
        generator = torch.Generator(accelerator.device).manual_seed(config.seed * 1_000_003 + step)
        value, parts = loss(model, batch, generator)
        accelerator.backward(value)
        if not torch.isfinite(value):
            raise FloatingPointError(f"the loss is {value.item()} at step {step}: lower the learning rate")
        accelerator.clip_grad_norm_(model.parameters(), config.max_grad_norm)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad(set_to_none=True)
        ema.step(raw_model.parameters())
        step += 1
        bar.update()
        for name, part in parts.items():
            sums[name] = sums.get(name, 0.0) + float(part)
        if step % 50 == 0:
            means = {name: round(total / 50, 5) for name, total in sums.items()}
            sums.clear()
            bar.set_postfix(means)
            if accelerator.is_main_process:
                log(folder, {"step": step, "minutes": round((time.monotonic() - started) / 60, 2), **means})
        now = time.monotonic()
        if now - saved > 60 * config.save_minutes:
            checkpoint()
            saved = now
        if config.validate_every and step % config.validate_every == 0 and step < config.steps:
            evaluate()
            model.train()
        if (config.minutes and now - started > 60 * config.minutes) or should_stop():
            break
    bar.close()
    checkpoint()
    return evaluate() or figures


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
