"""How long, how fast and on what a loop trains."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from diffusers.optimization import SchedulerType

TRACKERS = ("tensorboard", "wandb")


@dataclass(frozen=True)
class LoopConfig:
    """The loop of a run. Where diffusers' training scripts have a flag of the same meaning it is named in brackets.

    Attributes:
        steps: optimizer steps in all, over which the learning rate decays [max_train_steps].
        batch_size: samples a step, over all processes and accumulations [train_batch_size is of one pass].
        gradient_accumulation_steps: passes that a step's samples are cut into, to hold fewer at once.
        gradient_checkpointing: compute activations again in the backward pass instead of keeping them.
        use_8bit_adam: AdamW with 8-bit moments; needs bitsandbytes.
        adam_beta2: of AdamW.
        lr_scheduler: a schedule of diffusers: "cosine", "constant", "constant_with_warmup", ...
        warmup_steps: over which the rate rises [lr_warmup_steps].
        ema_decay: of the averaged weights, which are saved; 0 keeps none and saves the weights themselves.
        mixed_precision: "no", "fp16" or "bf16".
        allow_tf32: faster float32 products on GPUs that have it, with fewer digits.
        report_to: "tensorboard" or "wandb" besides the folder's own log; "" for neither.
        workers: processes that load [dataloader_num_workers].
        minutes: stop cleanly after this long even if steps are left (resume goes on); 0 is no limit.
        save_minutes: pause between states.
        checkpointing_steps: a state after every so many steps too; 0 for none.
        validate_every: steps between validations, from what the run started with; 0 is only at the end
            [validation_steps].
        log_every: steps between lines of the log.
        keep: models kept from validations, the last so many and the best; 0 for none [checkpoints_total_limit].
    """

    steps: int = 10_000
    batch_size: int = 16
    gradient_accumulation_steps: int = 1
    gradient_checkpointing: bool = False
    use_8bit_adam: bool = False
    learning_rate: float = 1e-3
    adam_beta2: float = 0.99
    weight_decay: float = 1e-2
    lr_scheduler: str = "cosine"
    warmup_steps: int = 200
    max_grad_norm: float = 1.0
    ema_decay: float = 0.999
    mixed_precision: str = "no"
    allow_tf32: bool = False
    report_to: str = ""
    workers: int = 1
    seed: int = 0
    minutes: float = 0.0
    save_minutes: float = 5.0
    checkpointing_steps: int = 0
    validate_every: int = 0
    log_every: int = 50
    keep: int = 3

    def __post_init__(self):
        if min(self.steps, self.batch_size) < 1:
            raise ValueError(f"steps and batch_size must be at least 1, got {self.steps} and {self.batch_size}")
        parts = self.gradient_accumulation_steps
        if parts < 1 or self.batch_size % parts:
            raise ValueError(f"gradient_accumulation_steps must divide batch_size {self.batch_size}, got {parts}")
        if self.log_every < 1 or self.keep < 0:
            raise ValueError(f"log_every must be at least 1 and keep 0, got {self.log_every} and {self.keep}")
        if not 0 < self.learning_rate < math.inf:
            raise ValueError(f"learning_rate must be above 0, got {self.learning_rate}")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay must be in [0, 1), got {self.ema_decay}")
        # A piecewise constant one needs rules, which no field holds.
        names = [kind.value for kind in SchedulerType if kind is not SchedulerType.PIECEWISE_CONSTANT]
        if self.lr_scheduler not in names:
            raise ValueError(f"lr_scheduler must be one of {', '.join(names)}, got {self.lr_scheduler!r}")
        if self.report_to and self.report_to not in TRACKERS:
            raise ValueError(f"report_to must be one of {', '.join(TRACKERS)}, got {self.report_to!r}")

    def changed(self, fields: dict) -> LoopConfig:
        """The same with some fields replaced."""
        return replace(self, **fields)
