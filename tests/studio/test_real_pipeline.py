"""The tab's actions with the true pipeline, only smaller: open, preview, generate, stop."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from pose_editor import PoseEdit
from studio.repose import ReposeActions
from studio.serving import Serving
from studio.session import Session
from tests.pose_editor import figure
from tests.tiny import tiny_config, tiny_model
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


def test_preview_then_generate(actions, session, edit):
    (before, after), text = actions.preview(edit, session)
    assert text.startswith("Preview")
    assert np.abs(np.array(Image.open(before)).astype(int) - np.array(Image.open(after))).max() > 40
    settings = (3, 2.0, 7)
    actions.check(edit, *settings, session)
    updates = list(actions.generate(edit, *settings, session))
    assert [status.step for _, status, _ in updates[:-1]] == [0, 1, 2, 3]
    pictures, status, download = updates[-1]
    assert "seed 7" in status and "3 steps" in status
    with Image.open(download["value"]) as image:
        assert image.size == figure.PHOTO.size
    again = list(actions.generate(edit, *settings, session))[-1][2]["value"]
    assert np.array_equal(np.array(Image.open(download["value"])), np.array(Image.open(again)))


def test_stop_between_two_steps(actions, session, edit):
    actions.check(edit, 50, 2.0, 0, session)
    steps = 0
    for _, status, _ in actions.generate(edit, 50, 2.0, 0, session):
        steps += 1
        if steps == 3:
            actions.request_stop(session)
        last = status
    assert last.startswith("Stopped") and steps < 10


def test_generate_before_the_photo_is_encoded(actions, session, edit, tmp_path):
    actions.open_file(str(tmp_path / "figure.png"), "figure.png", session)
    assert session.work.source is None
    edit = replace(edit, key=session.work.key)
    list(actions.generate(edit, 1, 2.0, 0, session))
    assert session.work.source is not None


def test_a_drag_before_the_puppet_is_cut_is_caught_up(actions, session, edit, tmp_path):
    actions.open_file(str(tmp_path / "figure.png"), "figure.png", session)
    edit = replace(edit, key=session.work.key)
    assert actions.preview(edit, session)[1] == gr.skip()
    assert actions.cut(edit, session)[1].startswith("Preview")
