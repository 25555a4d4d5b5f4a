"""The studio served with a fast fake reader and pipeline, and a real browser to use it with."""

from __future__ import annotations

import pytest

from studio import build_studio, launch_options
from tests.pose_editor import figure
from tests.pose_editor.browsing import chromium, served

from .fakes import FigureReader, PaintingPipeline


@pytest.fixture(scope="module")
def browser():
    # Playwright runs once per process at a time: each module gives it back for the next.
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def pipeline():
    return PaintingPipeline()


@pytest.fixture(scope="module")
def address(pipeline):
    with served(build_studio(FigureReader(), pipeline), **launch_options()) as url:
        yield url


@pytest.fixture(scope="module")
def photo_file(tmp_path_factory) -> str:
    """A drawn person as a file."""
    path = tmp_path_factory.mktemp("photos") / "my figure.png"
    figure.PHOTO.save(path)
    return str(path)
