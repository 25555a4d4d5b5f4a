"""The command line as people call it: right files out, or exit code 2 and one plain line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from tests.tiny import tiny_config, tiny_model
from truepose.checkpoint import save_model
from truepose.cli import main
from truepose.parsing import BodyPart
from truepose.photo import open_photo
from truepose.recipe import photo_mark, read_recipe

EXAMPLES = Path(__file__).parents[1] / "studio" / "examples"


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A folder with a photo, the pose read from it, and a tiny model."""
    root = tmp_path_factory.mktemp("cli")
    Image.fromarray(astronaut()).save(root / "photo.png")
    save_model(tiny_model(tiny_config()), tiny_config(), root / "model")
    assert main(["read", str(root / "photo.png"), "--json", str(root / "pose.json"),
                 "--parsing", str(root / "parsing.png")]) == 0  # fmt: skip
    return root


def run(*arguments) -> int:
    return main([str(argument) for argument in arguments])


def fails(capsys, *arguments) -> str:
    """Runs a command that must fail; gives its one line."""
    assert run(*arguments) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("truepose: ") and "Traceback" not in lines[0]
    return lines[0]


def test_read_writes_openpose_json_and_a_palette_png(work):
    document = json.loads((work / "pose.json").read_text())
    assert len(document["people"][0]["pose_keypoints_2d"]) == 54
    assert (document["canvas_height"], document["canvas_width"]) == (512, 512)
    parsing = Image.open(work / "parsing.png")
    assert parsing.mode == "P" and parsing.size == (512, 512)
    assert np.asarray(parsing)[120, 225] == BodyPart.FACE


def test_read_says_what_is_doubtful_and_draws(work, tmp_path, capsys):
    assert run("read", work / "photo.png", "--drawing", tmp_path / "drawn.png") == 0
    said = capsys.readouterr().out
    assert "joints: " in said and "not seen: " in said and "right ankle" in said and "seen from: front" in said
    drawn = np.asarray(Image.open(tmp_path / "drawn.png")).astype(int)
    changed = np.abs(drawn - astronaut()).max(-1) > 60
    assert 0.001 < changed.mean() < 0.2


def test_several_people_are_told_and_chosen(work, tmp_path, capsys):
    one = Image.open(next(EXAMPLES.glob("*.webp"))).convert("RGB").resize((240, 360))
    two = Image.new("RGB", (480, 360))
    two.paste(one, (0, 0))
    two.paste(one, (240, 0))
    two.save(tmp_path / "two.png")
    middles = []
    for number in (1, 2):
        assert run("read", tmp_path / "two.png", "--json", tmp_path / "p.json", "--person", number) == 0
        assert f"took person {number} of 2" in capsys.readouterr().err
        joints = json.loads((tmp_path / "p.json").read_text())["people"][0]["pose_keypoints_2d"][0::3]
        assert max(joints) - min(x for x in joints if x) < 200
        middles.append(np.median(joints))
    assert sorted(middle > 240 for middle in middles) == [False, True]
    assert "found 2" in fails(capsys, "read", tmp_path / "two.png", "--person", 3)


def test_readers_that_are_not_here_say_what_to_do(work, capsys):
    assert "--download" in fails(capsys, "read", work / "photo.png", "--pose-model", "dwpose")
    assert "no pose model" in fails(capsys, "read", work / "photo.png", "--pose-model", "nobody")
    assert "lacks config.json" in fails(capsys, "read", work / "photo.png", "--parser", work)
    assert "no file" in fails(capsys, "read", work / "photo.png", "--masks", work / "sam.pth")


def test_repose_with_a_model_and_as_preview(work, tmp_path):
    for name, options in (
        ("a.png", ["--steps", 2, "--guidance", 2, "--seed", 3, "--strength", 0.5, "--lock", "face"]),
        ("b.jpg", ["--preview"]),
    ):
        out = tmp_path / name
        assert run("repose", work / "photo.png", "--pose", work / "pose.json", "-o", out,
                   "--model", work / "model", *options) == 0  # fmt: skip
        assert Image.open(out).size == (512, 512)
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a.png", "b.jpg"]  # nothing half-written stays
    recipe = read_recipe(tmp_path / "a.png")
    assert (recipe.steps, recipe.seed, recipe.strength, recipe.locked) == (2, 3, 0.5, {BodyPart.FACE})
    assert recipe.photo == photo_mark(open_photo(work / "photo.png"))


