"""A run of the tiny model on drawn figures, described in its folder as the tab describes one."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from tests.own import write_figures
from tests.tiny import tiny_config


def write_run(run: Path, photos: Path, **loop) -> Path:
    """The run's folder, with `train.json`; three figures in `photos`."""
    write_figures(photos, 3)
    run.mkdir(parents=True)
    fields = {"steps": 40, "batch_size": 2, "learning_rate": 3e-3, "warmup_steps": 2, "workers": 0, "log_every": 1}
    (run / "train.json").write_text(json.dumps({
        "model": asdict(tiny_config()),
        "objective": {"latent": 0.1, "pixel": 1, "kept": 0.1},
        "loop": fields | loop,
        "photos": {"folder": str(photos), "count": 8},
        "validation_count": 2,
    }))  # fmt: skip
    return run
