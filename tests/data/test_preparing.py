"""A data set is read once, into shards; wrong files are told; an interrupted run goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.data.sets import ALONE, FLAT, PAIRS, shot, write_deepfashion, write_maps, write_wpose
from tests.own import write_figure, write_figures
from tests.tiny import figure
from truepose.cli import main
from truepose.data import preparing
from truepose.data.deepfashion import list_deepfashion
from truepose.data.labels import LIP
from truepose.data.listings import list_own, list_wpose
from truepose.data.opening import open_pairs
from truepose.data.picture_shards import SHARDS, read_index
from truepose.data.prepared import PreparedPictures
from truepose.data.preparing import first_of, prepare
from truepose.openpose_json import format_openpose
from truepose.reading import load_reader

SIZE = (128, 88)
EXAMPLES = Path(__file__).parents[2] / "studio" / "examples"


@pytest.fixture
def deepfashion(tmp_path):
    """The test split, everything annotated: nothing need be read."""
    root = write_deepfashion(tmp_path / "set", size=(512, 352))
    write_maps(root / "parsing")
    return root


def by_name(folder) -> dict:
    pictures = PreparedPictures(folder)
    return dict(zip(pictures.names, pictures, strict=True))


def test_pictures_joints_and_maps_are_brought_to_size_as_the_field_does(deepfashion, tmp_path):
    done = prepare(list_deepfashion(deepfashion, "test"), tmp_path / "out", SIZE, quality=100)
    assert (done.pictures, done.pairs, done.problems) == (5, 3, ())
    stored = by_name(tmp_path / "out")
    true = figure(256, 176)[1]
    for name in FLAT:
        whole = Image.open(deepfashion / "test_highres" / name)
        np.testing.assert_array_equal(stored[name].photo(), whole.resize(SIZE[::-1], Image.Resampling.BICUBIC))
        np.testing.assert_allclose(stored[name].skeleton.xy, np.rint(true.skeleton.xy) / 2, atol=1e-4)
        parsing = stored[name].parsing()
        assert parsing.shape == SIZE and set(np.unique(parsing)) <= set(np.unique(true.parsing))
        assert (parsing == true.parsing[1::2, 1::2]).mean() > 0.9
    assert not stored[ALONE].skeleton.visible.any() and stored[ALONE].photo().shape == (*SIZE, 3)


def test_quality_is_jpegs(deepfashion, tmp_path):
    listing = list_deepfashion(deepfashion, "test")
    sizes = {}
    for quality in (60, 95, 100):
        prepare(listing, tmp_path / str(quality), SIZE, quality=quality)
        sizes[quality] = sum(path.stat().st_size for path in (tmp_path / str(quality)).glob(SHARDS))
    assert sizes[60] < sizes[95] < sizes[100]
    first, second = (by_name(tmp_path / q)[FLAT[0]].photo().astype(int) for q in ("95", "100"))
    assert 0 < np.abs(first - second).mean() < 2


def test_gaps_are_filled_by_the_reader_and_annotation_stays(tmp_path):
    """A photo of the examples, annotated with its joints alone, and then with nothing."""
    example = sorted(EXAMPLES.glob("*.webp"))[0]
    photo = Image.open(example).convert("RGB")
    photo.thumbnail((400, 400))
    person = load_reader().read(photo)
    moved = person.skeleton.transformed([[1, 0, 1.5], [0, 1, 0]])
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a", "b"):
        photo.save(folder / f"{name}.webp", lossless=True)
    (folder / "a.json").write_text(json.dumps(format_openpose([moved], (photo.height, photo.width))))
    (folder / "pairs.csv").write_text("source,target\na,b\n")
    size = (photo.height // 8 * 8, photo.width // 8 * 8)
    prepare(list_own(folder), tmp_path / "out", size, quality=100)
    stored = by_name(tmp_path / "out")
    seen = person.skeleton.visible & stored["a.webp"].skeleton.visible
    gap = stored["a.webp"].skeleton.xy - stored["b.webp"].skeleton.xy
    np.testing.assert_allclose(gap[seen], np.broadcast_to((1.5, 0), gap[seen].shape), atol=0.2)
    people = [stored[name].parsing() > 0 for name in ("a.webp", "b.webp")]
    assert (people[0] & people[1]).sum() / (people[0] | people[1]).sum() > 0.95 and people[0].mean() > 0.05


def test_wrong_files_are_listed_and_the_rest_is_prepared(deepfashion, tmp_path):
    (deepfashion / "test_highres" / FLAT[3]).write_bytes(b"\xff\xd8\xff no picture")
    Image.new("L", (176, 256), 77).save(deepfashion / "parsing" / f"{FLAT[1][:-4]}.png")
    done = prepare(list_deepfashion(deepfashion, "test"), tmp_path / "out", SIZE)
    assert (done.pictures, done.pairs) == (3, 0) and {name for name, _ in done.problems} == {FLAT[1], FLAT[3]}
    said = (tmp_path / "out" / "problems.txt").read_text()
    assert f"{FLAT[3]}: " in said and "not an image" in said and "labels must be 0-17 or 255, got 77" in said
    with pytest.raises(ValueError, match="no pairs in"):
        open_pairs(tmp_path / "out", hint=False)


def test_a_stopped_run_goes_on_where_it_stopped(deepfashion, tmp_path, monkeypatch):
    listing = list_deepfashion(deepfashion, "test")
    monkeypatch.setattr(preparing, "PICTURES_PER_SHARD", 2)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    prepare(listing, whole, SIZE)
    opened = []

    def stopping(photo, labels, *, bordered):
        opened.append(photo.name)
        if len(opened) == 4:
            raise KeyboardInterrupt
        return real(photo, labels, bordered=bordered)

    real = preparing.open_listed
    monkeypatch.setattr(preparing, "open_listed", stopping)
    with pytest.raises(KeyboardInterrupt):
        prepare(listing, broken, SIZE)
    assert [path.name for path in sorted(broken.glob(SHARDS))] == ["pictures-00000.safetensors"]
    with pytest.raises(ValueError, match="not prepared to the end"):
        open_pairs(broken, hint=False)
    opened.clear()
    opened.extend(["counted already"] * 4)
    prepare(listing, broken, SIZE)
    assert opened[4:] == [photo.name for photo in listing.photos[2:]]
    for path in whole.iterdir():
        assert (broken / path.name).read_bytes() == path.read_bytes(), path.name


def test_several_processes_write_the_same(deepfashion, tmp_path):
    listing = list_deepfashion(deepfashion, "test")
    prepare(listing, tmp_path / "one", SIZE)
    prepare(listing, tmp_path / "two", SIZE, workers=2)
    for path in (tmp_path / "one").iterdir():
        assert (tmp_path / "two" / path.name).read_bytes() == path.read_bytes(), path.name


def test_other_settings_need_another_folder(deepfashion, tmp_path):
    listing = list_deepfashion(deepfashion, "test")
    prepare(listing, tmp_path / "out", SIZE)
    with pytest.raises(ValueError, match="other size.*another --out"):
        prepare(listing, tmp_path / "out", (64, 48))
    with pytest.raises(ValueError, match="other photos, names"):
        prepare(first_of(listing, 1), tmp_path / "out", SIZE)
    unlabelled = [replace(photo, parsing=None) for photo in listing.photos]
    with pytest.raises(ValueError, match="other annotations"):
        prepare(replace(listing, photos=tuple(unlabelled)), tmp_path / "out", SIZE)
    with pytest.raises(ValueError, match="other labels"):
        prepare(replace(listing, labels=LIP), tmp_path / "out", SIZE)


def test_the_first_pairs_and_their_photos_alone(deepfashion):
    few = first_of(list_deepfashion(deepfashion, "test"), 2)
    assert few.pairs == PAIRS[:2] and {photo.name for photo in few.photos} == set(FLAT)


def test_wpose_is_read_from_its_list(tmp_path):
    root = write_wpose(tmp_path / "wpose")
    names = ("person_974_pexels7600234.png", "person_974_pexels7600237.png")
    listing = list_wpose(root, write_maps(tmp_path / "maps", names=names))
    assert listing.pairs == (names, names[::-1]) and [photo.name for photo in listing.photos] == list(names)
    assert dict(listing.problems).keys() == {"line 4 of wpose_test_pairs.txt", "person_973_pexels12550015.png"}
    assert all(photo.parsing is not None for photo in listing.photos)
    with pytest.raises(ValueError, match="wpose_test_pairs.txt is missing"):
        list_wpose(tmp_path / "maps")


def test_the_command_reads_wpose_around_the_person(tmp_path, capsys):
    """The drawn figure's joints are left to the reader."""
    root = write_wpose(tmp_path / "wpose")
    wide = Image.new("RGB", (900, 512), (150, 160, 180))
    wide.paste(shot(0, (512, 352)), (60, 0))
    wide.save(root / "images" / "person_974_pexels7600234.png")
    out = tmp_path / "out"
    assert main(["prepare", "--wpose", str(root), "--out", str(out), "--size", "256", "176"]) == 0
    assert "2 pictures, 2 pairs, 2 problems" in capsys.readouterr().out
    for picture in PreparedPictures(out):
        rows, columns = np.nonzero(picture.parsing())
        assert picture.photo().shape == (256, 176, 3) and abs((columns.min() + columns.max()) / 2 - 88) < 3
        assert rows.max() - rows.min() > 200


