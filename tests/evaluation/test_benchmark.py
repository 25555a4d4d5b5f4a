"""A tiny model measured over a tiny prepared folder, by the real command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import peak_signal_noise_ratio

from tests.data.sets import write_deepfashion, write_maps
from tests.evaluation.test_metrics import Colours
from tests.tiny import tiny_config, tiny_model
from truepose.checkpoint import save_model
from truepose.cli import main
from truepose.commands.measuring import METRICS
from truepose.data.deepfashion import list_deepfashion
from truepose.data.opening import open_pairs
from truepose.data.prepared import PreparedPictures
from truepose.data.preparing import prepare
from truepose.evaluation import benchmark
from truepose.evaluation.benchmark import COPY, NETWORK, RESULT, WARP, Sampling, run_benchmark
from truepose.evaluation.metrics import Setting
from truepose.evaluation.pairs import generate_pair, generate_pairs
from truepose.evaluation.protocols import CFLD
from truepose.model.truepose import TruePose
from truepose.study import read_study

SIZE = (64, 48)


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A prepared folder, and a model with and one without a warp hint."""
    root = tmp_path_factory.mktemp("benchmark")
    write_deepfashion(root / "set")
    write_maps(root / "set" / "parsing")
    prepare(list_deepfashion(root / "set", "test"), root / "data", SIZE)
    # Weights that are always the same: CAA's choice of regions is discrete, and rounding may tip a near tie.
    torch.manual_seed(0)
    for name, config in (("hinted", tiny_config()), ("plain", tiny_config(warp_hint=False))):
        save_model(tiny_model(config), config, root / name)
    return root


def evaluate(*arguments) -> int:
    return main(["evaluate", *(str(argument) for argument in arguments)])


def test_a_model_without_hint_is_measured_and_written(work, tmp_path, capsys):
    out = tmp_path / "out"
    metrics = "ssim,psnr,efficientnet-distance"
    assert evaluate("--data", work / "data", "--model", work / "plain", "--metrics", metrics, "--out", out) == 0
    figures = json.loads((out / "figures.json").read_text())
    assert list(figures["rows"]) == [COPY, NETWORK] and figures["pairs"] == 3 and figures["not_measured"] == {}
    assert (figures["steps"], figures["guidance_scale"], figures["protocol"]) == (2, 2.0, "cfld")
    assert set(figures["rows"][NETWORK]) == set(metrics.split(","))
    assert figures["rows"][COPY]["ssim"] > figures["rows"][NETWORK]["ssim"]  # an untrained network
    table = (out / "figures.md").read_text()
    said = capsys.readouterr().out
    assert said[said.index("3 pairs of 64x48") :].strip() in table
    assert "| ssim ↑ |" in table and "Protocol cfld" in table
    assert Image.open(out / "sheet.png").width == 2 * (3 * 192 + 4)


def test_the_figures_are_of_the_networks_own_pictures(work):
    """Measured here pair by pair, by hand."""
    model = TruePose.from_folder(work / "plain").eval()
    pairs = open_pairs(work / "data", hint=False)
    done = run_benchmark(model, pairs, ["psnr"], Setting(CFLD, SIZE), Sampling(2, 2.0, seed=5, batch_size=2))
    theirs = []
    for number, pair in enumerate(pairs):
        ours = generate_pair(model, pair, steps=2, guidance_scale=2.0, seed=5 + number).round().astype(np.uint8)
        theirs.append(peak_signal_noise_ratio(pair.target, ours))
    assert done.rows[NETWORK]["psnr"] == pytest.approx(np.mean(theirs), rel=1e-3)


def test_pictures_do_not_depend_on_what_they_are_batched_with(work):
    for name, hint in (("plain", False), ("hinted", True)):
        model = TruePose.from_folder(work / name).eval()
        pairs = list(open_pairs(work / "data", hint=hint))
        settings = {"steps": 2, "guidance_scale": 2.0}
        together = generate_pairs(model, pairs, seeds=[3, 4, 5], **settings)
        for seed, pair, picture in zip((3, 4, 5), pairs, together, strict=True):
            alone = generate_pair(model, pair, seed=seed, **settings)
            np.testing.assert_allclose(picture, alone, atol=0.05)
        assert np.abs(together[0] - generate_pair(model, pairs[0], seed=9, **settings)).max() > 1


def test_a_model_with_hint_has_the_warp_beside_it(work, tmp_path):
    out = tmp_path / "out"
    settings = ["--protocol", "pcdm", "--count", 2, "--steps", 1, "--metrics", "ssim"]
    written = ["--out", out, "--json", tmp_path / "same.json"]
    assert evaluate("--data", work / "data", "--model", work / "hinted", *settings, *written) == 0
    figures = json.loads((out / "figures.json").read_text())
    assert list(figures["rows"]) == [COPY, WARP, NETWORK, RESULT]
    assert (figures["pairs"], figures["steps"], figures["protocol"]) == (2, 1, "pcdm")
    assert json.loads((tmp_path / "same.json").read_text()) == figures


