"""The app as a Hugging Face Space: started from a clean folder and requirements.txt alone, used by a program."""

from __future__ import annotations

import json
import urllib.request

import numpy as np
import pytest
import yaml
from gradio_client import Client, handle_file
from PIL import Image

from tests.space import ROOT, copy_tracked, link_environment, required_distributions, requirements, running_space
from truepose.openpose_json import format_openpose, parse_openpose
from truepose.pose import Keypoint as K

EXAMPLE = "studio/examples/2-printed-shirt.webp"
FREE_TIER = 16 * 2**30  # bytes of memory; the processors are not limited here


@pytest.fixture(scope="module")
def space(tmp_path_factory):
    root = tmp_path_factory.mktemp("space")
    folder, home = root / "app", root / "home"
    folder.mkdir()
    home.mkdir()
    copy_tracked(folder)
    python = link_environment(root / "venv", required_distributions(requirements(folder / "requirements.txt")))
    with running_space(python, folder, home) as (address, process):
        yield address, process, folder


def test_it_starts_and_re_poses(space, tmp_path):
    """Proves: tracked files, the packages that requirements.txt leads to and a Space's variables are enough to start,
    without the Train tab, and to re-pose an example through gradio_client within a quarter of the free tier's memory.

    Does not prove: that pip resolves requirements.txt to these versions, or that the Hub builds it: the packages are
    links to those of this environment.
    """
    address, process, folder = space
    with urllib.request.urlopen(f"{address}/config") as answer:
        names = {component["props"].get("elem_id") for component in json.load(answer)["components"]}
    assert {"tp-generate", "tp-style-generate"} <= names and not {"tp-train-go", "tp-train"} & names

    photo = Image.open(folder / EXAMPLE).convert("RGB")
    client = Client(address, verbose=False, download_files=str(tmp_path))
    reading, _ = client.predict(handle_file(str(folder / EXAMPLE)), 1, api_name="/read")
    skeleton = parse_openpose(reading, photo.size[::-1])[0]
    (x, y), (elbow_x, elbow_y) = skeleton.xy[K.RIGHT_WRIST], skeleton.xy[K.RIGHT_ELBOW]
    target = skeleton.moved(K.RIGHT_WRIST, elbow_x - (y - elbow_y), elbow_y)
    pose = format_openpose([target], photo.size[::-1])
    arguments = (handle_file(str(folder / EXAMPLE)), pose, 1, 4, 1.0, 0)
    picture = np.array(Image.open(client.predict(*arguments, api_name="/repose")).convert("RGB")).astype(int)

    changed = np.abs(picture - np.array(photo)).max(2) > 25
    box = np.s_[int(y) - 25 : int(y) + 25, int(x) - 25 : int(x) + 25]
    assert picture.shape[:2] == photo.size[::-1]
    assert changed[box].mean() > 0.2, "the hand is where it was"
    assert not (picture != np.array(photo))[:8].any(), "the background far from the person has changed"
    memory = process.memory_info().rss
    assert memory < FREE_TIER / 4, f"{memory / 2**30:.1f} GiB"


def test_the_front_matter_describes_this_app():
    """The README's head is what the Hub reads: it asks for versions that requirements.txt allows."""
    head = yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---")[1])
    gradio = next(each for each in requirements(ROOT / "requirements.txt") if each.name == "gradio")
    assert head["sdk"] == "gradio" and gradio.specifier.contains(head["sdk_version"])
    assert head["python_version"] == "3.11" and (ROOT / head["app_file"]).exists()
    assert head["suggested_hardware"] == "cpu-basic" and len(head["short_description"]) <= 60


def test_nothing_else_can_be_imported(space):
    """The environment is as poor as it claims: what only training or tests need is not there."""
    site = next((space[2].parent / "venv").glob("lib/python*/site-packages"))
    names = {path.name for path in site.iterdir()}
    assert {"torch", "gradio", "cv2"} <= names
    assert not names & {"pytest", "playwright", "ruff", "anny", "moderngl", "dlib", "efficientnet_lite_pytorch"}
