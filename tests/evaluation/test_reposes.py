"""Whole re-poses with a tiny model and the real judges."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.evaluation.conftest import shifted
from tests.tiny import figure, tiny_config, tiny_model
from truepose.evaluation.cases import ReposeCase
from truepose.evaluation.reposes import METHODS, Judges, measure_case, measure_reposes
from truepose.evaluation.words import Word
from truepose.pipeline import TruePosePipeline
from truepose.reading import NoPersonFound
from truepose.reading.people import box_of


class Knows:
    """Reads any of the pictures it was told of, and nobody in others."""

    def __init__(self, *known):
        self.known = known

    def find(self, photo):
        for picture, person in self.known:
            if (np.asarray(photo) == picture).all():
                return [person]
        raise NoPersonFound("nobody")

    def read(self, photo, candidate=None):
        return candidate or self.find(photo)[0]


class Reads:
    """Reads a word wherever the given place of a picture is bright."""

    def __init__(self, at):
        self.at = at

    def read(self, picture, box):
        x, y = self.at
        return [Word("paris", 20, self.at)] if picture[y, x].sum() > 600 else []


@pytest.fixture(scope="module")
def moving() -> tuple[ReposeCase, Knows]:
    """A figure, and the same twelve pixels to the right, of which the reader knows both."""
    photo, person = figure()
    target, there = shifted(photo, person, 12, 0)
    case = ReposeCase("a", photo, target, there.skeleton, there.parsing, person.skeleton)
    return case, Knows((photo, person), (target, there))


def measured(case, reader, **options):
    judges = options.pop("judges", Judges(reader, None, None))
    pipeline = TruePosePipeline(tiny_model(tiny_config(), alive=False), reader=reader)
    return measure_case(pipeline, judges, case, steps=1, guidance_scale=1.0, **options)


def test_every_method_is_measured_at_the_photos_size(moving):
    case, reader = moving
    row, pictures = measured(case, reader)
    assert tuple(row["methods"]) == tuple(pictures) == METHODS and row["stratum"] == "in-plane small"
    assert {p.shape for p in pictures.values()} == {case.source.shape} and row["seconds"] > 0
    assert (pictures["copy"] == case.source).all() and (pictures["target itself"] == case.target).all()
    copy, warp, result, truth = row["methods"].values()
    assert warp["ssim"] > copy["ssim"] + 0.1 and warp["distance"] < copy["distance"]
    assert result["ssim"] == pytest.approx(warp["ssim"], abs=0.02)  # an untrained model is the warp
    assert copy["joint_error"] == pytest.approx(12 / 74, abs=1e-3) and copy["person_iou"] < 1
    assert truth["joint_error"] == 0 and truth["person_iou"] == truth["parsing_miou"] == 1 and "ssim" not in truth
    assert warp["joint_error"] == 1 and warp["parsing_miou"] == 0  # the reader knows nobody there


def test_a_source_without_a_person_is_told(moving):
    case, _ = moving
    row, pictures = measured(case, Knows())
    assert pictures is None and "methods" not in row and row["unread"] == "nobody"


def test_as_a_drag_a_misread_source_still_fits(moving):
    case, reader = moving
    (photo, person), there = reader.known
    off = replace(person, skeleton=person.skeleton.transformed([[1, 0, 5], [0, 1, 0]]))
    misreads = Knows((photo, off), there)
    to_joints, as_drag = (
        measured(case, misreads, as_drag=flag)[0]["methods"]["warp"]["ssim"] for flag in (False, True)
    )
    right = measured(case, reader)[0]["methods"]["warp"]["ssim"]
    assert as_drag == pytest.approx(right, abs=0.03) and as_drag > to_joints + 0.05


def test_words_are_counted_where_the_target_shows_them(moving):
    case, reader = moving
    x, y = (round(float(v)) for v in case.skeleton.xy[1] + (0, 30))
    target = case.target.copy()
    target[y, x] = 255
    printed = replace(case, target=target)
    judges = Judges(reader, None, Reads((x, y)))
    row, _ = measured(printed, Knows(*reader.known), judges=judges)
    assert row["methods"]["target itself"]["words_read"] == row["methods"]["copy"]["words_printed"] == 1
    assert row["methods"]["copy"]["words_read"] == 0
    assert "words_printed" not in measured(case, reader, judges=judges)[0]["methods"]["copy"]


def test_every_case_is_seen_and_its_pictures_tell_it_apart(moving):
    case, reader = moving
    pipeline = TruePosePipeline(tiny_model(tiny_config(), alive=False), reader=reader)
    seen = []
    cases = [case, case, replace(case, target=case.source)]
    rows = measure_reposes(
        pipeline, Judges(reader, None, None), cases, steps=1, guidance_scale=1.0,
        on_case=lambda *what: seen.append(what),
    )  # fmt: skip
    assert [row for _, row, _ in seen] == rows and seen[0][0] is case
    assert rows[0]["print"] == rows[1]["print"] != rows[2]["print"]
    assert box_of(case.parsing > 0) == case.box


def test_judges_who_cannot_be_had_are_named(monkeypatch, remembering_reader):
    for name in ("dlib", "rapidocr_onnxruntime"):
        monkeypatch.setitem(sys.modules, name, None)
    judges = Judges.installed(remembering_reader)
    assert judges.faces is None and judges.words is None
    assert judges.missing == (
        "faces not measured: dlib-bin is not installed",
        "words not measured: rapidocr-onnxruntime is not installed",
    )
