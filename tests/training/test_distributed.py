"""Two processes that share a batch, as `accelerate launch` starts them: they train one model and resume it exactly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from tests.tiny import figure, tiny_config
from truepose.data.pair import pair_of
from truepose.data.shards import write_shards

from ..ports import free_port

ROOT = Path(__file__).parents[2]


def pair(number: int):
    photo, person = figure(64, 48)
    return pair_of(np.roll(photo, number, 2), person, photo, person.parsing, person.skeleton.moved(4, 12, 20))


def launch(config: Path, out: Path, *options: str) -> None:
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2", "--master_port", str(free_port()),
        "-m", "truepose", "train", "--config", str(config), "--output_dir", str(out), *options,
    ]  # fmt: skip
    environment = os.environ | {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "true"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_two_processes_train_one_model_and_resume_it_exactly(tmp_path):
    write_shards(pair, tmp_path / "pairs", 4)
    config = tmp_path / "run.json"
    config.write_text(json.dumps({
        "model": asdict(tiny_config()),
        "loop": {"steps": 4, "batch_size": 4, "workers": 0, "log_every": 1, "lr_scheduler": "constant"},
        "pairs": {str(tmp_path / "pairs"): 1.0},
        "validation_pairs": [str(tmp_path / "pairs")],
        "validation_count": 1,
    }))  # fmt: skip
    flags = ("--train_batch_size", "1", "--gradient_accumulation_steps", "2", "--gradient_checkpointing")
    launch(config, tmp_path / "whole", *flags)
    launch(config, tmp_path / "parts", *flags, "--max_train_steps", "2")
    launch(config, tmp_path / "parts", *flags)
    log = [json.loads(line) for line in (tmp_path / "parts" / "log.jsonl").read_text().splitlines()]
    assert [record["step"] for record in log if "loss" in record] == [1, 2, 3, 4]
    whole, parts = (load_file(tmp_path / name / "state.safetensors") for name in ("whole", "parts"))
    assert whole.keys() == parts.keys()
    assert all(torch.equal(whole[name], parts[name]) for name in whole)
    assert json.loads((tmp_path / "whole" / "loop.json").read_text())["batch_size"] == 4
