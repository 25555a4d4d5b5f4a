"""A run's state: the same file whether a model lies in one process or is sharded over two."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import yaml
from accelerate.utils.fsdp_utils import get_parameters_from_modules
from diffusers.training_utils import EMAModel
from safetensors.torch import load_file
from torch import nn
from torch.distributed.fsdp import fully_shard

from tests.model.stable_diffusion import sd_config
from tests.tiny import figure, tiny_model
from truepose.checkpoint import write_tensors
from truepose.data.pair import pair_of
from truepose.data.pairs import pair_batch
from truepose.training.objective import Objective, ObjectiveConfig
from truepose.training.state import load_state, save_state, whole_state

from ..processes import in_processes


def parts(shard: bool):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 5), nn.SiLU(), nn.Linear(5, 3))
    if shard:
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


def sharded_run(rank: int, folder: Path):
    """In one of two processes: three steps sharded, written; then a state of one process, read and gone on from."""
    things = parts(shard=True)
    train(*things, 3)
    save_state(folder / "sharded", *things, 3, write=rank == 0)
    others = parts(shard=True)
    assert load_state(folder / "plain", *others) == 3
    train(*others, 2, first=3)
    state = whole_state(others[0])
    if rank == 0:
        write_tensors(folder / "went-on.safetensors", state)


def test_a_sharded_run_writes_and_reads_what_a_single_one_does(tmp_path):
    for name in ("plain", "sharded"):
        (tmp_path / name).mkdir()
    things = parts(shard=False)
    train(*things, 3)
    save_state(tmp_path / "plain", *things, 3)
    in_processes(2, sharded_run, tmp_path)
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


def denoising_steps(rank: int, processes: int, folder: Path):
    """Two steps of a whole TruePose, sharded as configs/fsdp.yaml says where there are two processes."""
    torch.manual_seed(0)
    model = tiny_model(sd_config(train_region_encoder=False)).train()
    if processes > 1:
        settings = yaml.safe_load((Path(__file__).parents[2] / "configs" / "fsdp.yaml").read_text())["fsdp_config"]
        assert settings["fsdp_auto_wrap_policy"] == "NO_WRAP"
        ignored = get_parameters_from_modules(settings["fsdp_ignored_modules"], model, "cpu")
        assert ignored == set(model.autoencoder.parameters())
        fully_shard(model, ignored_params=ignored, reshard_after_forward=settings["fsdp_reshard_after_forward"])
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], 1e-3)
    photo, person = figure(64, 48)
    pair = pair_of(photo, person, photo, person.parsing, person.skeleton.moved(4, 12, 20))
    batch = {name: tensor[None] for name, tensor in pair_batch(pair).items()}
    objective = Objective(model, ObjectiveConfig())
    for step in range(2):
        loss, _ = objective(model, batch, torch.Generator().manual_seed(step))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    state = whole_state(model)
    if rank == 0:
        write_tensors(folder / f"{processes}.safetensors", state)


def test_a_sharded_truepose_learns_what_a_whole_one_does(tmp_path):
    for processes in (1, 2):
        in_processes(processes, denoising_steps, processes, tmp_path)
    one, two = (load_file(tmp_path / f"{processes}.safetensors") for processes in (1, 2))
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, rtol=1e-4, atol=1e-5, msg=name)


def test_moments_come_back_in_the_order_of_their_weights_memory(tmp_path):
    """The fast optimizers go through weights and moments as they lie in memory."""

    def parts_of_a_picture():
        model = nn.Conv2d(4, 8, 3).to(memory_format=torch.channels_last)
        return model, torch.optim.AdamW(model.parameters(), 0.1)

    model, optimizer = parts_of_a_picture()
    model(torch.rand(1, 4, 5, 5)).sum().backward()
    optimizer.step()
    save_state(tmp_path, model, optimizer, None, 1)
    other, resumed = parts_of_a_picture()
    load_state(tmp_path, other, resumed, None)
    moment = resumed.state[other.weight]["exp_avg"]
    assert moment.stride() == other.weight.stride() != other.weight.contiguous().stride()
    assert torch.equal(moment, optimizer.state[model.weight]["exp_avg"])
