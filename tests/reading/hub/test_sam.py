"""SAM's masks against its own predictor, on tiny weights; both kinds of files through their real loaders."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from segment_anything import SamPredictor, sam_model_registry
from segment_anything.build_sam import _build_sam

from tests.tiny import figure
from truepose.parsing import BodyPart as P
from truepose.parsing import person_mask
from truepose.reading.hub.sam import (
    ClickMasker,
    SharpenedReader,
    load_mobile_sam,
    load_sam,
    sharpen_outline,
)
from truepose.reading.person import Candidate, Person

CLICKS, SIGNS = np.array([[300.0, 400.0], [500.0, 120.0]]), np.array([True, False])


@pytest.fixture(scope="module")
def sam():
    """SAM by its own builder with an encoder of one small block."""
    torch.manual_seed(3)
    return _build_sam(encoder_embed_dim=32, encoder_depth=1, encoder_num_heads=2, encoder_global_attn_indexes=[])


@pytest.fixture(scope="module")
def photo():
    rng = np.random.default_rng(0)
    return cv2.resize(rng.integers(0, 255, (24, 16, 3), np.uint8), (700, 1024), interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def predictor(sam, photo):
    predictor = SamPredictor(sam)
    predictor.set_image(photo)
    return predictor


def test_one_click_is_the_best_of_three_masks(sam, photo, predictor):
    masker = ClickMasker(sam)
    masks, quality, _ = predictor.predict(CLICKS[:1], np.array([1]), multimask_output=True)
    mask = masker.mask(masker.encode(photo), CLICKS[:1], [True])
    assert mask.shape == photo.shape[:2] and mask.dtype == bool and 0 < mask.mean() < 1
    np.testing.assert_array_equal(mask, masks[quality.argmax()])


def test_a_photo_encoded_once_answers_many_times(sam, photo, predictor):
    masker = ClickMasker(sam)
    encoded = masker.encode(photo)
    wanted, _, _ = predictor.predict(CLICKS, SIGNS.astype(int), multimask_output=False)
    first = masker.mask(encoded, CLICKS, SIGNS)
    masker.mask(encoded, CLICKS[::-1] / 2, SIGNS)
    np.testing.assert_array_equal(first, wanted[0])
    np.testing.assert_array_equal(masker.mask(encoded, CLICKS, SIGNS), first)
    assert (masker.mask(encoded, CLICKS, ~SIGNS) != first).any()


def test_a_box_counts_in_edges_of_pixels(sam, photo, predictor):
    box = (100, 200, 500, 900)
    masks, _, _ = predictor.predict(box=np.array(box) - 0.5, multimask_output=False)
    masker = ClickMasker(sam)
    np.testing.assert_array_equal(masker.mask_in_box(masker.encode(photo), box), masks[0])


def test_places_of_a_smaller_photo_are_those_of_the_scaled_one(sam, photo):
    masker = ClickMasker(sam)
    encoded = masker.encode(cv2.resize(photo, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    assert encoded.size == (512, 350) and encoded.seen_size == (1024, 700)
    seen = masker._seen(encoded, np.float32([[-0.5, -0.5], [349.5, 511.5], [0, 0]]))
    np.testing.assert_allclose(seen, [[-0.5, -0.5], [699.5, 1023.5], [0.5, 0.5]])


@pytest.mark.parametrize(("points", "signs"), [([], []), ([[1, 2]], [True, False]), ([1, 2], [True])])
def test_clicks_without_signs_are_refused(sam, photo, points, signs):
    with pytest.raises(ValueError, match=r"\(N, 2\) with \(N,\) signs, got"):
        ClickMasker(sam).mask(None, points, signs)


def test_mobile_sam_loads_from_its_file_and_sees(tmp_path):
    from truepose.reading.hub import openpose  # noqa: F401  (silences the import of controlnet_aux)

    import controlnet_aux.segment_anything as mobile  # isort: skip

    torch.save(mobile.sam_model_registry["vit_t"]().state_dict(), tmp_path / "mobile_sam.pt")
    masker = ClickMasker(load_mobile_sam(tmp_path / "mobile_sam.pt"))
    encoded = masker.encode(np.full((60, 90, 3), 128, np.uint8))
    assert encoded.features.shape == (1, 256, 64, 64) and encoded.seen_size == (683, 1024)
    assert masker.mask(encoded, [[30, 40]], [True]).shape == (60, 90)
    with pytest.raises(ValueError, match="mobile_sam.pt is damaged or does not hold the weights of SAM vit_b"):
        load_sam(tmp_path / "mobile_sam.pt")


def test_sam_loads_from_its_file(tmp_path):
    with torch.device("meta"):
        shapes = {name: tensor.shape for name, tensor in sam_model_registry["vit_b"]().state_dict().items()}
    path = tmp_path / "sam_vit_b_01ec64.pth"
    torch.save({name: torch.full((1,), 0.25).expand(shape) for name, shape in shapes.items()}, path)
    sam = ClickMasker(load_sam(path)).sam
    assert len(sam.image_encoder.blocks) == 12
    assert all((parameter == 0.25).all() for parameter in sam.parameters())
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match="sam_vit_b_01ec64.pth is damaged or does not hold"):
        load_sam(path)


class Answer:
    """A masker that knows the answer, and notes for which box it was asked."""

    def __init__(self, mask: np.ndarray):
        self.answer = mask

    def encode(self, photo: np.ndarray) -> tuple[int, int]:
        return photo.shape[:2]

    def mask_in_box(self, encoded: tuple[int, int], box) -> np.ndarray:
        assert encoded == self.answer.shape
        self.box = box
        return self.answer


def test_a_loose_outline_becomes_sams_and_joining_pixels_take_the_nearest_label():
    photo, person = figure(512, 384)
    truth = person_mask(person.parsing)
    for loose in (cv2.dilate(person.parsing, np.ones((5, 5))), cv2.erode(person.parsing, np.ones((5, 5)))):
        masker = Answer(truth)
        sharp = sharpen_outline(masker, photo, loose)
        assert (person_mask(sharp) != truth).sum() < 20  # where the loose map closed a gap wider than the band
        kept = truth & person_mask(loose)
        np.testing.assert_array_equal(sharp[kept], loose[kept])
        joined = truth & ~person_mask(loose)
        assert not joined.any() or (sharp[joined] == person.parsing[joined]).mean() > 0.75
    rows, columns = person_mask(loose).nonzero()
    assert masker.box == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_sam_decides_nothing_far_from_the_outline():
    photo, person = figure(512, 384)
    mask = person_mask(person.parsing)
    other = mask.copy()
    other[200:230, 180:210] = False  # a hole in the shirt
    other[20:60, 10:60] = True  # a thing at the wall
    np.testing.assert_array_equal(sharpen_outline(Answer(other), photo, person.parsing), person.parsing)


def test_a_mask_of_something_else_changes_nothing():
    photo, person = figure(512, 384)
    head = np.isin(person.parsing, (P.HAIR, P.FACE))
    np.testing.assert_array_equal(sharpen_outline(Answer(head), photo, person.parsing), person.parsing)
    empty = np.zeros_like(person.parsing)
    assert not sharpen_outline(Answer(head), photo, empty).any()


def test_a_sharpened_reader_keeps_the_rest():
    from PIL import Image

    photo, person = figure(512, 384)
    loose = cv2.dilate(person.parsing, np.ones((5, 5)))

    class Reader:
        def find(self, photo):
            return [Candidate(person.skeleton, person.box)]

        def read(self, photo, candidate=None):
            return Person(person.skeleton, loose, (0, 0, *photo.size))

    reader = SharpenedReader(Reader(), Answer(person_mask(person.parsing)))
    image = Image.fromarray(photo)
    read = reader.read(image, reader.find(image)[0])
    assert read.skeleton is person.skeleton and read.box == person.box
    assert (person_mask(read.parsing) != person_mask(person.parsing)).sum() < 20 < person_mask(loose).sum()
