"""Tiny real components: every test builds the true classes, only smaller."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.bad_inputs import Case, Remembering, write_files
from tests.tiny import tiny_config, tiny_model
from truepose.reading import load_reader


@pytest.fixture(autouse=True)
def _seeded():
    torch.manual_seed(0)
    np.random.seed(0)


@pytest.fixture(scope="session")
def config():
    return tiny_config()


@pytest.fixture
def model(config):
    return tiny_model(config)


@pytest.fixture(scope="session")
def bad_files(tmp_path_factory) -> tuple[Path, list[Case]]:
    """The folder of odd and broken files, and what must happen to each."""
    folder = tmp_path_factory.mktemp("bad")
    return folder, write_files(folder)


@pytest.fixture(scope="session")
def remembering_reader() -> Remembering:
    """The embedded reader; kept over the tests of the bad inputs, which show it the same pixels again and again."""
    return Remembering(load_reader())
