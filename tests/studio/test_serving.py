"""Another model is served while the app runs, and nothing of the old one is mixed in."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from pose_editor import ParsingEdit, PoseEdit
from studio.api import Endpoints
from studio.repose import ReposeActions
from studio.results import ResultActions
from studio.serving import Serving
from studio.session import Session
from tests.pose_editor import figure
from tests.tiny import tiny_config, tiny_model
from truepose.checkpoint import save_model
from truepose.openpose_json import format_openpose
from truepose.pipeline import TruePosePipeline
from truepose.pose import Keypoint as K

from .fakes import FigureReader


@pytest.fixture
def other(tmp_path):
    """A folder with a model of other weights and of another size."""
    torch.manual_seed(7)
    config = tiny_config(image_size=(80, 64))
    save_model(tiny_model(config), config, tmp_path / "other")
    return tmp_path / "other"


@pytest.fixture
def serving():
    return Serving(TruePosePipeline(tiny_model(tiny_config()), device="cpu"))


def generated(results: ResultActions, session: Session, edit: PoseEdit) -> np.ndarray:
    list(results.generate(edit, ParsingEdit(), 1, 2.0, 0, 1, 1.0, 0, session))
    return np.array(Image.open(session.history.entries[0].file)).astype(int)


def test_an_open_photo_is_encoded_anew_by_the_new_model(serving, other, tmp_path):
    actions, session = ReposeActions(FigureReader(), serving), Session()
    figure.PHOTO.save(tmp_path / "figure.png")
    actions.open_file(str(tmp_path / "figure.png"), "figure.png", session)
    actions.encode(session)
    results = ResultActions(actions, serving)
    edit = PoseEdit(figure.skeleton().moved(K.RIGHT_WRIST, 60, 130), session.work.key, None, None)
    before, first = generated(results, session, edit), session.work.source
    assert session.work.encoder is serving.pipeline
    serving.use(other, "mine")
    after = generated(results, session, edit)
    assert session.work.source is not first and session.work.encoder is serving.pipeline
    assert serving.name == "mine" and (before != after).any()
    again = generated(results, session, edit)
    assert (again == after).all()
    session.close()


def test_programs_get_the_new_model_too(serving, other, tmp_path):
    figure.PHOTO.save(tmp_path / "figure.png")
    endpoints, photo = Endpoints(FigureReader(), serving), str(tmp_path / "figure.png")
    pose = format_openpose([figure.skeleton().moved(K.RIGHT_WRIST, 60, 130)])

    def reposed():
        (picture,) = endpoints.repose(photo, pose, 1, 1, 2.0, 0, strength=1.0, locked=[], count=1, side=0)
        return np.array(picture)

    before = reposed()
    serving.use(other, "mine")
    assert (reposed() != before).any()


@pytest.mark.parametrize("damage", ["no folder", "no weights", "cut weights", "other weights"])
def test_a_folder_that_cannot_be_served_leaves_the_old_model(serving, other, damage):
    old = serving.pipeline
    weights = other / "model.safetensors"
    if damage == "no folder":
        other = other / "nothing"
    elif damage == "no weights":
        weights.unlink()
    elif damage == "cut weights":
        weights.write_bytes(weights.read_bytes()[:1000])
    else:
        save_model(torch.nn.Linear(2, 2), tiny_config(), other)
    with pytest.raises(ValueError):
        serving.use(other, "mine")
    assert serving.pipeline is old and serving.name == "the shipped model"
