"""Readers by name or folder, and a whole reading with one."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.reading.hub.test_dwpose import BOX, cell
from tests.reading.hub.weights_made import COLORS, save_dwpose, save_segformer
from tests.tiny import figure
from truepose.checkpoint import save_model
from truepose.reading import EmbeddedReader, NoPersonFound, load_masker, load_reader
from truepose.reading.hub import HubReader, WeightsMissing
from truepose.reading.hub.dwpose import DWPose
from truepose.reading.hub.reader import EmbeddedParser, EmbeddedPose
from truepose.reading.hub.segformer import SegformerParser
from truepose.reading.network import ReaderConfig, ReaderNet


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Folders of an embedded reader, DWPose and SegFormer, all tiny."""
    root = tmp_path_factory.mktemp("weights")
    for name in ("dwpose", "segformer"):
        (root / name).mkdir()
    config = ReaderConfig(channels=8)
    save_model(ReaderNet(config), config, root / "embedded")
    save_dwpose(root / "dwpose", BOX)
    save_segformer(root / "segformer")
    return root


def test_names_and_folders_become_parts(folders):
    embedded, pose, parsing = folders / "embedded", str(folders / "dwpose"), folders / "segformer"
    assert isinstance(load_reader(embedded=embedded), EmbeddedReader)
    assert isinstance(load_reader(embedded, embedded, embedded="nowhere"), EmbeddedReader)
    assert isinstance(load_reader(embedded, embedded="nowhere"), EmbeddedReader)
    reader = load_reader(pose, "embedded", embedded=embedded)
    assert isinstance(reader, HubReader)
    assert isinstance(reader.pose, DWPose) and isinstance(reader.parser, EmbeddedParser)
    reader = load_reader("embedded", parsing, embedded=embedded)
    assert isinstance(reader.pose, EmbeddedPose) and isinstance(reader.parser, SegformerParser)
    assert isinstance(reader.pose.reader, EmbeddedReader)


def test_a_photo_is_read_from_end_to_end(folders):
    reader = load_reader(folders / "dwpose", folders / "segformer", embedded="nowhere")
    photo = figure(512, 384)[0] // 4
    x, y = cell(photo, 9, 10, COLORS["green"][0])
    photo[300, 200] = (255, 0, 0)
    # All joints are one place there: a person of no size, whom no label can be told to be of.
    with pytest.raises(NoPersonFound):
        reader.read(Image.fromarray(photo))
    (candidate,) = reader.find(Image.fromarray(photo))
    assert np.abs(candidate.skeleton.xy - (200, 300)).max() < 1.5
    with pytest.raises(NoPersonFound, match="choose one where the body is clearly visible"):
        reader.find(Image.fromarray(figure(128, 96)[0] // 8))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (("no/such/folder", "embedded"), 'no pose model at no/such/folder: give "embedded", "openpose", "dwpose"'),
        (("segformer", "embedded"), "no pose model"),
        (("dwpose", "no such folder"), "no weights at .*no such folder"),
        (("embedded", "dwpose"), "lacks config.json"),
        (("embedded", "embedded", "no such file"), 'no file .*no such file: give "sam", "mobile-sam"'),
    ],
)
def test_what_is_not_there_is_said_plainly(folders, parts, message):
    places = [str(folders / part) if (folders / part).exists() or " " in part else part for part in parts]
    with pytest.raises(WeightsMissing, match=message):
        load_reader(*places, embedded=folders / "embedded")


def test_a_masks_file_of_something_else_is_refused(folders):
    for name in ("mobile_sam.pt", "sam_vit_b_01ec64.pth"):
        (folders / name).write_bytes(b"nothing")
        with pytest.raises(ValueError, match=f"{name} is damaged or does not hold"):
            load_masker(folders / name)
