"""Where it looked, without a browser: for the result that is marked, as it was made, or a plain message."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

import studio.looking
from pose_editor import ParsingEdit, PoseEdit, StripEdit
from studio.looking import LookActions, sentence
from studio.repose import ReposeActions
from studio.results import ResultActions
from studio.serving import Serving
from studio.session import Session
from tests.pose_editor import figure
from tests.tiny import tiny_config, tiny_model
from truepose.parsing import BodyPart as P
from truepose.pipeline import TruePosePipeline
from truepose.pose import Keypoint as K
from truepose.where import where_it_looked

from .fakes import LOOK_COLOR, FigureReader, PaintingPipeline, paint_look

POSE = figure.skeleton().moved(K.RIGHT_WRIST, 60, 130)


@pytest.fixture
def session():
    opened = Session()
    yield opened
    opened.close()


def generated(serving: Serving, session: Session, tmp_path, *, steps: int = 2) -> None:
    """The figure is open, and two results of seeds 7 and 8 are there."""
    actions = ReposeActions(FigureReader(), serving)
    figure.PHOTO.save(tmp_path / "figure.png")
    actions.open_file(str(tmp_path / "figure.png"), "figure.png", session)
    edit = PoseEdit(POSE, session.work.key, None, None)
    locked = ParsingEdit(session.work.key, locked=frozenset({P.HAIR}))
    actions.cut(edit, session)
    list(ResultActions(actions, serving).generate(edit, locked, steps, 1.5, 7, 2, 1.0, 0, session))


@pytest.fixture
def serving(session, tmp_path, monkeypatch):
    monkeypatch.setattr(studio.looking, "where_it_looked", paint_look)
    made = Serving(PaintingPipeline(0))
    generated(made, session, tmp_path)
    return made


@pytest.fixture
def looks(serving):
    return LookActions(serving)


def test_it_looks_into_the_marked_result(looks, serving, session):
    looks.check(StripEdit(1), session)
    *before, (status, panel, picture, text) = looks.look(StripEdit(1), session)
    assert [each[0].text for each in before] == ["Looking", "Looking, step 1 of 2", "Looking, step 2 of 2"]
    asked = serving.pipeline.looked[-1]
    assert (asked.steps, asked.seed, asked.locked) == (2, 7, {P.HAIR})
    assert np.array_equal(asked.target.xy, POSE.xy) and asked.source is session.work.source
    assert "seed 7" in status and panel["visible"]
    assert "the network looked at: clothes 1.2, head 1.1, background 0.9 (1 = evenly)." in text and "warp" in text
    shown = np.asarray(Image.open(picture)).astype(int)
    assert np.abs(shown[200, 160] - LOOK_COLOR).max() < 30
    assert np.abs(shown[5, 5] - np.asarray(figure.PHOTO)[5, 5]).max() < 30


def test_a_result_of_a_person_corrected_since_is_looked_into_as_it_was(looks, serving, session):
    before = session.work
    session.work = replace(before, person=replace(before.person), source=None, encoder=None)
    list(looks.look(StripEdit(2), session))
    assert serving.pipeline.looked[-1].source.person is before.person
    assert session.work.source is None, "the source of the person before is not the work's"


def test_without_a_result_it_says_so(looks, serving, session):
    for strip in (StripEdit(), StripEdit(99)):
        with pytest.raises(gr.Error, match="no result to look into"):
            looks.check(strip, session)
        button, panel = looks.offer(strip, session)
        assert not button["interactive"] and not panel["visible"]
    assert looks.offer(StripEdit(2), session)[0]["interactive"]
    with pytest.raises(gr.Error, match="no result to look into"):
        looks.check(StripEdit(1), Session())
    assert not serving.pipeline.looked


def test_a_result_of_another_model_is_not_looked_into_with_this_one(looks, serving, session):
    serving.name = "run 2"
    with pytest.raises(gr.Error, match="Another model"):
        looks.check(StripEdit(1), session)
    with pytest.raises(gr.Error, match="Another model"):  # exchanged while this waited
        list(looks.look(StripEdit(1), session))


def test_stop_ends_it_and_a_later_look_starts_again(looks, session):
    told = []
    for status, *rest in looks.look(StripEdit(1), session):
        told.append(status)
        assert rest == [gr.skip()] * 3
        session.stop.set()
    assert told[-1].startswith("Stopped")
    looks.check(StripEdit(1), session)
    assert not session.stop.is_set()


def test_what_nobody_foresaw_is_one_plain_line(looks, session, monkeypatch, caplog):
    def fails(*arguments, **options):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(studio.looking, "where_it_looked", fails)
    with pytest.raises(gr.Error, match="Looking failed. Your photo and results are kept"):
        list(looks.look(StripEdit(1), session))
    assert "out of memory" in caplog.text


def test_with_a_real_model_the_words_are_the_looks(session, tmp_path):
    pipeline = TruePosePipeline(tiny_model(tiny_config()))
    serving = Serving(pipeline)
    generated(serving, session, tmp_path, steps=3)
    *_, (_, _, picture, text) = LookActions(serving).look(StripEdit(2), session)
    settings = {"steps": 3, "guidance_scale": 1.5, "seed": 8, "locked": frozenset({P.HAIR})}
    look = where_it_looked(pipeline, session.work.source, POSE, **settings)
    assert text == sentence(look, 8) and look.describe() in text
    assert Image.open(picture).size == figure.PHOTO.size
    assert "warp" not in sentence(replace(look, hinted=False), 8)
