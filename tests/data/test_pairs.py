"""Pseudo-pairs: what they hold, that they are reproducible, and that they survive packing."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import pytest
import torch

from tests.tiny import figure
from truepose.checkpoint import write_tensors
from truepose.data.making import make_pairs
from truepose.data.pair import PAIR_FIELDS, mirror_pair
from truepose.data.pairs import PairDataset, pair_batch
from truepose.data.poses import random_pose
from truepose.data.pseudo_pairs import PairMaker, before_a_wall, make_pair
from truepose.data.shards import PairShards, write_shards
from truepose.data.street import load_street
from truepose.parsing import BodyPart as P
from truepose.pose import LIMBS


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


def test_the_hint_returns_to_the_targets_pose():
    """Where the hint vouches for itself it shows the target; the source mostly does not."""
    photo, person = figure()
    ratios = []
    for seed in range(8):
        pair = make_pair(photo, person, (128, 96), np.random.default_rng(seed), [])
        sure = pair.keep > 250
        assert 0.3 < sure.mean() < 1
        hint, source = (np.abs(x.astype(int) - pair.target).mean(2) for x in (pair.hint, pair.source))
        assert hint[sure].mean() < 12
        shown = pair.target_parsing > 0
        ratios.append(hint[shown].mean() / source[shown].mean())
    assert np.median(ratios) < 0.8


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
    made = []
    for folder in ("a", "b"):
        maker = PairMaker(photos, (128, 96), 5, FigureReader())
        assert write_shards(maker, tmp_path / folder, 5, per_shard=2) == 3
        made.append([pair for index in range(5) if (pair := maker(index)) is not None])
    first, second = PairShards(tmp_path / "a"), PairShards(tmp_path / "b")
    assert len(first) == len(second) == len(made[0]) > 2
    for a, b, c in zip(first, second, made[0], strict=True):
        for name in PAIR_FIELDS:
            np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
            np.testing.assert_array_equal(getattr(a, name), getattr(c, name))
    assert not list((tmp_path / "a").glob("*.part*"))
    assert len(PairShards(tmp_path / "a", 2)) == len(first[:2]) == 2


def test_several_processes_write_the_shards_of_one(pair, tmp_path):
    numbers = []

    def make(number):
        numbers.append(number)
        return pair if number != 3 else None

    for worker in (0, 1):
        write_shards(make, tmp_path, 7, per_shard=2, first=worker, stride=2)
    assert sorted(numbers) == list(range(7)) and len(PairShards(tmp_path)) == 6
    write_shards(make, tmp_path, 7, per_shard=2)
    assert len(numbers) == 7  # what is there already is kept


def test_samples_are_drawn_by_share_and_reproducible(pair):
    other = replace(pair, target=np.zeros_like(pair.target))
    dataset = PairDataset([(3.0, [pair]), (1.0, [other]), (0.0, [])], length=80, seed=0)
    assert (dataset[3]["target"] == dataset[3]["target"]).all()
    dark = np.mean([float(dataset[i]["target"].max()) < -0.9 for i in range(80)])
    assert 0.12 < dark < 0.4
    with pytest.raises(IndexError):
        dataset[80]
    with pytest.raises(ValueError, match="no pairs"):
        PairDataset([], length=1, seed=0)


def test_a_folder_without_pairs_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no pairs"):
        PairShards(tmp_path)
    (tmp_path / "pairs-00000.safetensors").write_bytes(b"not one")
    with pytest.raises(ValueError, match="cannot read"):
        PairShards(tmp_path)
    write_tensors(tmp_path / "pairs-00000.safetensors", {"source": torch.zeros(1, 8, 8, 3)})
    with pytest.raises(ValueError, match="lacks"):
        PairShards(tmp_path)


def test_a_wall_replaces_the_street_and_leaves_the_person():
    photo, person = figure()
    shown = before_a_wall(photo, person.parsing, person.skeleton, np.random.default_rng(0))
    inside = cv2.erode((person.parsing > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    outside = cv2.dilate((person.parsing > 0).astype(np.uint8), np.ones((25, 25), np.uint8)) == 0
    assert abs(shown[inside].astype(int) - photo[inside]).mean() < 1
    assert abs(shown[outside].astype(int) - photo[outside]).mean() > 8


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


def test_any_number_of_processes_makes_the_same_pairs(street, tmp_path):
    build = partial(PairMaker, load_street(street, validation=False), (64, 48), 5, FigureReader())
    for workers in (1, 2):
        make_pairs(build, tmp_path / str(workers), 70, workers)
    one, two = (PairShards(tmp_path / name) for name in ("1", "2"))
    assert len(one) == len(two) > 40 and len(one.paths) == 2
    for index in (0, len(one) - 1):
        np.testing.assert_array_equal(one[index].hint, two[index].hint)
