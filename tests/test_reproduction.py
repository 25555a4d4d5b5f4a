"""From DeepFashion and Stable Diffusion to a checkpoint, its figures and a re-posed photo, by the README's commands.

Everything is small, and in the real formats: a data set as it lies on disk, a base as the hub has it.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from tests.data.sets import PAIRS, write_deepfashion, write_maps
from tests.model.stable_diffusion import write_base
from tests.tiny import figure
from truepose.cli import main
from truepose.files import save_text
from truepose.model.autoencoder import KLAutoencoder
from truepose.openpose_json import format_openpose
from truepose.training.state import read_step

SIZE = ("64", "48")
ONE_PASS = ("--train_batch_size", "1", "--gradient_accumulation_steps", "2", "--gradient_checkpointing")


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A data set read, a start made, and the run's config."""
    root = tmp_path_factory.mktemp("reproduction")
    fashion, maps = write_deepfashion(root / "fashion"), write_maps(root / "maps", lip=True)
    read = ["prepare", "--deepfashion", str(fashion), "--split", "test", "--parsing", str(maps)]
    assert main([*read, "--parsing-labels", "lip", "--size", *SIZE, "--out", str(root / "data")]) == 0
    base = write_base(root)
    create = ["create", "--stable-diffusion", base.stable_diffusion, "--clip", base.clip, "--size", *SIZE]
    assert main([*create, "--out", str(root / "start")]) == 0
    save_text(json.dumps({
        "model": str(root / "start"),
        "init_from": str(root / "start"),
        "loop": {"steps": 6, "learning_rate": 1e-3, "lr_scheduler": "constant", "workers": 0, "log_every": 1,
                 "mixed_precision": "bf16", "validate_every": 3},
        "pairs": {str(root / "data"): 1.0},
        "validation_pairs": [str(root / "data")],
        "validation_count": 2,
        "cache": str(root / "cache"),
    }), root / "run.json")  # fmt: skip
    return root


def train(place: Path, run: str, *more: str) -> Path:
    out = place / "runs" / run
    options = ["--config", str(place / "run.json"), "--output_dir", str(out), "--report_to", "tensorboard"]
    assert main(["train", *options, *ONE_PASS, *more]) == 0
    return out


@pytest.fixture(scope="module")
def run(place) -> Path:
    return train(place, "whole")


def test_it_trains_with_the_fields_flags(run, place):
    records = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in records if "loss" in record] == [1, 2, 3, 4, 5, 6]
    assert [record["step"] for record in records if "validation" in record] == [0, 3, 6]
    assert list((run / "truepose").glob("events*")) and (run / "sheet.webp").exists()
    start = load_file(place / "start" / "target_net" / "diffusion_pytorch_model.safetensors")
    trained = load_file(run / "model.safetensors")
    moved = [
        name for name, tensor in start.items() if not torch.equal(trained[f"target_net.unet.{name}"].float(), tensor)
    ]
    assert any("attn1.processor" in name for name in moved) and any("conv_in" in name for name in moved)


def test_a_broken_run_resumes_to_the_same_bits(run, place):
    parts = train(place, "parts", "--max_train_steps", "3")
    assert read_step(parts) == 3
    train(place, "parts", "--resume_from_checkpoint", "latest")
    whole, parts = (load_file(folder / "state.safetensors") for folder in (run, parts))
    assert whole.keys() == parts.keys() and all(torch.equal(whole[name], parts[name]) for name in whole)


def test_it_is_measured_as_the_field_does(run, place, capsys):
    options = ["--data", str(place / "data"), "--model", str(run), "--metrics", "ssim,psnr,lpips", "--steps", "2"]
    assert main(["evaluate", *options, "--out", str(place / "figures")]) == 0
    figures = json.loads((place / "figures" / "figures.json").read_text())
    assert figures["pairs"] == len(PAIRS) and set(figures["rows"]) == {"copy of the source", "network"}
    assert 0 < figures["rows"]["network"]["ssim"] < 1 and "lpips" in figures["not_measured"]
    assert "lpips not measured" in capsys.readouterr().out
    Image.open(place / "figures" / "sheet.png").load()


def test_it_re_poses_a_photo_and_goes_into_diffusers_layout(run, place):
    from truepose.pipeline import TruePosePipeline

    pixels, person = figure()
    photo = Image.fromarray(pixels)
    target = person.skeleton.moved(4, 60, 150)
    save_text(json.dumps(format_openpose([target], pixels.shape[:2])), place / "pose.json")
    pipeline = TruePosePipeline.from_pretrained(run, device="cpu")
    assert isinstance(pipeline.model.autoencoder, KLAutoencoder)
    result = pipeline.repose(photo, target, person=person, steps=2)
    pipeline.save_pretrained(place / "published")
    again = TruePosePipeline.from_pretrained(place / "published", device="cpu")
    assert again.repose(photo, target, person=person, steps=2).image.tobytes() == result.image.tobytes()


def test_a_loss_that_is_no_number_keeps_the_last_good_state(place, capsys):
    run = place / "runs" / "exploding"
    train(place, "exploding", "--max_train_steps", "2")
    before = load_file(run / "state.safetensors")
    options = [
        "--config",
        str(place / "run.json"),
        "--out",
        str(run),
        "--learning-rate",
        "1e30",
        "--validation_steps",
        "9",
    ]
    assert main(["train", *options]) == 2
    assert "lower the learning rate" in capsys.readouterr().err
    after = load_file(run / "state.safetensors")
    assert all(torch.equal(after[name], before[name]) for name in before)
