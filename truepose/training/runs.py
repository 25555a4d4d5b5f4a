"""The runs of a folder as they are on disk now: how far each is, what it does, its curves."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path

from .config import CONFIG_FILE
from .process import failure, running, stopping
from .state import read_step

LOG_FILE = "log.jsonl"
_RECENT = 8  # records that the time left is told by


@dataclass(frozen=True)
class History:
    """A run's log. What a killed process did after its last saved state is left out: it was done again.

    Attributes:
        losses: records of training, {"step", "loss", "seconds", parts of the loss}, in the order of their steps.
        validations: records of validations, {"step", "validation": figures}, likewise.
        doing: what was done last before the first step, "reading" or "making", or nothing.
        done: how many photos or pairs of that.
        of: how many there are.
    """

    losses: tuple[dict, ...] = ()
    validations: tuple[dict, ...] = ()
    doing: str = ""
    done: int = 0
    of: int = 0


def read_history(run: Path) -> History:
    """Read a run's log; lines that are not whole are passed over."""
    try:
        lines = (run / LOG_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return History()
    losses: list[dict] = []
    validations: list[dict] = []
    doing = ("", 0, 0)
    for record in filter(None, map(_record, lines)):
        if "started" in record:
            losses = [r for r in losses if r["step"] <= record["started"]]
            validations = [r for r in validations if r["step"] <= record["started"]]
            doing = ("", 0, 0)
        elif "validation" in record:
            validations = [r for r in validations if r["step"] < record["step"]] + [record]
        elif "loss" in record:
            losses.append(record)
        else:
            what = next((w for w in ("reading", "making") if w in record), "")
            doing = (what, record.get(what, 0), record.get("of", 0))
    return History(tuple(losses), tuple(validations), *doing)


def _record(line: str) -> dict | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


@dataclass(frozen=True)
class RunState:
    """One run.

    Attributes:
        folder: its folder.
        steps: that it shall have in all.
        saved: the step it would go on from.
        pid: of the process that trains it; None where none does.
        stopping: whether that was asked to end.
        failure: why it ended badly; empty where it did not.
        history: its log.
    """

    folder: Path
    steps: int
    saved: int
    pid: int | None
    stopping: bool
    failure: str
    history: History

    @property
    def step(self) -> int:
        """The last step known of: while it trains the log is ahead of what is saved."""
        last = self.history.losses[-1]["step"] if self.history.losses else 0
        return max(last, self.saved) if self.pid is not None else self.saved

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.pid is None and self.saved >= self.steps

    @property
    def seconds_left(self) -> float | None:
        """Of training and validating; None where nothing is known yet."""
        recent = [r["seconds"] for r in self.history.losses[-_RECENT:] if "seconds" in r]
        if not recent:
            return None
        steps = [r["step"] for r in self.history.validations]
        validating = 0.0
        if len(steps) > 1:
            rest = (self.steps - self.step) / (steps[-1] - steps[-2])
            validating = rest * self.history.validations[-1].get("seconds", 0.0)
        return (self.steps - self.step) * statistics.median(recent) + validating

    def words(self) -> str:
        """What goes on, in one line."""
        if self.pid is None:
            return self._ended()
        if self.stopping:
            return f"Stopping after step {self.step}; what is learnt is saved."
        doing = self.history.doing
        if doing:
            what = "photo" if doing == "reading" else "pair"
            return f"{doing.capitalize()} {what} {self.history.done} of {self.history.of}"
        left = self.seconds_left
        if not self.step or left is None:
            return "Starting"
        return f"Step {self.step} of {self.steps}, {duration(left)} left"

    def _ended(self) -> str:
        at = f"at step {self.saved} of {self.steps}"
        if self.failure:
            kept = "The last saved model is kept." if self.saved else "Nothing was learnt yet."
            return f"Ended {at}: {self.failure}. {kept}"
        if self.finished:
            return f"Finished: {self.steps} steps."
        return f"Stopped {at}. Resume goes on from there."


def read_run(run: Path) -> RunState:
    """A run as it is now.

    Raises:
        ValueError: the folder holds none.
    """
    try:
        steps = int(json.loads((run / CONFIG_FILE).read_text(encoding="utf-8"))["loop"]["steps"])
    except (OSError, ValueError, KeyError, TypeError):
        raise ValueError(f"{run} holds no run: {CONFIG_FILE} is missing or broken") from None
    pid = running(run)
    return RunState(run, steps, read_step(run), pid, stopping(run), failure(run), read_history(run))


def list_runs(runs: Path) -> list[Path]:
    """The folders of the runs, the one touched last first."""
    found = [path.parent for path in runs.glob(f"*/{CONFIG_FILE}")]
    return sorted(found, key=_touched, reverse=True)


def _touched(run: Path) -> float:
    times = [path.stat().st_mtime for path in (run / LOG_FILE, run / CONFIG_FILE) if path.exists()]
    return max(times, default=0.0)


def duration(seconds: float) -> str:
    """A length of time as people say it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours"
