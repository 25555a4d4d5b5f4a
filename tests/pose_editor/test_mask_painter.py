"""What the mask painter and the region picker send and take, without a browser."""

from __future__ import annotations

import gradio as gr
import numpy as np
import pytest
from gradio.data_classes import FileData
from PIL import Image

from pose_editor import MaskPainter, PhotoScene, RegionPicker, runs_of
from pose_editor.label_grid import grid_size, names_of
from pose_editor.mask_painter import MaskValue
from pose_editor.region_picker import RegionValue
from truepose.parsing import IGNORE
from truepose.parsing import BodyPart as P

from . import figure

SCENE = PhotoScene(figure.PHOTO, figure.PARSING, "figure", ((0, 0, 10, 10), (5, 5, 20, 20)), 1)


def test_runs_tell_a_mask():
    mask = np.array([[True, True, False], [False, True, False]])
    assert runs_of(mask) == [0, 2, 2, 1]
    assert runs_of(np.zeros((3, 3), bool)) == [] and runs_of(np.ones((2, 2), bool)) == [0, 4]


def test_a_large_photo_is_masked_on_a_smaller_grid():
    assert grid_size(4000, 3000) == (1024, 768) and grid_size(300, 200) == (300, 200)
    parsing = np.zeros((3000, 4000), np.uint8)
    parsing[:1500] = P.DRESS
    parsing[0, 0] = IGNORE
    with gr.Blocks():
        value = MaskPainter().postprocess(PhotoScene(Image.new("RGB", (4000, 3000)), parsing, "large"))
    assert (value.width, value.height, value.grid) == (4000, 3000, [1024, 768])
    labels = np.asarray(Image.open(value.labels.path))
    assert labels.shape == (768, 1024) and set(np.unique(labels)) == {P.BACKGROUND, P.DRESS}


def test_garments_get_buttons_and_all_labels_a_name():
    names = {each.name: each.is_garment for each in names_of(figure.PARSING)}
    assert names["Upper clothes"] and names["Pants"] and not names["Face"] and "Background" not in names


@pytest.mark.parametrize("component", [MaskPainter, RegionPicker])
def test_a_scene_travels_as_files(component):
    with gr.Blocks():
        value = component().postprocess(SCENE)
    assert value.photo.path.endswith(".webp") and value.labels.path.endswith(".png")
    assert (value.key, value.person, value.chosen, len(value.people)) == ("figure", 1, 1, 2)
    with gr.Blocks():
        assert component().postprocess(None).photo is None
        assert component().preprocess(None).key == ""


def test_edits_are_read():
    with gr.Blocks():
        painter, picker = MaskPainter(), RegionPicker()
    upload = FileData(path="/tmp/a.png", orig_name="mine.png")
    edit = painter.preprocess(MaskValue(key="k", mask=upload, pick=[1.5, 2], removes=True, upload=upload, chosen=1))
    assert (edit.key, edit.mask, edit.pick, edit.removes) == ("k", "/tmp/a.png", (1.5, 2), True)
    assert (edit.upload, edit.upload_name, edit.chosen) == ("/tmp/a.png", "mine.png", 1)
    assert picker.preprocess(RegionValue(key="k", region=6)).region is P.PANTS
    assert picker.preprocess(RegionValue(key="k")).region is None
    with pytest.raises(gr.Error, match="no region"):
        picker.preprocess(RegionValue(region=99))
    with pytest.raises(gr.Error, match="click"):
        painter.preprocess(MaskValue(pick=[1.0]))
