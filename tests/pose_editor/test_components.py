"""What the components send and take, without a browser."""

from __future__ import annotations

import json

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import FileData
from PIL import Image

from pose_editor import ParsingScene, ParsingViewer, PoseEditor, PoseScene, RunStatus
from pose_editor.assets import SCREEN_SIDE, templates
from pose_editor.parsing_viewer import legend_of, overlay_of
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


def test_legend_holds_what_is_there():
    names = [entry.name for entry in legend_of(figure.PARSING)]
    assert names[0] == "upper clothes" and "hair" in names and "dress" not in names and "background" not in names
    assert sum(entry.percent for entry in legend_of(figure.PARSING)) == pytest.approx(100, abs=0.5)
    assert legend_of(np.zeros((4, 4), np.uint8)) == []


def test_overlay_is_clear_outside_the_person():
    overlay = np.array(overlay_of(figure.PARSING))
    assert ((overlay[..., 3] == 0) == (figure.PARSING == BodyPart.BACKGROUND)).all()


def test_viewer_and_status_values():
    assert ParsingViewer().postprocess(None).legend == []
    value = ParsingViewer().postprocess(ParsingScene(figure.PHOTO, figure.PARSING))
    assert value.photo.path and value.overlay.path
    assert RunStatus().postprocess(RunStatus.at(2, 5, "x")).steps == 5
    assert RunStatus().postprocess("done").text == "done"


def test_templates_are_constant():
    for name in ("pose_editor", "parsing_viewer", "run_status"):
        assert templates(name, (f"{name}.js",))["html_template"]


@pytest.mark.parametrize("component", [PoseEditor, ParsingViewer, RunStatus])
def test_what_the_page_is_told_of_a_component_is_plain_data(component):
    """Gradio copies it for every page; a function in it made the copies fail."""
    with gr.Blocks():
        config = component().get_config()

    def plain(value) -> bool:
        if isinstance(value, dict):
            return all(map(plain, value.values()))
        return all(map(plain, value)) if isinstance(value, list | tuple) else not callable(value)

    assert [name for name, value in config.items() if name != "server_functions" and not plain(value)] == []
