from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from tests.tiny import figure
from truepose.data.pair import PAIR_FIELDS
from truepose.data.picture_pairs import PicturePairMaker, PicturePairs
from truepose.drags import arm_up
from truepose.openpose_json import format_openpose
from truepose.parsing import parsing_image


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One pair: the drawn figure, and a target whose pose file says that an arm is up."""
    folder = tmp_path_factory.mktemp("pictures")
    photo, person = figure()
    for name, skeleton in (("a-0", person.skeleton), ("a-1", arm_up(person.skeleton))):
        Image.fromarray(photo).save(folder / f"{name}.webp", lossless=True)
        parsing_image(person.parsing).save(folder / f"{name}.png")
        (folder / f"{name}.json").write_text(json.dumps(format_openpose([skeleton], photo.shape[:2])))
    (folder / "pairs.jsonl").write_text('{"source": "a-0", "target": "a-1", "words": ["OSLO"], "turn": 12.5}\n')
    return folder


def test_a_folders_pairs_are_read_as_they_are(folder):
    (pair,) = PicturePairs(folder)
    photo, person = figure()
    assert (pair.source.image == photo).all() and (pair.target.parsing == person.parsing).all()
    assert pair.words == ("OSLO",) and pair.turn == 12.5
    np.testing.assert_allclose(pair.source.skeleton.xy, person.skeleton.xy, atol=0.01)
    assert len(PicturePairs(folder, 0)) == 0


def test_training_pairs_of_pictures_are_reproducible_and_hinted(folder):
    first, second = (PicturePairMaker(PicturePairs(folder), 3) for _ in range(2))
    for name in PAIR_FIELDS:
        np.testing.assert_array_equal(getattr(first(1), name), getattr(second(1), name))
    pair = first(0)
    assert (pair.hint != pair.source).any() and (pair.target == figure()[0]).all()
    assert (first(1).source_triplets != pair.source_triplets).any()  # misread anew