def test_repose_draws_where_the_network_looked(work, tmp_path, capsys):
    command = ["repose", work / "photo.png", "--pose", work / "pose.json", "-o", tmp_path / "a.png",
               "--model", work / "model", "--steps", 1, "--attention", tmp_path / "look.png"]  # fmt: skip
    assert "leave out --preview" in fails(capsys, *command, "--preview")
    assert run(*command) == 0
    assert Image.open(tmp_path / "look.png").size == (512, 512)
    said = capsys.readouterr().out
    assert said.startswith("looked at: ") and "head" in said and "(1 = evenly)" in said


def test_style_by_region_and_by_mask(work, tmp_path, capsys):
    options = ["--model", work / "model", "--steps", 1, "--out", tmp_path / "out.png"]
    assert run("style", work / "photo.png", work / "photo.png", "--region", "upper-clothes", *options) == 0
    parsing = np.asarray(Image.open(work / "parsing.png"))
    far = cv2.dilate((parsing == BodyPart.UPPER_CLOTHES).astype(np.uint8), np.ones((13, 13))) == 0
    assert (np.asarray(Image.open(tmp_path / "out.png"))[far] == astronaut()[far]).all()
    mask = Image.new("L", (256, 256))
    mask.paste(255, (100, 150, 140, 200))
    mask.save(tmp_path / "mask.png")
    assert run("style", work / "photo.png", work / "photo.png", "--mask", tmp_path / "mask.png", *options) == 0
    changed = (np.asarray(Image.open(tmp_path / "out.png")) != astronaut()).any(-1)
    assert changed[320:380, 220:260].mean() > 0.2 and not changed[:290].any() and not changed[:, 300:].any()


def test_styles_that_cannot_be_transferred(work, tmp_path, capsys):
    base = ["style", work / "photo.png", work / "photo.png", "--out", tmp_path / "out.png", "--model", work / "model"]
    assert "a region is one of hat, " in fails(capsys, *base, "--region", "trousers")
    assert "the reference shows no skirt" in fails(capsys, *base, "--region", "skirt")
    Image.new("L", (100, 300), 255).save(tmp_path / "mask.png")
    assert "must have the shape" in fails(capsys, *base, "--mask", tmp_path / "mask.png")
    Image.new("L", (512, 512)).save(tmp_path / "mask.png")
    assert "the mask is empty" in fails(capsys, *base, "--mask", tmp_path / "mask.png")
    (tmp_path / "mask.png").write_text("hello")
    assert "cannot be read as a mask" in fails(capsys, *base, "--mask", tmp_path / "mask.png")
    assert not (tmp_path / "out.png").exists()


def test_the_pose_that_was_read_gives_the_photo_back(work, tmp_path):
    assert (
        run("repose", work / "photo.png", "--pose", work / "pose.json", "-o", tmp_path / "same.png", "--preview") == 0
    )
    error = np.abs(np.asarray(Image.open(tmp_path / "same.png")).astype(int) - astronaut())
    assert error.mean() < 1


def test_photos_that_cannot_be_used(work, tmp_path, capsys):
    (tmp_path / "text.jpg").write_text("hello")
    Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    Image.new("RGB", (200, 300), "grey").save(tmp_path / "wall.png")
    pose = ["--pose", work / "pose.json", "-o", tmp_path / "out.png", "--model", work / "model"]
    for name, word in (("text.jpg", "not an image"), ("dot.png", "too small"), ("bomb.png", "too large"),
                       ("wall.png", "no person was found"), ("none.png", "no file")):  # fmt: skip
        assert word in fails(capsys, "repose", tmp_path / name, *pose)
        assert word in fails(capsys, "read", tmp_path / name)
    assert not (tmp_path / "out.png").exists()


def test_poses_that_cannot_be_used(work, tmp_path, capsys):
    def with_pose(text):
        (tmp_path / "pose.json").write_text(text)
        return fails(capsys, "repose", work / "photo.png", "--pose", tmp_path / "pose.json", "-o",
                     tmp_path / "out.png", "--model", work / "model")  # fmt: skip

    assert "valid JSON" in with_pose("{")
    assert "no person" in with_pose('{"people": []}')
    assert "no person" in with_pose(json.dumps({"people": [{"pose_keypoints_2d": [0] * 54}]}))
    assert "17, 18 or 25" in with_pose(json.dumps({"people": [{"pose_keypoints_2d": [5] * 60}]}))


