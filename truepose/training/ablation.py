"""A series of runs that differ in a few fields of one config: equal data, budget and seed (Sec. 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from .config import TrainingConfig, parse_training_config, read_json
from .state import read_step
from .truepose import train_truepose


def load_ablation(path: str | Path, overrides: dict[str, Any] | None = None) -> dict[str, TrainingConfig]:
    """The runs of a series, by the name of each.

    Args:
        path: JSON {"run": a training config, "variants": {NAME: what is changed in it, ...}}; a change is laid over
            the run as a JSON merge patch (RFC 7396), so that null removes a field.
        overrides: loop fields of all runs; None values are left out.

    Raises:
        ValueError: unreadable, without variants, two of which would share a folder, or one that is no training config.
    """
    data = read_json(path)
    run, variants = data.get("run"), data.get("variants")
    if not isinstance(run, dict) or not isinstance(variants, dict) or not variants:
        raise ValueError(f'{path} is not a series of runs: it must hold a "run" and its "variants"')
    if len({folder_name(name) for name in variants}) < len(variants) or not all(map(folder_name, variants)):
        raise ValueError(f"{path}: the names of variants must differ in letters or digits")
    return {
        name: parse_training_config(merge_patch(run, change), f"{name} of {path}", overrides)
        for name, change in variants.items()
    }


def merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: objects are merged, null removes, anything else replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), value)
    return merged


def folder_name(variant: str) -> str:
    """A variant's folder: "B3 (w/o CAA)" -> "b3-w-o-caa"."""
    return "-".join("".join(c if c.isalnum() else " " for c in variant.lower()).split())


def train_ablation(
    runs: dict[str, TrainingConfig], folder: str | Path, *, should_stop: Callable[[], bool] = lambda: False
) -> dict[str, Path]:
    """Train each run that is not through yet, in order; a stopped series goes on where it was.

    Returns:
        The folder of each run that is through.
    """
    done = {}
    for name, config in runs.items():
        place = Path(folder) / folder_name(name)
        if read_step(place) < config.loop.steps:
            train_truepose(config, place, should_stop=should_stop)
        if read_step(place) < config.loop.steps:
            break  # stopped
        done[name] = place
    return done
