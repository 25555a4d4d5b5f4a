"""Two people use the app at once: each sees their own, and nothing of a session outlives it on the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio import build_studio, launch_options
from studio.session import Session
from tests.pose_editor import figure
from tests.pose_editor.browsing import drag_joint, served, until, visit
from truepose.pose import Keypoint as K

from .fakes import FigureReader, PaintingPipeline
from .test_repose_browser import open_photo, pixels, shown, status, wrist_dot

CORNERS = {"red": (220, 40, 40), "blue": (40, 40, 220)}
WRISTS = {"red": (60, 130), "blue": (70, 330)}


@pytest.fixture
def disk(tmp_path, monkeypatch) -> Path:
    """Where sessions keep pictures; they end a second, not an hour, after their tab is closed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("GRADIO_IS_E2E_TEST", "1")
    return tmp_path


@pytest.fixture
def photos(tmp_path_factory) -> dict[str, str]:
    """Two photos of the figure that differ in a corner."""
    folder, paths = tmp_path_factory.mktemp("photos"), {}
    for name, color in CORNERS.items():
        photo = figure.PHOTO.copy()
        photo.paste(color, (0, 0, 40, 40))
        photo.save(folder / f"{name}.png")
        paths[name] = str(folder / f"{name}.png")
    return paths


def generated(page) -> list[np.ndarray]:
    until(lambda: status(page), lambda text: text.startswith("Result"), 20)
    return [pixels(url) for url in until(lambda: shown(page), lambda urls: len(urls) == 2)]


def test_two_at_once_do_not_mix_and_leave_nothing(browser, disk, photos):
    pipeline = PaintingPipeline(seconds_per_step=0.2)  # long enough for both runs to be wanted at once
    with served(build_studio(FigureReader(), pipeline), **launch_options()) as address:
        before = set(disk.iterdir())
        with visit(browser, address) as red, visit(browser, address) as blue:
            pages = {"red": red, "blue": blue}
            for name, page in pages.items():
                open_photo(page, photos[name])
            for name, page in pages.items():
                drag_joint(page, K.RIGHT_WRIST, WRISTS[name])
            for page in pages.values():
                until(lambda page=page: status(page), lambda text: text.startswith("Preview"))
            for page in pages.values():
                page.locator("#tp-generate").click()
            for name, page in pages.items():
                other = next(each for each in pages if each != name)
                pictures = generated(page)
                assert all(np.abs(picture[30, 30] - CORNERS[name]).max() < 20 for picture in pictures), name
                assert any(wrist_dot(picture, WRISTS[name]) for picture in pictures), name
                assert not any(wrist_dot(picture, WRISTS[other]) for picture in pictures), name
                with page.expect_download() as download:
                    page.locator("#tp-download").click()
                assert download.value.suggested_filename == f"{name}-repose-0.png"
                with Image.open(download.value.path()) as image:
                    assert np.abs(np.array(image)[30, 30].astype(int) - CORNERS[name]).max() < 4
            assert len(set(disk.iterdir()) - before) >= 2, "pictures are kept in no folder of the session"
        until(lambda: set(disk.iterdir()) - before, lambda left: not left, 30)


def test_a_closed_session_keeps_neither_folder_nor_photo():
    session = Session()
    path = session.path("before.jpg")
    path.write_bytes(b"a picture")
    session.close()
    assert not path.parent.exists() and session.work is None and session.stop.is_set()


def test_what_gradio_keeps_goes_after_a_day():
    """Uploads, and copies of what was shown, lie in Gradio's cache: looked at hourly, deleted after a day."""
    assert build_studio(FigureReader(), PaintingPipeline()).delete_cache == (3600, 86400)
