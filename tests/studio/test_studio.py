"""The studio's parts without a browser."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from pose_editor import ParsingEdit, PoseEdit
from studio import build_studio
from studio.examples import example_photos
from studio.pictures import fitted, write_screen_picture
from studio.preview import PreviewPuppet
from studio.repose import ReposeActions, moved, remarks
from studio.results import ResultActions
from studio.serving import Serving
from studio.session import Session, Work
from studio.settings import ReposeSettings, checked_settings, preset_name, presets_of
from tests.pose_editor import figure
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading import Person

from .fakes import FigureReader, PaintingPipeline


def work_on(photo: Image.Image, **parts) -> Work:
    """The drawn figure's photo, open."""
    people = tuple(FigureReader().find(figure.PHOTO))
    return Work(photo, "photo", people, 0, figure.person(), figure.person(), **parts)


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


@pytest.mark.parametrize(
    "settings, words",
    [((4, 2, 0, 0, 1, 0), "Pictures"), ((4, 2, 0, 5, 1, 0), "Pictures"), ((4, 2, 0, 1, 1.1, 0), "Strength"),
     ((4, 2, 0, 1, None, 0), "Strength"), ((4, 2, 0, 1, 1, 77), "size"), ((4, 2, 0, 1, 1, None), "size"),
     ((4, 2, 0, 1, 1, True), "size"), ((0, 2, 0, 1, 1, 0), "Steps")],
)  # fmt: skip
def test_repose_settings_out_of_range_are_plain_errors(settings, words):
    with pytest.raises(gr.Error, match=words) as caught:
        ReposeSettings.checked(*settings)
    assert not caught.value.print_exception


def test_seeds_follow_each_other_and_wrap():
    assert ReposeSettings.checked(4, 2, 5, 3, 1, 1024).seeds == [5, 6, 7]
    assert ReposeSettings.checked(4, 2, 2**32 - 1, 2, 0.5, 0).seeds == [2**32 - 1, 0]


def test_presets_come_from_the_models_defaults():
    defaults = SimpleNamespace(steps=10, guidance_scale=1.5)
    assert [(each.name, each.steps) for each in presets_of(defaults)] == [("Fast", 4), ("Balanced", 10), ("Best", 20)]
    assert preset_name(defaults, 10, 1.5) == "Balanced" and preset_name(defaults, 11, 1.5) is None


def test_a_picture_is_fitted_but_never_enlarged():
    image = Image.new("RGB", (400, 300))
    assert fitted(image, 200).size == (200, 150) and fitted(image, 1024) is image and fitted(image, None) is image


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
    old, new = (work_on(figure.PHOTO.copy()) for _ in range(2))
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
    session, serving = Session(), Serving(Broken())
    session.work = work_on(figure.PHOTO)
    edit = PoseEdit(figure.skeleton(), session.work.key, None, None)
    results = ResultActions(ReposeActions(FigureReader(), serving), serving)
    with pytest.raises(gr.Error, match="are kept") as caught:
        list(results.generate(edit, ParsingEdit(), 4, 2, 0, 1, 1, 0, session))
    assert "secret" not in str(caught.value) and not caught.value.print_exception
    session.close()


def test_a_pose_of_another_photo_is_not_previewed():
    session, serving = Session(), Serving(PaintingPipeline())
    actions = ReposeActions(FigureReader(), serving)
    session.work = work_on(figure.PHOTO, puppet=PreviewPuppet.cut(figure.PHOTO, figure.person()))
    edit = PoseEdit(figure.skeleton(), "another", None, None)
    with pytest.raises(gr.Error, match="Open a photo"):
        ResultActions(actions, serving).check(edit, ParsingEdit(), 4, 2, 0, 1, 1, 0, session)
    pictures, _ = actions.preview(PoseEdit(figure.skeleton(), "another", None, None), session)
    assert not isinstance(pictures, tuple)
    session.close()


def test_examples_are_pictures():
    for path in example_photos():
        with Image.open(path) as image:
            assert image.size[0] > 100


def two_figures() -> Image.Image:
    width, height = figure.PHOTO.size
    photo = Image.new("RGB", (2 * width, height))
    for number in range(2):
        photo.paste(figure.PHOTO, (number * width, 0))
    return photo


def test_another_person_is_chosen(tmp_path):
    session, actions = Session(), ReposeActions(FigureReader(), Serving(PaintingPipeline()))
    two_figures().save(tmp_path / "two.png")
    scene = actions.open_file(str(tmp_path / "two.png"), "two.png", session)[0]["value"]
    first = session.work
    assert len(scene.people) == 2 and scene.person == 0
    edit = PoseEdit(first.person.skeleton, first.key, None, None, chosen=1)
    scene, parsing, *_ = actions.choose(edit, session)
    assert scene["value"].person == 1 and session.work.key != first.key and session.work.photo is first.photo
    assert scene["value"].skeleton.xy[K.NOSE, 0] == figure.POINTS[K.NOSE][0] + figure.SIZE[1]
    assert not parsing.parsing[:, : figure.SIZE[1]].any() and parsing.parsing[:, figure.SIZE[1] :].any()
    for stale in (edit, PoseEdit(None, session.work.key, None, None, chosen=7)):
        assert "value" not in actions.choose(stale, session)[0]
    session.close()


def test_unseen_joints_come_with_an_estimate(tmp_path):
    session, actions = Session(), ReposeActions(FigureReader(), Serving(PaintingPipeline()))
    figure.PHOTO.save(tmp_path / "one.png")
    skeleton = actions.open_file(str(tmp_path / "one.png"), "one.png", session)[0]["value"].skeleton
    assert not skeleton.visible[K.LEFT_EAR] and skeleton.score[K.LEFT_EAR] == 0
    assert np.linalg.norm(skeleton.xy[K.LEFT_EAR] - (178, 74)) < 20
    session.close()


def test_remarks_say_what_is_doubtful():
    person = figure.person()
    assert remarks(person) == "Joints: 1 not seen. "
    score = person.skeleton.score.copy()
    score[[K.LEFT_KNEE, K.LEFT_ANKLE]] = 0.4
    unsure = Person(Skeleton(person.skeleton.xy, person.skeleton.visible, score), person.parsing, person.box)
    assert remarks(unsure) == "Joints: 2 unsure, 1 not seen. "
    visible = person.skeleton.visible.copy()
    visible[[K.NOSE, K.LEFT_EYE, K.RIGHT_EYE]] = False
    xy = person.skeleton.xy * (-1, 1) + (320, 0)
    back = Person(Skeleton(xy, visible, visible.astype(float)), person.parsing, person.box)
    assert "Seen from behind" in remarks(back)


def test_only_the_api_is_public():
    studio = build_studio(FigureReader(), PaintingPipeline())
    assert set(studio.get_api_info()["named_endpoints"]) == {"/read", "/repose", "/style"}
