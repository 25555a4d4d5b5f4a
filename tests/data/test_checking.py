"""Folders as people have them: what can be used is used, what cannot is told, nothing is fatal."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.own import Nobody, write_figure, write_figures
from tests.tiny import figure
from truepose.data.checking import Report, check_photos
from truepose.data.own import held_out, open_own
from truepose.drags import arm_up
from truepose.photo import open_photo

SIZE = (64, 48)


def report_of(folder) -> Report:
    own = open_own(folder)
    return Report(own, tuple(check_photos(own, Nobody())))


def test_every_kind_of_wrong_file_is_listed_with_its_reason(tmp_path):
    write_figures(tmp_path, 2)
    write_figure(tmp_path / "deeper", "third", 40)
    (tmp_path / "copy.webp").write_bytes((tmp_path / "photo-0.webp").read_bytes())
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff not a photo")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / ".hidden.jpg").write_text("hello")
    Image.new("RGB", (20, 20)).save(tmp_path / "small.jpg")
    Image.new("RGB", (300, 400), "grey").save(tmp_path / "wall.png")
    report = report_of(tmp_path)
    reasons = dict(report.problems)
    assert set(reasons) == {"copy.webp", "broken.jpg", "notes.txt", "small.jpg", "wall.png"}
    words = {"copy.webp": "no person", "broken.jpg": "not an image", "notes.txt": "not a photo",
             "small.jpg": "too small", "wall.png": "no person"}  # fmt: skip
    for name, said in words.items():
        assert said in reasons[name], reasons[name]
    said = "\n".join(report.lines())
    assert "7 photos (" in said and "3 of 7 photos can be used" in said and "smallest 192x256" in said
    assert report.obstacle == ""


def test_a_copy_counts_once(tmp_path):
    write_figures(tmp_path, 2)
    write_figure(tmp_path, "z-copy", 0)
    report = report_of(tmp_path)
    assert report.problems == [("z-copy.webp", "a copy of photo-0.webp")] and len(report.usable) == 2


def test_labels_beside_a_photo_are_taken_and_broken_ones_told(tmp_path):
    write_figures(tmp_path, 3)
    (tmp_path / "photo-1.json").write_text("{")
    Image.new("P", (10, 10)).save(tmp_path / "photo-2.png")
    report = report_of(tmp_path)
    (photo,) = report.usable.values()
    np.testing.assert_allclose(photo.skeleton.xy, figure()[1].skeleton.xy, atol=0.01)
    assert (photo.parsing() == figure()[1].parsing).all()
    reasons = dict(report.problems)
    assert "JSON" in reasons["photo-1.webp"] and "192x256" in reasons["photo-2.webp"]
    assert "at least two photos" in report.obstacle


def test_a_check_can_be_left_at_any_photo(tmp_path):
    write_figures(tmp_path, 3)
    own = open_own(tmp_path)
    checking = check_photos(own, Nobody())
    assert next(checking).photo is not None
    checking.close()


@pytest.mark.parametrize("count", [2, 10])
def test_validation_never_sees_a_training_photo(tmp_path, count):
    report = report_of(write_figures(tmp_path, count))
    held = held_out(report.folder, set(report.usable))
    assert len(held) == 1
    sides = [report.maker(SIZE, 0, validation=validation) for validation in (False, True)]
    names = [{photo.path for photo in maker.photos} for maker in sides]
    assert names[1] == held and not names[0] & names[1] and len(names[0]) == count - 1
    pairs = [maker(number) for maker in sides for number in range(2)]
    assert all(pair is None or pair.target.shape == (*SIZE, 3) for pair in pairs) and any(pairs)


def test_true_pairs_named_in_a_csv(tmp_path):
    skeleton = figure()[1].skeleton
    for name in ("a", "b", "c"):
        write_figure(tmp_path, f"{name}-0")
        write_figure(tmp_path, f"{name}-1", 5, arm_up(skeleton))
    (tmp_path / "pairs.csv").write_text(
        "source,target\na-0.webp,a-1.webp\nb-0,b-1\nc-0,c-1\nnone,a-1\n../../x,a-1\n\n", encoding="utf-8-sig"
    )
    report = report_of(tmp_path)
    assert len(report.pairs) == 3 and report.obstacle == ""
    assert [name for name, _ in report.problems] == ["line 5 of pairs.csv", "line 6 of pairs.csv"]
    assert "3 true pairs, 3 of them usable." in report.lines()
    training, validation = (report.maker(SIZE, 0, validation=held) for held in (False, True))
    assert len(training.pictures) == 2 and len(validation.pictures) == 1
    pair = training(0)
    assert pair.source.shape == (*SIZE, 3) and (pair.hint != pair.source).any()
    # One frame for both: what stands still in the photos stands still in the pair.
    wall = np.abs(pair.source[:6].astype(int) - pair.target[:6]).max()
    assert wall <= 6


@pytest.mark.parametrize(
    ("text", "words"),
    [("a\n", "source,target"), ("", "names no pair"), ("x,y\n", "there is no photo x"), ("../a,b", "outside")],
)
def test_lists_of_pairs_that_cannot_be_used(tmp_path, text, words):
    write_figures(tmp_path / "in", 2)
    write_figure(tmp_path, "a")
    (tmp_path / "in" / "pairs.csv").write_text(text)
    with pytest.raises(ValueError, match=words):
        open_own(tmp_path / "in")


def test_pairs_in_jsonl_are_the_same(tmp_path):
    write_figures(tmp_path, 2)
    (tmp_path / "pairs.jsonl").write_text('{"source": "photo-0", "target": "photo-1"}\n')
    assert [(s.name, t.name) for s, t in open_own(tmp_path).pairs] == [("photo-0.webp", "photo-1.webp")]
    assert "two pairs" in report_of(tmp_path).obstacle


def test_folders_that_hold_nothing(tmp_path):
    with pytest.raises(ValueError, match="no folder"):
        open_own(tmp_path / "none")
    with pytest.raises(ValueError, match="no photos in"):
        open_own(tmp_path)


def test_a_photo_beside_a_png_of_its_name_stays_a_photo_of_its_own(tmp_path):
    write_figure(tmp_path, "a")
    open_photo(tmp_path / "a.webp").save(tmp_path / "a.png")  # an RGB export, no map
    assert [path.name for path in open_own(tmp_path).photos] == ["a.png", "a.webp"]