def test_the_command_line_from_end_to_end(deepfashion, tmp_path, capsys):
    command = ["prepare", "--deepfashion", str(deepfashion), "--split", "test", "--out", str(tmp_path / "out")]
    assert main([*command, "--size", "128", "88"]) == 0
    assert capsys.readouterr().out == f"5 pictures, 3 pairs, 0 problems in {tmp_path / 'out'}\n"
    assert main([*command, "--size", "64", "48"]) == 2
    assert "was prepared otherwise" in capsys.readouterr().err
    assert main(["prepare", "--deepfashion", str(tmp_path), "--out", str(tmp_path / "no")]) == 2
    assert "is missing" in capsys.readouterr().err


def test_photos_of_ones_own_are_held_out_like_everywhere(tmp_path):
    write_figures(tmp_path / "photos", 5)
    (tmp_path / "photos" / "notes.txt").write_text("hello")
    for validation, count in ((False, 4), (True, 1)):
        listing = list_own(tmp_path / "photos", validation=validation)
        done = prepare(listing, tmp_path / f"out-{validation}", SIZE)
        assert done.pictures == count and [name for name, _ in done.problems] == ["notes.txt"]
    names = [set(PreparedPictures(tmp_path / f"out-{v}").names) for v in (False, True)]
    assert not names[0] & names[1] and len(names[0] | names[1]) == 5


