"""The help panel in a real browser: opened by mouse or key, closed by Escape, and out of the pose canvas's way."""

from __future__ import annotations

import pytest

from tests.pose_editor import figure
from tests.pose_editor.browsing import PHONE, joint_place, visit
from truepose.pose import Keypoint as K

from .test_repose_browser import open_photo

DIALOG = "[data-part='help']"


@pytest.fixture
def page(browser, address):
    with visit(browser, address) as opened:
        opened.wait_for_selector(f"{DIALOG}[data-ready='1']", state="attached")
        yield opened


def is_open(page) -> bool:
    return page.locator(DIALOG).evaluate("dialog => dialog.open")


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label')")


def test_escape_closes_it_and_gives_the_focus_back(page):
    button = page.get_by_role("button", name="Help: gestures and keys")
    button.click()
    assert is_open(page) and page.get_by_role("heading", name="Gestures and keys").is_visible()
    page.keyboard.press("Escape")
    assert not is_open(page) and focused(page).startswith("Help")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Close", exact=True).click()
    assert not is_open(page)


def test_its_keys_do_not_reach_the_canvas(page, tmp_path):
    figure.PHOTO.save(tmp_path / "figure.png")
    open_photo(page, str(tmp_path / "figure.png"))
    page.locator(f"[data-joint='{int(K.RIGHT_WRIST)}']").focus()
    page.keyboard.press("?")
    assert is_open(page)
    lock = page.locator(".tp-editor [data-act='lock']")
    before = lock.get_attribute("aria-pressed")
    for key in ("l", "ArrowUp", "Delete"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    assert lock.get_attribute("aria-pressed") == before
    assert joint_place(page, K.RIGHT_WRIST) == figure.POINTS[K.RIGHT_WRIST]
    page.keyboard.press("ArrowUp")
    assert joint_place(page, K.RIGHT_WRIST)[1] < figure.POINTS[K.RIGHT_WRIST][1], "the joint has lost the focus"


def test_on_a_phone_all_of_it_can_be_reached(browser, address):
    with visit(browser, address, PHONE, has_touch=True, is_mobile=True) as page:
        page.get_by_role("button", name="Help: gestures and keys").tap()
        page.locator(f"{DIALOG} dd").last.scroll_into_view_if_needed()
        box = page.locator(DIALOG).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"] and box["height"] <= PHONE["height"]
        assert page.locator(f"{DIALOG} dd").last.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
