"""The style tab's actions without a browser."""

from __future__ import annotations

from copy import deepcopy

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from pose_editor import MaskEdit, RegionEdit
from studio.serving import Serving
from studio.session import Session
from studio.style import StyleActions, StyleSession
from studio.style_tab import masker_of
from tests.pose_editor import figure
from tests.tiny import tiny_config, tiny_model
from truepose.parsing import BodyPart as P
from truepose.pipeline import TruePosePipeline
from truepose.reading.hub.sam import SharpenedReader

from .fakes import FigureReader, HalfMasker
from .test_studio import two_figures


@pytest.fixture
def actions():
    return StyleActions(FigureReader(), Serving(TruePosePipeline(tiny_model(tiny_config()))), HalfMasker())


@pytest.fixture
def session():
    own = StyleSession()
    yield own
    own.close()


@pytest.fixture
def two(tmp_path) -> str:
    two_figures().save(tmp_path / "two.png")
    return str(tmp_path / "two.png")


@pytest.fixture
def painted(tmp_path) -> str:
    """A mask of the left figure's shirt, at half the photo's size."""
    mask = Image.new("L", (figure.SIZE[1], figure.SIZE[0] // 2))
    mask.paste(255, (64, 65, 95, 120))
    mask.save(tmp_path / "mask.png")
    return str(tmp_path / "mask.png")


def open_both(actions, session, path: str) -> tuple[MaskEdit, RegionEdit]:
    actions.open_reference(MaskEdit(upload=path, upload_name="two.png"), session)
    actions.reference_photo(session)
    return MaskEdit(key=session.reference.work.key), RegionEdit(key=session.source.work.key)


def test_from_two_photos_to_a_png(actions, session, two, painted):
    edit, region = open_both(actions, session, two)
    edit, region = MaskEdit(key=edit.key, mask=painted), RegionEdit(key=region.key, region=P.PANTS)
    actions.check(edit, region, 2, 1.0, 5, session)
    *_, (pictures, status, download) = actions.generate(edit, region, 2, 1.0, 5, session)
    assert len(pictures) == 2 and status.startswith("Result: style of the pants, seed 5")
    assert download["value"].endswith("two-style-5.png")
    result, before = np.asarray(Image.open(download["value"])), np.asarray(two_figures())
    changed = (result != before).any(-1)
    assert changed[150:220, 140:180].mean() > 0.5
    assert not changed[:128].any() and not changed[:, 195:].any(), "unpainted pixels changed"


def test_what_is_missing_is_said(actions, session, two, painted, tmp_path):
    with pytest.raises(gr.Error, match="photo that stays"):
        actions.check(MaskEdit(), RegionEdit(), 2, 1.0, 0, session)
    actions.open_reference(MaskEdit(upload=two), session)
    key = session.reference.work.key
    with pytest.raises(gr.Error, match="gives the style"):
        actions.check(MaskEdit(key=key, mask=painted), RegionEdit(), 2, 1.0, 0, session)
    actions.reference_photo(session)
    region = RegionEdit(key=session.source.work.key)
    Image.new("L", (64, 48)).save(tmp_path / "black.png")
    for mask in (None, str(tmp_path / "black.png")):
        with pytest.raises(gr.Error, match="Nothing is painted"):
            actions.check(MaskEdit(key=key, mask=mask), region, 2, 1.0, 0, session)
    Image.new("L", (48, 300), 255).save(tmp_path / "tall.png")
    with pytest.raises(gr.Error, match="must have the shape"):
        actions.check(MaskEdit(key=key, mask=str(tmp_path / "tall.png")), region, 2, 1.0, 0, session)
    with pytest.raises(gr.Error, match="Steps"):
        actions.check(MaskEdit(key=key, mask=painted), region, 0, 1.0, 0, session)
    with pytest.raises(gr.Error, match="photo that stays"):
        actions.check(MaskEdit(key="another", mask=painted), region, 2, 1.0, 0, session)


def test_a_garment_that_the_source_lacks_is_a_plain_error(actions, session, two, painted):
    edit, region = open_both(actions, session, two)
    with pytest.raises(gr.Error, match="shows no skirt") as caught:
        list(actions.generate(MaskEdit(key=edit.key, mask=painted), RegionEdit(key=region.key, region=P.SKIRT), 1, 1.0,
                              0, session))  # fmt: skip
    assert not caught.value.print_exception


def test_a_photo_that_cannot_be_read_leaves_the_old_one(actions, session, two, tmp_path):
    actions.open_reference(MaskEdit(upload=two), session)
    work = session.reference.work
    (tmp_path / "text.jpg").write_text("hello")
    painter, *others = actions.open_reference(MaskEdit(upload=str(tmp_path / "text.jpg")), session)
    assert "answer" in painter and "value" not in painter and session.reference.work is work
    actions.open_source(RegionEdit(upload=str(tmp_path / "text.jpg")), session)
    assert session.source.work is None


def test_another_person_and_the_photo_of_the_repose_tab(actions, session, two):
    repose = Session()
    assert "value" not in actions.repose_photo(repose, session)[0]
    actions.open_reference(MaskEdit(upload=two), session)
    first = session.reference.work
    painter, *_ = actions.choose_reference(MaskEdit(key=first.key, chosen=1), session)
    assert painter["value"].person == 1 and not painter["value"].parsing[:, : figure.SIZE[1]].any()
    assert "value" not in actions.choose_reference(MaskEdit(key=first.key, chosen=1), session)[0]
    repose.work = first
    actions.repose_photo(repose, session)
    assert session.reference.work.photo is first.photo and session.reference.work.key != first.key
    repose.close()


def test_examples_fill_the_reference_then_the_source(actions, session, two):
    actions.open_example(two, session)
    assert session.reference.work is not None and session.source.work is None
    actions.open_example(two, session)
    assert session.source.work is not None


def test_an_object_is_found_and_the_photo_encoded_once(actions, session, two):
    actions.open_reference(MaskEdit(upload=two), session)
    edit = MaskEdit(key=session.reference.work.key, pick=(500.0, 100.0))
    picked = [actions.find_object(edit, session)["picked"] for _ in range(2)]
    width, height = two_figures().size
    assert picked[0]["runs"][:2] == [width // 2, width // 2] and sum(picked[0]["runs"]) == width * height
    assert picked[0]["number"] != picked[1]["number"] and actions.masker.encoded == 1
    stale = MaskEdit(key="another", pick=(500.0, 100.0))
    assert actions.find_object(stale, session)["picked"]["runs"] == []


def test_only_a_reader_with_sam_answers_clicks():
    masker = HalfMasker()
    assert masker_of(FigureReader()) is None and masker_of(SharpenedReader(FigureReader(), masker)) is masker


def test_each_browser_tab_has_its_own(session):
    other = deepcopy(session)
    assert other is not session and other.reference is not session.reference
    path = other.reference.path("a.txt")
    path.write_text("a")
    other.close()
    assert not path.exists() and other.reference.stop.is_set()
