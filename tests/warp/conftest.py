import pytest

from truepose.parsing import BodyPart as P
from truepose.warp import cut_puppet

from .figure import draw_figure


@pytest.fixture(scope="session")
def figure():
    return draw_figure()


@pytest.fixture(scope="session")
def puppet(figure):
    return cut_puppet(*figure)


@pytest.fixture(scope="session")
def skirt_puppet():
    return cut_puppet(*draw_figure(P.SKIRT))


@pytest.fixture(scope="session")
def bag_puppet():
    return cut_puppet(*draw_figure(bag=True))
