"""The cache against looking anew: the same samples, the same loss, and no cache of other networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.model.test_base import sd_config
from tests.tiny import figure, tiny_model
from truepose.data.pair import pair_of
from truepose.data.pairs import PairDataset
from truepose.training import caching
from truepose.training.caching import CACHED, CachedPairs, cache_pairs
from truepose.training.objective import Objective, ObjectiveConfig


@pytest.fixture(scope="module")
def pairs():
    photo, person = figure(64, 48)
    moved = person.skeleton.moved(4, 12, 20)
    return [pair_of(np.roll(photo, k, 2), person, photo, person.parsing, moved) for k in range(3)]


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(2)
    return tiny_model(sd_config(train_region_encoder=False))


def dataset(pairs, cached=None):
    return PairDataset([(1.0, pairs)], length=12, seed=4, cached=cached and [cached])


def test_cached_samples_give_the_loss_of_looking_anew(model, pairs, tmp_path, monkeypatch):
    cached = cache_pairs(model, pairs, tmp_path, batch_size=2)
    assert len(cached) == 3
    monkeypatch.setattr("truepose.data.pairs.relit", lambda batch, rng: batch)
    objective = Objective(model, ObjectiveConfig())
    losses = []
    for samples in (dataset(pairs), dataset(pairs, cached)):
        stacked = [samples[i] for i in range(12)]
        batch = {name: torch.stack([sample[name] for sample in stacked]) for name in stacked[0]}
        assert ("tokens" in batch) == (samples.cached is not None)
        losses.append(objective(model, batch, torch.Generator().manual_seed(0))[0].item())
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)  # the cache has half precision


def test_a_stopped_cache_goes_on_and_a_whole_one_is_kept(model, pairs, tmp_path, monkeypatch):
    monkeypatch.setattr(caching, "_PER_SHARD", 2)
    cache_pairs(model, pairs, tmp_path)
    first, second = sorted(tmp_path.glob("latents-*"))
    before = {name: tensor.clone() for name, tensor in CachedPairs(tmp_path)[2].items()}
    second.unlink()
    old = first.stat().st_mtime_ns
    cached = cache_pairs(model, pairs, tmp_path)
    assert first.stat().st_mtime_ns == old
    for name in CACHED:
        torch.testing.assert_close(cached[2][name], before[name])
    with pytest.raises(IndexError):
        cached[3]


def test_what_cannot_be_cached_is_refused(model, pairs, tmp_path):
    cache_pairs(model, pairs, tmp_path)
    with pytest.raises(ValueError, match="other pairs"):
        cache_pairs(model, pairs[:2], tmp_path)
    torch.manual_seed(9)
    with pytest.raises(ValueError, match="other networks"):
        cache_pairs(tiny_model(model.config), pairs, tmp_path)
    with pytest.raises(ValueError, match="region encoder learns"):
        cache_pairs(tiny_model(replace(model.config, train_region_encoder=True)), pairs, tmp_path / "new")


def test_as_many_other_pictures_are_not_taken_for_these(model, pairs, tmp_path):
    cache_pairs(model, pairs, tmp_path)
    with pytest.raises(ValueError, match="other pairs"):
        cache_pairs(model, pairs[::-1], tmp_path)
