"""The process that trains a run, found again by what it wrote in the run's folder."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from ..checkpoint import write_json
from .config import CONFIG_FILE

OUTPUT_FILE = "output.txt"
_PROCESS_FILE, _ERROR_FILE = "process.json", "error.json"
_ROOT = Path(__file__).parents[2]
_NICE = ("nice", "-n", "10")  # training takes the time that others leave: re-posing beside it stays quick
_TOLERANCE = 2.0  # seconds by which the start time of one process may seem to move, when the clock is set


def train_command(run: Path) -> list[str]:
    """What starts a run that is described in its folder, or goes on with it."""
    return [sys.executable, "-m", "truepose", "train", "--config", str(run / CONFIG_FILE), "--out", str(run)]


def patiently(command: list[str]) -> list[str]:
    """The command at low priority, under the same process id."""
    return [*_NICE, *command]


def launch(run: Path) -> int:
    """Start or resume a run in a process of its own, at low priority, which outlives this one; gives its id.

    Raises:
        ValueError: the run is being trained already, or its process cannot be started.
    """
    run = run.resolve()
    _refuse_twice(run)
    try:
        with (run / OUTPUT_FILE).open("ab") as output:
            process = subprocess.Popen(
                patiently(train_command(run)), cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise ValueError(f"training cannot be started: {error.strerror or error}") from None
    # Also said by the process itself, some seconds later, when it has loaded.
    _write(run, psutil.Process(process.pid))
    (run / _ERROR_FILE).unlink(missing_ok=True)
    threading.Thread(target=process.wait, name="reap", daemon=True).start()
    return process.pid


@contextmanager
def claimed(run: Path) -> Iterator[None]:
    """While this process trains the run: no other does, and what ends it badly is left in the folder to be told.

    Raises:
        ValueError: another process trains it.
    """
    run.mkdir(parents=True, exist_ok=True)
    _refuse_twice(run)
    _write(run, psutil.Process())
    (run / _ERROR_FILE).unlink(missing_ok=True)
    try:
        yield
    except Exception as error:
        write_json(run / _ERROR_FILE, {"message": _told(error)})
        raise
    finally:
        (run / _PROCESS_FILE).unlink(missing_ok=True)


def running(run: Path) -> int | None:
    """The id of the process that trains the run; None where none does."""
    written = _read(run / _PROCESS_FILE)
    try:
        process = psutil.Process(int(written["pid"]))
        same = abs(process.create_time() - float(written["started"])) < _TOLERANCE
        return process.pid if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, KeyError, TypeError, ValueError):
        return None


def stop(run: Path) -> bool:
    """Ask the run's process to save and end; whether there was one."""
    pid = running(run)
    if pid is None:
        return False
    try:
        # One that has not loaded yet ends at once: that is no failure either.
        _write(run, psutil.Process(pid), stopping=True)
        psutil.Process(pid).terminate()
    except psutil.Error:
        return False
    return True


def stopping(run: Path) -> bool:
    """Whether the run's process was asked to end."""
    return bool(_read(run / _PROCESS_FILE).get("stopping"))


def failure(run: Path) -> str:
    """Why the run ended badly; empty where it did not."""
    if running(run) is not None:
        return ""
    message = _read(run / _ERROR_FILE).get("message")
    if message:
        return str(message)
    # A clean end removes this file.
    killed = (run / _PROCESS_FILE).exists() and not stopping(run)
    return "it was killed, by hand, by a restart of the machine, or for lack of memory" if killed else ""


def _told(error: Exception) -> str:
    if isinstance(error, ValueError | FloatingPointError):
        return str(error)
    first = (str(error).splitlines() or [""])[0]
    if "out of memory" in first.lower() or isinstance(error, MemoryError):
        return "the memory was not enough: lower the batch size"
    return f"{type(error).__name__}: {first} ({OUTPUT_FILE} says more)"


def _refuse_twice(run: Path) -> None:
    pid = running(run)
    if pid is not None and pid != psutil.Process().pid:
        raise ValueError(f"{run.name} is being trained already, by process {pid}")


def _write(run: Path, process: psutil.Process, *, stopping: bool = False) -> None:
    fields = {"pid": process.pid, "started": process.create_time(), "stopping": stopping}
    write_json(run / _PROCESS_FILE, fields)


def _read(path: Path) -> dict:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
