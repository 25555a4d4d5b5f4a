"""What the Train tab does before a run: photos checked, settings turned into a run's config. No layout here."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from inspect import isgeneratorfunction
from math import gcd
from pathlib import Path

import gradio as gr

from pose_editor import RunStatus
from truepose.checkpoint import load_config
from truepose.data.checking import Report, check_photos
from truepose.data.own import open_own
from truepose.data.unpacking import unpack
from truepose.model.config import TruePoseConfig
from truepose.pipeline import COMPACT
from truepose.reading import PersonReader
from truepose.training.config import CONFIG_FILE, TrainingConfig, load_training_config, save_training_config
from truepose.training.preparing import OwnPhotos
from truepose.training.process import launch, patiently, train_command
from truepose.training.runs import duration, list_runs
from truepose.training.snapshots import list_snapshots

from .messages import plain_error, unexpected
from .settings import is_number

CONFIGS = Path(__file__).parents[1] / "configs"
SHIPPED, NOTHING = "Shipped weights", "Nothing (noise)"
MAX_STEPS, MAX_BATCH = 1_000_000, 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_PAIRS_PER_PHOTO, _PAIRS_PER_PAIR = 20, 4
_FEWEST_PAIRS, _MOST_PAIRS = 64, 4000
_VALIDATION_PAIRS = 8
_VALIDATIONS, _LOG_LINES = 10, 200  # along a run
_ESTIMATE_SECONDS = 600


def plainly(action: Callable) -> Callable:
    """What an action raises on bad input becomes a plain message; only what nobody foresaw is logged."""

    @contextmanager
    def guard():
        try:
            yield
        except ValueError as error:
            raise plain_error(_sentence(error)) from None
        except gr.Error:
            raise
        except Exception:
            unexpected(action.__name__.capitalize())

    @wraps(action)
    def answer(*arguments):
        with guard():
            return action(*arguments)

    @wraps(action)
    def steps(*arguments):
        with guard():
            yield from action(*arguments)

    return steps if isgeneratorfunction(action) else answer


def _sentence(error: Exception) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}"


@dataclass(frozen=True)
class Wish:
    """What the user filled in, as it comes from the page.

    Attributes:
        folder: of photos.
        config: one of `config_choices`.
        start: one of `start_choices`.
        steps, batch_size, learning_rate: numbers, or what the browser made of them.
        name: of the run.
    """

    folder: str | None
    config: str | None
    start: str | None
    steps: float | None
    batch_size: float | None
    learning_rate: float | None
    name: str | None


class TrainActions:
    """The handlers before a run.

    Args:
        reader: finds the people of the photos that are checked.
        runs: the folder of the runs, made when first needed.
    """

    def __init__(self, reader: PersonReader, runs: Path):
        self._reader, self.runs = reader, runs.resolve()

    def config_choices(self) -> dict[str, Path]:
        """Names of configs, with their files: those of the repository, then those of earlier runs."""
        shipped = {path.stem: path for path in sorted(CONFIGS.glob("*.json"))}
        return shipped | {f"as in run {run.name}": run / CONFIG_FILE for run in list_runs(self.runs)}

    def start_choices(self) -> dict[str, Path | None]:
        """Names of what a run can start from, with the folders of the weights."""
        choices: dict[str, Path | None] = {SHIPPED: COMPACT, NOTHING: None}
        for run in list_runs(self.runs):
            choices |= {f"{run.name}, step {s.step}": s.folder for s in reversed(list_snapshots(run))}
        return choices

    @plainly
    def unpack(self, archive: str | None) -> tuple[str, str]:
        """Unpack an uploaded zip file beside the runs.

        Returns:
            the folder, and what was done.
        """
        if archive is None:
            return gr.skip(), gr.skip()
        stem = re.sub(r"[^A-Za-z0-9._-]+", "-", Path(archive).stem).strip(".-") or "photos"
        folder = unpack(archive, _free(self.runs / "datasets", stem))
        return str(folder), "Unpacked. Check the photos next."

    @plainly
    def check(self, folder: str | None) -> Iterator[tuple]:
        """Open and read every photo, telling how far it is.

        Yields:
            status, report, table of problems.
        """
        own = open_own(_filled(folder, "Name a folder of photos, or upload a zip file."))
        files = []
        yield RunStatus.at(0, len(own.photos), f"Checking {len(own.photos)} photos"), "", gr.update(visible=False)
        shown = time.monotonic()
        for checked in check_photos(own, self._reader):
            files.append(checked)
            if time.monotonic() - shown > 0.3:
                shown = time.monotonic()
                text = f"Checked {len(files)} of {len(own.photos)} photos"
                yield RunStatus.at(len(files), len(own.photos), text), gr.skip(), gr.skip()
        report = Report(own, tuple(files))
        problems = [list(row) for row in report.problems]
        said = "Not enough to train on." if report.obstacle else "These photos can be trained on."
        lines = "\n".join(f"- {line}" for line in report.lines())
        yield said, lines, gr.update(value=problems or None, visible=bool(problems))

    def defaults(self, config: str | None, start: str | None) -> tuple:
        """Steps, batch size and learning rate to suggest: short and careful where there are weights to start from."""
        path = self.config_choices().get(config or "")
        if path is None:
            return (gr.skip(),) * 3
        loop = load_training_config(path).loop
        if start == NOTHING:
            return loop.steps, loop.batch_size, loop.learning_rate
        return 300, loop.batch_size, loop.learning_rate / 5

    def config_of(self, wish: Wish) -> TrainingConfig:
        """The run that the user asks for.

        Raises:
            gr.Error: a number is missing or out of range.
            ValueError: the folder, config or weights cannot be used.
        """
        steps = _whole(wish.steps, MAX_STEPS, "Steps")
        batch = _whole(wish.batch_size, MAX_BATCH, "Batch size")
        if not is_number(wish.learning_rate, 1e-8, 1):
            raise plain_error("Learning rate must be a number from 0.00000001 to 1.")
        own = open_own(_filled(wish.folder, "Name a folder of photos, or upload a zip file."))
        path, starts = self.config_choices().get(wish.config or ""), self.start_choices()
        if path is None or wish.start not in starts:
            raise plain_error("Choose a config and what to start from.")
        config = load_training_config(path)
        weights = starts[wish.start]
        if weights is not None:  # the weights say what model they are of
            model = load_config(TruePoseConfig, weights)
            config = replace(config, model=model, base=None, init_from=str(weights / "model.safetensors"))
        else:
            config = replace(config, init_from=None)
        count = len(own.pairs) * _PAIRS_PER_PAIR if own.pairs else len(own.photos) * _PAIRS_PER_PHOTO
        count = min(max(count, _FEWEST_PAIRS), _MOST_PAIRS, steps * batch)  # more than are drawn would be no use
        loop = config.loop.changed({
            "steps": steps, "batch_size": batch, "learning_rate": float(wish.learning_rate), "minutes": 0.0,
            "gradient_accumulation_steps": gcd(batch, config.loop.gradient_accumulation_steps),
            "warmup_steps": min(config.loop.warmup_steps, steps // 10),
            "validate_every": max(1, -(-steps // _VALIDATIONS)), "log_every": max(1, steps // _LOG_LINES),
            "workers": min(config.loop.workers, max(1, (os.cpu_count() or 1) - 1)),
        })  # fmt: skip
        photos = OwnPhotos(str(own.root), count, loop.seed)
        return replace(config, pairs={}, validation_pairs=(), photos=photos, loop=loop, cache=None,
                       validation_count=_VALIDATION_PAIRS)  # fmt: skip

    @plainly
    def estimate(self, *fields) -> Iterator[str]:
        """Measure what the run would take, in a process of its own."""
        config = self.config_of(Wish(*fields))
        yield "Measuring a few steps on this machine …"
        with tempfile.TemporaryDirectory(prefix="truepose-") as folder:
            run = Path(folder)
            save_training_config(config, run / CONFIG_FILE)
            done = subprocess.run(
                patiently([*train_command(run), "--estimate"]), cwd=CONFIGS.parent, stdin=subprocess.DEVNULL,
                capture_output=True, text=True, timeout=_ESTIMATE_SECONDS,
            )  # fmt: skip
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
            raise ValueError(f"the measurement failed: {last.removeprefix('truepose: ')}")
        yield estimate_text(json.loads(done.stdout.strip().splitlines()[-1]))

    @plainly
    def start(self, *fields) -> tuple:
        """Write the run's config and start it.

        Returns:
            the run's name for the list of runs, and for the next one's field.
        """
        wish = Wish(*fields)
        name = (wish.name or "").strip()
        if not _NAME.fullmatch(name):
            raise plain_error("Name the run with letters, digits, dots and dashes.")
        run = self.runs / name
        if (run / CONFIG_FILE).exists():
            raise plain_error(f"There is a run {name} already: choose another name, or resume that one.")
        config = self.config_of(wish)
        run.mkdir(parents=True, exist_ok=True)
        save_training_config(config, run / CONFIG_FILE)
        launch(run)
        return gr.update(choices=[r.name for r in list_runs(self.runs)], value=name), self.free_name(name)

    def free_name(self, name: str = "mine") -> str:
        """The name for a next run."""
        return _free(self.runs, re.sub(r"-\d+$", "", name)).name


def estimate_text(measured: dict) -> str:
    """A probe's figures in words."""
    where = "GPU" if measured["device"] == "cuda" else "processor"
    training = measured["steps"] * measured["seconds_per_step"]
    checks = measured["validations"] * measured["seconds_per_validation"]
    total = measured["seconds_preparing"] + training + checks
    return (
        f"About {measured['seconds_per_step']:.2g} s a step on this machine's {where}: {measured['steps']} steps take "
        f"{duration(training)}. Making the pairs first takes {duration(measured['seconds_preparing'])}, "
        f"{measured['validations']} validations {duration(checks)}: {duration(total)} in all. "
        f"Memory: {measured['gigabytes']:.1f} GB."
    )


def _filled(text: str | None, message: str) -> str:
    if not (text or "").strip():
        raise plain_error(message)
    return text.strip()


def _whole(value, most: int, what: str) -> int:
    if not is_number(value, 1, most, whole=True):
        raise plain_error(f"{what} must be a whole number from 1 to {most}.")
    return int(value)


def _free(folder: Path, stem: str) -> Path:
    """A path in the folder that is not taken: STEM, STEM-2, ..."""
    number, path = 1, folder / stem
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}"
    return path
