"""A generation in a thread of its own, followed step by step and stopped between two steps."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PIL import Image

from truepose.pipeline import Glance, OnStep, Result

_SHARE = 0.15  # of a run's time that pictures in between may cost
_FIRST = 0.05  # seconds that the first of them is thought to cost


class Stopped(Exception):
    """The user stopped the run."""


@dataclass(frozen=True, eq=False)
class Step:
    """What a run tells after a step, counted from 1; with the result as foreseen, where there was time to draw it."""

    step: int
    steps: int
    picture: Image.Image | None = None


@dataclass(eq=False)
class Pace:
    """Decides which steps are drawn: all drawings together cost at most a share of the time since the start."""

    started: float = field(default_factory=time.perf_counter)
    spent: float = 0.0
    last: float = _FIRST

    def draw(self, glance: Glance) -> Image.Image | None:
        """The picture, unless it is too early for another."""
        begun = time.perf_counter()
        if self.spent + self.last > _SHARE * (begun - self.started):
            return None
        picture = glance()
        self.last = time.perf_counter() - begun
        self.spent += self.last
        return picture


@dataclass(eq=False)
class Run:
    """One call of the pipeline.

    Attributes:
        call: does the work; gets the `on_step` to call after every step, which raises where it must stop.
        stop: ends the run after the current step, once set.
        pace: how often the result is drawn as foreseen; never without one.
        result: what the call returned, after `steps` is exhausted.
    """

    call: Callable[[OnStep], Result]
    stop: threading.Event
    pace: Pace | None = None
    result: Result | None = field(default=None, init=False)
    _abandoned: threading.Event = field(default_factory=threading.Event, init=False)
    _events: queue.SimpleQueue = field(default_factory=queue.SimpleQueue, init=False)

    def steps(self) -> Iterator[Step]:
        """Run, yielding after every step.

        The thread has ended when this ends, also when the caller abandons it half way: the next run
        does not share the machine with a forgotten one.

        Raises:
            Stopped: `stop` was set.
            Exception: whatever the call raised.
        """
        # A lent GPU is accounted to the request, which the context holds.
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._work,), name="generate", daemon=True)
        thread.start()
        try:
            while True:
                event = self._events.get()
                if event is None:
                    return
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            self._abandoned.set()
            thread.join()

    def _work(self) -> None:
        try:
            self.result = self.call(self._on_step)
            self._events.put(None)
        except BaseException as error:  # carried over to the thread that waits
            self._events.put(error)

    def _on_step(self, step: int, steps: int, glance: Glance) -> None:
        if step == steps:  # the result comes at once
            return self._events.put(Step(step, steps))
        self._check()
        self._events.put(Step(step, steps, self.pace.draw(glance) if self.pace else None))
        self._check()

    def _check(self) -> None:
        if self.stop.is_set() or self._abandoned.is_set():
            raise Stopped
