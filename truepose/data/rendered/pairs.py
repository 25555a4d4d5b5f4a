"""True pairs: the same person in two poses, before the same camera, in the same light and place.

People come in a stream that a seed decides. Each is dressed once and photographed VIEWS times, half of them in each
of two places. In a place, a pair is a view and the next, and the last goes with the first, so that each picture is in
two pairs: once as source, once as target.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from .actions import sample_action
from .assets import Assets
from .person import sample_person
from .quality import quality_for
from .scene import Rendered, Sitting
from .stage import Stage, sample_stage

VIEWS = 8  # pictures, and so pairs, of one person
_GROUP = 4  # views in one place; they form a ring of as many pairs
SMALL_TURN = 25.0  # degrees: below it a pair shows the same side
_SMALL_SHARE = 0.4  # of the turns from view to view; the one that closes a ring is whatever is left


@dataclass(frozen=True, eq=False)
class RenderedPair:
    """One person twice.

    Attributes:
        source, target: the pictures.
        words: those printed on the clothes, seen or not.
        turn: degrees from the source's turn to the target's, -180 to 180, positive to the person's left.
    """

    source: Rendered
    target: Rendered
    words: tuple[str, ...]
    turn: float


def rendered_pairs(
    seed: int, count: int, assets: Assets, size: tuple[int, int], *, first: int = 0, stride: int = 1
) -> Iterator[RenderedPair]:
    """A stream of pairs, grouped by person.

    Args:
        seed: decides everything; another seed is another stream.
        count: how many pairs.
        assets: what people are made of.
        size: (height, width) of the pictures.
        first, stride: which people: `first`, `first + stride`, and so on, each with all VIEWS pairs (the last one with
            what is left of `count`). Worker w of n processes takes first=w, stride=n; LP_NUM_THREADS=0 in their
            environment keeps Mesa's software driver to one core each. A person's pairs are the same in every worker.

    Raises:
        ValueError: first or count is negative, or stride is not positive.
    """
    if min(first, count) < 0 or stride < 1:
        raise ValueError(f"first and count must be 0 or more and stride 1 or more, got {first}, {count}, {stride}")
    number = first
    while count > 0:
        yield from _pairs_of(seed, number, assets, size, range(min(count, VIEWS)))
        count -= VIEWS
        number += stride


def sample_pair(seed: int, number: int, assets: Assets, size: tuple[int, int]) -> RenderedPair:
    """Pair `number` of the stream that `rendered_pairs` gives with stride 1: a pure function of its arguments."""
    if number < 0:
        raise ValueError(f"number must be 0 or more, got {number}")
    return next(_pairs_of(seed, number // VIEWS, assets, size, range(number % VIEWS, number % VIEWS + 1)))


def _pairs_of(seed: int, number: int, assets: Assets, size: tuple[int, int], slots: range) -> Iterator[RenderedPair]:
    """Some of the pairs of person `number`; no picture is drawn twice."""
    quality = quality_for(size)
    person = sample_person(np.random.default_rng((seed, number, 0)), assets, quality)
    with Sitting(person, quality) as sitting:
        album = _Album(seed, number, sitting, size)
        for slot in slots:
            group, view = divmod(slot, _GROUP)
            following = group * _GROUP + (view + 1) % _GROUP
            source, target = album.picture(slot), album.picture(following)
            turn = (album.turn(following) - album.turn(slot) + 180) % 360 - 180
            yield RenderedPair(source, target, person.words, turn)


class _Album:
    """The pictures of one person, taken when they are first asked for."""

    def __init__(self, seed: int, number: int, sitting: Sitting, size: tuple[int, int]):
        self._key, self._sitting, self._size = (seed, number), sitting, size
        self._stages: dict[int, tuple[Stage, list[float]]] = {}
        self._pictures: dict[int, Rendered] = {}

    def turn(self, view: int) -> float:
        """Degrees the person turns in a view."""
        return self._stage(view // _GROUP)[1][view % _GROUP]

    def picture(self, view: int) -> Rendered:
        """A view."""
        if view not in self._pictures:
            stage, _ = self._stage(view // _GROUP)
            pose = sample_action(
                np.random.default_rng((*self._key, 2, view)), self.turn(view), self._sitting.person.skirted
            )
            self._pictures[view] = self._sitting.photograph(pose, stage.light, stage.plate, stage.camera)
        return self._pictures[view]

    def _stage(self, group: int) -> tuple[Stage, list[float]]:
        """A place with its light and camera, and the turns of the views taken there."""
        if group not in self._stages:
            rng = np.random.default_rng((*self._key, 1, group))
            stage = sample_stage(rng, self._sitting.height, self._size, self._sitting.quality.lights)
            self._stages[group] = stage, _turns(rng, _GROUP)
        return self._stages[group]


def _turns(rng: np.random.Generator, count: int) -> list[float]:
    """Degrees of so many views: from one to the next a small step or a large one, often to the other side."""
    turns = [float(rng.choice((rng.uniform(-40, 40), rng.uniform(-180, 180))))]
    for _ in range(count - 1):
        kind = rng.random()
        if kind < _SMALL_SHARE:
            step = rng.uniform(0, SMALL_TURN - 2)
        elif kind < 0.6:
            step = rng.uniform(150, 180)
        else:
            step = rng.uniform(SMALL_TURN, 150)
        turns.append(turns[-1] + float(step * rng.choice((-1, 1))))
    return turns
