from __future__ import annotations

import numpy as np
import pytest

from truepose.data.pair import PAIR_FIELDS
from truepose.data.rendered.assets import Assets
from truepose.data.rendered_pairs import RenderedPairMaker
from truepose.parsing import person_mask


@pytest.fixture(scope="module")
def maker():
    return RenderedPairMaker(Assets(), (96, 64), 3)


def test_pairs_are_the_same_person_before_the_same_background(maker):
    pair = next(pair for i in range(8) if (pair := maker(i)) is not None)
    assert pair.source.shape == pair.target.shape == pair.hint.shape == (96, 64, 3)
    neither = ~(person_mask(pair.source_parsing) | person_mask(pair.target_parsing))
    # Shadows on the floor move, the rest stands still.
    apart = np.abs(pair.source.astype(int) - pair.target).mean(2)
    assert np.median(apart[neither]) < 4
    assert np.median(apart[~neither]) > np.median(apart[neither])
    assert (pair.source_triplets[:, :2] != pair.target_triplets[:, :2]).any()


def test_a_pair_does_not_depend_on_what_was_asked_before(maker):
    fresh = RenderedPairMaker(Assets(), (96, 64), 3)
    first, again = fresh(5), maker(5)
    assert (first is None) == (again is None)
    for name in PAIR_FIELDS if first is not None else ():
        np.testing.assert_array_equal(getattr(first, name), getattr(again, name))
