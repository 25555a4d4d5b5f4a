"""True pairs of rendered people as training pairs: turns and foreshortening, which no single photo can teach."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from .pair import Pair
from .picture_pairs import as_pair
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
        return as_pair(rendered.source, rendered.target, np.random.default_rng((self.seed, index)))

    def _pairs_of(self, number: int) -> list[RenderedPair]:
        return list(rendered_pairs(self.seed, VIEWS, self.assets, self.size, first=number))
