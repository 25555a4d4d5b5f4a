"""A series of runs: read from one JSON, trained in order, gone on with where it stopped."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny import figure, tiny_config
from truepose.cli import main
from truepose.data.pair import pair_of
from truepose.data.shards import write_shards
from truepose.model.baselines import ClipSource
from truepose.model.truepose import TruePose
from truepose.training.ablation import folder_name, load_ablation, merge_patch, train_ablation
from truepose.training.state import read_step


def pair(number: int):
    photo, person = figure(64, 48)
    return pair_of(np.roll(photo, number, 2), person, photo, person.parsing, person.skeleton.moved(4, 12, 20))


@pytest.fixture
def series(tmp_path) -> Path:
    write_shards(pair, tmp_path / "pairs", 4)
    run = {
        "model": asdict(tiny_config()),
        "loop": {"steps": 3, "batch_size": 2, "warmup_steps": 1, "workers": 0},
        "pairs": {str(tmp_path / "pairs"): 1.0},
        "validation_pairs": [str(tmp_path / "pairs")],
        "validation_count": 1,
    }
    variants = {
        "full": {},
        "B1 (w/ CLIP)": {"model": {"source_net": False}},
        "no hint": {"model": {"warp_hint": False}},
    }
    path = tmp_path / "series.json"
    path.write_text(json.dumps({"run": run, "variants": variants}))
    return path


def test_merge_patch_is_rfc_7396():
    target = {"a": {"b": 1, "c": [1, 2]}, "d": 4}
    assert merge_patch(target, {"a": {"b": None, "c": [3]}, "e": {"f": None, "g": 5}}) == {
        "a": {"c": [3]}, "d": 4, "e": {"g": 5},
    }  # fmt: skip
    assert target["a"]["b"] == 1
    assert merge_patch({"a": [1]}, {"a": {"b": 2}}) == {"a": {"b": 2}}


def test_runs_differ_in_what_the_variants_name_alone(series):
    runs = load_ablation(series, {"steps": 2})
    assert list(runs) == ["full", "B1 (w/ CLIP)", "no hint"]
    assert not runs["B1 (w/ CLIP)"].model.source_net and runs["full"].model.source_net
    assert {run.loop for run in runs.values()} == {runs["full"].loop} and runs["full"].loop.steps == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{}", "series of runs"),
        ('{"run": {}, "variants": {}}', "series of runs"),
        ('{"run": {}, "variants": {"a": {}}}', "a of"),
        ('{"run": {}, "variants": {"a b": {}, "A-B": {}}}', "differ"),
        ("[]", "must be an object"),
    ],
)
def test_other_files_are_refused(tmp_path, text, why):
    (tmp_path / "s.json").write_text(text)
    with pytest.raises(ValueError, match=why):
        load_ablation(tmp_path / "s.json")


def test_a_stopped_series_goes_on_where_it_was(series, tmp_path):
    runs = load_ablation(series)
    asked = []

    def stop():
        asked.append(1)
        return len(asked) == 5  # in the second run

    done = train_ablation(runs, tmp_path / "out", should_stop=stop)
    assert list(done) == ["full"] and read_step(tmp_path / "out" / folder_name("B1 (w/ CLIP)")) == 2
    before = (tmp_path / "out" / "full" / "state.safetensors").stat().st_mtime_ns
    done = train_ablation(runs, tmp_path / "out")
    assert list(done) == list(runs)
    assert (done["full"] / "state.safetensors").stat().st_mtime_ns == before
    assert isinstance(TruePose.from_folder(done["B1 (w/ CLIP)"]).source_net, ClipSource)


def test_the_shipped_series_are_whole():
    for name in ("ablation", "losses"):
        runs = load_ablation(Path(__file__).parents[2] / "configs" / "series" / f"{name}.json")
        assert len({(run.loop.steps, run.loop.seed, run.loop.batch_size) for run in runs.values()}) == 1
        assert len({str(run.model) + str(run.objective) + str(run.loop) for run in runs.values()}) == len(runs)


def test_the_command_trains_measures_and_writes_table_2(series, tmp_path, capsys):
    out = tmp_path / "out"
    options = ["--config", str(series), "--out", str(out), "--metrics", "ssim,psnr,lpips"]
    assert main(["ablate", *options]) == 0
    table = capsys.readouterr().out
    lines = table.splitlines()
    assert [name for name in lines[0].split("|")[2:-1]] == [" lpips ↓ ", " ssim ↑ ", " psnr ↑ "]
    names = [line.split("|")[1].strip() for line in lines[2:] if line.startswith("|")]
    assert names == ["copy of the source", "warp", "full", "full: over the warp", "B1 (w/ CLIP)",
                     "B1 (w/ CLIP): over the warp", "no hint"]  # fmt: skip
    assert "lpips not measured" in table and "| – |" in table
    figures = json.loads((out / "table.json").read_text())["rows"]
    assert f"{figures['no hint']['psnr']:.4f}" in table
    assert (out / "table.md").read_text().strip() == table.strip()
    Image.open(out / "table.png").load()


def test_the_command_refuses_unknown_variants(series, tmp_path, capsys):
    assert main(["ablate", "--config", str(series), "--out", str(tmp_path / "out"), "--only", "B7"]) == 2
    assert "B7" in capsys.readouterr().err
