from __future__ import annotations

import numpy as np

from truepose.reading.guided_filter import GuidedFilter


def test_the_filter_fits_a_mask_that_is_linear_in_the_colours():
    guide = np.random.default_rng(0).uniform(0, 1, (40, 30, 3)).astype(np.float32)
    mask = guide @ np.float32([0.2, 0.5, -0.1]) + 0.3
    slope, offset = GuidedFilter(guide, 3, 1e-6)(mask)
    np.testing.assert_allclose((slope * guide).sum(-1) + offset, mask, atol=0.01)
