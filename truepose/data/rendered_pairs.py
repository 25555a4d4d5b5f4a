"""True pairs of rendered people as training pairs: turns and foreshortening, which no single photo can teach."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ..reading.person import Person
from .misreading import misread
from .pair import Pair, pair_of, person_box
from .rendered.assets import Assets
from .rendered.pairs import VIEWS, RenderedPair, rendered_pairs


class RenderedPairMaker:
    """Makes training pairs of rendered people; pair i is a pure function of (seed, i) and of the assets.

    Args:
        assets: what people are made of.
        size: (H, W) of the pairs.
        seed: of all choices.
    """

    def __init__(self, assets: Assets, size: tuple[int, int], seed: int):
        self.assets, self.size, self.seed = assets, size, seed
        # A person is dressed once for all of their pairs, which are mostly asked for in a row.
        self._of_person = lru_cache(maxsize=1)(self._pairs_of)

    def __call__(self, index: int) -> Pair | None:
        """Pair number `index`; None where a picture shows too few joints to warp by."""
        rendered = self._of_person(index // VIEWS)[index % VIEWS]
        return as_pair(rendered, np.random.default_rng((self.seed, index)))

    def _pairs_of(self, number: int) -> list[RenderedPair]:
        return list(rendered_pairs(self.seed, VIEWS, self.assets, self.size, first=number))


def as_pair(rendered: RenderedPair, rng: np.random.Generator) -> Pair | None:
    """The training pair, its source read with a reader's errors; None where fewer than six joints are seen."""
    source, target = rendered.source, rendered.target
    seen, wanted = source.skeleton, target.skeleton
    if min(seen.visible.sum(), wanted.visible.sum()) < 6:
        return None
    person = misread(Person(seen, source.parsing, person_box(source.parsing)), rng)
    return pair_of(source.image, person, target.image, target.parsing, wanted)
