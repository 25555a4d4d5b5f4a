"""The repose tab in a real browser, from the photo to the download."""

from __future__ import annotations

import io
import urllib.request

import numpy as np
import pytest
from PIL import Image

from tests.pose_editor import figure
from tests.pose_editor.browsing import PHONE, drag_joint, joint_place, touch_drag_joint, until, visit
from truepose.pose import Keypoint as K

from .fakes import WRIST_COLOR

PICTURES = "#tp-pictures img"


@pytest.fixture
def page(browser, address):
    with visit(browser, address) as opened:
        yield opened


def status(page) -> str:
    return page.locator(".tp-status-text").text_content()


def open_photo(page, path: str) -> None:
    page.set_input_files("[data-part='photo-file']", path)
    page.wait_for_selector(".tp-editor[data-empty='0']")
    until(lambda: status(page), lambda text: text.startswith(("Ready", "Preview")))


def shown(page) -> list[str]:
    """The addresses of the pictures in the slider: before, after."""
    return page.locator(PICTURES).evaluate_all("nodes => nodes.map(node => node.src)")


def pixels(url: str) -> np.ndarray:
    with urllib.request.urlopen(url) as answer:
        return np.array(Image.open(io.BytesIO(answer.read())).convert("RGB")).astype(int)


def wrist_dot(image: np.ndarray, place: tuple[int, int]) -> bool:
    """Whether the fake pipeline painted the wrist there."""
    return bool(np.abs(image[place[1], place[0]] - WRIST_COLOR).max() < 40)


def after_of(pair: list[str]) -> np.ndarray:
    """The new picture of the two: the slider does not say which comes first in the page."""
    a, b = (pixels(url) for url in pair)
    original = np.array(figure.PHOTO).astype(int)
    return a if np.abs(a - original).mean() > np.abs(b - original).mean() else b


def drag_and_see(page, joint: K, place: tuple[int, int]) -> list[str]:
    earlier = shown(page)
    drag_joint(page, joint, place)
    return until(lambda: shown(page), lambda urls: len(urls) == 2 and urls != earlier)


def set_steps(page, steps: int) -> None:
    field = page.get_by_role("spinbutton", name="Steps")
    if not field.is_visible():
        page.get_by_text("Advanced").click()

    def entered() -> str:
        field.fill(str(steps))
        field.press("Tab")
        page.wait_for_timeout(200)  # an answer still under way may bring the old number back
        return field.input_value()

    until(entered, lambda value: value == str(steps))


def test_from_photo_to_download(page, pipeline, photo_file):
    open_photo(page, photo_file)
    assert joint_place(page, K.NOSE) == figure.POINTS[K.NOSE]
    page.get_by_role("group", name="Labels found").get_by_text("Upper clothes").wait_for()

    preview = after_of(drag_and_see(page, K.RIGHT_WRIST, (60, 130)))
    assert status(page).startswith("Preview")
    assert np.abs(preview - np.array(figure.PHOTO)).max() > 40, "the preview shows the photo unchanged"
    assert not wrist_dot(preview, (60, 130))

    page.get_by_role("button", name="Generate").click()
    until(lambda: status(page), lambda text: text.startswith("Result"))
    assert np.abs(pipeline.targets[-1].xy[K.RIGHT_WRIST] - (60, 130)).max() <= 1
    assert wrist_dot(after_of(shown(page)), (60, 130))

    with page.expect_download() as download:
        page.get_by_text("Download PNG").click()
    assert download.value.suggested_filename == "my figure-repose-0.png"
    with Image.open(download.value.path()) as image:
        assert image.size == figure.PHOTO.size and image.format == "PNG"


def test_the_other_person_of_a_photo(page, tmp_path):
    width, height = figure.PHOTO.size
    photo = Image.new("RGB", (2 * width, height))
    photo.paste(figure.PHOTO, (0, 0))
    photo.paste(figure.PHOTO, (width, 0))
    photo.save(tmp_path / "two.png")
    open_photo(page, str(tmp_path / "two.png"))
    assert joint_place(page, K.NOSE) == figure.POINTS[K.NOSE]
    page.get_by_role("button", name="Pose person 2 instead").click()
    until(lambda: joint_place(page, K.NOSE)[0], lambda x: x == figure.POINTS[K.NOSE][0] + width)
    until(lambda: status(page), lambda text: text.startswith("Ready"))
    other = page.get_by_role("button", name="Pose person 1 instead")
    other.focus()
    page.keyboard.press("Enter")
    until(lambda: joint_place(page, K.NOSE)[0], lambda x: x == figure.POINTS[K.NOSE][0])


def test_unseen_joints_are_shown_where_they_are_estimated(page, photo_file):
    open_photo(page, photo_file)
    ear = page.locator(f"[data-joint='{int(K.LEFT_EAR)}']")
    assert ear.get_attribute("data-seen") == "0" and ear.is_visible()
    assert "estimated" in ear.get_attribute("aria-label")
    x, y = joint_place(page, K.LEFT_EAR)
    assert abs(x - 178) < 20 and abs(y - 74) < 20
    drag_joint(page, K.LEFT_EAR, (180, 76))
    until(lambda: ear.get_attribute("data-seen"), lambda seen: seen == "1")


