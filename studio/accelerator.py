"""A GPU that is lent for one generation at a time, as on Hugging Face's ZeroGPU. Elsewhere nothing is wrapped.

There the decorated generator runs in a forked process which holds the GPU: what goes in and what comes out is pickled,
and nothing that it changes comes back. So a generation travels whole, from the photo on; the weights are inherited.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from PIL import Image

from truepose import style, where
from truepose.pipeline import Result, TruePosePipeline
from truepose.pose import Skeleton
from truepose.reading import Person
from truepose.style import StyleResult
from truepose.where import Look

from .run import Pace, Run, Step

try:  # only Spaces have it; it must come before anything uses CUDA
    import spaces
except ImportError:
    spaces = None

SECONDS = 15  # a generation's declared share of the GPU: the shorter, the sooner it is lent
# Decorates a generator function; (duration=seconds) -> decorator.
Lender = Callable[..., Callable[[Callable], Callable]]


def gpu_is_lent(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this is a Space whose GPU is there only inside decorated functions."""
    return environment.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")


def accelerated(pipeline: TruePosePipeline) -> TruePosePipeline | LentPipeline:
    """The pipeline itself, or where the GPU is lent, one that borrows it for every generation."""
    return LentPipeline(pipeline, spaces.GPU) if spaces is not None and gpu_is_lent() else pipeline


@dataclass(frozen=True, eq=False)
class LentSource:
    """A photo that is encoded when the GPU is there."""

    photo: Image.Image
    person: Person | None


class LentPipeline:
    """Stands for a pipeline in the app: the same calls, each generation under one loan.

    Args:
        pipeline: whose weights are used.
        lender: `spaces.GPU`.
    """

    def __init__(self, pipeline: TruePosePipeline, lender: Lender):
        self._pipeline = pipeline
        self.defaults = pipeline.defaults
        self._reposing = lender(duration=SECONDS)(self._repose)
        self._styling = lender(duration=SECONDS)(self._style)
        self._looking = lender(duration=SECONDS)(self._look)

    def encode_source(self, photo: Image.Image, person: Person | None = None) -> LentSource:
        """Nothing yet: between two generations there is no GPU."""
        return LentSource(photo, person)

    def repose(
        self, photo: Image.Image, target: Skeleton, *, person: Person | None = None, source: LentSource | None = None,
        on_step: Callable | None = None, **settings: Any,
    ) -> Result:  # fmt: skip
        """As `TruePosePipeline.repose`."""
        source = source or LentSource(photo, person)
        return _last(self._reposing(source, target, settings), on_step)

    def transfer_style(
        self,
        reference: LentSource,
        source: LentSource,
        mask: np.ndarray,
        *,
        on_step: Callable | None = None,
        **settings,
    ) -> StyleResult:
        """As `truepose.style.transfer_style`."""
        return _last(self._styling(reference, source, mask, settings), on_step)

    def where_it_looked(
        self, source: LentSource, target: Skeleton, *, on_step: Callable | None = None, **settings: Any
    ) -> Look:
        """As `truepose.where.where_it_looked`."""
        return _last(self._looking(source, target, settings), on_step)

    def _repose(self, source: LentSource, target: Skeleton, settings: dict[str, Any]) -> Iterator:
        def call(on_step: Callable) -> Result:
            return self._pipeline.repose(source.photo, target, person=source.person, on_step=on_step, **settings)

        yield from _told(call)

    def _style(self, reference: LentSource, source: LentSource, mask: np.ndarray, settings: dict[str, Any]) -> Iterator:
        def call(on_step: Callable) -> StyleResult:
            sources = (self._pipeline.encode_source(each.photo, each.person) for each in (reference, source))
            return style.transfer_style(self._pipeline, *sources, mask, on_step=on_step, **settings)

        yield from _told(call)

    def _look(self, source: LentSource, target: Skeleton, settings: dict[str, Any]) -> Iterator:
        def call(on_step: Callable) -> Look:
            encoded = self._pipeline.encode_source(source.photo, source.person)
            return where.where_it_looked(self._pipeline, encoded, target, on_step=on_step, **settings)

        yield from _told(call)


def transfer_style(pipeline: TruePosePipeline | LentPipeline, *sources_and_mask: Any, **options: Any) -> StyleResult:
    """`truepose.style.transfer_style`, under a loan where the GPU is lent."""
    if isinstance(pipeline, LentPipeline):
        return pipeline.transfer_style(*sources_and_mask, **options)
    return style.transfer_style(pipeline, *sources_and_mask, **options)


def where_it_looked(pipeline: TruePosePipeline | LentPipeline, *source_and_target: Any, **options: Any) -> Look:
    """`truepose.where.where_it_looked`, under a loan where the GPU is lent."""
    if isinstance(pipeline, LentPipeline):
        return pipeline.where_it_looked(*source_and_target, **options)
    return where.where_it_looked(pipeline, *source_and_target, **options)


def _told(call: Callable[[Callable], Any]) -> Iterator:
    """What a call tells after every step, and at last what it returns. Closing this ends the call after a step."""
    run = Run(call, threading.Event(), Pace())
    yield from run.steps()
    yield run.result


def _last(events: Iterator, on_step: Callable | None) -> Any:
    """The result of a generation followed from here; what `on_step` raises ends the loan.

    What a step foresees was drawn under the loan, or not: it cannot be asked for later.
    """
    with closing(events):
        for event in events:
            if not isinstance(event, Step):
                return event
            if on_step is not None:
                on_step(event.step, event.steps, partial(getattr, event, "picture"))
    raise RuntimeError("the lent GPU's process ended without a result")
