"""What others watch a run with: TensorBoard or Weights & Biases, through accelerate."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from accelerate import Accelerator
from PIL import Image

from .loop_config import LoopConfig


def check_tracker(config: LoopConfig) -> None:
    """Before anything is loaded.

    Raises:
        ValueError: the tracker is not installed.
    """
    if config.report_to and find_spec(config.report_to) is None:
        raise ValueError(f"report_to {config.report_to} needs it installed: pip install {config.report_to}")


def start_tracking(accelerator: Accelerator, config: LoopConfig, settings: dict) -> None:
    """Open the tracker; `settings` are shown with the run."""
    if config.report_to:
        accelerator.init_trackers("truepose", config={k: v for k, v in settings.items() if v is not None})


def track_picture(accelerator: Accelerator, path: Path, step: int) -> None:
    """Send a picture, if it is there."""
    if not accelerator.trackers or not path.exists():
        return
    with Image.open(path) as image:
        picture = np.asarray(image.convert("RGB"))[None]  # (1, H, W, 3)
    for tracker in accelerator.trackers:
        layout = {"dataformats": "NHWC"} if tracker.name == "tensorboard" else {}
        tracker.log_images({path.stem: picture}, step=step, **layout)