def test_preview_follows_every_release_and_undo(page, photo_file):
    open_photo(page, photo_file)
    first = drag_and_see(page, K.RIGHT_WRIST, (60, 130))
    second = drag_and_see(page, K.RIGHT_ANKLE, (90, 400))
    assert set(first) != set(second)
    page.keyboard.press("Control+z")
    until(lambda: set(shown(page)), lambda urls: urls == set(first))


def test_stop_stops(page, pipeline, photo_file):
    open_photo(page, photo_file)
    kept = drag_and_see(page, K.RIGHT_WRIST, (60, 130))
    set_steps(page, 50)
    pipeline.stopped_at = None
    page.get_by_role("button", name="Generate").click()
    until(lambda: status(page), lambda text: text.startswith("Step ") and "of 50" in text)
    assert not page.get_by_role("button", name="Generate").is_visible()
    page.get_by_role("button", name="Stop").click()
    until(lambda: status(page), lambda text: text.startswith("Stopped"), 3)
    assert pipeline.stopped_at is not None and pipeline.stopped_at < 40
    page.get_by_role("button", name="Generate").wait_for()
    assert shown(page) == kept

    set_steps(page, 3)
    page.get_by_role("button", name="Generate").click()
    until(lambda: status(page), lambda text: text.startswith("Result"))


@pytest.mark.parametrize("content", ["text", "nobody", "tiny"])
def test_bad_files_give_a_message_and_the_work_stays(page, photo_file, tmp_path, content):
    open_photo(page, photo_file)
    kept = drag_and_see(page, K.RIGHT_WRIST, (60, 130))
    place = joint_place(page, K.RIGHT_WRIST)
    bad = tmp_path / "holiday.png"
    if content == "text":
        bad.write_text("this is no picture")
    else:
        Image.new("RGB", (200, 300) if content == "nobody" else (1, 1), "gray").save(bad)
    page.set_input_files("[data-part='photo-file']", str(bad))
    toast = page.get_by_test_id("toast-body")
    words = {"text": "not an image", "nobody": "No person was found", "tiny": "too small"}
    toast.filter(has_text=words[content]).wait_for()
    assert "Traceback" not in page.content()
    until(lambda: page.locator(".tp-editor [data-part='veil']").is_visible(), lambda is_there: not is_there)
    assert joint_place(page, K.RIGHT_WRIST) == place and shown(page) == kept
    page.get_by_role("button", name="Generate").click()
    until(lambda: status(page), lambda text: text.startswith("Result"))


def test_too_large_a_file_is_told_and_the_work_stays(page, photo_file, tmp_path):
    open_photo(page, photo_file)
    large = tmp_path / "large.png"
    large.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(21_000_000))
    page.set_input_files("[data-part='photo-file']", str(large))
    page.get_by_test_id("toast-body").filter(has_text="maximum allowed size of 20").wait_for()
    until(lambda: page.locator(".tp-editor [data-part='veil']").is_visible(), lambda is_there: not is_there)
    assert joint_place(page, K.NOSE) == figure.POINTS[K.NOSE]


def test_generate_without_a_photo_says_so(page):
    page.get_by_role("button", name="Generate").click()
    page.get_by_test_id("toast-body").filter(has_text="Open a photo first").wait_for()
    assert page.get_by_role("button", name="Generate").is_visible()


def test_every_joint_hidden_is_told(page, photo_file):
    open_photo(page, photo_file)
    for joint in figure.POINTS:
        page.locator(f"[data-joint='{int(joint)}']").focus()
        page.keyboard.press("Delete")
    until(lambda: status(page), lambda text: text.startswith("Every joint is hidden"))
    page.get_by_role("button", name="Generate").click()
    page.get_by_test_id("toast-body").filter(has_text="Every joint is hidden").wait_for()


def test_on_a_phone(browser, address, photo_file):
    with visit(browser, address, PHONE, has_touch=True, is_mobile=True) as page:
        open_photo(page, photo_file)
        page.locator(".tp-editor [data-part='stage']").scroll_into_view_if_needed()
        touch_drag_joint(page, K.RIGHT_WRIST, (60, 130))
        until(lambda: shown(page), lambda urls: len(urls) == 2)
        x, y = joint_place(page, K.RIGHT_WRIST)
        assert abs(x - 60) < 2 and abs(y - 130) < 2
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_sessions_do_not_mix(browser, address, photo_file):
    with visit(browser, address) as one, visit(browser, address) as two:
        open_photo(one, photo_file)
        drag_and_see(one, K.RIGHT_WRIST, (60, 130))
        assert two.locator(".tp-editor").get_attribute("data-empty") == "1"
        open_photo(two, photo_file)
        assert joint_place(two, K.RIGHT_WRIST) == figure.POINTS[K.RIGHT_WRIST]
        assert shown(two) == []


def test_the_page_asks_nobody_else(browser, address):
    foreign = []
    with visit(browser, address) as page:
        page.on("request", lambda request: foreign.append(request.url))
        page.reload()
        page.wait_for_selector(".tp-editor[data-ready='1']")
    assert [url for url in foreign if not url.startswith((address, "data:", "blob:"))] == []
