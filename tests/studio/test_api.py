"""The endpoints for programs, with the true pipeline, only smaller."""

from __future__ import annotations

import gradio as gr
import numpy as np
import pytest
from gradio_client import Client, handle_file
from PIL import Image

from studio import build_studio, launch_options
from studio.api import Endpoints
from studio.serving import Serving
from tests.pose_editor import figure
from tests.pose_editor.browsing import served
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


@pytest.fixture(scope="module")
def raised(endpoints, two) -> dict:
    """The left one's pose with the right arm up, as an OpenPose document."""
    (skeleton,) = parse_openpose(endpoints.read(two, 1)[0])
    return format_openpose([skeleton.moved(K.RIGHT_WRIST, 60, 130)])


TAB = {"person": 1, "steps": 1, "guidance_scale": 1.0, "seed": 0, "strength": 1, "locked": [], "count": 1, "side": 0}


def pixels(endpoints, two, raised, **settings) -> list[np.ndarray]:
    return [np.asarray(picture).astype(int) for picture in endpoints.repose(two, raised, **TAB | settings)]


def test_repose_moves_the_person_asked_for(endpoints, two, raised):
    (picture,) = pixels(endpoints, two, raised)
    before = np.asarray(two_figures()).astype(int)
    changed = np.abs(picture - before).max(-1) > 40
    width = figure.SIZE[1]
    assert changed[:, :width].any() and not changed[:, width:].any()


def test_repose_gives_a_picture_of_every_seed(endpoints, two, raised):
    several = pixels(endpoints, two, raised, seed=4, count=3)
    alone = [pixels(endpoints, two, raised, seed=seed)[0] for seed in (4, 5, 6)]
    assert len(several) == 3 and all((a == b).all() for a, b in zip(several, alone, strict=True))
    assert (several[0] != several[1]).any()


def test_repose_without_strength_is_the_warp_and_locks_keep_it(endpoints, two, raised):
    (warp,), (whole,) = pixels(endpoints, two, raised, strength=0), pixels(endpoints, two, raised)
    (locked,) = pixels(endpoints, two, raised, locked=[part.label for part in P if part is not P.BACKGROUND])
    apart = [np.abs(picture - warp).sum() for picture in (whole, locked)]
    assert apart[0] > apart[1], "what is locked is nearer to the warp"


def test_repose_makes_smaller_pictures_where_asked(endpoints, two, tmp_path, raised):
    wide = Image.new("RGB", (1600, figure.SIZE[0]))
    wide.paste(figure.PHOTO)
    wide.save(tmp_path / "wide.png")
    (picture,) = pixels(endpoints, str(tmp_path / "wide.png"), raised, side=1024)
    assert picture.shape == (307, 1024, 3)
    assert pixels(endpoints, two, raised, side=1024)[0].shape == (480, 640, 3)  # never larger than the photo


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"strength": 1.1}, "Strength must be from 0 to 1"), ({"strength": None}, "Strength must"),
     ({"strength": True}, "Strength must"), ({"locked": "face"}, "must be a list"),
     ({"locked": None}, "must be a list"),
     ({"locked": {"face": 1}}, "must be a list"), ({"locked": [11]}, "must be a list"),
     ({"locked": ["trousers"]}, "a region is one of"), ({"count": 0}, "Pictures must"), ({"count": 5}, "Pictures must"),
     ({"count": 1.5}, "Pictures must"), ({"side": 100}, "one of 1536, 1024, or 0"), ({"side": None}, "size must")],
)  # fmt: skip
def test_settings_that_cannot_be_used_are_said_plainly(endpoints, two, raised, settings, message):
    with pytest.raises(gr.Error, match=message) as caught:
        next(endpoints.repose(two, raised, **TAB | settings))
    assert not caught.value.print_exception


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


def test_programs_may_leave_out_what_the_tab_sets_and_follow_several_pictures(two, raised, tmp_path):
    pipeline = TruePosePipeline(tiny_model(tiny_config()))
    with served(build_studio(FigureReader(), pipeline), **launch_options()) as address:
        client = Client(address, verbose=False, download_files=str(tmp_path))
        sent = {"photo": handle_file(two), "pose": raised, "steps": 1, "api_name": "/repose"}
        first = client.predict(**sent)
        job = client.submit(**sent, strength=0.5, locked=["face"], count=2, side=1024)
        job.result()
        client.close()
        pictures = [Image.open(path) for path in (first, *job.outputs())]
    assert [picture.size for picture in pictures] == [two_figures().size] * 3
    assert (np.asarray(pictures[1]) != np.asarray(pictures[2])).any(), "the second picture is of the next seed"


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
