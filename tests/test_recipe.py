"""Settings in PNG files: round trips, and what is damaged."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.tiny import figure
from truepose.correction import Correction
from truepose.parsing import IGNORE, BodyPart
from truepose.recipe import CHUNK, Recipe, RecipeError, photo_mark, png_info, read_recipe

PIXELS, PERSON = figure()
PHOTO = Image.fromarray(PIXELS)
RECIPE = Recipe(
    photo_mark(PHOTO), (256, 192), 2, "compact", PERSON.skeleton, 10, 1.5, 7, 0.5, frozenset({BodyPart.FACE}), 1024
)


def saved(path, text: str):
    info = PngInfo()
    info.add_itxt(CHUNK, text)
    PHOTO.save(path, pnginfo=info)
    return path


def test_a_recipe_comes_back(tmp_path):
    PHOTO.save(tmp_path / "a.png", pnginfo=png_info(RECIPE))
    back = read_recipe(tmp_path / "a.png")
    for name in (
        "photo",
        "photo_size",
        "person",
        "model",
        "steps",
        "guidance_scale",
        "seed",
        "strength",
        "locked",
        "side",
    ):
        assert getattr(back, name) == getattr(RECIPE, name), name
    np.testing.assert_allclose(back.pose.xy, RECIPE.pose.xy, atol=0.01)
    with Image.open(tmp_path / "a.png") as image:
        assert photo_mark(image.convert("RGB")) == RECIPE.photo  # the pixels are as they were


@pytest.mark.parametrize("joints", [None, PERSON.skeleton])
def test_a_correction_comes_back(tmp_path, joints):
    labels = np.array([[BodyPart.BAG, IGNORE], [BodyPart.BACKGROUND, BodyPart.BAG]], np.uint8)
    recipe = replace(RECIPE, correction=Correction(labels, (190, 3), joints))
    PHOTO.save(tmp_path / "a.png", pnginfo=png_info(recipe))
    back = read_recipe(tmp_path / "a.png").correction
    assert (back.labels == labels).all() and back.corner == (190, 3) and (back.joints is None) is (joints is None)
    if joints is not None:
        np.testing.assert_allclose(back.joints.xy, joints.xy, atol=0.001)


def test_a_correction_of_joints_alone_comes_back(tmp_path):
    PHOTO.save(tmp_path / "a.png", pnginfo=png_info(replace(RECIPE, correction=Correction(joints=PERSON.skeleton))))
    back = read_recipe(tmp_path / "a.png").correction
    assert back.labels is None and back.joints.visible.sum() == PERSON.skeleton.visible.sum()


def test_other_pictures_say_nothing(tmp_path):
    PHOTO.save(tmp_path / "a.png")
    PHOTO.save(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("no picture")
    for name in ("a.png", "a.jpg", "a.txt", "missing.png"):
        assert read_recipe(tmp_path / name) is None


def changed(**fields) -> str:
    document = json.loads(png_info(RECIPE).chunks[0][1].split(b"\0\0\0\0\0", 1)[1])
    for name, value in fields.items():
        target = document["settings"] if name in document["settings"] else document
        target[name] = value
    return json.dumps(document)


def painted(**fields) -> str:
    """With a correction of 2x2 labels, damaged."""
    correction = Correction(np.zeros((2, 2), np.uint8), (190, 254))
    info = png_info(replace(RECIPE, correction=correction))
    document = json.loads(info.chunks[0][1].split(b"\0\0\0\0\0", 1)[1])
    document["correction"]["labels"] |= fields
    return json.dumps(document)


def grey_png(pixels: list) -> str:
    file = io.BytesIO()
    Image.fromarray(np.array(pixels, np.uint8)).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "not JSON"), ("{", "not JSON"), ("[]", "must be an object"), ("{}", "photo must be"),
     ("[" * 5000, "not JSON"),
     ("x" * 2_000_000, "2000000 characters"), (changed(steps=0), "steps must be"),
     (changed(steps="3"), "steps must be"), (changed(steps=True), "steps must be"),
     (changed(strength=float("nan")), "strength must be"),
     (changed(guidance_scale=None), "guidance_scale must be"), (changed(seed=1.5), "seed must be"),
     (changed(locked=["trousers"]), "a region is one of"), (changed(locked=3), "must be a list"),
     (changed(locked="face"), "must be a list"), (changed(pose={"people": []}), "no visible joint"),
     (changed(pose=None), ""), (changed(model=["a"]), "model must be"), (changed(photo="x"), "photo must be"),
     (changed(side=-3), "side must be"), ("9" * 5000, ""), (changed(correction=[]), "correction must be"),
     (changed(correction={"labels": 3}), "labels must be"),
     (changed(correction={"joints": {"people": []}}), "no visible"),
     (painted(x=-1), "x must be"), (painted(x=191), "width must be a number from 1 to 1"),
     (painted(y="0"), "y must be"), (painted(height=3), "height must be a number from 1 to 2"),
     (painted(height=1), "must have 2x1 pixels"), (painted(png=None), "base64"), (painted(png="a"), "base64"),
     (painted(png="é"), "base64"), (painted(png="aGVsbG8="), "damaged"),
     (painted(png=grey_png([[0, 18], [0, 0]])), "labels must be 0-17"),
     (painted(png=grey_png([[0]])), "must have 2x2")],
)  # fmt: skip
def test_damaged_chunks_are_told_plainly(tmp_path, text, words):
    with pytest.raises(RecipeError, match="settings in this PNG are damaged") as caught:
        read_recipe(saved(tmp_path / "a.png", text))
    assert words in str(caught.value)
