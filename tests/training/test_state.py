"""A run's state: the same file whether a model lies in one process or is sharded over two."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
import torch.multiprocessing as mp
from diffusers.training_utils import EMAModel
from safetensors.torch import load_file
from torch import nn

from truepose.checkpoint import write_tensors
from truepose.training.state import load_state, save_state, whole_state

from ..ports import free_port


def parts(shard: bool):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 5), nn.SiLU(), nn.Linear(5, 3))
    if shard:
        from torch.distributed.fsdp import fully_shard

        fully_shard(model)
    optimizer = torch.optim.AdamW(model.parameters(), 0.1)
    return model, optimizer, EMAModel(model.parameters(), decay=0.5)


def train(model, optimizer, ema, steps, first=0):
    for step in range(first, first + steps):
        x = torch.rand(8, 6, generator=torch.Generator().manual_seed(step))
        model(x).pow(2).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        ema.step(model.parameters())


def sharded_run(rank: int, port: int, folder: str):
    """In one of two processes: three steps sharded, written; then a state of one process, read and gone on from."""
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.distributed.init_process_group("gloo", rank=rank, world_size=2)
    try:
        things = parts(shard=True)
        train(*things, 3)
        save_state(Path(folder) / "sharded", *things, 3, write=rank == 0)
        others = parts(shard=True)
        assert load_state(Path(folder) / "plain", *others) == 3
        train(*others, 2, first=3)
        state = whole_state(others[0])
        if rank == 0:
            write_tensors(Path(folder) / "went-on.safetensors", state)
    finally:
        torch.distributed.destroy_process_group()


def test_a_sharded_run_writes_and_reads_what_a_single_one_does(tmp_path):
    for name in ("plain", "sharded"):
        (tmp_path / name).mkdir()
    things = parts(shard=False)
    train(*things, 3)
    save_state(tmp_path / "plain", *things, 3)
    mp.spawn(sharded_run, (free_port(), str(tmp_path)), nprocs=2)
    files = [load_file(tmp_path / name / "state.safetensors") for name in ("plain", "sharded")]
    assert files[0].keys() == files[1].keys()
    for name, tensor in files[0].items():
        torch.testing.assert_close(files[1][name], tensor)
    train(*things, 2, first=3)
    for name, tensor in load_file(tmp_path / "went-on.safetensors").items():
        torch.testing.assert_close(tensor, things[0].state_dict()[name])


def test_other_averages_and_optimizers_are_refused(tmp_path):
    model, optimizer, ema = parts(shard=False)
    train(model, optimizer, ema, 1)
    save_state(tmp_path, model, optimizer, ema, 1)
    with pytest.raises(ValueError, match="with averaged weights"):
        load_state(tmp_path, model, optimizer, None)
    with pytest.raises(ValueError, match="use_8bit_adam"):
        load_state(tmp_path, model, torch.optim.SGD(model.parameters(), 0.1), ema)
