"""A run in its own thread: followed, stopped, abandoned."""

from __future__ import annotations

import threading
import time

import pytest

from studio.run import Pace, Run, Stopped


def counting(total: int, done: list[int], pause: float = 0.0):
    def call(on_step):
        for step in range(1, total + 1):
            time.sleep(pause)
            done.append(step)
            on_step(step, total, lambda: "glance")
        return "picture"

    return call


def test_steps_then_result():
    run = Run(counting(3, []), threading.Event())
    assert [(done.step, done.steps, done.picture) for done in run.steps()] == [(1, 3, None), (2, 3, None), (3, 3, None)]
    assert run.result == "picture"


def test_stop_ends_it_within_a_step():
    done, stop = [], threading.Event()
    run = Run(counting(100, done, 0.01), stop)
    with pytest.raises(Stopped):
        for told in run.steps():
            if told.step == 3:
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


def test_pictures_in_between_cost_a_small_share():
    glances = []

    def call(on_step):
        for step in range(1, 41):
            time.sleep(0.02)
            on_step(step, 40, lambda step=step: (time.sleep(0.03), glances.append(step)))
        return "picture"

    pace = Pace()
    started = time.perf_counter()
    list(Run(call, threading.Event(), pace).steps())
    assert 1 <= len(glances) < 10 and 40 not in glances
    assert pace.spent < 0.2 * (time.perf_counter() - started)