def test_fid_is_of_all_pictures_against_the_real_ones(work):
    model = TruePose.from_folder(work / "plain").eval()
    pairs = open_pairs(work / "data", hint=False)
    real = PreparedPictures(work / "data")
    given = (model, pairs, ["fid"], Setting(CFLD, SIZE), Sampling(1, 1.0, batch_size=2))
    against_real = run_benchmark(*given, real=real, features=Colours())
    against_targets = run_benchmark(*given, features=Colours())
    assert set(against_real.rows[NETWORK]) == {"fid"} and set(against_targets.rows[NETWORK]) == {"fid-targets"}
    assert len(real) == 5 and against_real.rows[COPY]["fid"] != against_targets.rows[COPY]["fid-targets"]
    assert against_real.rows[COPY]["fid"] < against_real.rows[NETWORK]["fid"]
    assert "--real names" in against_targets.notes[0] and "FID of 3 pictures" in against_real.notes[0]


def test_pairs_are_let_go_of_when_they_are_measured(work):
    class Watched:
        """Many pairs, counting how many are alive at once."""

        def __init__(self, pairs):
            self.pairs, self.alive, self.most = pairs, weakref.WeakSet(), 0

        def __len__(self):
            return 12

        def __getitem__(self, index):
            pair = self.pairs[index % 3]
            self.alive.add(pair)
            self.most = max(self.most, len(self.alive))
            return pair

    watched = Watched(open_pairs(work / "data", hint=False))
    model = TruePose.from_folder(work / "plain").eval()
    done = run_benchmark(model, watched, ["psnr"], Setting(CFLD, SIZE), Sampling(1, 1.0, batch_size=2))
    assert watched.most <= 4 and len(done.shown) == 8


def test_missing_weights_are_one_line_each_and_the_rest_is_computed(work, tmp_path):
    """As on a computer without weights, in a process of its own: the hub's cache is found at its start."""
    empty = {"TORCH_HOME": str(tmp_path / "torch"), "HF_HOME": str(tmp_path / "hf")}
    command = [sys.executable, "-m", "truepose", "evaluate", "--data", work / "data", "--model", work / "plain"]
    done = subprocess.run(
        [*map(str, command), "--metrics", "ssim,psnr,lpips,fid,qalign", "--out", str(tmp_path / "out")],
        capture_output=True, text=True, env={**os.environ, **empty}, cwd=Path(benchmark.__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if "not measured" in line]
    assert [line.partition(" not measured: ")[0] for line in lines] == ["lpips", "qalign", "fid"]
    figures = json.loads((tmp_path / "out" / "figures.json").read_text())
    assert set(figures["not_measured"]) == {"lpips", "qalign", "fid"}
    assert set(figures["rows"][NETWORK]) == {"ssim", "psnr"}


def test_the_commands_names_are_the_benchmarks():
    assert set(METRICS) == set(benchmark.METRICS)


def test_what_cannot_be_measured_is_told(work, tmp_path, capsys):
    model = ["--model", work / "plain"]
    with pytest.raises(SystemExit) as stop:
        evaluate("--data", work / "data", "--metrics", "ssim,beauty")
    assert stop.value.code == 2 and "got beauty" in capsys.readouterr().err
    assert evaluate("--data", tmp_path, *model) == 2
    assert "truepose prepare" in capsys.readouterr().err
    prepare(list_deepfashion(work / "set", "test"), tmp_path / "large", (128, 88))
    assert evaluate("--data", work / "data", "--real", tmp_path / "large", *model, "--metrics", "fid") == 2
    assert "must be of the pairs' size, 64x48" in capsys.readouterr().err


def test_pictures_of_two_models_make_a_user_study(work, tmp_path):
    for model in ("plain", "hinted"):
        given = ["--data", work / "data", "--metrics", "psnr", "--steps", 1]
        assert evaluate(*given, "--model", work / model, "--study", tmp_path / "study") == 0
    study = read_study(tmp_path / "study")
    pairs = open_pairs(work / "data", hint=False)
    assert study.methods == ("hinted", "plain") and len(study.cases) == len(pairs) == len(study.sources)
    first = study.cases[0]
    assert np.array_equal(np.asarray(Image.open(study.groups["real"][first])), pairs[0].target)
    assert np.array_equal(np.asarray(Image.open(study.sources[first])), pairs[0].source)
    assert Image.open(study.poses[first]).size == Image.open(study.groups["plain"][first]).size
