"""How long a run takes and how much memory it needs, measured on this machine in a few steps."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
import torch
from PIL import Image

from ..data.checking import check_photos
from ..data.own import open_own
from ..data.pair import Pair
from ..data.pairs import PairDataset
from ..data.pseudo_pairs import PairMaker
from ..estimate import TEMPLATE
from ..evaluation.pairs import measure_pairs
from ..model.truepose import TruePose
from ..parsing import BodyPart
from ..reading import NoPersonFound, load_reader
from .config import TrainingConfig
from .loop import time_steps
from .objective import Objective
from .truepose import SHOWN_PAIRS, set_up

_PAIRS = 3
_STEPS = 4  # the first of them loads and plans, and is not counted


@dataclass(frozen=True)
class Probe:
    """What was measured.

    Attributes:
        device: that the networks run on, "cpu" or "cuda".
        seconds_preparing: until the pairs are made of one's own photos; 0 where there are none to make.
        seconds_per_step: of training.
        seconds_per_validation: of all validation pairs once.
        validations: in the whole run.
        steps: of the whole run.
        gigabytes: the most memory held, of the GPU where there is one.
    """

    device: str
    seconds_preparing: float
    seconds_per_step: float
    seconds_per_validation: float
    validations: int
    steps: int
    gigabytes: float

    @property
    def seconds(self) -> float:
        """Of the whole run."""
        training = self.steps * self.seconds_per_step + self.validations * self.seconds_per_validation
        return self.seconds_preparing + training


def probe(config: TrainingConfig) -> Probe:
    """Train a throw-away model of this config on noise for a few steps, and validate it on one pair."""
    model = TruePose(config.model)
    set_up(model, config.loop)
    pair = _noise(config.model.image_size)
    loop = replace(config.loop, steps=_STEPS, validate_every=0, report_to="")
    dataset = PairDataset([(1.0, [pair])], length=_STEPS * loop.batch_size, seed=0)
    seconds = time_steps(model, dataset, Objective(model, config.objective), loop, _STEPS)
    model.eval()
    measure_pairs(model, [pair], steps=1, guidance_scale=1.0)  # loads what measures, once
    started = time.monotonic()
    for steps in {1, config.model.steps}:
        measure_pairs(model, [pair], steps=steps, guidance_scale=1.0)
    groups = len(config.validation_pairs) + (config.photos is not None)
    validation = (time.monotonic() - started) * (config.validation_count * groups + SHOWN_PAIRS)
    every = config.loop.validate_every
    count = 1 + -(-config.loop.steps // every) if every else 1
    return Probe(
        device="cuda" if torch.cuda.is_available() else "cpu",
        seconds_preparing=round(_preparing(config), 1),
        seconds_per_step=round(float(np.mean(seconds[1:])), 4),
        seconds_per_validation=round(validation, 3),
        validations=count,
        steps=config.loop.steps,
        gigabytes=round(_gigabytes(), 2),
    )


def _preparing(config: TrainingConfig) -> float:
    """Seconds to read all own photos and make the pairs, from one photo and a few pairs."""
    if config.photos is None:
        return 0.0
    folder, reader = open_own(config.photos.folder), load_reader()
    with suppress(NoPersonFound):
        reader.find(Image.new("RGB", (192, 256)))  # loads and plans
    started = time.monotonic()
    looked, photo = 0, None
    for checked in check_photos(folder, reader):
        looked, photo = looked + 1, checked.photo
        if photo is not None:
            break
    if photo is None:
        raise ValueError(f"{config.photos.folder} cannot be trained on: no photo shows a person")
    reading = (time.monotonic() - started) / looked
    make = PairMaker([photo], config.model.image_size, 0, None)
    started = time.monotonic()
    for number in range(_PAIRS):
        make(number)
    making = (time.monotonic() - started) / _PAIRS
    return len(folder.photos) * reading + (config.photos.count + config.validation_count) * making


def _gigabytes() -> float:
    if torch.cuda.is_available():
        return torch.cuda.max_memory_allocated() / 2**30
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, kilobytes elsewhere
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)  # the loader's workers are children
    return sum(resource.getrusage(w).ru_maxrss for w in who) * unit / 2**30


def _noise(size: tuple[int, int]) -> Pair:
    """A pair of the right size that shows nothing: a standing body's joints over noise."""
    height, width = size
    rng = np.random.default_rng(0)
    source, target, hint = (rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(3))
    parsing = np.zeros(size, np.uint8)
    rows, columns = slice(height // 8, height * 7 // 8), slice(width // 4, width * 3 // 4)
    parsing[rows, columns] = BodyPart.UPPER_CLOTHES
    triplets = np.ones((len(TEMPLATE), 3), np.float32)
    triplets[:, :2] = TEMPLATE * height / 4.5 + (width / 2, height / 5)
    alpha = np.where(parsing > 0, 255, 0).astype(np.uint8)
    keep = rng.integers(0, 256, size, dtype=np.uint8)
    return Pair(source, parsing, triplets, target, parsing, triplets, hint, alpha, keep)
