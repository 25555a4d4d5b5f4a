"""Pairs of a prepared folder, and folders opened for what they are."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.data.sets import FLAT, write_deepfashion, write_maps
from tests.own import write_figures
from truepose.data.deepfashion import list_deepfashion
from truepose.data.listings import list_own
from truepose.data.opening import open_pairs
from truepose.data.pair import PAIR_FIELDS, pair_of, person_box
from truepose.data.pairs import PairDataset, pair_batch
from truepose.data.prepared import PSEUDO_PAIRS_PER_PHOTO, PreparedPairs, PreparedPictures
from truepose.data.preparing import prepare
from truepose.data.shards import PairShards, write_shards
from truepose.inputs import without_hint
from truepose.reading import Person

SIZE = (128, 88)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("prepared")
    write_deepfashion(root / "set")
    write_maps(root / "set" / "parsing")
    prepare(list_deepfashion(root / "set", "test"), root / "out", SIZE)
    return root / "out"


def test_a_pair_is_its_two_pictures(folder):
    pairs = PreparedPairs(folder, hint=False)
    pictures = PreparedPictures(folder)
    stored = dict(zip(pictures.names, pictures, strict=True))
    assert len(pairs) == 3 and len(pictures) == 5
    pair, source, target = pairs[1], stored[FLAT[2]], stored[FLAT[3]]
    np.testing.assert_array_equal(pair.source, source.photo())
    np.testing.assert_array_equal(pair.target, target.photo())
    np.testing.assert_array_equal(pair.source_parsing, source.parsing())
    np.testing.assert_array_equal(pair.target_triplets, target.skeleton.triplets())
    assert (pairs[2].target == stored[FLAT[0]].photo()).all() and len(PreparedPairs(folder, hint=False, count=2)) == 2
    with pytest.raises(IndexError):
        pairs[3]


def test_without_a_hint_nothing_is_said(folder):
    batch = pair_batch(PreparedPairs(folder, hint=False)[0])
    torch.testing.assert_close(batch["hint"], without_hint(batch["hint"]), atol=0.004, rtol=0)
    assert not batch["keep"].any()


def test_with_a_hint_the_source_is_warped(folder):
    pair, plain = (PreparedPairs(folder, hint=hint)[0] for hint in (True, False))
    target = PreparedPictures(folder)[list(PreparedPictures(folder).names).index(FLAT[1])]
    source = PreparedPictures(folder)[list(PreparedPictures(folder).names).index(FLAT[0])].picture()
    person = Person(source.skeleton, source.parsing, person_box(source.parsing))
    true = pair_of(source.image, person, target.photo(), target.parsing(), target.skeleton)
    for name in PAIR_FIELDS:
        np.testing.assert_array_equal(getattr(pair, name), getattr(true, name))
        if name not in ("hint", "alpha", "keep"):
            np.testing.assert_array_equal(getattr(pair, name), getattr(plain, name))
    assert pair.alpha.any() and pair.keep.any()


def test_single_photos_give_pseudo_pairs_always_the_same(tmp_path):
    write_figures(tmp_path / "photos", 3)
    prepare(list_own(tmp_path / "photos"), tmp_path / "out", SIZE)
    pairs = open_pairs(tmp_path / "out", hint=True)
    assert len(pairs) == 3 * PSEUDO_PAIRS_PER_PHOTO
    pair, again, other = pairs[5], PreparedPairs(tmp_path / "out", hint=True)[5], pairs[6]
    assert pair.target.shape == (*SIZE, 3) and pair.alpha.any()
    assert (pair.target == again.target).all() and (pair.target != other.target).any()
    silent = open_pairs(tmp_path / "out", hint=False)[5]
    assert (silent.target == pair.target).all() and not silent.alpha.any() and (silent.hint == 128).all()


def test_training_draws_from_a_prepared_folder(folder):
    dataset = PairDataset([(1.0, open_pairs(folder, hint=False))], length=6, seed=0)
    batch = torch.utils.data.default_collate([dataset[i] for i in range(6)])
    assert batch["source"].shape == (6, 3, *SIZE)


def test_folders_are_opened_for_what_they_are(folder, tmp_path):
    pairs = open_pairs(folder, hint=True, count=1)
    write_shards(lambda number: pairs[0], tmp_path / "packed", 2)
    packed = open_pairs(tmp_path / "packed", hint=False)
    assert isinstance(packed, PairShards) and len(packed) == 2 and isinstance(pairs, PreparedPairs)
    with pytest.raises(ValueError, match="truepose prepare"):
        open_pairs(tmp_path, hint=True)
    (tmp_path / "prepared.json").write_text("{")
    with pytest.raises(ValueError, match="cannot read"):
        open_pairs(tmp_path, hint=True)
