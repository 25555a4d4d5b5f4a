"""Results and labels of the repose tab in a real browser: several seeds, history, PNGs, locks, corrections."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.pose_editor import figure
from tests.pose_editor.browsing import drag_joint, joint_place, until, visit
from truepose.parsing import BodyPart as P
from truepose.pose import Keypoint as K
from truepose.recipe import read_recipe

from .fakes import GLANCE_COLOR
from .test_repose_browser import after_of, drag_and_see, open_photo, set_steps, shown, status, wrist_dot

VIEWER = "#tp-parsing-viewer"


@pytest.fixture
def page(browser, address, photo_file):
    with visit(browser, address) as opened:
        open_photo(opened, photo_file)
        opened.wait_for_selector(".tp-parsing[data-labels]")
        yield opened


def thumbs(page):
    return page.get_by_role("group", name="Results, newest first").get_by_role("button")


def generate(page) -> None:
    page.get_by_role("button", name="Generate").click()
    until(lambda: status(page), lambda text: text.startswith("Result"))
    page.get_by_role("button", name="Generate").wait_for()


def pictures(page, count: int) -> None:
    page.get_by_role("radio", name=str(count), exact=True).dispatch_event("click")


def test_several_seeds_then_back_to_one_with_its_pose_and_settings(page):
    drag_and_see(page, K.RIGHT_WRIST, (60, 130))
    page.get_by_text("Fast", exact=True).click()
    pictures(page, 3)
    generate(page)
    assert thumbs(page).count() == 3 and "seeds 0 to 2" in status(page)
    assert thumbs(page).nth(0).get_attribute("aria-pressed") == "true"
    assert "Seed 2" in thumbs(page).nth(0).text_content()

    drag_and_see(page, K.RIGHT_WRIST, (40, 60))
    pictures(page, 1)
    page.get_by_text("Best", exact=True).click()
    page.get_by_role("spinbutton", name="Seed").fill("9")
    generate(page)
    assert thumbs(page).count() == 4
    oldest = thumbs(page).nth(3)
    assert "seed 0, 2 steps" in oldest.get_attribute("title")
    oldest.focus()
    page.keyboard.press("Enter")
    until(lambda: status(page), lambda text: text.startswith("Result: seed 0, 2 steps"))
    assert np.abs(np.array(joint_place(page, K.RIGHT_WRIST)) - (60, 130)).max() <= 1
    assert page.get_by_role("spinbutton", name="Seed").input_value() == "0"
    assert page.get_by_role("radio", name="Fast").is_checked()
    assert wrist_dot(after_of(shown(page)), (60, 130))
    with page.expect_download() as download:
        page.get_by_text("Download PNG").click()
    assert read_recipe(download.value.path()).seed == 0
    page.keyboard.press("Control+z")  # the pose that was there before the click
    until(lambda: joint_place(page, K.RIGHT_WRIST)[0], lambda x: abs(x - 40) <= 1)


def test_stop_keeps_what_is_finished_and_pictures_in_between_are_shown(page, pipeline):
    preview = drag_and_see(page, K.RIGHT_WRIST, (60, 130))
    set_steps(page, 50)  # the most, long enough that a busy machine does not miss the pictures in between
    pictures(page, 4)
    page.get_by_role("button", name="Generate").click()
    until(lambda: shown(page), lambda urls: len(urls) == 2 and urls != preview)
    assert np.abs(after_of(shown(page)) - GLANCE_COLOR).mean() < 20, "the picture in between is not shown"
    until(lambda: status(page), lambda text: text.startswith("Picture 2 of 4, step"))
    page.get_by_role("button", name="Stop").click()
    until(lambda: status(page), lambda text: text.startswith("Stopped"), 3)
    assert status(page) == "Stopped. 1 of 4 pictures is kept." and thumbs(page).count() == 1
    until(lambda: wrist_dot(after_of(shown(page)), (60, 130)), bool)


def test_a_png_brings_back_pose_and_settings(page, photo_file, tmp_path):
    drag_and_see(page, K.RIGHT_WRIST, (60, 130))
    page.get_by_role("spinbutton", name="Seed").fill("7")
    generate(page)
    with page.expect_download() as download:
        page.get_by_text("Download PNG").click()
    saved = str(tmp_path / "saved.png")
    download.value.save_as(saved)
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("spinbutton", name="Seed").fill("1")
    page.set_input_files("[data-part='photo-file']", saved)
    until(lambda: status(page), lambda text: text.startswith("Settings and pose restored"))
    assert np.abs(np.array(joint_place(page, K.RIGHT_WRIST)) - (60, 130)).max() <= 1
    assert page.get_by_role("spinbutton", name="Seed").input_value() == "7"
    assert thumbs(page).count() == 1

    page.reload()  # without the photo the PNG is a photo itself, and its settings come along
    page.wait_for_selector(".tp-editor[data-ready='1']")
    page.set_input_files("[data-part='photo-file']", saved)
    page.get_by_test_id("toast-body").filter(has_text="settings are restored").wait_for()
    page.wait_for_selector(".tp-editor[data-empty='0']")
    until(lambda: joint_place(page, K.RIGHT_WRIST), lambda xy: xy == figure.POINTS[K.RIGHT_WRIST])
    assert page.get_by_role("spinbutton", name="Seed").input_value() == "7"


def region(page, name: str):
    return page.get_by_role("group", name="Labels found").get_by_role("button", name=name)


def on_map(page, x: float, y: float) -> tuple[float, float]:
    """A photo pixel's place in the window."""
    box = page.locator(f"{VIEWER} [data-part='marks']").bounding_box()
    width, height = figure.PHOTO.size
    scale = min(box["width"] / width, box["height"] / height)
    left, top = box["x"] + (box["width"] - scale * width) / 2, box["y"] + (box["height"] - scale * height) / 2
    return left + (x + 0.5) * scale, top + (y + 0.5) * scale


