"""A generation in a thread of its own, followed step by step and stopped between two steps."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from truepose.pipeline import Result


class Stopped(Exception):
    """The user stopped the run."""


@dataclass(eq=False)
class Run:
    """One call of the pipeline.

    Attributes:
        call: does the work; gets `on_step(step, steps)` to call after every step, which raises where it must stop.
        stop: ends the run after the current step, once set.
        result: what the call returned, after `steps` is exhausted.
    """

    call: Callable[[Callable[[int, int], None]], Result]
    stop: threading.Event
    result: Result | None = field(default=None, init=False)
    _abandoned: threading.Event = field(default_factory=threading.Event, init=False)
    _events: queue.SimpleQueue = field(default_factory=queue.SimpleQueue, init=False)

    def steps(self) -> Iterator[tuple[int, int]]:
        """Run, yielding (step, steps) after every step.

        The thread has ended when this ends, also when the caller abandons it half way: the next run
        does not share the machine with a forgotten one.

        Raises:
            Stopped: `stop` was set.
            Exception: whatever the call raised.
        """
        thread = threading.Thread(target=self._work, name="generate", daemon=True)
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

    def _on_step(self, step: int, steps: int) -> None:
        self._events.put((step, steps))
        if step < steps and (self.stop.is_set() or self._abandoned.is_set()):
            raise Stopped
