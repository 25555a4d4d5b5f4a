"""The tab's actions with the true pipeline, only smaller: open, preview, generate, stop."""

from __future__ import annotations

import time
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from pose_editor import ParsingEdit, PoseEdit
from studio.repose import ReposeActions
from studio.results import ResultActions
from studio.serving import Serving
from studio.session import Session
from tests.pose_editor import figure
from tests.tiny import tiny_config, tiny_model
from truepose.parsing import BodyPart as P
from truepose.pipeline import TruePosePipeline
from truepose.pose import Keypoint as K

from .fakes import FigureReader


@pytest.fixture
def session():
    opened = Session()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def actions():
    return ReposeActions(FigureReader(), Serving(TruePosePipeline(tiny_model(tiny_config()))))


@pytest.fixture
def edit(actions, session, tmp_path):
    """The figure is open and prepared; its right arm is up."""
    path = tmp_path / "figure.png"
    figure.PHOTO.save(path)
    actions.open_file(str(path), path.name, session)
    moved = figure.skeleton().moved(K.RIGHT_WRIST, 60, 130)
    before = PoseEdit(figure.skeleton(), session.work.key, None, None)
    assert actions.cut(before, session)[1].startswith("Ready")
    actions.encode(session)
    return PoseEdit(moved, session.work.key, None, None)


@pytest.fixture(scope="module")
def results(actions):
    return ResultActions(actions, actions.serving)


def test_preview_then_generate(actions, results, session, edit):
    (before, after), text = actions.preview(edit, session)
    assert text.startswith("Preview")
    assert np.abs(np.array(Image.open(before)).astype(int) - np.array(Image.open(after))).max() > 40
    settings = (ParsingEdit(), 3, 2.0, 7, 1, 1.0, 0)
    results.check(edit, *settings, session)
    updates = list(results.generate(edit, *settings, session))
    assert [status.step for _, status, *_ in updates[:-2]] == [0, 1, 2, 3]
    pictures, _, download, _ = updates[-2]
    status = updates[-1][1]
    assert "seed 7" in status and "3 steps" in status
    with Image.open(download["value"]) as image:
        assert image.size == figure.PHOTO.size
    again = list(results.generate(edit, *settings, session))[-2][2]["value"]
    assert np.array_equal(np.array(Image.open(download["value"])), np.array(Image.open(again)))


def opened(actions, session, path) -> PoseEdit:
    """The figure is open as read; its right arm is up."""
    actions.open_file(path, "figure.png", session)
    pose = PoseEdit(figure.skeleton().moved(K.RIGHT_WRIST, 60, 130), session.work.key, None, None)
    actions.cut(pose, session)
    return pose


def made(results, edit, session) -> str:
    """The PNG that Generate gives."""
    settings = (ParsingEdit(), 3, 2.0, 7, 1, 1.0, 0)
    results.check(edit, *settings, session)
    return list(results.generate(edit, *settings, session))[-2][2]["value"]


def test_a_picture_made_with_corrections_is_made_again_from_its_png(actions, results, session, tmp_path):
    figure.PHOTO.save(tmp_path / "figure.png")
    path = str(tmp_path / "figure.png")
    edit = opened(actions, session, path)
    as_read = made(results, edit, session)
    labels = np.where(figure.PARSING == P.RIGHT_ARM, P.UPPER_CLOTHES, figure.PARSING).astype(np.uint8)
    labels[225:262, 90:112] = P.BAG
    Image.fromarray(np.dstack([labels] * 3)).save(tmp_path / "labels.png")
    actions.apply_labels(ParsingEdit(edit.key, corrected=str(tmp_path / "labels.png")), edit, session)
    joints = figure.skeleton().moved(K.RIGHT_ELBOW, 113.27, 185.49)
    actions.apply_joints(replace(edit, corrected=joints), session)
    first = made(results, edit, session)

    later = Session()
    try:
        edit = opened(actions, later, path)
        editor, *_ = results.open_upload(replace(edit, upload=first, upload_name="a.png"), later)
        assert (later.work.person.parsing == session.work.person.parsing).all()
        assert later.work.person.box == session.work.person.box
        restored = PoseEdit(editor["value"].skeleton, later.work.key, None, None)
        pictures = [np.asarray(Image.open(file)) for file in (as_read, first, made(results, restored, later))]
    finally:
        later.close()
    assert (pictures[1] != pictures[0]).any(), "the corrections change the picture"
    assert (pictures[2] == pictures[1]).all()


class _Unhurried(TruePosePipeline):
    """Takes 30 ms more for every step, so that who follows it has the time to stop it."""

    def repose(self, *arguments, on_step, **settings):
        def slowly(*step):
            time.sleep(0.03)
            on_step(*step)

        return super().repose(*arguments, on_step=slowly, **settings)


def test_stop_between_two_steps(session, edit):
    serving = Serving(_Unhurried(tiny_model(tiny_config())))
    results = ResultActions(ReposeActions(FigureReader(), serving), serving)
    settings = (ParsingEdit(), 50, 2.0, 0, 1, 1.0, 0)
    results.check(edit, *settings, session)
    steps = 0
    for _, status, *_ in results.generate(edit, *settings, session):
        steps += 1
        if steps == 3:
            results.request_stop(session)
        last = status
    assert last.startswith("Stopped") and steps < 30


def test_generate_before_the_photo_is_encoded(actions, results, session, edit, tmp_path):
    actions.open_file(str(tmp_path / "figure.png"), "figure.png", session)
    assert session.work.source is None
    edit = replace(edit, key=session.work.key)
    list(results.generate(edit, ParsingEdit(), 1, 2.0, 0, 1, 1.0, 0, session))
    assert session.work.source is not None


def test_a_drag_before_the_puppet_is_cut_is_caught_up(actions, session, edit, tmp_path):
    actions.open_file(str(tmp_path / "figure.png"), "figure.png", session)
    edit = replace(edit, key=session.work.key)
    assert actions.preview(edit, session)[1] == gr.skip()
    assert actions.cut(edit, session)[1].startswith("Preview")