def to_viewer(page) -> None:
    page.locator(VIEWER).scroll_into_view_if_needed()


def test_hover_tells_a_click_selects_and_a_lock_reaches_the_model(page, pipeline):
    to_viewer(page)
    page.mouse.move(*on_map(page, 160, 180))
    tip = page.locator(f"{VIEWER} [data-part='tip']")
    until(lambda: tip.text_content(), lambda text: text == "Upper clothes")
    page.mouse.click(*on_map(page, 160, 180))
    assert region(page, "Upper clothes").get_attribute("aria-pressed") == "true"
    region(page, "Face").focus()
    page.keyboard.press("Space")
    assert region(page, "Face").get_attribute("aria-pressed") == "true"
    page.mouse.click(*on_map(page, 160, 180))
    assert region(page, "Upper clothes").get_attribute("aria-pressed") == "false"
    page.get_by_role("button", name="Lock", exact=True).click()
    assert region(page, "Face").get_attribute("data-locked") == "1"
    page.mouse.move(*on_map(page, 5, 5))
    until(tip.is_visible, lambda is_there: not is_there)
    generate(page)
    assert pipeline.asked[-1].locked == {P.FACE}
    assert "locked face" in status(page)


def test_a_region_is_renamed_and_painted_and_conditions_the_model(page, pipeline):
    drag_and_see(page, K.RIGHT_WRIST, (60, 130))
    to_viewer(page)
    region(page, "Pants").click()
    page.get_by_role("combobox", name="Label").select_option("Skirt")
    page.get_by_role("button", name="Rename selected").click()
    assert region(page, "Skirt").count() == 1 and region(page, "Pants").count() == 0
    page.get_by_role("combobox", name="Label").select_option("Bag")
    page.get_by_role("button", name="Paint", exact=True).click()
    page.mouse.move(*on_map(page, 260, 300))
    page.mouse.down()
    page.mouse.move(*on_map(page, 280, 300), steps=3)
    page.mouse.up()
    assert region(page, "Bag").count() == 1
    viewer = page.locator(VIEWER)
    viewer.get_by_role("button", name="Undo").click()
    assert region(page, "Bag").count() == 0
    viewer.get_by_role("button", name="Redo").click()
    viewer.get_by_role("button", name="Apply").click()
    until(lambda: status(page), lambda text: text.startswith("Corrected"))
    assert np.abs(np.array(joint_place(page, K.RIGHT_WRIST)) - (60, 130)).max() <= 1
    until(viewer.get_by_role("button", name="Apply").is_enabled, lambda is_enabled: not is_enabled)
    generate(page)
    parsing = pipeline.asked[-1].person.parsing
    assert parsing[300, 270] == P.BAG and not (parsing == P.PANTS).any()
    assert (parsing[figure.PARSING == P.FACE] == P.FACE).all()
    assert np.abs(pipeline.targets[-1].xy[K.RIGHT_WRIST] - (60, 130)).max() <= 1


def test_erasing_everything_is_told_plainly(page):
    to_viewer(page)
    page.get_by_role("button", name="Erase", exact=True).click()
    page.locator(f"{VIEWER} [data-part='size']").fill("80")
    for y in range(20, 480, 18):
        page.mouse.move(*on_map(page, 60, y))
        page.mouse.down()
        page.mouse.move(*on_map(page, 260, y), steps=2)
        page.mouse.up()
    until(lambda: page.locator(f"{VIEWER} [data-part='legend'] button").count(), lambda count: count == 0)
    page.locator(VIEWER).get_by_role("button", name="Apply").click()
    page.get_by_test_id("toast-body").filter(has_text="nobody is left").wait_for()
    page.locator(VIEWER).get_by_role("button", name="Discard").click()
    assert region(page, "Face").count() == 1


def test_a_selection_becomes_the_mask_of_the_style_tab(page):
    to_viewer(page)
    region(page, "Upper clothes").click()
    page.get_by_role("button", name="Use as mask in Style").click()
    page.wait_for_selector(".tp-painter[data-empty='0'][data-labels]")
    painted = """() => { const c = document.querySelector('.tp-mask-canvas');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
        return [d[4 * (180 * c.width + 160) + 3], d[4 * (5 * c.width + 5) + 3]]; }"""
    until(lambda: page.evaluate(painted), lambda alpha: alpha == [255, 0])


def test_damaged_settings_in_a_png_are_told_and_it_opens_as_a_photo(page, tmp_path):
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("truepose", "{broken")
    photo = Image.new("RGB", (2 * 320, 480))
    photo.paste(figure.PHOTO, (0, 0))
    photo.save(tmp_path / "damaged.png", pnginfo=info)
    page.set_input_files("[data-part='photo-file']", str(tmp_path / "damaged.png"))
    page.get_by_test_id("toast-body").filter(has_text="damaged: they are not JSON").wait_for()
    until(
        lambda: page.evaluate("document.querySelector('.tp-canvas').getAttribute('viewBox')"), lambda box: "640" in box
    )
    drag_joint(page, K.RIGHT_WRIST, (60, 130))
    assert "Traceback" not in page.content()
