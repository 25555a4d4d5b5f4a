"""The style tab in a real browser, from two photos and a mask to the download."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import studio.style
from studio import build_studio, launch_options
from tests.pose_editor import figure
from tests.pose_editor.browsing import PHONE, drop_picture, paste_picture, served, until, visit
from truepose.cloth import snug
from truepose.parsing import BodyPart as P
from truepose.reading.hub.sam import SharpenedReader

from .fakes import STYLE_COLOR, FigureReader, HalfMasker, PaintingPipeline, paint_style

PAINTER, PICKER = "#tp-mask-painter", "#tp-region-picker"
SHIRT = (160, 180)  # a place on it


@pytest.fixture(scope="module")
def address(pipeline):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studio.style, "transfer_style", paint_style)
        with served(build_studio(FigureReader(), pipeline), **launch_options()) as url:
            yield url


def open_tab(page, photo: str, source: str | None = None) -> None:
    page.get_by_role("tab", name="Style").click()
    page.wait_for_selector(".tp-painter[data-ready='1']")
    page.set_input_files(f"{PAINTER} [data-part='photo-file']", photo)
    page.wait_for_selector(".tp-painter[data-empty='0'][data-labels]")
    if source:
        page.set_input_files(f"{PICKER} [data-part='photo-file']", source)
        page.wait_for_selector(".tp-picker[data-empty='0']")


@pytest.fixture
def page(browser, address, photo_file):
    with visit(browser, address) as opened:
        open_tab(opened, photo_file, photo_file)
        yield opened


def status(page) -> str:
    return page.locator("#tp-style-status .tp-status-text").text_content()


def mask_of(page) -> np.ndarray:
    """(h, w) uint8: what the canvas holds."""
    width, height, alpha = page.evaluate(
        """() => { const c = document.querySelector('[data-part="canvas"].tp-mask-canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        return [c.width, c.height, Array.from({length: c.width * c.height}, (_, i) => d[4 * i + 3])]; }"""
    )
    return np.array(alpha, np.uint8).reshape(height, width)


def place(page, x: float, y: float) -> tuple[float, float]:
    """A photo pixel's place in the window."""
    box = page.locator(".tp-mask-canvas").bounding_box()
    height, width = figure.SIZE
    scale = min(box["width"] / width, box["height"] / height)
    return (
        box["x"] + (box["width"] - scale * width) / 2 + scale * x,
        box["y"] + (box["height"] - scale * height) / 2 + scale * y,
    )


def stroke(page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*place(page, *start))
    page.mouse.down()
    page.mouse.move(*place(page, *end), steps=4)
    page.mouse.up()


def tool(page, name: str):
    return page.locator(PAINTER).get_by_role("button", name=name, exact=True)


def generate(page) -> None:
    page.locator("#tp-style-generate").click()
    until(lambda: status(page), lambda text: text.startswith("Result"))


def test_brush_eraser_undo_and_redo(page):
    stroke(page, (60, 60), (200, 60))
    painted = mask_of(page)
    assert painted[60, 60:200].all() and not painted[120].any()
    tool(page, "Eraser").click()
    stroke(page, (130, 20), (130, 100))
    erased = mask_of(page)
    assert not erased[60, 130] and erased[60, 70]
    page.keyboard.press("Control+z")
    assert (mask_of(page) == painted).all()
    page.keyboard.press("Control+z")
    assert not mask_of(page).any() and tool(page, "Undo").is_disabled()
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+Shift+z")
    assert (mask_of(page) == erased).all()


def test_keys_alone_paint_and_size_the_brush(page):
    size = page.locator(f"{PAINTER} [data-part='size']")
    before = int(size.input_value())
    page.locator(".tp-mask-canvas").focus()
    page.keyboard.press("]")
    assert int(size.input_value()) > before
    for _ in range(6):
        page.keyboard.press("[")
    assert int(size.input_value()) < before
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    assert mask_of(page)[240, 160]


def test_regions_by_preset_and_by_click(page):
    tool(page, "Upper clothes").click()
    shirt = mask_of(page)
    assert ((shirt > 0) == (snug(np.asarray(figure.PHOTO), figure.PARSING) == P.UPPER_CLOTHES)).all()
    assert ((shirt > 0) == (figure.PARSING == P.UPPER_CLOTHES)).mean() > 0.99
    tool(page, "Region").click()
    page.mouse.move(*place(page, 150, 290))
    page.get_by_text("Pants").locator("visible=true").nth(0).wait_for()
    page.mouse.click(*place(page, 140, 290))
    both = mask_of(page)
    assert both[290, 140] and both[SHIRT[::-1]]
    page.keyboard.down("Alt")
    page.mouse.click(*place(page, *SHIRT))
    page.keyboard.up("Alt")
    assert not mask_of(page)[SHIRT[::-1]] and mask_of(page)[290, 140]
    page.mouse.click(*place(page, 5, 5))
    page.get_by_text("There is no person here").wait_for()


def test_the_mask_is_grown_shrunk_feathered_inverted_and_cleared(page):
    tool(page, "Upper clothes").click()
    shirt = mask_of(page)
    tool(page, "Grow").click()
    assert (mask_of(page) > 0).sum() > (shirt > 0).sum()
    tool(page, "Shrink").click()
    tool(page, "Feather").click()
    soft = mask_of(page)
    assert ((soft > 0) & (soft < 255)).sum() > 100
    tool(page, "Invert").click()
    assert np.abs(mask_of(page).astype(int) - (255 - soft.astype(int))).max() <= 1
    tool(page, "Clear").click()
    assert not mask_of(page).any()


def test_a_mask_is_saved_and_loaded(page, tmp_path):
    tool(page, "Upper clothes").click()
    shirt = mask_of(page)
    with page.expect_download() as download:
        tool(page, "Save mask").click()
    path = tmp_path / "mask.png"
    download.value.save_as(path)
    with Image.open(path) as saved:
        assert saved.size == figure.PHOTO.size
    tool(page, "Clear").click()
    page.set_input_files("[data-part='mask-file']", str(path))
    until(lambda: mask_of(page).any(), bool)
    assert (mask_of(page) == shirt).all()
    Image.new("L", (50, 300), 255).save(tmp_path / "tall.png")
    page.set_input_files("[data-part='mask-file']", str(tmp_path / "tall.png"))
    page.get_by_text("another shape than the photo").wait_for()
    assert (mask_of(page) == shirt).all()


def test_generate_keeps_what_is_not_painted(page, pipeline):
    tool(page, "Upper clothes").click()
    stroke(page, (20, 440), (60, 440))  # painted right before Generate: it must not be missed
    painted = mask_of(page) > 0
    generate(page)
    with page.expect_download() as download:
        page.locator("#tp-style-result").get_by_text("Download PNG").click()
    assert download.value.suggested_filename == "my figure-style-0.png"
    result, before = np.asarray(Image.open(download.value.path())), np.asarray(figure.PHOTO)
    assert (result[~painted] == before[~painted]).all() and (result[painted] == STYLE_COLOR).all()
    assert page.locator("#tp-style-pictures img").count() == 2


def test_the_sources_garment_is_chosen_by_button(page):
    tool(page, "Upper clothes").click()
    page.locator(PICKER).get_by_role("button", name="Pants").click()
    generate(page)
    assert "style of the pants" in status(page)


def test_nothing_painted_is_said_and_generate_stays(page):
    page.locator("#tp-style-generate").click()
    page.get_by_test_id("toast-body").filter(has_text="Nothing is painted").wait_for()
    assert page.locator("#tp-style-generate").is_visible()


def test_stop_ends_the_run_within_a_step(page, pipeline):
    tool(page, "Upper clothes").click()
    page.locator("#tp-style-steps input[type=number]").fill("50")
    page.locator("#tp-style-steps input[type=number]").press("Tab")
    page.locator("#tp-style-generate").click()
    until(lambda: status(page), lambda text: text.startswith("Step"))
    page.locator("#tp-style-stop").click()
    until(lambda: status(page), lambda text: text.startswith("Stopped"))
    assert pipeline.stopped_at < 45
    page.locator("#tp-style-generate").wait_for(state="visible")


def test_smart_select_says_how_to_get_it(page):
    smart = tool(page, "Smart select")
    assert smart.is_disabled() and "--masks sam" in smart.get_attribute("title")


def test_smart_select_takes_the_object(browser, photo_file):
    reader = SharpenedReader(FigureReader(), HalfMasker())
    reader.read = FigureReader().read  # the halves are no outlines
    with served(build_studio(reader, PaintingPipeline()), **launch_options()) as url, visit(browser, url) as page:
        open_tab(page, photo_file)
        tool(page, "Smart select").click()
        page.mouse.click(*place(page, 250, 100))
        until(lambda: mask_of(page).any(), bool)
        mask = mask_of(page)
        assert mask[:, 160:].all() and not mask[:, :160].any()


def test_a_photo_of_the_repose_tab_and_one_that_is_none(page, tmp_path):
    (tmp_path / "text.png").write_text("hello")
    tool(page, "Upper clothes").click()
    page.set_input_files(f"{PAINTER} [data-part='photo-file']", str(tmp_path / "text.png"))
    page.get_by_test_id("toast-body").filter(has_text="not an image").wait_for()
    assert mask_of(page).any(), "the mask is lost"
    page.get_by_role("button", name="Photo of the Repose tab").click()
    page.get_by_test_id("toast-body").filter(has_text="in the Repose tab first").wait_for()


def test_photos_are_dropped_and_pasted_where_they_are_meant(browser, address, photo_file):
    with visit(browser, address) as page:
        editor, painter = page.locator(".tp-editor"), page.locator(".tp-painter")
        paste_picture(page, photo_file)  # the canvas need not be under the pointer
        until(lambda: editor.get_attribute("data-empty"), lambda empty: empty == "0")
        page.get_by_role("tab", name="Style").click()
        page.wait_for_selector(".tp-painter[data-ready='1']")
        drop_picture(page, f"{PAINTER} [data-part='stage']", photo_file)
        until(lambda: painter.get_attribute("data-empty"), lambda empty: empty == "0")
        page.locator(f"{PICKER} [data-part='stage']").hover()
        reference = page.locator(f"{PAINTER} [data-part='photo']").get_attribute("src")
        paste_picture(page, photo_file)
        page.wait_for_selector(".tp-picker[data-empty='0']")
        assert page.locator(f"{PAINTER} [data-part='photo']").get_attribute("src") == reference


def test_on_a_phone(browser, address, photo_file):
    with visit(browser, address, PHONE, has_touch=True, is_mobile=True) as page:
        open_tab(page, photo_file, photo_file)
        page.locator(".tp-mask-canvas").scroll_into_view_if_needed()
        finger = page.context.new_cdp_session(page)
        before = page.evaluate("window.scrollY")

        def send(kind: str, *points) -> None:
            touches = [{"x": x, "y": y} for x, y in points]
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

        send("touchStart", place(page, 100, 100))
        for y in range(120, 300, 40):
            send("touchMove", place(page, 100, y))
        send("touchEnd")
        assert mask_of(page)[100:270, 100].all()
        assert page.evaluate("window.scrollY") == before, "the page scrolled under the finger"
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        generate(page)
