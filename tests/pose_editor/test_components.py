"""What the components send and take, without a browser."""

from __future__ import annotations

import json

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import FileData
from PIL import Image

from pose_editor import ParsingScene, ParsingViewer, PoseEditor, PoseScene, ResultStrip, RunStatus, Thumb
from pose_editor.assets import SCREEN_SIDE, templates
from pose_editor.label_grid import corrected_labels, on_grid, read_labels
from pose_editor.parsing_viewer import ParsingValue
from pose_editor.pose_editor import PoseValue, from_rows, read_pose, to_rows, write_pose
from truepose.landmarks import Landmarks
from truepose.openpose_json import parse_openpose
from truepose.parsing import BodyPart
from truepose.pose import Keypoint, Skeleton

from . import figure


def test_rows_keep_places_of_unseen_joints():
    skeleton = figure.skeleton()
    hidden = Skeleton(skeleton.xy, skeleton.visible & (np.arange(18) != Keypoint.NOSE), skeleton.score)
    back = from_rows(to_rows(hidden))
    assert (back.xy == hidden.xy).all() and (back.visible == hidden.visible).all()
    assert back.xy[Keypoint.NOSE].tolist() == [160, 78]


@pytest.mark.parametrize("rows", [[], [[1, 2, 1, 1]] * 17, [[1, 2, 3]] * 18, [[1, 2, 3, 1]] * 17 + [[1]]])
def test_wrong_rows_are_refused(rows):
    with pytest.raises(ValueError, match="18 rows"):
        from_rows(rows)


def test_scene_to_browser_and_back():
    editor = PoseEditor()
    sent = editor.postprocess(PoseScene(figure.PHOTO.resize((3200, 4800)), figure.skeleton(), "k1"))
    assert (sent.width, sent.height) == (3200, 4800)
    with Image.open(sent.photo.path) as picture:
        assert max(picture.size) == SCREEN_SIDE
    sent.upload = FileData(path="/tmp/new.jpg", orig_name="my photo.jpg")
    edit = editor.preprocess(sent)
    assert edit.key == "k1"
    assert (edit.skeleton.xy == figure.skeleton().xy).all()
    assert (edit.upload, edit.upload_name) == ("/tmp/new.jpg", "my photo.jpg")


def test_seen_landmarks_are_sent():
    hand = np.zeros((21, 3))
    hand[4] = (10, 20.04, 0.9)
    scene = PoseScene(figure.PHOTO, figure.skeleton(), "k", landmarks=Landmarks(left_hand=hand))
    assert PoseEditor().postprocess(scene).landmarks == [pytest.approx([10, 20], abs=0.1)]
    assert PoseEditor().postprocess(PoseScene(figure.PHOTO, figure.skeleton(), "k")).landmarks == []


def test_empty_editor_sends_no_pose():
    editor = PoseEditor()
    assert editor.preprocess(None).skeleton is None
    assert editor.preprocess(editor.postprocess(None)).skeleton is None


def test_broken_pose_from_the_browser_is_a_plain_error():
    with pytest.raises(gr.Error, match="18 rows"):
        PoseEditor().preprocess(PoseValue(width=10, height=10, keypoints=[[1.0, 2.0]]))


def test_pose_files_go_round():
    rows = to_rows(figure.skeleton())
    document = write_pose({"keypoints": rows, "width": 320, "height": 480})
    assert parse_openpose(document)[0].visible.sum() == 17
    read = read_pose({"text": json.dumps(document), "width": 320, "height": 480})
    assert [row for row in read["keypoints"] if row[3]] == [row for row in rows if row[3]]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"people": []}', '{"people": [{"pose_keypoints_2d": [1, 2]}]}'])
def test_useless_pose_files_give_a_message(text):
    answer = read_pose({"text": text, "width": 320, "height": 480})
    assert answer["error"].startswith("This file")


def test_viewer_and_status_values():
    assert ParsingViewer().postprocess(None).names == []
    value = ParsingViewer().postprocess(ParsingScene(figure.PHOTO, figure.PARSING, "k"))
    assert value.photo.path and value.labels.path and value.key == "k" and value.locked is None
    locked = ParsingScene(figure.PHOTO, figure.PARSING, "k", frozenset({BodyPart.FACE}))
    assert ParsingViewer().postprocess(locked).locked == [11]
    assert RunStatus().postprocess(RunStatus.at(2, 5, "x")).steps == 5
    assert RunStatus().postprocess("done").text == "done"


def test_what_the_viewer_tells():
    assert ParsingViewer().preprocess(None).selected == frozenset()
    edit = ParsingViewer().preprocess(ParsingValue(key="k", selected=[4], locked=[11, 2]))
    assert (edit.key, edit.selected, edit.locked) == ("k", {BodyPart.UPPER_CLOTHES}, {BodyPart.FACE, BodyPart.HAIR})
    for wrong in ({"selected": [18]}, {"locked": [0]}, {"locked": [-1]}):
        with pytest.raises(gr.Error, match="There is no region"):
            ParsingViewer().preprocess(ParsingValue(**wrong))


def test_thumbnails_and_the_one_clicked(tmp_path):
    figure.PHOTO.save(tmp_path / "a.jpg")
    value = ResultStrip().postprocess(ResultStrip.showing([Thumb(3, tmp_path / "a.jpg", "Seed 0", "seed 0")], 3))
    with Image.open(value.thumbs[0].picture.path) as picture:
        assert picture.height == 160
    assert ResultStrip().preprocess(value).chosen == 3
    assert ResultStrip().preprocess(None).chosen == 0 and ResultStrip().postprocess(None).thumbs == []


def test_corrected_labels_keep_the_fine_borders(tmp_path):
    fine = np.kron(figure.PARSING, np.ones((4, 4), np.uint8))  # 1920 x 1280: twice the browser's grid
    small = on_grid(fine)
    assert small.shape == (1024, 683)
    np.testing.assert_array_equal(corrected_labels(fine, small), fine)
    small[:50, :50] = BodyPart.HAT
    red = np.dstack([small, small * 0, small * 0])
    Image.fromarray(red).save(tmp_path / "labels.png")
    corrected = corrected_labels(fine, read_labels(str(tmp_path / "labels.png"), (1280, 1920)))
    assert (corrected[:90, :90] == BodyPart.HAT).all()
    np.testing.assert_array_equal(corrected[100:], fine[100:])


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (Image.new("RGB", (10, 10)), "grid of 320x480"),
        (Image.new("RGB", (320, 480), (18, 0, 0)), "below 18"),
        (None, "PNG"),
    ],
)
def test_what_is_no_label_map_is_told(tmp_path, picture, words):
    path = tmp_path / "labels.png"
    picture.save(path) if picture else path.write_text("x")
    with pytest.raises(ValueError, match=words):
        read_labels(str(path), (320, 480))


def test_templates_are_constant():
    for name in ("pose_editor", "parsing_viewer", "result_strip", "run_status"):
        assert templates(name, (f"{name}.js",))["html_template"]


@pytest.mark.parametrize("component", [PoseEditor, ParsingViewer, ResultStrip, RunStatus])
def test_what_the_page_is_told_of_a_component_is_plain_data(component):
    """Gradio copies it for every page; a function in it made the copies fail."""
    with gr.Blocks():
        config = component().get_config()

    def plain(value) -> bool:
        if isinstance(value, dict):
            return all(map(plain, value.values()))
        return all(map(plain, value)) if isinstance(value, list | tuple) else not callable(value)

    assert [name for name, value in config.items() if name != "server_functions" and not plain(value)] == []
