"""The whole product in a real browser: shipped reader, shipped model, a real photo."""

from __future__ import annotations

import io
import subprocess
import sys
import urllib.request

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from studio import build_studio, launch_options
from tests.ports import free_port, wait_for_page
from tests.pose_editor.browsing import chromium, drag_joint, joint_place, served, until, visit
from truepose.pipeline import load_pipeline
from truepose.pose import Keypoint as K
from truepose.reading import load_reader


@pytest.fixture(scope="module")
def page():
    app = build_studio(load_reader(), load_pipeline())
    with chromium() as browser, served(app, **launch_options()) as address, visit(browser, address) as opened:
        yield opened


def status(page) -> str:
    return page.locator(".tp-status-text").text_content()


def pictures(page) -> list[np.ndarray]:
    urls = page.locator("#tp-pictures img").evaluate_all("nodes => nodes.map(node => node.src)")
    read = []
    for url in urls:
        with urllib.request.urlopen(url) as answer:
            read.append(np.array(Image.open(io.BytesIO(answer.read())).convert("RGB")).astype(int))
    return read


def test_drop_a_photo_drag_a_joint_generate(page, tmp_path):
    Image.fromarray(astronaut()).save(tmp_path / "astronaut.png")
    page.set_input_files("[data-part='photo-file']", str(tmp_path / "astronaut.png"))
    page.wait_for_selector(".tp-editor[data-empty='0']", timeout=30_000)
    until(lambda: status(page), lambda text: text.startswith("Ready"), 30)
    x, y = joint_place(page, K.NOSE)
    drag_joint(page, K.NOSE, (x - 30, y + 5))
    until(lambda: status(page), lambda text: text.startswith("Preview"), 15)
    preview = until(lambda: pictures(page), lambda shown: len(shown) == 2, 15)
    page.get_by_role("button", name="Generate", exact=True).click()
    until(lambda: status(page), lambda text: text.startswith("Result"), 60)
    result = until(lambda: pictures(page), lambda shown: not np.array_equal(shown, preview), 10)
    changed = [np.abs(picture - astronaut()).max(2) > 25 for picture in result]
    face = slice(int(y) - 60, int(y) + 60), slice(int(x) - 60, int(x) + 60)
    assert max(c[face].mean() for c in changed) > 0.2  # the head moved
    assert all(c[:20, :60].mean() < 0.02 for c in changed)  # the room did not


def test_the_app_starts_as_a_program_and_answers(tmp_path):
    """`python app.py` serves its page; a model that is not there is one plain line."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(port)])
    try:
        assert b"TruePose" in wait_for_page(f"http://127.0.0.1:{port}/", process)
    finally:
        process.terminate()
        process.wait(20)
    refused = subprocess.run(
        [sys.executable, "app.py", "--model", str(tmp_path)], capture_output=True, text=True, timeout=90
    )
    assert refused.returncode == 2 and "no model" in refused.stderr and "Traceback" not in refused.stderr
