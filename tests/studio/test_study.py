"""The Study tab's actions: what is asked, what is stored, and what a rater can never see."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app import open_study
from pose_editor import StudyAnswer, StudyStage
from studio import build_studio
from studio.study import StudyActions
from tests.study.pictures import COLORS, write_study
from truepose.study import questions_of

from .fakes import FigureReader, PaintingPipeline


@pytest.fixture
def held(tmp_path):
    study, votes = open_study(str(write_study(tmp_path / "study")))
    return StudyActions(study, votes), study, votes


def color(picture) -> tuple[int, ...]:
    return tuple(int(v) for v in np.asarray(picture)[5, 5])


def test_a_rater_answers_everything_and_can_go_on_later(held):
    actions, study, votes = held
    scene, rater = actions.show("")
    asked = questions_of(study, rater)
    assert (scene.number, scene.total) == (0, len(asked)) == (0, 8)
    for number, question in enumerate(asked):
        assert scene.number == number and len(scene.pictures) == len(question.shown)
        for picture, group in zip(scene.pictures, question.shown, strict=True):
            assert abs(np.subtract(color(picture), COLORS[group])).max() <= 1
        assert [caption for caption, _ in scene.beside] == (["The person"] if len(question.shown) > 1 else [])
        again, same = actions.show(rater)  # the page was loaded again
        assert (again.number, same) == (number, rater)
        scene = actions.answer(StudyAnswer(number, number % 2), rater)
    assert scene.number == scene.total == 8 and not scene.pictures
    stored = votes.all()
    assert [vote.question for vote in stored] == list(asked) and {vote.rater for vote in stored} == {rater}
    for number, vote in enumerate(stored):
        choices = vote.question.shown if len(vote.question.shown) > 1 else ("real", "generated")
        assert vote.answer == choices[number % 2]
    assert actions.start_anew()[1] != rater and actions.start_anew()[0].number == 0


def test_an_answer_counts_once_and_can_be_taken_back_once(held):
    actions, _, votes = held
    _, rater = actions.show(None)
    scene = actions.answer(StudyAnswer(0, 1), rater)
    assert scene.number == 1 and scene.back
    assert actions.answer(StudyAnswer(0, 0), rater).number == 1  # a double click
    for answer in (-1, 2, 99):
        assert not actions.answer(StudyAnswer(1, answer), rater).back
    assert len(votes.all()) == 1
    scene = actions.take_back(rater)
    assert scene.number == 0 and not scene.back and not votes.all()


def test_what_is_no_raters_id_gets_a_new_one(held):
    for odd in (None, "", "x" * 32, "'; DROP TABLE votes", 7, "A" * 32):
        rater = held[0].show(odd)[1]
        assert rater != odd and len(rater) == 32


def test_nothing_that_is_sent_names_a_method_or_a_file(held, tmp_path):
    actions, study, _ = held
    stage = StudyStage(render=False)
    stage.GRADIO_CACHE = str(tmp_path / "cache")
    _, rater = actions.show(None)
    for number in range(8):
        scene, _ = actions.show(rater)
        sent = json.dumps(stage.postprocess(scene).model_dump())
        for word in (*study.groups, "source", "case-"):
            assert word not in sent.replace(str(tmp_path), "")
        actions.answer(StudyAnswer(number, 0), rater)
    for file in (tmp_path / "cache").rglob("*.png"):
        data = file.read_bytes()
        assert file.name == "image.png" and b"truepose" not in data and b"method" not in data
    assert len(list((tmp_path / "cache").rglob("*.png"))) == 8


def test_the_tab_is_there_only_with_a_study_and_has_no_public_endpoint(tmp_path):
    plain = build_studio(FigureReader(), PaintingPipeline())
    study = build_studio(FigureReader(), PaintingPipeline(), None, open_study(str(write_study(tmp_path / "study"))))
    shown = [json.dumps(studio.config["components"], default=str) for studio in (plain, study)]
    assert '"Study"' not in shown[0] and '"Study"' in shown[1]
    assert all(shown[1].count(word) == shown[0].count(word) for word in ("alpha", "beta", "case-0", str(tmp_path)))
    endpoints = [set(studio.get_api_info()["named_endpoints"]) for studio in (plain, study)]
    assert endpoints[0] == endpoints[1]


def test_a_folder_that_is_no_study_ends_the_start_in_one_line(tmp_path):
    with pytest.raises(ValueError, match="needs real photos"):
        (tmp_path / "empty").mkdir()
        open_study(str(tmp_path / "empty"))
