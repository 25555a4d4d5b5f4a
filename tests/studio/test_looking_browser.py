""" "Where did it look?" in a real browser: after Generate, after going back to a result, on a phone."""

from __future__ import annotations

import numpy as np
import pytest

import studio.looking
from studio import build_studio, launch_options
from tests.pose_editor.browsing import PHONE, served, until, visit
from truepose.pose import Keypoint as K

from .fakes import LOOK_COLOR, FigureReader, paint_look
from .test_repose_browser import drag_and_see, open_photo, pixels, set_steps, status
from .test_results_browser import generate, pictures, thumbs


@pytest.fixture(scope="module")
def address(pipeline):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(studio.looking, "where_it_looked", paint_look)
        with served(build_studio(FigureReader(), pipeline), **launch_options()) as url:
            yield url


def button(page):
    return page.get_by_role("button", name="Where did it look?")


def words(page):
    return page.locator("#tp-look-text")


def looked(page) -> np.ndarray:
    """The picture shown, once it is in the window."""
    image = page.locator("#tp-look-picture img")
    image.wait_for()
    place = until(image.bounding_box, lambda box: box["y"] < page.viewport_size["height"] - 100)
    assert place["height"] > 200
    return pixels(image.get_attribute("src"))


def test_the_result_shown_and_one_gone_back_to(browser, address, pipeline, photo_file):
    with visit(browser, address) as page:
        assert not button(page).is_enabled()
        open_photo(page, photo_file)
        assert not button(page).is_enabled()
        drag_and_see(page, K.RIGHT_WRIST, (60, 130))
        pictures(page, 2)
        generate(page)
        until(button(page).is_enabled, bool)
        assert not words(page).is_visible()

        button(page).click()
        until(lambda: status(page), lambda text: text.startswith("Where it looked for seed 1"))
        said = words(page).text_content()
        assert "Of the photo, the network looked at: clothes 1.2, head 1.1, background 0.9 (1 = evenly)." in said
        assert "comes from the warp" in said
        assert np.abs(looked(page)[200, 160] - LOOK_COLOR).max() < 30
        assert pipeline.looked[-1].seed == 1 and np.abs(pipeline.looked[-1].target.xy[4] - (60, 130)).max() <= 1
        assert page.get_by_role("button", name="Generate").is_visible()

        thumbs(page).nth(1).click()
        until(lambda: status(page), lambda text: text.startswith("Result: seed 0"))
        until(words(page).is_visible, lambda is_there: not is_there)
        button(page).click()
        until(lambda: status(page), lambda text: text.startswith("Where it looked for seed 0"))
        assert pipeline.looked[-1].seed == 0 and "seed 0" in words(page).text_content()

        open_photo(page, photo_file)
        until(button(page).is_enabled, lambda is_there: not is_there)
        assert not words(page).is_visible()


def test_stop_stops_it(browser, address, pipeline, photo_file, monkeypatch):
    with visit(browser, address) as page:
        open_photo(page, photo_file)
        set_steps(page, 40)
        generate(page)
        monkeypatch.setattr(pipeline, "seconds_per_step", 0.5)  # it cannot end before a busy browser clicks
        button(page).click()
        until(lambda: status(page), lambda text: text.startswith("Looking, step"))
        assert not button(page).is_enabled()
        page.get_by_role("button", name="Stop").click()
        until(lambda: status(page), lambda text: text.startswith("Stopped"), 3)
        page.get_by_role("button", name="Generate").wait_for()
        until(button(page).is_enabled, bool)
        assert not words(page).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_it_in_its_width(browser, address, photo_file, scheme):
    with visit(browser, address, PHONE, color_scheme=scheme) as page:
        open_photo(page, photo_file)
        generate(page)
        until(button(page).is_enabled, bool)
        button(page).click()
        looked(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        for place in (button(page), page.get_by_text("Download PNG"), words(page)):
            box = place.bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"]
