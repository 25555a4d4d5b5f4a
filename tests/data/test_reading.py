"""What the reader learns from: labels stay with their pixels, and unknown is not absent."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from tests.tiny import figure
from truepose.data.augment import degrade, jitter_colors, tone_skin
from truepose.data.labelled import Labelled, from_street, load_rendered
from truepose.data.pseudo_maps import pseudo_map, write_pseudo_maps
from truepose.data.reading import ReaderDataset
from truepose.data.street import load_street
from truepose.openpose_json import format_openpose
from truepose.parsing import IGNORE, NUM_PARTS, parsing_image
from truepose.parsing import BodyPart as P
from truepose.photo import PhotoError
from truepose.pose import Keypoint as K
from truepose.reading.network import ReaderConfig, ReaderNet, Reading

WRISTS = ((K.RIGHT_WRIST, P.RIGHT_ARM), (K.LEFT_ELBOW, P.LEFT_ARM))


@pytest.fixture(scope="module")
def mapped(street) -> list[Labelled]:
    return [from_street(photo) for photo in load_street(street, validation=False)[:2]]


def test_labels_stay_under_their_joints_whatever_the_crop_flip_and_background(mapped):
    dataset = ReaderDataset([(1.0, mapped)], (128, 96), length=60, seed=0)
    checked = hits = 0
    for index in range(60):
        sample = dataset[index]
        assert sample["image"].shape == (3, 128, 96) and sample["parsing"].shape == (128, 96)
        for joint, part in WRISTS:
            if sample["present"][joint] == 1:
                x, y = sample["xy"][joint].round().int().tolist()
                checked += 1
                hits += int(sample["parsing"][min(y, 127), min(x, 95)] == part)
    assert checked > 60 and hits > 0.9 * checked


def test_a_sample_is_a_function_of_its_index(mapped):
    one, two = (ReaderDataset([(1.0, mapped)], (128, 96), length=9, seed=4) for _ in range(2))
    two[3]
    assert all((one[7][name] == two[7][name]).all() for name in ("image", "xy", "parsing"))
    assert (one[7]["image"] != one[8]["image"]).any()
    with pytest.raises(IndexError):
        one[9]
    with pytest.raises(ValueError, match="no photos"):
        ReaderDataset([(1.0, [])], (128, 96), length=9, seed=4)


def test_groups_are_drawn_by_their_shares(mapped):
    photo, person = figure()
    blank = Labelled(photo, np.full(photo.shape[:2], IGNORE, np.uint8), person.skeleton, np.ones(18, np.float32))
    dataset = ReaderDataset([(3.0, mapped), (1.0, [blank]), (5.0, [])], (64, 64), length=200, seed=0)
    unknown = sum(bool((dataset[i]["parsing"] == IGNORE).any()) for i in range(200))
    assert 30 < unknown < 75


def test_a_nose_behind_the_head_is_absent_and_a_hidden_wrist_is_unknown(tmp_path):
    photo, person = figure()
    skeleton = person.skeleton
    visible = skeleton.visible.copy()
    visible[[K.NOSE, K.LEFT_WRIST]] = False
    hidden = type(skeleton)(skeleton.xy, visible, skeleton.score)
    Image.fromarray(photo).save(tmp_path / "000001-0.webp", lossless=True)
    parsing_image(person.parsing).save(tmp_path / "000001-0.png")
    (tmp_path / "000001-0.json").write_text(json.dumps(format_openpose([hidden], photo.shape[:2])))
    Image.fromarray(photo).save(tmp_path / "sheet.webp")
    (item,) = load_rendered(tmp_path)
    assert item.present[K.NOSE] == 0 and np.isnan(item.present[K.LEFT_WRIST]) and item.present[K.RIGHT_WRIST] == 1
    assert (item.parsing == person.parsing).all() and item.mapped
    with pytest.raises(ValueError, match="no rendered people"):
        load_rendered(tmp_path / "none")
    (tmp_path / "000001-0.png").unlink()
    with pytest.raises(PhotoError, match="no parsing map"):
        load_rendered(tmp_path)


def test_a_knee_under_a_skirt_is_unknown(tmp_path):
    photo, person = figure()
    parsing = person.parsing.copy()
    x, y = person.skeleton.xy[K.LEFT_KNEE].astype(int)
    parsing[y - 2 : y + 3, x - 2 : x + 3] = P.SKIRT
    Image.fromarray(photo).save(tmp_path / "000001-0.webp", lossless=True)
    parsing_image(parsing).save(tmp_path / "000001-0.png")
    (tmp_path / "000001-0.json").write_text(json.dumps(format_openpose([person.skeleton], photo.shape[:2])))
    (item,) = load_rendered(tmp_path)
    assert np.isnan(item.present[K.LEFT_KNEE]) and item.present[K.RIGHT_KNEE] == 1


class Striped(ReaderNet):
    """Says trousers on the left of the picture surely, and is of two minds on the right."""

    def forward(self, image: torch.Tensor) -> Reading:
        batch, _, height, width = image.shape
        logits = torch.zeros(batch, NUM_PARTS, height // 4, width // 4)
        bright = torch.nn.functional.avg_pool2d(image.mean(1, keepdim=True), 4)[:, 0]
        logits[:, P.PANTS] = torch.where(bright > 0, 20.0, 0.0)
        return Reading(torch.zeros(batch, 18, height // 4, width // 4), torch.zeros(batch, 18), logits)


def test_pseudo_maps_keep_what_is_sure_and_stay_in_the_photos_pixels(street, tmp_path):
    item = load_street(street, validation=False)[2]
    assert item.parsing_path is None
    net = Striped(ReaderConfig(channels=8)).eval()
    labels = pseudo_map(net, item)
    photo = item.photo()
    x0, y0, x1, y1 = (round(v) for v in item.skeleton.box())
    bright = photo.astype(float).mean(-1) > 140
    dark = photo.astype(float).mean(-1) < 110
    inside = np.zeros(bright.shape, bool)
    inside[y0:y1, x0:x1] = True
    assert (labels[inside & bright] == P.PANTS).mean() > 0.8
    assert (labels[inside & dark] == IGNORE).mean() > 0.8
    assert set(np.unique(labels)) <= {0, int(P.PANTS), IGNORE}

    photos = load_street(street, validation=False)
    assert write_pseudo_maps(net, photos, tmp_path) == 1 and write_pseudo_maps(net, photos, tmp_path) == 0
    assert [p.name for p in tmp_path.iterdir()] == ["0004.png"]
    assert (from_street(item, tmp_path).parsing == labels).all()
    assert not from_street(item).mapped


def test_toned_skin_changes_skin_only():
    photo, person = figure()
    toned = tone_skin(photo, person.parsing, np.random.default_rng(0)).astype(int)
    skin = (person.parsing == P.FACE) | (person.parsing == P.LEFT_ARM)
    clothes = person.parsing == P.PANTS
    assert (toned[skin] - photo[skin]).mean() < -10
    assert np.abs(toned[clothes] - photo[clothes]).mean() < 1


def test_degraded_pictures_keep_their_size_and_are_reproducible():
    photo, _ = figure()
    for seed in range(40):
        one, two = (degrade(jitter_colors(photo, rng), rng) for rng in map(np.random.default_rng, (seed, seed)))
        assert one.shape == photo.shape and one.dtype == np.uint8 and (one == two).all()
