"""The attention study on drawn people: its table, its sheet, its command."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from PIL import Image

from tests.tiny import figure, tiny_config, tiny_model
from truepose.checkpoint import save_model
from truepose.cli import main
from truepose.data.pair import pair_of
from truepose.data.shards import write_shards
from truepose.evaluation.attention import attention_study, pair_attention


def pair(number: int):
    photo, person = figure(64, 48)
    return pair_of(np.roll(photo, number, 2), person, photo, person.parsing, person.skeleton.moved(4, 12, 20))


def models():
    torch.manual_seed(1)
    config = tiny_config()
    return {"HPFA": tiny_model(config), "B2": tiny_model(tiny_config(hpfa=False, caa=False))}


def test_the_table_holds_means_over_people():
    pairs, both = [pair(0), pair(1)], models()
    table, sheet = attention_study(both, pairs, steps=2, shown=1)
    areas = [pair_attention(both["B2"], p, steps=2).of_areas(p.source_parsing) for p in pairs]
    for area in areas[0]:
        values = [each[area] for each in areas]
        assert table["B2"][area.label] == pytest.approx(np.mean(values))
        assert table["B2"][f"{area.label}_error"] == pytest.approx(np.std(values) / 2**0.5)
    assert table["HPFA"]["source"] == 1 and 0 < table["B2"]["source"] < 1
    assert sheet.width > 3 * 192 and sheet.height >= 256


def test_the_command_writes_figures_table_and_sheet(tmp_path, capsys):
    for name, model in models().items():
        save_model(model, model.config, tmp_path / name)
    write_shards(pair, tmp_path / "pairs", 4)
    named = [f"{name}={tmp_path / name}" for name in ("HPFA", "B2")]
    options = ["--data", str(tmp_path / "pairs"), "--count", "2", "--every", "2", "--steps", "2"]
    assert main(["attend", "--models", *named, *options, "--out", str(tmp_path / "out")]) == 0
    table = capsys.readouterr().out
    assert "| HPFA |" in table and table.strip() == (tmp_path / "out" / "attention.md").read_text().strip()
    assert set(json.loads((tmp_path / "out" / "attention.json").read_text())) == {"HPFA", "B2"}
    Image.open(tmp_path / "out" / "attention.png").load()
    assert main(["attend", "--models", "HPFA", *options]) == 2
    assert "NAME=FOLDER" in capsys.readouterr().err
