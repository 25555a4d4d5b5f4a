"""The endpoints for programs, with the true pipeline, only smaller."""

from __future__ import annotations

import gradio as gr
import numpy as np
import pytest

from studio.api import Endpoints
from studio.serving import Serving
from tests.pose_editor import figure
from tests.tiny import tiny_config, tiny_model
from truepose.openpose_json import format_openpose, parse_openpose
from truepose.parsing import BodyPart as P
from truepose.pipeline import TruePosePipeline
from truepose.pose import Keypoint as K

from .fakes import FigureReader
from .test_studio import two_figures


@pytest.fixture(scope="module")
def endpoints():
    return Endpoints(FigureReader(), Serving(TruePosePipeline(tiny_model(tiny_config()))))


@pytest.fixture(scope="module")
def two(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("api") / "two.png"
    two_figures().save(path)
    return str(path)


def test_read_gives_openpose_json_and_a_palette_map(endpoints, two):
    document, parsing = endpoints.read(two, 2)
    (skeleton,) = parse_openpose(document)
    assert skeleton.xy[K.NOSE].tolist() == [figure.POINTS[K.NOSE][0] + figure.SIZE[1], figure.POINTS[K.NOSE][1]]
    assert document["found"] == 2 and document["facing"] == "front" and "17 of 18" in document["description"]
    assert parsing.mode == "P" and np.asarray(parsing)[200, 160 + figure.SIZE[1]] == P.UPPER_CLOTHES


def test_repose_moves_the_person_asked_for(endpoints, two):
    (skeleton,) = parse_openpose(endpoints.read(two, 1)[0])
    pose = format_openpose([skeleton.moved(K.RIGHT_WRIST, 60, 130)])
    picture = np.asarray(endpoints.repose(two, pose, 1, 1, 1.0, 0)).astype(int)
    before = np.asarray(two_figures()).astype(int)
    changed = np.abs(picture - before).max(-1) > 40
    width = figure.SIZE[1]
    assert changed[:, :width].any() and not changed[:, width:].any()


@pytest.mark.parametrize(
    ("photo", "person", "message"),
    [(None, 1, "a photo is needed"), ("none.png", 1, "no file"), ("two", 3, "no person 3: found 2"),
     ("two", 0, "no person 0"), ("two", -1, "no person -1")],
)  # fmt: skip
def test_what_cannot_be_read_is_said_plainly(endpoints, two, photo, person, message):
    with pytest.raises(gr.Error, match=message) as caught:
        endpoints.read(two if photo == "two" else photo, person)
    assert not caught.value.print_exception


def test_an_unexpected_failure_keeps_its_secrets(two):
    class Broken(FigureReader):
        def find(self, photo):
            raise RuntimeError("secret internals")

    with pytest.raises(gr.Error, match="server's log") as caught:
        Endpoints(Broken(), Serving(None)).read(two, 1)
    assert "secret" not in str(caught.value)


def test_style_changes_the_region_only(endpoints, two):
    picture = np.asarray(endpoints.style(two, two, None, "upper-clothes", "pants", 1, 2, 1, 1.0, 0))
    before = np.asarray(two_figures())
    changed = (picture != before).any(-1)
    width = figure.SIZE[1]
    assert changed[:, :width].any() and not changed[:, width:].any()


@pytest.mark.parametrize(
    ("mask", "region", "message"),
    [(None, "", "either a mask or a region"), ("two", "skirt", "either a mask or a region"),
     (None, "trousers", "a region is one of"), (None, "skirt", "shows no skirt"), ("none.png", "", "no file")],
)  # fmt: skip
def test_styles_that_cannot_be_had_are_said_plainly(endpoints, two, mask, region, message):
    with pytest.raises(gr.Error, match=message):
        endpoints.style(two, two, two if mask == "two" else mask, region, "", 1, 1, 1, 1.0, 0)
