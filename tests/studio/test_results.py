"""Results without a browser: history, recall, PNGs dropped, corrections."""

from __future__ import annotations

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from pose_editor import ParsingEdit, PoseEdit, StripEdit
from studio.history import KEPT, History
from studio.repose import ReposeActions
from studio.results import ResultActions, describe
from studio.serving import Serving
from studio.session import Session
from tests.pose_editor import figure
from truepose.correction import Correction
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.recipe import Recipe, photo_mark, png_info, read_recipe

from .fakes import FigureReader, PaintingPipeline
from .test_studio import two_figures

POSE = figure.skeleton().moved(K.RIGHT_WRIST, 60, 130)


def recipe_of(photo: Image.Image, seed: int = 0, **fields) -> Recipe:
    fields = {"person": 1, "strength": 0.5, "locked": frozenset({P.FACE}), "side": 1024} | fields
    return Recipe(photo_mark(photo), photo.size[::-1], model="m", pose=POSE, steps=4, guidance_scale=2.0, seed=seed,
                  **fields)  # fmt: skip


@pytest.fixture
def session():
    opened = Session()
    yield opened
    opened.close()


@pytest.fixture
def pipeline():
    return PaintingPipeline(0)


@pytest.fixture
def results(pipeline):
    serving = Serving(pipeline)
    return ResultActions(ReposeActions(FigureReader(), serving), serving)


@pytest.fixture
def edit(results, session, tmp_path):
    """The figure is open; its right arm is up."""
    figure.PHOTO.save(tmp_path / "figure.png")
    results.actions.open_file(str(tmp_path / "figure.png"), "figure.png", session)
    results.actions.cut(PoseEdit(figure.skeleton(), session.work.key, None, None), session)
    return PoseEdit(POSE, session.work.key, None, None)


def test_history_is_bounded_and_deletes(tmp_path):
    history = History(tmp_path / "results")
    for seed in range(KEPT + 3):
        history.add(Image.new("RGB", (8, 8)), recipe_of(figure.PHOTO, seed), figure.person(), "a", 1.0)
    assert [entry.recipe.seed for entry in history.entries] == list(range(KEPT + 2, 2, -1))
    assert history.find(1) is None and history.find(KEPT + 3).recipe.seed == KEPT + 2
    assert len(list((tmp_path / "results").iterdir())) == KEPT
    assert read_recipe(history.entries[0].file).strength == 0.5
    history.clear()
    assert not history.entries and not list((tmp_path / "results").iterdir())


def test_recall_brings_everything_back(results, session, edit):
    locked = ParsingEdit(session.work.key, locked=frozenset({P.HAIR}))
    settings = (locked, 3, 1.5, 5, 2, 0.5, 1024)
    results.check(edit, *settings, session)
    list(results.generate(edit, *settings, session))
    assert [entry.recipe.seed for entry in session.history.entries] == [6, 5]
    editor, parsing, pictures, status, download, strip, *fields = results.recall(StripEdit(1), session)
    assert (editor["value"].skeleton.xy == POSE.xy).all() and parsing.locked == {P.HAIR}
    assert pictures[1].endswith("screen.jpg") and "seed 5" in status and "strength 0.5" in status
    assert download["value"].endswith("figure-repose-5.png") and strip[1] == 1
    assert fields == [None, 3, 1.5, 5, 0.5, 1024]
    assert "no longer kept" in results.recall(StripEdit(99), session)[3]
    results.actions._open(session.work, session)
    assert not session.history.entries


def test_locks_of_another_photo_are_not_used(results, session, pipeline, edit):
    settings = (ParsingEdit("another", locked=frozenset({P.HAIR})), 1, 1.5, 5, 1, 1, 0)
    results.check(edit, *settings, session)
    list(results.generate(edit, *settings, session))
    assert pipeline.asked[-1].locked == frozenset()


def drop(results, session, path, recipe: Recipe):
    Image.new("RGB", (320, 480)).save(path, pnginfo=png_info(recipe))
    edit = PoseEdit(figure.skeleton(), session.work.key, str(path), "saved.png")
    return results.open_upload(edit, session)


def test_a_png_of_the_open_photo_restores(results, session, edit, tmp_path):
    work = session.work
    editor, parsing, pictures, status, _, _, *fields = drop(
        results, session, tmp_path / "a.png", recipe_of(figure.PHOTO, 7)
    )
    assert session.work is work and "restored" in status and parsing.locked == {P.FACE}
    assert np.abs(editor["value"].skeleton.xy[K.RIGHT_WRIST] - (60, 130)).max() < 0.1
    assert not editor["value"].skeleton.visible[K.LEFT_EAR] and editor["value"].skeleton.xy[K.LEFT_EAR].any()
    assert pictures[1].endswith("preview.jpg")
    assert fields == ["Balanced", 4, 2.0, 7, 0.5, 1024]


def test_a_png_of_another_person_says_which(results, session, edit, tmp_path):
    with pytest.warns(UserWarning, match="made of person 2"):
        editor, *others = drop(results, session, tmp_path / "a.png", recipe_of(figure.PHOTO, person=2))
    assert "value" not in editor and len(others) == 11


