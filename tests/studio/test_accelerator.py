"""A lent GPU, played by a lender that pickles all that goes in and out, as ZeroGPU's does on the way to its process."""

from __future__ import annotations

import contextvars
import pickle
import threading
from functools import wraps
from inspect import isgeneratorfunction

import numpy as np
import pytest

from pose_editor import ParsingEdit, PoseEdit
from studio.accelerator import SECONDS, LentPipeline, accelerated, gpu_is_lent, transfer_style, where_it_looked
from studio.repose import ReposeActions
from studio.results import ResultActions
from studio.run import Run, Stopped
from studio.serving import Serving
from studio.session import Session
from tests.pose_editor import figure
from tests.tiny import tiny_config, tiny_model
from truepose.parsing import BodyPart
from truepose.pipeline import TruePosePipeline
from truepose.pose import Keypoint as K

from .fakes import FigureReader

TARGET = figure.skeleton().moved(K.RIGHT_WRIST, 60, 130)


class Lender:
    """Counts its loans, and knows whether one is open."""

    def __init__(self):
        self.loans, self.open, self.seconds = 0, False, []

    def __call__(self, *, duration: float):
        self.seconds.append(duration)

        def decorate(task):
            assert isgeneratorfunction(task), "a plain function would tell no step"

            @wraps(task)
            def lent(*arguments):
                self.loans, self.open = self.loans + 1, True
                try:
                    for value in task(*pickle.loads(pickle.dumps(arguments))):
                        yield pickle.loads(pickle.dumps(value))
                finally:
                    self.open = False

            return lent

        return decorate


@pytest.fixture
def lender():
    return Lender()


@pytest.fixture
def pipeline():
    return TruePosePipeline(tiny_model(tiny_config()))


@pytest.fixture
def lent(pipeline, lender):
    return LentPipeline(pipeline, lender)


def test_under_a_loan_the_picture_is_the_same(pipeline, lent, lender):
    settings = {"steps": 3, "guidance_scale": 2.0, "seed": 5, "person": figure.person()}
    steps = []
    result = lent.repose(
        figure.PHOTO, TARGET, on_step=lambda step, count, glance: steps.append((step, count)), **settings
    )
    plain = pipeline.repose(figure.PHOTO, TARGET, **settings)
    assert np.array_equal(result.image, plain.image)
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert lender.loans == 1 and not lender.open and set(lender.seconds) == {SECONDS}


def test_style_under_a_loan_is_the_same(pipeline, lent, lender):
    mask = (figure.PARSING == BodyPart.UPPER_CLOTHES).astype(np.float32)

    def styled(by):
        sources = [by.encode_source(figure.PHOTO, figure.person()) for _ in range(2)]
        return transfer_style(by, *sources, mask, label=BodyPart.PANTS, steps=2, seed=1).image

    assert np.array_equal(styled(lent), styled(pipeline)) and lender.loans == 1


def test_looking_under_a_loan_is_the_same(pipeline, lent, lender):
    def looked(by):
        source, steps = by.encode_source(figure.PHOTO, figure.person()), []
        settings = {"steps": 2, "seed": 1, "on_step": lambda step, count, glance: steps.append(step)}
        return where_it_looked(by, source, TARGET, **settings), steps

    (look, steps), (plain, _) = looked(lent), looked(pipeline)
    assert np.array_equal(look.picture, plain.picture) and look.areas == plain.areas
    assert steps == [1, 2] and lender.loans == 1 and not lender.open


def test_stop_ends_the_loan(lent, lender):
    stop, source = threading.Event(), lent.encode_source(figure.PHOTO, figure.person())
    assert lender.loans == 0, "the photo is encoded under the loan"
    settings = {"steps": 50, "guidance_scale": 1.0}
    run = Run(lambda on_step: lent.repose(figure.PHOTO, TARGET, source=source, on_step=on_step, **settings), stop)
    told = 0
    with pytest.raises(Stopped):
        for _ in run.steps():
            told += 1
            stop.set()
    assert told < 5 and not lender.open


def test_the_tab_generates_with_it(lent, lender, tmp_path):
    actions, session = ReposeActions(FigureReader(), Serving(lent)), Session()
    figure.PHOTO.save(tmp_path / "figure.png")
    actions.open_file(str(tmp_path / "figure.png"), "figure.png", session)
    actions.encode(session)
    edit, settings = PoseEdit(TARGET, session.work.key, None, None), (2, 2.0, 0, 1, 1.0, 0)
    updates = list(ResultActions(actions, actions.serving).generate(edit, ParsingEdit(), *settings, session))
    assert lender.loans == 1 and updates[-2][2]["interactive"]
    session.close()


def test_a_run_knows_the_request_it_is_of():
    request = contextvars.ContextVar("request")
    request.set("mine")
    seen = []
    assert list(Run(lambda on_step: seen.append(request.get(None)), threading.Event()).steps()) == []
    assert seen == ["mine"]


def test_elsewhere_nothing_is_wrapped(pipeline):
    assert accelerated(pipeline) is pipeline
    assert gpu_is_lent({"SPACES_ZERO_GPU": "true"}) and not gpu_is_lent({"SPACE_ID": "me/truepose"})
