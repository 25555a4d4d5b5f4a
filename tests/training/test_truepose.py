"""A whole run of the tiny model: config file, training, resume, the saved folder in use."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest
import torch
from PIL import Image

from tests.tiny import figure, tiny_config
from tests.training.tiny_run import write_run
from truepose.checkpoint import write_tensors
from truepose.data.pseudo_pairs import make_pair
from truepose.data.shards import write_shards
from truepose.drags import arm_up
from truepose.model.base import BaseWeights
from truepose.model.truepose import TruePose
from truepose.pipeline import TruePosePipeline
from truepose.training.config import load_training_config
from truepose.training.loop_config import LoopConfig
from truepose.training.state import read_step
from truepose.training.truepose import set_up, train_truepose


@pytest.fixture(scope="module")
def run_file(tmp_path_factory):
    root = tmp_path_factory.mktemp("run")
    photo, person = figure()
    pairs = [make_pair(photo, person, (64, 48), np.random.default_rng(i), []) for i in range(4)]
    write_shards(pairs.__getitem__, root / "figures", 4)
    (root / "run.json").write_text(json.dumps({
        "model": asdict(tiny_config()),
        "objective": {"latent": 0.1, "pixel": 1, "kept": 0.1},
        "loop": {"steps": 30, "batch_size": 4, "learning_rate": 3e-3, "warmup_steps": 2, "workers": 0,
                 "ema_decay": 0.5},
        "pairs": {str(root / "figures"): 1}, "validation_pairs": [str(root / "figures")], "validation_count": 2,
    }))  # fmt: skip
    return root / "run.json"


def test_training_improves_on_the_warp_and_gives_a_model_to_use(run_file, tmp_path):
    figures = train_truepose(load_training_config(run_file), tmp_path)
    assert figures["figures: result_psnr@1"] > figures["figures: warp_psnr@1"]
    photo, person = figure()
    pipeline = TruePosePipeline.from_pretrained(tmp_path, device="cpu")
    result = pipeline.repose(Image.fromarray(photo), arm_up(person.skeleton), person=person)
    assert result.image.size == (192, 256)


def test_overrides_replace_the_files_loop(run_file):
    config = load_training_config(run_file, {"steps": 7, "seed": None})
    assert config.loop.steps == 7 and config.loop.seed == 0 and config.loop.batch_size == 4


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"model": {"mystery": 1}}'])
def test_other_files_are_refused_plainly(text, tmp_path):
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(ValueError, match="not a training config"):
        load_training_config(tmp_path / "run.json")
    with pytest.raises(ValueError, match="cannot read"):
        load_training_config(tmp_path / "none.json")


def test_own_photos_are_prepared_first_and_that_can_be_stopped(tmp_path):
    run = write_run(tmp_path / "run", tmp_path / "photos")
    config = load_training_config(run / "train.json")
    asked = iter([False] * 6)  # three photos, then three pairs
    assert train_truepose(config, run, should_stop=lambda: next(asked, True)) == {}
    assert not (run / "pairs.json").exists() and not (run / "state.json").exists()
    assert train_truepose(config, run, should_stop=lambda: (run / "pairs.json").exists()) == {}
    assert json.loads((run / "state.json").read_text()) == {"step": 1}
    assert load_training_config(run / "train.json") == config


def test_a_config_without_data_is_refused(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"model": asdict(tiny_config())}))
    with pytest.raises(ValueError, match="pairs or photos"):
        load_training_config(tmp_path / "run.json")


def test_rollouts_of_sharded_weights_are_refused(run_file, tmp_path, monkeypatch):
    config = load_training_config(run_file)
    rolling = replace(config, objective=replace(config.objective, rollout_share=0.1))
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(ValueError, match="rollout_share to 0"):
        train_truepose(rolling, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_start_takes_the_place_of_the_base(run_file, tmp_path):
    config = load_training_config(run_file, {"steps": 1})
    start = tmp_path / "start.safetensors"
    write_tensors(start, TruePose(config.model).state_dict())
    nowhere = BaseWeights(str(tmp_path / "no"), str(tmp_path / "no"))
    train_truepose(replace(config, base=nowhere, init_from=str(start)), tmp_path / "run")
    assert read_step(tmp_path / "run") == 1


@pytest.mark.parametrize("eight_bit", [False, True])
def test_the_memory_lies_as_the_optimizer_wants_it(eight_bit):
    model = TruePose(tiny_config())
    set_up(model, LoopConfig(use_8bit_adam=eight_bit))
    layout = torch.contiguous_format if eight_bit else torch.channels_last
    assert all(p.is_contiguous(memory_format=layout) for p in model.parameters() if p.ndim == 4)
