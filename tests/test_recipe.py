"""Settings in PNG files: round trips, and what is damaged."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from tests.tiny import figure
from truepose.parsing import BodyPart
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


def test_other_pictures_say_nothing(tmp_path):
    PHOTO.save(tmp_path / "a.png")
    PHOTO.save(tmp_path / "a.jpg")
    (tmp_path / "a.txt").write_text("no picture")
    for name in ("a.png", "a.jpg", "a.txt", "missing.png"):
        assert read_recipe(tmp_path / name) is None


def changed(**fields) -> str:
    document = json.loads(png_info(RECIPE).chunks[0][1].split(b"\0\0\0\0\0", 1)[1])
    for name, value in fields.items():
        target = document if name in document else document["settings"]
        target[name] = value
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "not JSON"), ("{", "not JSON"), ("[]", "must be an object"), ("{}", "photo must be"),
     ("[" * 5000, "not JSON"),
     ("x" * 200_000, "200000 characters"), (changed(steps=0), "steps must be"), (changed(steps="3"), "steps must be"),
     (changed(steps=True), "steps must be"), (changed(strength=float("nan")), "strength must be"),
     (changed(guidance_scale=None), "guidance_scale must be"), (changed(seed=1.5), "seed must be"),
     (changed(locked=["trousers"]), "a region is one of"), (changed(locked=3), "must be a list"),
     (changed(locked="face"), "must be a list"), (changed(pose={"people": []}), "no visible joint"),
     (changed(pose=None), ""), (changed(model=["a"]), "model must be"), (changed(photo="x"), "photo must be"),
     (changed(side=-3), "side must be"), ("9" * 5000, "")],
)  # fmt: skip
def test_damaged_chunks_are_told_plainly(tmp_path, text, words):
    with pytest.raises(RecipeError, match="settings in this PNG are damaged") as caught:
        read_recipe(saved(tmp_path / "a.png", text))
    assert words in str(caught.value)
