"""What the Train tab does with runs that are there: look, stop, resume, use a model of theirs. No layout here."""

from __future__ import annotations

import shlex
from pathlib import Path

import gradio as gr
import pandas as pd

from pose_editor import RunStatus
from truepose.training.config import CONFIG_FILE
from truepose.training.process import failure, launch, running, stop, stopping
from truepose.training.runs import LOG_FILE, History, RunState, list_runs, read_run
from truepose.training.sheet import SHEET_NAME
from truepose.training.snapshots import best_snapshot, list_snapshots

from .messages import plain_error
from .serving import Serving
from .train import plainly

_SMOOTH = 0.85  # of the smoothed loss, what the next value leaves
_LAST = "last"
_NO_RUN = "No run yet. One of the command line's shows here too, in the runs' folder."


class WatchActions:
    """The handlers of the list of runs.

    Args:
        serving: whose model can be exchanged.
        runs: the folder of the runs.
    """

    def __init__(self, serving: Serving, runs: Path):
        self._serving, self.runs = serving, runs.resolve()

    def runs_now(self, chosen: str | None = None) -> dict:
        """The list of runs; the chosen one stays, else one that is being trained, else the latest, is shown."""
        names = [run.name for run in list_runs(self.runs)]
        if chosen not in names:
            alive = [name for name in names if running(self.runs / name) is not None]
            chosen = next(iter([*alive, *names]), None)
        return gr.update(choices=names, value=chosen)

    def look(self, name: str | None, chosen: str | None, seen: str) -> tuple:
        """All that is shown of a run, or nothing where nothing has changed.

        Args:
            name: of the run.
            chosen: the checkpoint chosen so far.
            seen: what was shown last, as `look` gave it.

        Returns:
            status, Stop, Resume, loss, validation, sheet, checkpoints, command, seen.
        """
        try:
            folder = self._folder(name)
            now = _fingerprint(folder)
            if now == seen:
                return (gr.skip(),) * 9
            state = read_run(folder)
        except ValueError:
            nothing = (_NO_RUN, *(gr.update(visible=False),) * 7, "none")
            return nothing if seen != "none" else (gr.skip(),) * 9
        alive = state.pid is not None
        losses, validations = loss_frame(state.history), validation_frame(state.history)
        sheet = state.folder / SHEET_NAME
        return (
            RunStatus.at(state.step, state.steps, state.words()) if alive else state.words(),
            gr.update(visible=alive, interactive=not state.stopping),
            gr.update(visible=not alive and not state.finished),
            gr.update(value=losses, visible=len(losses) > 0),
            gr.update(value=validations, visible=len(validations) > 0, y_lim=_limits(validations)),
            gr.update(value=str(sheet) if sheet.exists() else None, visible=sheet.exists()),
            self._checkpoints(state, chosen),
            gr.update(value=command_text(state.folder), visible=True),
            now,
        )

    def _checkpoints(self, state: RunState, chosen: str | None) -> dict:
        """The run's models: those kept, and the last one saved, which may be later."""
        kept = list_snapshots(state.folder)
        best = best_snapshot(kept)
        choices = [
            (f"Step {s.step}: {s.score:.4f}{' (best)' if s is best else ''}", s.folder.name) for s in reversed(kept)
        ]
        if state.saved and (not kept or state.saved > kept[-1].step) and (state.folder / "model.safetensors").exists():
            choices.insert(0, (f"Step {state.saved}: not validated", _LAST))
        values = [value for _, value in choices]
        preferred = chosen if chosen in values else best.folder.name if best else next(iter(values), None)
        return gr.update(choices=choices, value=preferred, visible=bool(choices))

    @plainly
    def stop(self, name: str | None) -> str:
        """Ask the run to save and end."""
        if not stop(self._folder(name)):
            raise plain_error("This run is not being trained.")
        return "Stopping after this step; what is learnt is saved."

    @plainly
    def resume(self, name: str | None) -> str:
        """Go on with a run from what it saved."""
        launch(self._folder(name))
        return "Starting"

    @plainly
    def use(self, name: str | None, chosen: str | None) -> str:
        """Serve one of the run's models from now on, in every tab.

        Returns:
            what is in use.
        """
        folder = self._folder(name)
        places = {snapshot.folder.name: snapshot for snapshot in list_snapshots(folder)}
        if chosen == _LAST:
            place, said = folder, f"{name}, the last saved"
        elif chosen in places:
            place, said = places[chosen].folder, f"{name}, step {places[chosen].step}"
        else:
            raise plain_error("Choose a checkpoint of the run.")
        self._serving.use(place, said)
        return self.in_use()

    def in_use(self) -> str:
        """Which model the app serves."""
        return f"In use: {self._serving.name}."

    def _folder(self, name: str | None) -> Path:
        if name not in [run.name for run in list_runs(self.runs)]:
            raise ValueError("choose a run")
        return self.runs / name


def command_text(run: Path) -> str:
    """The command that starts the run, or goes on with it."""
    shown = run.relative_to(Path.cwd()) if run.is_relative_to(Path.cwd()) else run
    words = ["python", "-m", "truepose", "train", "--config", str(shown / CONFIG_FILE), "--out", str(shown)]
    return shlex.join(words)


def _fingerprint(run: Path) -> str:
    """Changes whenever anything shown does; quick, as it is asked for all the time."""
    paths = [run / name for name in (LOG_FILE, SHEET_NAME, "state.json")]
    times = [path.stat().st_mtime_ns if path.exists() else 0 for path in paths]
    return f"{run.name} {running(run)} {stopping(run)} {failure(run)} {times}"


def loss_frame(history: History) -> pd.DataFrame:
    """The loss by step, as it was and smoothed: columns step, value, line."""
    rows, smooth = [], None
    for record in history.losses:
        smooth = record["loss"] if smooth is None else _SMOOTH * smooth + (1 - _SMOOTH) * record["loss"]
        rows += [(record["step"], record["loss"], "loss"), (record["step"], smooth, "smoothed")]
    return pd.DataFrame(rows, columns=["step", "value", "line"])


def validation_frame(history: History) -> pd.DataFrame:
    """The results' perceptual distance from the truth beside the bare warp's: columns step, value, line."""
    rows = []
    for record in history.validations:
        for line in ("result", "warp"):
            values = _last_sampling(record["validation"], f"{line}_distance")
            if values:
                rows.append((record["step"], sum(values) / len(values), line))
    return pd.DataFrame(rows, columns=["step", "value", "line"])


def _limits(frame: pd.DataFrame) -> list[float] | None:
    """The lowest and highest value with room around them: lines on the border are not seen."""
    if frame.empty:
        return None
    low, high = float(frame["value"].min()), float(frame["value"].max())
    room = 0.1 * (high - low) or 0.01 * abs(high) or 1.0
    return [low - room, high + room]


def _last_sampling(figures: dict[str, float], name: str) -> list[float]:
    """One figure of each group of pairs, sampled with the most steps: keys are "GROUP: NAME@STEPS"."""
    found: dict[int, list[float]] = {}
    for key, value in figures.items():
        what, _, steps = key.partition(": ")[2].partition("@")
        if what == name:
            found.setdefault(int(steps), []).append(value)
    return found[max(found)] if found else []
