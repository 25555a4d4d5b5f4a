"""The SegFormer parser: a tiny one through the real loader, and its geometry with a network that sees colours."""

from __future__ import annotations

import json
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
import torch
from transformers import SegformerConfig, SegformerImageProcessor

from tests.reading.hub.weights_made import SEGFORMER_LABELS, save_segformer
from truepose.parsing import BodyPart as P
from truepose.pose import Skeleton
from truepose.reading.hub.segformer import SegformerParser
from truepose.reading.hub.weights import WeightsMissing
from truepose.reading.person import Candidate


class Eye(torch.nn.Module):
    """Labels red pixels a face and all others, but for those of the padding's colour, pants; remembers what it saw."""

    device = torch.device("cpu")
    config = SimpleNamespace(id2label={0: "pants", 1: "Background", 2: "face"})

    def forward(self, pixel_values: torch.Tensor) -> SimpleNamespace:
        self.seen = pixel_values
        red = torch.nn.functional.avg_pool2d(pixel_values[:, :1], 4)
        grey = pixel_values.abs().amax(1, keepdim=True) < 0.05  # the padding is the processor's mean: zero
        padding = torch.nn.functional.avg_pool2d(grey.float(), 4)
        return SimpleNamespace(logits=torch.cat([torch.zeros_like(red), 9 * padding - 4, red], 1))


@pytest.fixture
def eye():
    return SegformerParser(Eye(), SegformerImageProcessor())


def photo_with_disc(height: int, width: int, x: int, y: int, radius: int) -> tuple[np.ndarray, np.ndarray]:
    photo = np.zeros((height, width, 3), np.uint8)
    cv2.circle(photo, (x, y), radius, (255, 0, 0), -1)
    return photo, photo[..., 0] > 0


@pytest.mark.parametrize(("height", "width", "radius"), [(400, 150, 50), (90, 300, 30), (1500, 700, 200)])
def test_labels_are_where_the_crop_shows_them_and_nothing_is_stretched(eye, height, width, radius):
    crop, disc = photo_with_disc(height, width, width // 2 + 7, height // 2 - 5, radius)
    labels = eye.label_crop(crop)
    assert labels.shape == crop.shape[:2] and labels.dtype == np.uint8
    cell = max(height, width) / 128
    uncertain = cv2.morphologyEx(disc.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0
    uncertain = cv2.dilate(uncertain.astype(np.uint8), np.ones((int(2 * cell) + 3,) * 2)) > 0
    edge = int(cell) + 2
    uncertain[:edge], uncertain[-edge:], uncertain[:, :edge], uncertain[:, -edge:] = (True,) * 4
    np.testing.assert_array_equal(labels[~uncertain], np.where(disc, P.FACE, P.PANTS)[~uncertain])
    assert abs(int((labels == P.FACE).sum()) / disc.sum() - 1) < 0.1
    rows, columns = (eye.model.seen[0, 0] > 1).numpy().nonzero()
    assert abs(np.ptp(rows) - np.ptp(columns)) <= 2 and eye.model.seen.shape[-2:] == (512, 512)


def test_the_crop_is_pasted_back_and_nothing_is_labelled_beyond_it(eye):
    photo, disc = photo_with_disc(600, 500, 320, 250, 40)
    person = Candidate(Skeleton.from_points({}), (250, 120, 400, 420))
    labels = eye.parse(photo, person)
    assert labels.shape == photo.shape[:2]
    inside = np.zeros(photo.shape[:2], bool)
    inside[90:450, 235:415] = True  # a tenth of the box's sides more
    assert not labels[~inside].any()
    assert (labels[inside & ~disc] == P.PANTS).mean() > 0.95
    rows, columns = (labels == P.FACE).nonzero()
    assert abs(rows.mean() - 250) < 1 and abs(columns.mean() - 320) < 1


def test_a_person_at_the_photos_corner_is_cropped_inside_it(eye):
    photo, _ = photo_with_disc(100, 80, 5, 5, 30)
    labels = eye.parse(photo, Candidate(Skeleton.from_points({}), (0, 0, 80, 100)))
    assert labels.shape == (100, 80) and labels[5, 5] == P.FACE and labels[90, 70] == P.PANTS


def test_labels_are_told_by_name_not_by_number(tmp_path):
    """The same network with its labels stored in another order gives the same map."""
    crop = np.random.default_rng(0).integers(0, 255, (70, 50, 3), np.uint8)
    model = save_segformer(tmp_path / "usual")
    usual = SegformerParser.from_pretrained(tmp_path / "usual").label_crop(crop)
    order = np.random.default_rng(1).permutation(len(SEGFORMER_LABELS))
    save_segformer(tmp_path / "other", [SEGFORMER_LABELS[i].lower().replace("-", "_") for i in order])
    with torch.no_grad():
        classifier = model.decode_head.classifier
        classifier.weight.copy_(classifier.weight[order].clone())
        classifier.bias.copy_(classifier.bias[order].clone())
    model.config = SegformerConfig.from_pretrained(tmp_path / "other")
    model.save_pretrained(tmp_path / "other")
    other = SegformerParser.from_pretrained(tmp_path / "other").label_crop(crop)
    assert len(np.unique(usual)) > 3
    assert (usual == other).mean() > 0.999


def test_a_square_crop_gives_what_transformers_gives(tmp_path):
    model = save_segformer(tmp_path)
    crop = np.random.default_rng(0).integers(0, 255, (128, 128, 3), np.uint8)
    processor = SegformerImageProcessor()
    with torch.no_grad():
        outputs = model(**processor(images=crop, return_tensors="pt"))
    wanted = processor.post_process_semantic_segmentation(outputs, [(128, 128)])[0].numpy()
    np.testing.assert_array_equal(SegformerParser.from_pretrained(tmp_path).label_crop(crop), wanted)


def test_foreign_labels_are_refused(tmp_path):
    save_segformer(tmp_path, ("wall", *SEGFORMER_LABELS[1:]))
    with pytest.raises(ValueError, match='18 of ATR .* got "wall"'):
        SegformerParser.from_pretrained(tmp_path)
    save_segformer(tmp_path, SEGFORMER_LABELS[1:])
    with pytest.raises(ValueError, match="no background"):
        SegformerParser.from_pretrained(tmp_path)


def test_missing_damaged_and_other_weights_are_said_plainly(tmp_path):
    with pytest.raises(WeightsMissing, match="lacks config.json"):
        SegformerParser.from_pretrained(tmp_path)
    save_segformer(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"depths": [1, 1, 1, 2]}))
    with pytest.raises(ValueError, match="damaged or does not hold the weights of a SegFormer"):
        SegformerParser.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(b"not tensors")
    with pytest.raises(ValueError, match="damaged or does not hold"):
        SegformerParser.from_pretrained(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(WeightsMissing, match="lacks model.safetensors"):
        SegformerParser.from_pretrained(tmp_path)
