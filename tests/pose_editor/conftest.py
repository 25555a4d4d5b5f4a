"""A page with nothing but the editor, and a real browser to use it with."""

from __future__ import annotations

import pytest

from .browsing import chromium


@pytest.fixture(scope="module")
def browser():
    # Playwright runs once per process at a time: each module gives it back for the next.
    with chromium() as opened:
        yield opened
