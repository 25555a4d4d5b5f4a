"""Tiny real components: every test builds the true classes, only smaller."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.tiny import tiny_config, tiny_model


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
