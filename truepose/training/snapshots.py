"""Models kept along a run, `checkpoints/STEP/`: each a folder to use, with the score of its validation."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..checkpoint import write_json

_FOLDER, _SCORE = "checkpoints", "score.json"


@dataclass(frozen=True)
class Snapshot:
    """A model as it was at one step.

    Attributes:
        folder: holds config.json and model.safetensors.
        step: of the run.
        score: of its validation, lower is better.
    """

    folder: Path
    step: int
    score: float


def write_snapshot(run: Path, step: int, score: float, save: Callable[[Path], None]) -> None:
    """Add a model to a run's folder: whole or not at all.

    Args:
        save: writes the model to the folder it is given.
    """
    place = run / _FOLDER / f"{step:06d}"
    beside = place.with_name(f"{place.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    save(beside)
    write_json(beside / _SCORE, {"step": step, "score": score})
    if place.exists():  # of an earlier way through the same steps
        shutil.rmtree(place)
    os.replace(beside, place)


def list_snapshots(run: Path) -> list[Snapshot]:
    """The models of a run in the order of their steps."""
    found = []
    for path in (run / _FOLDER).glob(f"*/{_SCORE}"):
        if path.parent.suffix == ".part":
            continue
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            found.append(Snapshot(path.parent, int(data["step"]), float(data["score"])))
        except (OSError, ValueError, KeyError, TypeError):  # removed meanwhile, or not ours
            continue
    return sorted(found, key=lambda snapshot: snapshot.step)


def best_snapshot(snapshots: list[Snapshot]) -> Snapshot | None:
    """The one with the lowest score; the earliest of equals."""
    return min(snapshots, key=lambda snapshot: snapshot.score, default=None)


def prune_snapshots(run: Path, keep: int) -> None:
    """Remove all but the last `keep` models and the best."""
    found = list_snapshots(run)
    kept = {snapshot.step for snapshot in found[len(found) - keep :]}
    best = best_snapshot(found)
    for snapshot in found:
        if snapshot.step not in kept and snapshot is not best:
            shutil.rmtree(snapshot.folder, ignore_errors=True)
