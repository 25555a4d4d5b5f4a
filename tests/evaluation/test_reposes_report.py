"""The evaluate command on whole re-poses, as people call it."""

from __future__ import annotations

import json
import shutil

import pytest
from PIL import Image

from tests.tiny import figure, tiny_config, tiny_model
from truepose.checkpoint import save_model
from truepose.cli import main
from truepose.evaluation.reposes_report import _Worst


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    save_model(tiny_model(tiny_config()), tiny_config(), folder)
    return folder


@pytest.fixture(scope="module")
def measured(true_pairs, model, tmp_path_factory):
    """The folder of true pairs, measured: (arguments, folder of outputs)."""
    out = tmp_path_factory.mktemp("out")
    arguments = ["evaluate", "--reposes", str(true_pairs), "--model", str(model), "--steps", "1"]
    assert main([*arguments, "--json", str(out / "a.json"), "--sheet", str(out / "worst.png")]) == 0
    return arguments, out


def fails(capsys, *arguments) -> str:
    capsys.readouterr()
    assert main([str(argument) for argument in arguments]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("truepose: ")]
    assert len(lines) == 1
    return lines[0]


def test_one_true_pair_from_end_to_end(measured):
    figures = json.loads((measured[1] / "a.json").read_text())
    assert figures["cases"] == 1 and figures["steps"] == 1 and figures["as_drag"] is False
    (row,) = figures["rows"]
    assert row["name"] == "a-0 to a-1" and row["stratum"] == "in-plane small"
    methods = figures["strata"]["all"]["methods"]
    assert methods["warp"]["ssim"] > methods["copy"]["ssim"]
    assert methods["target itself"]["person_iou"] > 0.9 > 0.7 > methods["copy"]["person_iou"]
    sheet = Image.open(measured[1] / "worst.png")
    assert sheet.size == (2 * (4 * 240 + 4), 320 + 16)


def test_an_earlier_measurement_stands_beside(measured, capsys):
    arguments, out = measured
    assert main([*arguments, "--before", str(out / "a.json")]) == 0
    said = capsys.readouterr().out
    assert "1 cases to the true joints, 1 steps, guidance 2.0" in said and "**in-plane small** (1 cases" in said
    assert "| result before |" in said and "**Result against result before**" in said


def test_measurements_of_something_else_are_refused(measured, tmp_path, capsys):
    arguments, out = measured
    assert "was measured without --as-drags" in fails(capsys, *arguments, "--as-drags", "--before", out / "a.json")
    other = json.loads((out / "a.json").read_text())
    other["rows"][0]["print"] += 1
    (tmp_path / "b.json").write_text(json.dumps(other))
    assert "is of other cases" in fails(capsys, *arguments, "--before", tmp_path / "b.json")
    for text, word in (("[]", "holds no figures of re-poses"), ("{", "cannot read the figures")):
        (tmp_path / "b.json").write_text(text)
        assert word in fails(capsys, *arguments, "--before", tmp_path / "b.json")
    assert "cannot read the figures" in fails(capsys, *arguments, "--before", tmp_path / "none.json")


def test_pairs_made_of_street_photos(held_out, model, capsys):
    assert main(["evaluate", "--reposes-of-street", str(held_out), "--count", "1", "--model", str(model),
                 "--steps", "1", "--as-drags"]) == 0  # fmt: skip
    assert "1 cases as drags, 1 steps" in capsys.readouterr().out


def test_bad_input_is_one_plain_line(tmp_path, true_pairs, model, capsys):
    command = ["evaluate", "--model", model, "--reposes"]
    assert "pairs.jsonl is missing" in fails(capsys, *command, tmp_path / "none")
    broken = shutil.copytree(true_pairs, tmp_path / "broken")
    with (broken / "pairs.jsonl").open("a") as file:
        file.write('{"source": 3}\n')
    assert "line 2 of pairs.jsonl is broken" in fails(capsys, *command, broken)
    (broken / "pairs.jsonl").write_text('{"source": "a-0", "target": "a-9"}')
    assert "no file a-9.webp" in fails(capsys, *command, broken)
    assert "people.jsonl is missing" in fails(capsys, "evaluate", "--reposes-of-street", tmp_path)
    assert "no model" in fails(capsys, "evaluate", "--reposes", true_pairs, "--model", tmp_path)


def test_the_worst_come_first():
    photo, worst = figure()[0], _Worst()
    pictures = dict.fromkeys(("copy", "warp", "result", "target itself"), photo)
    for name, distance in (("a", 1.0), ("b", 3.0), ("c", 2.0)):
        figures = {"warp": {"distance": 1.0}, "result": {"distance": distance}}
        worst.see({"name": name, "stratum": "turn", "methods": figures}, pictures)
    assert [distance for distance, _ in worst.cells] == [3.0, 2.0, 1.0] and worst.sheet().height == 2 * 336
    with pytest.raises(ValueError, match="nothing to draw"):
        _Worst().sheet()
