from __future__ import annotations

import numpy as np
import pytest

from tests.tiny import figure, tiny_config, tiny_model
from truepose.data.pair import Pair
from truepose.data.pseudo_pairs import make_pair
from truepose.evaluation.pairs import METHODS, NEITHER, NO_HINT, measure_pairs, pictures, summary
from truepose.evaluation.tables import markdown


@pytest.fixture(scope="module")
def pair():
    photo, person = figure()
    return make_pair(photo, person, (64, 48), np.random.default_rng(1), [])


def changed(pair, **fields) -> Pair:
    return Pair(**{**vars(pair), **fields})


def test_every_method_is_measured_and_an_untrained_model_is_the_warp(pair):
    model = tiny_model(tiny_config(), alive=False)
    table = measure_pairs(model, [pair], steps=2, guidance_scale=1.0)
    assert tuple(table) == METHODS
    for name, value in table["warp"].items():
        assert table["result"][name] == pytest.approx(value, rel=0.02), name
    assert table["copy"]["ssim"] != table["warp"]["ssim"]
    assert set(summary(table)) >= {"warp_ssim", "result_defect_distance"}


def test_the_figures_know_better_from_worse(pair):
    model = tiny_model(tiny_config(), alive=False)
    perfect = changed(pair, hint=pair.target)
    blurred = changed(pair, hint=np.repeat(np.repeat(pair.target[::4, ::4], 4, 0), 4, 1))
    good, bad = (measure_pairs(model, [p], steps=1, guidance_scale=1.0)["warp"] for p in (perfect, blurred))
    assert good["ssim"] == pytest.approx(1) and good["distance"] == pytest.approx(0, abs=1e-5)
    assert good["sharpness"] == pytest.approx(1) and good["psnr"] > 50
    assert bad["ssim"] < 0.9 and bad["distance"] > 0.1 and bad["sharpness"] < 0.9


def test_results_are_pictures_of_the_pairs_size(pair):
    answers = pictures(tiny_model(tiny_config()), pair, steps=1, guidance_scale=2.0)
    assert {a.shape for a in answers.values()} == {(64, 48, 3)} and {a.dtype for a in answers.values()} == {
        np.dtype(np.uint8)
    }


def test_tables_are_markdown():
    assert markdown(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_the_network_is_measured_without_hint_and_without_source(pair):
    model = tiny_model(tiny_config())
    table = measure_pairs(model, [pair], steps=1, guidance_scale=1.0, without_hint=True)
    assert set(table) == {*METHODS, NO_HINT, NEITHER}
    other = changed(pair, hint=255 - pair.hint, source=pair.source[::-1].copy())
    first, second = (pictures(model, p, steps=1, guidance_scale=1.0, without_hint=True) for p in (pair, other))
    assert (first[NEITHER] == second[NEITHER]).all()  # sees neither
    assert (first[NO_HINT] != second[NO_HINT]).any()  # sees the source
