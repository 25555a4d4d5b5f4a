"""Figures of readers whose answers are known."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from tests.tiny import figure
from truepose.cli import main
from truepose.evaluation.reading import Truth, iou_of, means, measure_reader, score_photos
from truepose.evaluation.reading_sheet import reading_sheet, worst
from truepose.openpose_json import format_openpose
from truepose.parsing import IGNORE, mirror_parsing, parsing_image
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading import NoPersonFound, Person


class Answers:
    """Always reads the same person, or nobody."""

    def __init__(self, person):
        self.person = person

    def read(self, photo):
        if self.person is None:
            raise NoPersonFound("nobody")
        return self.person


@pytest.fixture(scope="module")
def person() -> Person:
    return figure()[1]


@pytest.fixture(scope="module")
def truth(person) -> Truth:
    return Truth("0003", Image.fromarray(figure()[0]), person.skeleton, person.parsing)


def figures_of(answer, truth) -> dict:
    return measure_reader(score_photos(Answers(answer), [truth]))


def test_a_perfect_reader_scores_one_and_a_blind_one_nothing(person, truth):
    best = figures_of(person, truth)
    assert best["pck_mean"] == best["person_iou"] == best["miou"] == best["facing"] == 1 and best["not_found"] == 0
    none = figures_of(None, truth)
    assert none["pck_mean"] == none["person_iou"] == none["facing"] == 0 and none["not_found"] == 1
    assert set(means(best)) == set(best) - {"pck", "iou"}


def test_pck_is_a_tenth_of_the_torso(person, truth):
    skeleton = person.skeleton
    for shift, hit in ((0.09 * (136 - 62), 1.0), (0.11 * (136 - 62), 0.0)):
        moved = Skeleton(skeleton.xy + (shift, 0), skeleton.visible, skeleton.score)
        assert figures_of(Person(moved, person.parsing, person.box), truth)["pck_mean"] == hit


def test_a_cropped_truth_brings_its_torso(person, truth):
    visible = person.skeleton.visible.copy()
    visible[[K.RIGHT_HIP, K.LEFT_HIP]] = False
    half = Skeleton(person.skeleton.xy, visible, person.skeleton.score)
    assert figures_of(person, Truth("a", truth.photo, half, None))["pck_mean"] == 0  # no measure, nothing counts
    assert figures_of(person, Truth("a", truth.photo, half, None, torso=74.0))["pck_mean"] == 1


def test_person_iou_does_not_mind_labels_but_miou_does(person, truth):
    parsing = np.where(person.parsing == P.PANTS, P.SKIRT, person.parsing).astype(np.uint8)
    figures = figures_of(Person(person.skeleton, parsing, person.box), truth)
    assert figures["person_iou"] == 1 and figures["iou"]["pants"] == 0 and figures["iou"]["face"] == 1
    assert 0.5 < figures["miou"] < 1


def test_unknown_pixels_and_photos_without_maps_do_not_count(person, truth):
    half = truth.parsing.copy()
    half[:, : half.shape[1] // 2] = IGNORE
    wrong = np.where(half == IGNORE, P.BAG, person.parsing).astype(np.uint8)
    answer = Person(person.skeleton, wrong, person.box)
    assert figures_of(answer, Truth("a", truth.photo, truth.skeleton, half))["person_iou"] == 1
    without = measure_reader(score_photos(Answers(answer), [Truth("b", truth.photo, truth.skeleton, None)]))
    assert without["miou"] == without["person_iou"] == 0 and without["pck_mean"] == 1


def test_sides_told_wrong_are_counted(person, truth):
    width = truth.photo.width
    back = Skeleton(person.skeleton.xy * (-1, 1) + (width - 1, 0), person.skeleton.visible, person.skeleton.score)
    assert figures_of(Person(back, person.parsing, person.box), truth)["facing"] == 0


def test_iou_by_hand():
    confusion = np.zeros((18, 18), np.int64)
    confusion[0, 0], confusion[0, 1], confusion[1, 1] = 6, 2, 2
    assert iou_of(confusion)[[0, 1, 2]].tolist() == [6 / 8, 2 / 4, 0]


def test_the_sheet_shows_the_worst_first(person, truth):
    shifted = Skeleton(person.skeleton.xy + 300, person.skeleton.visible, person.skeleton.score)
    mirrored = Person(shifted, mirror_parsing(person.parsing), person.box)
    scores = [score_photos(Answers(answer), [truth])[0] for answer in (person, None, mirrored)]
    ordered = worst(scores, 2)
    assert ordered[0].person is None and ordered[1].person is mirrored
    assert ordered[0].quality < ordered[1].quality < scores[0].quality == 1
    sheet = np.asarray(reading_sheet(ordered, columns=1))
    rows = sheet.shape[0] // 2
    assert (sheet[:rows] != sheet[rows:]).any()
    nose = person.skeleton.xy[K.NOSE]
    width = (sheet.shape[1] - 4) // 4
    scale = 320 / truth.photo.height
    x, y = int(2 * width + nose[0] * scale), int(16 + nose[1] * scale)
    assert sheet[y, x].tolist()[0] > 200 and sheet[y, x].tolist()[2] < 90  # the labelled nose is drawn red


def test_the_table_stands_beside_an_earlier_one(tmp_path, capsys):
    folder = tmp_path / "people"
    folder.mkdir()
    photo, person = figure(512, 384)
    Image.fromarray(photo).save(folder / "1.webp", lossless=True)
    parsing_image(person.parsing).save(folder / "1.png")
    (folder / "1.json").write_text(json.dumps(format_openpose([person.skeleton], photo.shape[:2])))
    command = ["evaluate", "--rendered", str(folder), "--json", str(tmp_path / "a.json")]
    assert main([*command, "--worst", str(tmp_path / "worst.png")]) == 0
    assert "| photos | 1 |" in capsys.readouterr().out and Image.open(tmp_path / "worst.png").height == 336
    earlier = json.loads((tmp_path / "a.json").read_text())
    earlier["iou"]["pants"] = 0.125
    (tmp_path / "b.json").write_text(json.dumps(earlier))
    assert main([*command, "--before", str(tmp_path / "b.json")]) == 0
    out = capsys.readouterr().out
    assert "| label, IoU | before | now |" in out and "| pants | 0.125 |" in out
    (tmp_path / "b.json").write_text("[]")
    assert main([*command, "--before", str(tmp_path / "b.json")]) == 2
