"""The studio's parts without a browser."""

from __future__ import annotations

from copy import deepcopy

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from pose_editor import PoseEdit
from studio import build_studio
from studio.examples import example_photos
from studio.preview import PreviewPuppet
from studio.repose import ReposeActions, checked_settings, moved
from studio.session import Session, Work, write_screen_picture
from tests.pose_editor import figure
from truepose.pose import Keypoint as K
from truepose.reading import Person

from .fakes import FigureReader, PaintingPipeline


@pytest.mark.parametrize(
    "settings, words",
    [((0, 2, 0), "Steps"), ((None, 2, 0), "Steps"), ((10, -1, 0), "Guidance"), ((10, None, 0), "Guidance"),
     ((10, 2, -1), "seed"), ((10, 2, None), "seed"), ((10, 2, 2**32), "seed")],
)  # fmt: skip
def test_settings_out_of_range_are_plain_errors(settings, words):
    with pytest.raises(gr.Error, match=words) as caught:
        checked_settings(*settings)
    assert not caught.value.print_exception


def test_settings_get_the_pipelines_types():
    assert checked_settings(10.0, 2, 3.0) == {"steps": 10, "guidance_scale": 2.0, "seed": 3}


def test_moved_ignores_rounding():
    skeleton = figure.skeleton()
    assert not moved(skeleton.transformed([[1, 0, 0.01], [0, 1, 0]]), skeleton)
    assert moved(skeleton.moved(K.NOSE, 100, 100), skeleton)


def test_preview_of_a_large_photo_has_the_screens_size_and_the_same_pose():
    factor = 4
    person = figure.person()
    large = Person(
        person.skeleton.transformed([[factor, 0, 0], [0, factor, 0]]),
        np.kron(person.parsing, np.ones((factor, factor), np.uint8)),
        tuple(factor * side for side in person.box),
    )
    photo = figure.PHOTO.resize((320 * factor, 480 * factor), Image.Resampling.NEAREST)
    target = large.skeleton.moved(K.RIGHT_WRIST, 60 * factor, 130 * factor)
    small = PreviewPuppet.cut(photo, large).warp(target)
    assert max(small.size) == 1024
    same = PreviewPuppet.cut(figure.PHOTO, person).warp(person.skeleton.moved(K.RIGHT_WRIST, 60, 130))
    difference = np.abs(np.array(small.resize(same.size)).astype(int) - np.array(same)).mean()
    assert difference < 4


def test_a_finished_part_of_an_old_photo_is_dropped():
    session = Session()
    old, new = (Work(figure.PHOTO.copy(), "photo", figure.person()) for _ in range(2))
    session.work = new
    session.complete(old, source="old")
    assert session.work.source is None
    session.complete(new, source="new")
    assert session.work.source == "new"
    session.close()


def test_closing_a_session_stops_and_deletes():
    session = Session()
    assert deepcopy(session) is not session
    written = session.path("a.jpg")
    write_screen_picture(Image.new("RGB", (4000, 100)), written)
    with Image.open(written) as picture:
        assert picture.size == (1600, 40)
    session.close()
    assert session.stop.is_set() and not written.exists()


class Broken(PaintingPipeline):
    def repose(self, *args, **kwargs):
        raise RuntimeError("secret internals")


def test_an_unexpected_failure_is_told_plainly():
    session, actions = Session(), ReposeActions(FigureReader(), Broken())
    session.work = Work(figure.PHOTO, "photo", figure.person())
    edit = PoseEdit(figure.skeleton(), session.work.key, None, None)
    with pytest.raises(gr.Error, match="are kept") as caught:
        list(actions.generate(edit, 4, 2, 0, session))
    assert "secret" not in str(caught.value) and not caught.value.print_exception
    session.close()


def test_a_pose_of_another_photo_is_not_previewed():
    session, actions = Session(), ReposeActions(FigureReader(), PaintingPipeline())
    work = Work(figure.PHOTO, "photo", figure.person())
    session.work = Work(work.photo, "photo", work.person, PreviewPuppet.cut(work.photo, work.person))
    with pytest.raises(gr.Error, match="Open a photo"):
        actions.check(PoseEdit(figure.skeleton(), "another", None, None), 4, 2, 0, session)
    pictures, _ = actions.preview(PoseEdit(figure.skeleton(), "another", None, None), session)
    assert not isinstance(pictures, tuple)
    session.close()


def test_examples_are_pictures():
    for path in example_photos():
        with Image.open(path) as image:
            assert image.size[0] > 100


def test_no_event_is_a_public_endpoint():
    studio = build_studio(FigureReader(), PaintingPipeline())
    assert studio.get_api_info()["named_endpoints"] == {}