def test_a_png_of_another_photo_opens_as_one_and_restores_settings(results, session, edit, tmp_path):
    recipe = recipe_of(two_figures(), 3)
    figure.PHOTO.save(tmp_path / "a.png", pnginfo=png_info(recipe))
    before = session.work
    opened = results.open_upload(PoseEdit(None, "", str(tmp_path / "a.png"), "a.png"), session)
    assert session.work is not before and opened[9] == 3
    Image.new("RGB", (320, 480)).save(tmp_path / "b.png", pnginfo=png_info(recipe))  # shows nobody
    with pytest.warns(UserWarning, match="No person"):
        opened = results.open_upload(PoseEdit(None, "", str(tmp_path / "b.png"), "b.png"), session)
    assert not isinstance(opened[9], int)


def test_corrected_labels_are_cut_anew(results, session, edit, tmp_path):
    labels = figure.PARSING.copy()
    labels[400:470, 20:60] = P.BAG
    Image.fromarray(np.dstack([labels] * 3)).save(tmp_path / "labels.png")
    before = session.work
    viewer = ParsingEdit(before.key, corrected=str(tmp_path / "labels.png"))
    parsing, pictures, status = results.actions.apply_labels(viewer, edit, session)
    work = session.work
    assert status.startswith("Corrected") and pictures[1].endswith("preview.jpg") and work.key == before.key
    assert work.puppet is not before.puppet and work.source is None and work.person.skeleton is before.person.skeleton
    assert (parsing["value"].parsing[400:470, 20:60] == P.BAG).all() and parsing["value"].locked is None
    assert work.person.box == (20, 38, 230, 470)
    session.complete(before, source="of the person before")
    assert session.work.source is None


@pytest.mark.parametrize("labels", [np.zeros((480, 320), np.uint8), np.zeros((3, 3), np.uint8), None])
def test_labels_that_cannot_be_used_are_told(results, session, edit, tmp_path, labels):
    path = tmp_path / "labels.png"
    if labels is not None:
        Image.fromarray(np.dstack([labels] * 3)).save(path)
    before = session.work
    with pytest.warns(UserWarning, match="These labels cannot be used"):
        results.actions.apply_labels(ParsingEdit(before.key, corrected=str(path)), edit, session)
    assert session.work is before


def test_labels_corrected_twice_and_back_leave_what_was_read(results, session, edit, tmp_path):
    read = session.work.as_read
    for labels in (np.where(figure.PARSING == P.PANTS, P.SKIRT, figure.PARSING), figure.PARSING):
        Image.fromarray(np.dstack([labels.astype(np.uint8)] * 3)).save(tmp_path / "labels.png")
        viewer = ParsingEdit(session.work.key, corrected=str(tmp_path / "labels.png"))
        results.actions.apply_labels(viewer, edit, session)
        assert (session.work.person.parsing == labels).all() and session.work.as_read is read
    assert session.work.person is read


def test_a_png_restores_corrections_or_undoes_them(results, session, edit, tmp_path):
    labels = np.zeros((1, 2), np.uint8)
    right = figure.skeleton().moved(K.LEFT_EAR, 178, 74)
    recipe = recipe_of(figure.PHOTO, correction=Correction(labels, (160, 200), right))
    editor, parsing, pictures, status, *_ = drop(results, session, tmp_path / "a.png", recipe)
    person = session.work.person
    assert "corrections restored" in status and pictures[1].endswith("preview.jpg")
    assert not parsing.parsing[200, 160:162].any() and parsing.parsing[200, 162] == P.UPPER_CLOTHES
    assert person.skeleton.visible[K.LEFT_EAR] and editor["value"].source.visible[K.LEFT_EAR]
    _, parsing, _, status, *_ = drop(results, session, tmp_path / "b.png", recipe_of(figure.PHOTO))
    assert "undone" in status and session.work.person is session.work.as_read
    assert (parsing.parsing == figure.PARSING).all()


def test_a_png_whose_corrections_leave_nobody_restores_nothing(results, session, edit, tmp_path):
    before = session.work
    nobody = Correction(np.zeros(figure.SIZE, np.uint8))
    with pytest.warns(UserWarning, match="nobody is left"):
        editor, *others = drop(results, session, tmp_path / "a.png", recipe_of(figure.PHOTO, correction=nobody))
    assert session.work is before and "value" not in editor and len(others) == 11


def test_settings_in_one_line():
    said = describe(recipe_of(figure.PHOTO, 3))
    assert said == "seed 3, 4 steps, guidance 2, strength 0.5, locked face, at most 1024 px"


def test_corrected_joints_are_cut_anew(results, session, edit):
    right = figure.skeleton().moved(K.LEFT_EAR, 178, 74)
    asked = PoseEdit(POSE, session.work.key, None, None, corrected=right)
    before = session.work
    _, parsing, pictures, status = results.actions.apply_joints(asked, session)
    assert session.work.person.skeleton is right and session.work.key == before.key
    assert status.startswith("Corrected") and pictures[1].endswith("preview.jpg")
    assert "value" not in results.actions.apply_joints(edit, session)[0]


def test_a_drag_is_refined_only_where_wanted_and_kept_nowhere(results, session, pipeline, edit):
    fields = (4, 2.0, 7, 3, 1.0, 0, session)
    assert results.refine(edit, ParsingEdit(), False, *fields) == (gr.skip(), gr.skip())
    (before, after), status = results.refine(edit, ParsingEdit(), True, *fields)
    assert before.endswith("before.jpg") and after.endswith("refined.jpg") and "2 steps" in status
    assert not session.history.entries
    still = PoseEdit(session.work.person.skeleton, session.work.key, None, None)
    assert results.refine(still, ParsingEdit(), True, *fields) == (gr.skip(), gr.skip())
