"""Runs in processes of their own: started, stopped, killed, resumed, failed, and found again by their folders."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import psutil
import pytest
import torch
from safetensors.torch import load_file

from tests.training.tiny_run import write_run
from truepose.training.process import claimed, failure, launch, running, stop
from truepose.training.runs import list_runs, read_run
from truepose.training.snapshots import list_snapshots


def wait(run: Path, wanted, seconds: float = 90) -> None:
    """Until the run's state is as wanted."""
    end = time.monotonic() + seconds
    while not wanted(state := read_run(run)):
        assert time.monotonic() < end, (state.words(), (run / "output.txt").read_text()[-2000:])
        time.sleep(0.02)


def finished(state) -> bool:
    return state.pid is None


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_file(run / "model.safetensors")


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    root = tmp_path_factory.mktemp("unbroken")
    run = write_run(root / "runs" / "whole", root / "photos", validate_every=20)
    launch(run)
    wait(run, finished)
    return run


def test_a_run_goes_from_photos_to_a_model_in_use(unbroken):
    state = read_run(unbroken)
    assert state.finished and state.words() == "Finished: 40 steps." and failure(unbroken) == ""
    assert [r["step"] for r in state.history.losses] == list(range(1, 41))
    assert [r["step"] for r in state.history.validations] == [0, 20, 40]
    assert [s.step for s in list_snapshots(unbroken)] == [0, 20, 40]
    assert (unbroken / "sheet.webp").exists() and (unbroken / "pairs.json").exists()
    assert not (unbroken / "process.json").exists()


def test_a_broken_run_resumes_to_the_same_model(unbroken, tmp_path):
    """Stopped, resumed, killed, resumed: at the end nothing tells it from the unbroken one."""
    run = write_run(tmp_path / "runs" / "parts", tmp_path / "photos", validate_every=20, save_minutes=0.0)
    pid = launch(run)
    assert running(run) == pid and list_runs(tmp_path / "runs") == [run]
    with pytest.raises(ValueError, match=f"being trained already, by process {pid}"):
        launch(run)
    wait(run, lambda state: state.saved >= 3)
    assert stop(run)
    wait(run, finished)
    stopped = read_run(run)
    assert 3 <= stopped.saved < 40
    assert stopped.words() == f"Stopped at step {stopped.saved} of 40. Resume goes on from there."
    pid = launch(run)
    wait(run, lambda state: state.saved > stopped.saved)
    os.kill(pid, signal.SIGKILL)
    wait(run, finished)
    killed = read_run(run)
    assert stopped.saved < killed.saved < 40 and "it was killed" in killed.words()
    launch(run)
    wait(run, finished)
    state = read_run(run)
    assert state.finished and [r["step"] for r in state.history.losses] == list(range(1, 41))
    torch.testing.assert_close(weights(run), weights(unbroken), rtol=1e-5, atol=1e-6)


def test_an_exploding_run_leaves_its_message_and_the_last_good_model(tmp_path):
    run = write_run(tmp_path / "runs" / "hot", tmp_path / "photos", learning_rate=1e30, save_minutes=0.0)
    launch(run)
    wait(run, finished)
    words = read_run(run).words()
    assert "lower the learning rate" in words and "Traceback" not in words
    assert all(torch.isfinite(tensor).all() for tensor in load_file(run / "state.safetensors").values())
    assert "truepose: the" in (run / "output.txt").read_text()


def test_photos_that_cannot_be_trained_on_are_told(tmp_path):
    run = write_run(tmp_path / "runs" / "few", tmp_path / "photos")
    for path in (tmp_path / "photos").glob("photo-[12].*"):
        path.unlink()
    launch(run)
    wait(run, finished)
    assert "at least two photos" in read_run(run).words() and "Nothing was learnt yet" in read_run(run).words()


def test_another_process_with_the_same_number_is_not_the_run(tmp_path):
    started = psutil.Process().create_time()
    for written, pid in (({"pid": os.getpid(), "started": started}, os.getpid()),
                         ({"pid": os.getpid(), "started": started - 60}, None),
                         ({"pid": 2**22 + 5, "started": started}, None), ({"pid": "x"}, None), ([], None)):  # fmt: skip
        (tmp_path / "process.json").write_text(json.dumps(written))
        assert running(tmp_path) == pid


def test_training_leaves_the_processor_to_others(tmp_path):
    run = write_run(tmp_path / "runs" / "nice", tmp_path / "photos", steps=3000)
    pid = launch(run)
    wait(run, lambda state: state.step > 0)
    process = psutil.Process(pid)
    threads = [os.getpriority(os.PRIO_PROCESS, thread.id) for thread in process.threads()]
    assert process.nice() == 10 and set(threads) == {10} and running(run) == pid
    assert psutil.Process().nice() < 10
    stop(run)
    wait(run, finished)


def test_only_one_process_claims_a_run(tmp_path):
    with claimed(tmp_path):
        assert running(tmp_path) == os.getpid()
    assert running(tmp_path) is None
    with pytest.raises(RuntimeError), claimed(tmp_path):
        raise RuntimeError("CUDA out of memory. Tried to allocate\nmore")
    assert failure(tmp_path) == "the memory was not enough: lower the batch size"
    with claimed(tmp_path):
        assert failure(tmp_path) == ""