def test_a_pair_of_one_camera_is_seen_through_one_frame(tmp_path):
    for number in range(2):
        write_figure(tmp_path / "photos", f"p{number}", 9 * number)
    (tmp_path / "photos" / "pairs.csv").write_text("source,target\np0,p1\n")
    prepare(list_own(tmp_path / "photos"), tmp_path / "out", (128, 128), quality=100)
    first, second = (picture.photo().astype(int) for picture in PreparedPictures(tmp_path / "out"))
    assert np.median(second - first) == 9 and (np.abs(second - first - 9) > 2).mean() < 0.02


def test_one_pair_alone_is_prepared_whole_when_all_are_asked_for(tmp_path, capsys):
    for number in range(2):
        write_figure(tmp_path / "photos", f"p{number}", 9 * number)
    (tmp_path / "photos" / "pairs.csv").write_text("source,target\np0,p1\n")
    command = ["prepare", "--photos", str(tmp_path / "photos"), "--size", "64", "48"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 2
    assert "at least two pairs" in capsys.readouterr().err
    assert main([*command, "--out", str(tmp_path / "out"), "--all"]) == 0
    assert "2 pictures, 1 pairs, 0 problems" in capsys.readouterr().out
    assert len(open_pairs(tmp_path / "out", hint=True)) == 1


def test_nothing_usable_is_told(tmp_path, capsys):
    (tmp_path / "photos").mkdir()
    for name in "ab":
        Image.new("RGB", (300, 400), "grey").save(tmp_path / "photos" / f"{name}.jpg")
    assert main(["prepare", "--photos", str(tmp_path / "photos"), "--out", str(tmp_path / "out")]) == 2
    assert "none of 1 photos can be used" in capsys.readouterr().err
    assert "no person was found" in (tmp_path / "out" / "problems.txt").read_text()


def test_a_damaged_shard_is_told(deepfashion, tmp_path):
    prepare(list_deepfashion(deepfashion, "test"), tmp_path / "out", SIZE)
    path = tmp_path / "out" / "pictures-00000.safetensors"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="cannot read the pictures"):
        read_index(path)
