"""Pseudo-pairs: what they hold, that they are reproducible, and that they survive packing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from tests.tiny import figure
from truepose.data.pairs import PairDataset, load_pairs, mirror_pair, pair_batch
from truepose.data.poses import random_pose
from truepose.data.pseudo_pairs import PAIR_FIELDS, PairMaker, make_pair, write_shards
from truepose.data.street import load_street
from truepose.parsing import BodyPart as P
from truepose.pose import LIMBS, Keypoint


class FigureReader:
    """Reads the drawn figure, whatever the photo."""

    def read(self, image):
        return figure(image.height, image.width)[1]


@pytest.fixture(scope="module")
def pair():
    photo, person = figure()
    return make_pair(photo, person, (128, 96), np.random.default_rng(1), [])


def test_the_splits_are_by_name(street):
    assert [p.name for p in load_street(street, validation=False)] == ["0001", "0002", "0004"]
    assert [p.name for p in load_street(street, validation=True)] == ["0003"]
    with pytest.raises(ValueError, match="people.jsonl"):
        load_street(street / "photos", validation=True)


def test_the_hint_returns_to_the_targets_pose(pair):
    """Where the hint vouches for itself it shows the target; the source does not."""
    sure = pair.keep > 250
    assert 0.3 < sure.mean() < 1
    hint, source = (np.abs(x.astype(int) - pair.target).mean(2) for x in (pair.hint, pair.source))
    assert hint[sure].mean() < 8
    person = pair.target_parsing > 0
    assert hint[person].mean() < 0.7 * source[person].mean()


def test_batches_have_their_shapes_and_ranges(pair):
    batch = pair_batch(pair)
    assert batch["source"].shape == batch["target"].shape == batch["pose_map"].shape == (3, 128, 96)
    assert batch["hint"].shape == (5, 128, 96) and batch["region_masks"].shape == (17, 128, 96)
    for name in ("source", "target", "pose_map", "hint"):
        assert batch[name].min() >= -1 and batch[name].max() <= 1
    present = (batch["boxes"][:, 2] > 0).numpy()
    np.testing.assert_array_equal(present, batch["region_masks"].flatten(1).any(1).numpy())
    assert batch["part_mask"].any()


def test_mirroring_a_pair_twice_gives_it_back(pair):
    back = mirror_pair(mirror_pair(pair))
    for name in PAIR_FIELDS:
        np.testing.assert_allclose(getattr(back, name), getattr(pair, name), atol=1e-3)
    mirrored = mirror_pair(pair)
    assert (mirrored.source_parsing == P.LEFT_ARM).sum() == (pair.source_parsing == P.RIGHT_ARM).sum() > 0


def test_packed_pairs_are_reproducible_and_load(street, tmp_path):
    photos = load_street(street, validation=False)
    for folder in ("a", "b"):
        maker = PairMaker(photos, (128, 96), 5, FigureReader())
        assert write_shards(maker, tmp_path / folder, 5, per_shard=2) == 3
    first, second = load_pairs(tmp_path / "a"), load_pairs(tmp_path / "b")
    assert len(first) == len(second) == 5
    for a, b in zip(first, second, strict=True):
        for name in PAIR_FIELDS:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    assert not list((tmp_path / "a").glob("*.part*"))
    dataset = PairDataset(first, length=10, seed=0)
    assert (dataset[3]["target"] == dataset[3]["target"]).all()
    with pytest.raises(IndexError):
        dataset[10]


def test_a_folder_without_pairs_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no pairs"):
        load_pairs(tmp_path)
    np.savez(tmp_path / "pairs-00000.npz", source=np.zeros((1, 8, 8, 3), np.uint8))
    with pytest.raises(ValueError, match="lacks"):
        load_pairs(tmp_path)


def test_dragged_poses_keep_the_bones_lengths():
    _, person = figure()
    skeleton = person.skeleton

    def lengths(s):
        return np.array([np.linalg.norm(s.xy[a] - s.xy[b]) for a, b in LIMBS if "HIP" not in a.name + b.name])

    for seed in range(20):
        pose = random_pose(skeleton, np.random.default_rng(seed), [])
        ratio = lengths(pose) / lengths(skeleton)
        assert ratio.std() < 0.02 and 0.7 < ratio.mean() < 1.4
        assert pose.visible.all()