def test_a_pose_far_outside_the_photo_leaves_the_empty_plate(work, tmp_path):
    pose = {"people": [{"pose_keypoints_2d": [9000, 9000, 1] * 18}]}
    (tmp_path / "far.json").write_text(json.dumps(pose))
    assert run("repose", work / "photo.png", "--pose", tmp_path / "far.json", "-o", tmp_path / "out.png",
               "--model", work / "model") == 0  # fmt: skip
    assert Image.open(tmp_path / "out.png").size == (512, 512)


def test_outputs_and_models_that_cannot_be_used(work, tmp_path, capsys):
    base = ["repose", work / "photo.png", "--pose", work / "pose.json"]
    assert "end its name" in fails(capsys, *base, "-o", tmp_path / "out.xyz", "--preview")
    assert "cannot write" in fails(capsys, *base, "-o", tmp_path / "no" / "out.png", "--preview")
    assert "no model" in fails(capsys, *base, "-o", tmp_path / "out.png", "--model", tmp_path)
    assert "must end in .png" in fails(capsys, "read", work / "photo.png", "--parsing", tmp_path / "p.jpg")
    assert "cannot read" in fails(capsys, "train", "--config", tmp_path / "none.json")
    assert "no pairs" in fails(capsys, "evaluate", "--pairs", tmp_path, "--model", work / "model")
    assert "people.jsonl" in fails(capsys, "train-reader", "--street", tmp_path, "--out", tmp_path / "r")
    below = work / "photo.png" / "out"  # a file, where a folder must be
    data = ["--data", tmp_path, "--metrics", "psnr", "--out", below]
    assert str(below) in fails(capsys, "evaluate", *data, "--model", work / "model")


@pytest.mark.parametrize(
    "command", ["", "read", "repose", "style", "train", "train-reader", "pseudo-maps", "pairs", "prepare", "evaluate"]
)
def test_every_command_has_help(command, capsys):
    with pytest.raises(SystemExit) as stop:
        main([*command.split(), "--help"])
    assert stop.value.code == 0 and "usage: python -m truepose" in capsys.readouterr().out


def test_wrong_options_exit_with_2(capsys):
    for arguments in (["repose", "a.png"], ["repose", "a", "--pose", "b", "-o", "c", "--steps", "0"], ["mystery"]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2


def test_the_module_runs_as_a_program(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "truepose", "read", str(tmp_path / "none.png")], capture_output=True, text=True
    )
    assert done.returncode == 2 and done.stderr.startswith("truepose: there is no file")


def nose_of(path) -> tuple[float, float]:
    x, y, score = json.loads(path.read_text())["people"][0]["pose_keypoints_2d"][:3]
    assert score > 0.3
    return x, y


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGBA", "P"])
def test_photos_of_every_mode_are_read(mode, tmp_path):
    """The person of a grey, printed, transparent or indexed photo is where it is in the plain one."""
    photo = Image.fromarray(astronaut()).convert(mode)
    path = tmp_path / ("photo.tif" if mode == "CMYK" else "photo.png")
    photo.save(path)
    assert run("read", path, "--json", tmp_path / "pose.json") == 0
    x, y = nose_of(tmp_path / "pose.json")
    assert abs(x - 224) < 30 and abs(y - 118) < 30


def test_a_photo_turned_by_its_exif_is_read_upright(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held sideways: turn right to see it upright
    Image.fromarray(np.rot90(astronaut())).save(tmp_path / "photo.jpg", exif=exif.tobytes(), quality=95)
    assert run("read", tmp_path / "photo.jpg", "--json", tmp_path / "pose.json") == 0
    x, y = nose_of(tmp_path / "pose.json")
    assert abs(x - 224) < 30 and abs(y - 118) < 30


def test_of_several_people_one_is_taken_whole(tmp_path):
    """A large and a small person: the joints and the map are of one of them, not of both."""
    small = np.asarray(Image.fromarray(astronaut()).resize((200, 200)))
    photo = np.full((512, 760, 3), 60, np.uint8)
    photo[:, :512], photo[312:, 560:] = astronaut(), small
    Image.fromarray(photo).save(tmp_path / "photo.png")
    assert run("read", tmp_path / "photo.png", "--json", tmp_path / "pose.json",
               "--parsing", tmp_path / "map.png") == 0  # fmt: skip
    x, y = nose_of(tmp_path / "pose.json")
    assert abs(x - 224) < 30 and abs(y - 118) < 30
    parsing = np.asarray(Image.open(tmp_path / "map.png"))
    assert (parsing[:, :512] > 0).mean() > 0.2 and (parsing[:, 540:] > 0).mean() < 0.02
