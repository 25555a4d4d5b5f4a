"""The Train tab in a real browser: a run is started, survives a reload, is stopped, and its model put to use."""

from __future__ import annotations

import pytest
from PIL import Image

from studio import build_studio, launch_options
from tests.pose_editor.browsing import PHONE, served, until, visit
from tests.training.tiny_run import write_run
from truepose.training.process import running, stop
from truepose.training.runs import read_run

from .fakes import FigureReader, PaintingPipeline


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("train")
    write_run(root / "runs" / "tiny", root / "photos")
    (root / "photos" / "broken.jpg").write_text("no")
    yield root
    stop(root / "runs" / "mine")


@pytest.fixture(scope="module")
def address(root):
    with served(
        build_studio(FigureReader(), PaintingPipeline(), root / "runs"), **launch_options(training=True)
    ) as url:
        yield url


def text(page, name: str) -> str:
    return page.locator(f"#tp-train-{name}").text_content().strip()


def open_tab(page) -> None:
    page.get_by_role("tab", name="Train").click()
    page.wait_for_selector("#tp-train-go")


def choose(page, name: str, option: str) -> None:
    page.locator(f"#tp-train-{name} input").click()
    page.get_by_role("option", name=option).click()


def test_a_run_from_start_to_use(browser, address, root):
    run = root / "runs" / "mine"
    with visit(browser, address) as page:
        open_tab(page)
        page.get_by_label("Folder on this machine").fill(str(root / "photos"))
        page.locator("#tp-train-check").click()
        until(lambda: text(page, "check-status"), lambda said: said == "These photos can be trained on.")
        page.locator("#tp-train-problems").get_by_text("broken.jpg").locator("visible=true").first.wait_for()
        choose(page, "start", "Nothing (noise)")
        choose(page, "config", "as in run tiny")
        until(lambda: page.get_by_label("Batch").input_value(), lambda value: value == "2")
        page.get_by_label("Steps", exact=True).last.fill("3000")
        page.locator("#tp-train-go").click()
        page.locator("#tp-train-stop").wait_for()
        until(lambda: text(page, "status"), lambda said: said.startswith("Step "), 90)
        until(lambda: page.locator("#tp-train-loss canvas, #tp-train-loss svg").count(), bool)
        page.reload()
        page.wait_for_selector(".tp-editor[data-ready='1']")
        open_tab(page)
        until(lambda: text(page, "status"), lambda said: said.startswith("Step "), 20)
        first = text(page, "status")
        until(lambda: text(page, "status"), lambda said: said.startswith("Step ") and said != first, 30)
        assert running(run) is not None and "mine/train.json" in text(page, "command")
        page.locator("#tp-train-stop").click()
        until(lambda: text(page, "status"), lambda said: said.startswith("Stopped at step "), 30)
        assert running(run) is None and 0 < read_run(run).saved < 3000
        page.locator("#tp-train-resume").wait_for()
        page.get_by_role("radio").first.wait_for()
        page.locator("#tp-train-use").click()
        until(lambda: text(page, "in-use"), lambda said: said.startswith("In use: mine, "))
        with Image.open(run / "sheet.webp") as sheet:
            assert sheet.width > 100
    with visit(browser, address, PHONE) as page:
        open_tab(page)
        until(lambda: text(page, "in-use"), lambda said: said.startswith("In use: mine, "))
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_bad_input_is_a_message(browser, address):
    with visit(browser, address) as page:
        open_tab(page)
        page.locator("#tp-train-go").click()
        page.get_by_test_id("toast-body").filter(has_text="Name a folder of photos").wait_for()
        page.get_by_label("Folder on this machine").fill("/nowhere")
        page.locator("#tp-train-check").click()
        page.get_by_test_id("toast-body").filter(has_text="There is no folder /nowhere").wait_for()
