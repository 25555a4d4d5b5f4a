"""What the user can set: its ranges, the presets, and the checks of what comes from the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from truepose.model.config import TruePoseConfig

from .messages import plain_error

MAX_SEED = 2**32 - 1
MAX_STEPS = 50
MAX_GUIDANCE_SCALE = 8.0
MAX_COUNT = 4
NATIVE = 0  # among the sizes: the photo's own
SIDES = (NATIVE, 1536, 1024)


def is_number(value: Any, low: float, high: float, *, whole: bool = False) -> bool:
    """Whether what came from outside is a number from `low` to `high`."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    return fits and (not whole or value == int(value))


def checked_settings(steps: Any, guidance_scale: Any, seed: Any) -> dict[str, Any]:
    """The keyword arguments for the pipeline.

    Raises:
        gr.Error: a value is missing or out of range.
    """
    if not is_number(steps, 1, MAX_STEPS, whole=True):
        raise plain_error(f"Steps must be a whole number from 1 to {MAX_STEPS}.")
    if not is_number(guidance_scale, 0, MAX_GUIDANCE_SCALE):
        raise plain_error(f"Guidance must be from 0 to {MAX_GUIDANCE_SCALE:g}.")
    if not is_number(seed, 0, MAX_SEED, whole=True):
        raise plain_error(f"The seed must be a whole number from 0 to {MAX_SEED}.")
    return {"steps": int(steps), "guidance_scale": float(guidance_scale), "seed": int(seed)}


@dataclass(frozen=True)
class ReposeSettings:
    """One press of Generate.

    Attributes:
        steps, guidance_scale, seed, strength: as for `TruePosePipeline.repose`; the seed is the first picture's.
        count: pictures, of consecutive seeds.
        side: pixels of the picture's longest side at most; None for the photo's own size.
    """

    steps: int
    guidance_scale: float
    seed: int
    count: int = 1
    strength: float = 1.0
    side: int | None = None

    @classmethod
    def checked(cls, steps, guidance_scale, seed, count, strength, side) -> ReposeSettings:
        """Of the tab's fields, in their order.

        Raises:
            gr.Error: a value is missing or out of range.
        """
        sampling = checked_settings(steps, guidance_scale, seed)
        if not is_number(count, 1, MAX_COUNT, whole=True):
            raise plain_error(f"Pictures must be a whole number from 1 to {MAX_COUNT}.")
        if not is_number(strength, 0, 1):
            raise plain_error("Strength must be from 0 to 1.")
        if not is_number(side, 0, max(SIDES), whole=True) or side not in SIDES:
            sides = ", ".join(str(each) for each in SIDES if each != NATIVE)
            raise plain_error(f"The size must be one of {sides}, or {NATIVE} for the photo's own.")
        return cls(**sampling, count=int(count), strength=float(strength), side=int(side) or None)

    @property
    def seeds(self) -> list[int]:
        """Of every picture; after the last seed comes the first."""
        return [(self.seed + index) % (MAX_SEED + 1) for index in range(self.count)]

    def sampling(self, seed: int) -> dict[str, Any]:
        """The keyword arguments for the pipeline, for the picture of one of the seeds."""
        return {
            "steps": self.steps,
            "guidance_scale": self.guidance_scale,
            "seed": seed,
            "strength": self.strength,
        }


@dataclass(frozen=True)
class Preset:
    """A name for steps and guidance."""

    name: str
    steps: int
    guidance_scale: float


def presets_of(defaults: TruePoseConfig) -> tuple[Preset, ...]:
    """Less, as much and twice the work that a model asks for by default."""
    guidance = defaults.guidance_scale
    return (
        Preset("Fast", max(1, round(0.4 * defaults.steps)), guidance),
        Preset("Balanced", defaults.steps, guidance),
        Preset("Best", min(MAX_STEPS, 2 * defaults.steps), guidance),
    )


def preset_name(defaults: TruePoseConfig, steps: float, guidance_scale: float) -> str | None:
    """What these settings are called, if anything."""
    matching = (each for each in presets_of(defaults) if (each.steps, each.guidance_scale) == (steps, guidance_scale))
    return next((each.name for each in matching), None)
