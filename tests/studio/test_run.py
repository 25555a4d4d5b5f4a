"""A run in its own thread: followed, stopped, abandoned."""

from __future__ import annotations

import threading
import time

import pytest

from studio.run import Run, Stopped


def counting(total: int, done: list[int], pause: float = 0.0):
    def call(on_step):
        for step in range(1, total + 1):
            time.sleep(pause)
            done.append(step)
            on_step(step, total)
        return "picture"

    return call


def test_steps_then_result():
    run = Run(counting(3, []), threading.Event())
    assert list(run.steps()) == [(1, 3), (2, 3), (3, 3)]
    assert run.result == "picture"


def test_stop_ends_it_within_a_step():
    done, stop = [], threading.Event()
    run = Run(counting(100, done, 0.01), stop)
    with pytest.raises(Stopped):
        for step, _ in run.steps():
            if step == 3:
                stop.set()
    assert 3 <= len(done) <= 6 and run.result is None


def test_abandoning_it_ends_the_thread():
    done = []
    run = Run(counting(1000, done, 0.01), threading.Event())
    steps = run.steps()
    next(steps)
    steps.close()
    count = len(done)
    time.sleep(0.05)
    assert len(done) == count < 1000


def test_errors_arrive_where_the_steps_are_read():
    def fail(on_step):
        raise ValueError("no joints")

    with pytest.raises(ValueError, match="no joints"):
        list(Run(fail, threading.Event()).steps())
