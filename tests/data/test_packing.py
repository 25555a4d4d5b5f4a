from __future__ import annotations

import numpy as np
import pytest

from truepose.data.packing import pack_street
from truepose.data.pseudo_pairs import PairMaker
from truepose.data.street import load_street
from truepose.reading import EMBEDDED_READER, EmbeddedReader


@pytest.fixture(scope="module")
def packed(street, tmp_path_factory):
    folder = tmp_path_factory.mktemp("packed")
    photos = [p for validation in (False, True) for p in load_street(street, validation=validation)]
    net = EmbeddedReader.from_pretrained(EMBEDDED_READER).net
    return folder, pack_street(photos, folder, net, height=128), photos


def test_a_pack_is_a_small_street_folder_with_a_map_for_every_photo(packed, street):
    folder, size, photos = packed
    assert 1000 < size == sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    assert [p.name for p in load_street(folder, validation=True)] == ["0003"]
    for item in load_street(folder, validation=False):
        assert item.photo().shape[0] <= 128 and item.parsing().shape == item.photo().shape[:2]


def test_joints_stay_where_they_are_in_the_picture(packed, street):
    folder, _, photos = packed
    small, large = load_street(folder, validation=False)[0], load_street(street, validation=False)[0]
    seen = large.skeleton.visible
    whole, there = large.parsing(), small.parsing()
    for (x, y), (u, v) in zip(large.skeleton.xy[seen], small.skeleton.xy[seen], strict=True):
        before, after = whole[int(y), int(x)], there[int(v), int(u)]
        near = there[max(0, int(v) - 2) : int(v) + 3, max(0, int(u) - 2) : int(u) + 3]
        assert before == after or before in near


def test_pairs_are_made_of_a_pack_without_a_reader(packed, street):
    folder, _, _ = packed
    maker = PairMaker(load_street(folder, validation=False), (64, 48), 1, None)
    assert sum(maker(i) is not None for i in range(8)) >= 4
    bare = [p for p in load_street(street, validation=False) if p.parsing_path is None]
    assert PairMaker(bare, (64, 48), 1, None)(0) is None
    assert np.asarray(maker(0).target).shape == (64, 48, 3)
