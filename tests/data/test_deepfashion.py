"""DeepFashion In-shop in every shape that it has on people's disks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.sets import ALONE, FLAT, PAIRS, SHOTS, write_deepfashion, write_maps
from tests.tiny import figure
from truepose.data.deepfashion import flat_name, list_deepfashion
from truepose.data.labels import LIP
from truepose.data.listing import open_listed
from truepose.pose import Keypoint as K


def opened(listing, name):
    (photo,) = [photo for photo in listing.photos if photo.name == name]
    return open_listed(photo, listing.labels, bordered=listing.bordered)


@pytest.mark.parametrize("tree", [False, True])
def test_pairs_pictures_and_joints_are_found(tree, tmp_path):
    listing = list_deepfashion(write_deepfashion(tmp_path, tree=tree, size=(1101, 750)), "test")
    assert listing.pairs == PAIRS and listing.problems == ()
    assert {photo.name: photo.read for photo in listing.photos} == {**dict.fromkeys(FLAT, True), ALONE: False}
    for number, name in enumerate(FLAT):
        photo = opened(listing, name)
        assert photo.image.size == (750, 1101) and photo.parsing is None
        true = figure(256, 176)[1].skeleton.xy * (750 / 176, 1101 / 256)
        np.testing.assert_allclose(photo.skeleton.xy, true, atol=0.51 * 1101 / 256)
        assert photo_path(listing, name).name == Path(SHOTS[number][tree]).name


def photo_path(listing, name) -> Path:
    return next(photo.path for photo in listing.photos if photo.name == name)


@pytest.mark.parametrize("resized", [False, True])
def test_white_borders_are_cut_off_pictures_and_joints_alike(resized, tmp_path):
    root = write_deepfashion(tmp_path / "set", bordered=True, resized=resized)
    plain = list_deepfashion(write_deepfashion(tmp_path / "plain"), "test")
    listing = list_deepfashion(root, "test", write_maps(tmp_path / "maps", names=()))
    ours, true = opened(listing, FLAT[0]), opened(plain, FLAT[0])
    assert ours.image.size == (176, 256)
    assert np.abs(np.asarray(ours.image, int) - np.asarray(true.image)).mean() < 2
    np.testing.assert_array_equal(ours.skeleton.xy, true.skeleton.xy)


def test_joints_that_count_borders_fit_pictures_without(tmp_path):
    listing = list_deepfashion(write_deepfashion(tmp_path, resized=False, size=(512, 352)), "test")
    true = np.rint(figure(256, 176)[1].skeleton.xy) * 2
    np.testing.assert_allclose(opened(listing, FLAT[0]).skeleton.xy, true)


def test_maps_are_found_and_are_no_pictures(tmp_path):
    root = write_deepfashion(tmp_path)
    write_maps(root / "parsing")
    np.testing.assert_array_equal(opened(list_deepfashion(root, "test"), FLAT[1]).parsing, figure(256, 176)[1].parsing)
    elsewhere = write_maps(root / "schp" / "lip", lip=True)
    listing = list_deepfashion(root, "test", elsewhere, LIP)
    assert len(listing.photos) == 5 and photo_path(listing, FLAT[0]).suffix == ".jpg"
    np.testing.assert_array_equal(opened(listing, FLAT[1]).parsing, figure(256, 176)[1].parsing)


def test_unseen_joints_stay_unseen(tmp_path):
    root = write_deepfashion(tmp_path)
    path = root / "fasion-resize-annotation-test.csv"
    lines = path.read_text().splitlines()
    name, ys, xs = lines[1].split(":")
    lines[1] = ":".join((name, "[-1" + ys[ys.index(",") :], xs))  # the nose's y
    path.write_text("\n".join(lines))
    visible = opened(list_deepfashion(root, "test"), name).skeleton.visible
    assert not visible[K.NOSE] and visible.sum() == 17


def test_of_several_copies_the_largest_is_taken(tmp_path):
    root = write_deepfashion(tmp_path)
    small = root / "a_small" / FLAT[0]
    small.parent.mkdir()
    Image.new("RGB", (176, 256)).save(small)
    assert photo_path(list_deepfashion(root, "test"), FLAT[0]).parent.name == "test_highres"


def test_wrong_lines_and_missing_pictures_are_listed(tmp_path):
    root = write_deepfashion(tmp_path)
    (root / "test_highres" / FLAT[3]).unlink()
    with (root / "fasion-resize-annotation-test.csv").open("a") as file:
        file.write("broken.jpg:[1, 2]:[3]\n")
    with (root / "fasion-resize-pairs-test.csv").open("a") as file:
        file.write(f"{FLAT[0]},\n")
    listing = list_deepfashion(root, "test")
    assert listing.pairs == (PAIRS[0], PAIRS[2])
    said = dict(listing.problems)
    assert set(said) == {
        FLAT[3],
        "line 7 of fasion-resize-annotation-test.csv",
        "line 5 of fasion-resize-pairs-test.csv",
    }
    assert "no such picture" in said[FLAT[3]]


def test_folders_that_are_no_deepfashion(tmp_path):
    with pytest.raises(ValueError, match="there is no folder"):
        list_deepfashion(tmp_path / "none", "test")
    with pytest.raises(ValueError, match="fasion-resize-pairs-test.csv is missing"):
        list_deepfashion(tmp_path, "test")
    root = write_deepfashion(tmp_path / "set")
    with pytest.raises(ValueError, match="fasion-resize-pairs-train.csv is missing"):
        list_deepfashion(root, "train")
    for path in (root / "test_highres").iterdir():
        path.unlink()
    with pytest.raises(ValueError, match="names no pair whose pictures"):
        list_deepfashion(root, "test")
    (root / "fasion-resize-pairs-test.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="must begin with from,to"):
        list_deepfashion(root, "test")


def test_names_of_the_tree_are_those_of_the_lists():
    for flat, deep in SHOTS:
        assert f"{flat_name(Path('any') / deep)}.jpg" == flat_name(Path(flat)) + ".jpg" == flat
    assert flat_name(Path("some/photo.jpg")) is None and flat_name(Path("a/id_1/01_1_front.jpg")) is None


def test_lists_of_either_spelling_are_taken(tmp_path):
    root = write_deepfashion(tmp_path)
    for path in root.glob("fasion-*.csv"):
        path.rename(root / path.name.replace("fasion", "fashion"))
    assert list_deepfashion(root, "test").pairs == PAIRS
