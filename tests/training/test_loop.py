"""The loop on a small regression: it learns, resumes exactly, stops cleanly, and refuses what is not its own."""

from __future__ import annotations

import json
import sys

import pytest
import torch
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import Dataset

from truepose.checkpoint import write_tensors
from truepose.training.loop import fit, time_steps
from truepose.training.loop_config import LoopConfig
from truepose.training.snapshots import best_snapshot, list_snapshots
from truepose.training.state import read_step


class Line(Dataset):
    """y = 3 x - 1; sample i is a pure function of i."""

    def __getitem__(self, index):
        x = torch.rand(1, generator=torch.Generator().manual_seed(index)) * 2 - 1
        return {"x": x, "y": 3 * x - 1}

    def __len__(self):
        return 100_000


def loss(model, batch, generator):
    noise = 0.01 * torch.randn(batch["x"].shape, generator=generator, device=batch["x"].device)
    error = (model(batch["x"] + noise) - batch["y"]).pow(2).mean()
    return error, {"error": error.detach()}


def save(state, folder):
    write_tensors(folder / "model.safetensors", state)


def run(folder, **options):
    torch.manual_seed(0)
    changes = options.pop("config", {})
    config = LoopConfig(**{"steps": 60, "batch_size": 8, "learning_rate": 0.05, "warmup_steps": 5, "ema_decay": 0.9,
                           "workers": 0} | changes)  # fmt: skip
    model = nn.Linear(1, 1)
    figures = fit(model, Line(), loss, config, folder, save=save, **options)
    return model, figures


def test_it_learns_and_logs(tmp_path):
    model, figures = run(tmp_path, validate=lambda m: {"slope": m.weight.item()}, config={"steps": 150})
    assert model.weight.item() == pytest.approx(3, abs=0.2)
    records = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert records[0] == {"started": 0} and records[1]["error"] > 2 * records[-2]["error"]
    assert records[-1]["validation"] == figures
    assert figures["slope"] == pytest.approx(load_file(tmp_path / "model.safetensors")["weight"].item())


def test_what_is_saved_is_the_average_not_the_last_step(tmp_path):
    model, _ = run(tmp_path, config={"steps": 20})
    assert load_file(tmp_path / "model.safetensors")["weight"].item() != model.weight.item()


def test_a_stopped_run_resumes_to_the_same_weights(tmp_path):
    whole, _ = run(tmp_path / "whole")
    calls = []

    def stop():
        calls.append(1)
        return len(calls) == 25

    run(tmp_path / "parts", should_stop=stop)
    assert read_step(tmp_path / "parts") == 25
    parts, _ = run(tmp_path / "parts")
    for name, tensor in whole.state_dict().items():
        assert torch.equal(parts.state_dict()[name], tensor)
    ema = [load_file(tmp_path / name / "model.safetensors")["weight"] for name in ("whole", "parts")]
    assert torch.equal(*ema)


def test_a_finished_run_is_left_as_it_is(tmp_path):
    run(tmp_path)
    before = load_file(tmp_path / "model.safetensors")["weight"]
    run(tmp_path)
    assert torch.equal(before, load_file(tmp_path / "model.safetensors")["weight"])


def test_a_run_of_another_model_is_refused(tmp_path):
    run(tmp_path)
    with pytest.raises(ValueError, match="another model"):
        fit(nn.Linear(2, 1), Line(), loss, LoopConfig(steps=1, batch_size=1), tmp_path, save=save)


def test_a_loss_that_explodes_stops_with_a_plain_word(tmp_path):
    def explode(model, batch, generator):
        value = model(batch["x"]).sum() * float("nan")
        return value, {}

    with pytest.raises(FloatingPointError, match="learning rate"):
        fit(nn.Linear(1, 1), Line(), explode, LoopConfig(steps=5, batch_size=1, workers=0), tmp_path, save=save)


def test_the_minutes_end_a_run(tmp_path):
    run(tmp_path, config={"steps": 10_000, "minutes": 0.0005})
    assert 0 < read_step(tmp_path) < 10_000


@pytest.mark.parametrize("fields", [{"steps": 0}, {"log_every": 0}, {"keep": -1}, {"learning_rate": float("nan")}])
def test_bad_settings_are_refused(fields):
    with pytest.raises(ValueError, match="got"):
        LoopConfig(**fields)


def test_models_are_kept_from_validations(tmp_path):
    seen = []
    scores = iter([3.0, 1.0, 2.0, 2.5, 2.2, 2.1])
    run(tmp_path, validate=lambda m: {"score": next(scores)}, score=lambda figures: figures["score"],
        show=lambda m, step: seen.append(step), config={"steps": 50, "validate_every": 10, "keep": 2})  # fmt: skip
    assert seen == [0, 10, 20, 30, 40, 50]
    kept = list_snapshots(tmp_path)
    assert [(k.step, k.score) for k in kept] == [(10, 1.0), (40, 2.2), (50, 2.1)]
    assert best_snapshot(kept).step == 10
    final = load_file(kept[-1].folder / "model.safetensors")["weight"]
    assert torch.equal(final, load_file(tmp_path / "model.safetensors")["weight"])


def test_a_run_stopped_by_hand_is_saved_and_not_validated(tmp_path):
    _, figures = run(tmp_path, validate=lambda m: {"slope": 1.0}, should_stop=lambda: True)
    assert figures == {} and read_step(tmp_path) == 1
    assert (tmp_path / "log.jsonl").read_text() == '{"started": 0}\n'


@pytest.mark.parametrize("where", ["loss", "gradient"])
def test_an_explosion_leaves_the_last_good_state(tmp_path, where):
    """At step 20 a value, or only its gradient, is no number: what step 19 or an earlier one left is whole."""
    steps = []

    def explode(model, batch, generator):
        value, parts = loss(model, batch, generator)
        steps.append(1)
        if len(steps) > 20:
            off = model.weight.sum() * 0
            value = value * float("nan") if where == "loss" else value + off.sqrt()
        return value, parts

    config = LoopConfig(steps=60, batch_size=8, learning_rate=0.05, workers=0, save_minutes=0)
    with pytest.raises(FloatingPointError, match="at step 20: lower the learning rate"):
        fit(nn.Linear(1, 1), Line(), explode, config, tmp_path, save=save)
    assert read_step(tmp_path) == 20
    for name in ("state.safetensors", "model.safetensors"):
        assert all(torch.isfinite(tensor).all() for tensor in load_file(tmp_path / name).values())


def test_steps_are_timed_and_leave_nothing(tmp_path):
    seconds = time_steps(nn.Linear(1, 1), Line(), loss, LoopConfig(steps=9, batch_size=2, workers=0), 3)
    assert len(seconds) == 3 and all(0 < s < 5 for s in seconds)


@pytest.mark.parametrize("name", ["constant", "linear", "constant_with_warmup"])
def test_every_schedule_resumes_to_the_same_weights(tmp_path, name):
    config = {"lr_scheduler": name, "steps": 12}
    whole, _ = run(tmp_path / "whole", config=config)
    stops = iter([False] * 4 + [True])
    run(tmp_path / "parts", config=config, should_stop=lambda: next(stops))
    assert read_step(tmp_path / "parts") == 5
    parts, _ = run(tmp_path / "parts", config=config)
    assert torch.equal(parts.weight, whole.weight)


def quiet(model, batch, generator):
    """The loss without its noise, which every pass draws anew."""
    return (model(batch["x"]) - batch["y"]).pow(2).mean(), {}


def fitted(folder, **changes):
    torch.manual_seed(0)
    model = nn.Linear(1, 1)
    config = LoopConfig(**{"steps": 10, "batch_size": 8, "learning_rate": 0.05, "workers": 0} | changes)
    fit(model, Line(), quiet, config, folder, save=save)
    return model


def test_accumulated_passes_give_the_step_of_one(tmp_path):
    one = fitted(tmp_path / "one")
    four = fitted(tmp_path / "four", gradient_accumulation_steps=4)
    torch.testing.assert_close(four.weight, one.weight)
    assert read_step(tmp_path / "four") == 10


def test_runs_of_other_precisions_follow_each_other_in_one_process(tmp_path):
    for name in ("bf16", "no", "bf16"):
        model = fitted(tmp_path / f"{len(list(tmp_path.iterdir()))}", mixed_precision=name, steps=2)
        assert model.weight.dtype == torch.float32


def test_without_averages_the_weights_themselves_are_saved(tmp_path):
    model = fitted(tmp_path, ema_decay=0.0)
    assert torch.equal(load_file(tmp_path / "model.safetensors")["weight"], model.weight.detach())
    assert not [name for name in load_file(tmp_path / "state.safetensors") if name.startswith("ema")]
    with pytest.raises(ValueError, match="without averaged weights"):
        fitted(tmp_path, steps=20)


def test_states_come_after_every_so_many_steps_too(tmp_path):
    seen = []

    def stop():
        seen.append(read_step(tmp_path))
        return False

    run(tmp_path, config={"steps": 9, "checkpointing_steps": 4}, should_stop=stop)
    assert seen == [0, 0, 0, 4, 4, 4, 4, 8, 8]


def test_tensorboard_gets_what_the_log_gets(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run(tmp_path, validate=lambda m: {"slope": m.weight.item()},
        config={"steps": 20, "log_every": 5, "report_to": "tensorboard"})  # fmt: skip
    events = EventAccumulator(str(tmp_path / "truepose"))
    events.Reload()
    assert {"loss", "error", "learning_rate", "slope"} <= set(events.Tags()["scalars"])
    assert [event.step for event in events.Scalars("error")] == [5, 10, 15, 20]


def test_8bit_adam_needs_its_library_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "bitsandbytes.optim", None)
    with pytest.raises(ValueError, match="pip install bitsandbytes"):
        run(tmp_path, config={"use_8bit_adam": True})


def test_8bit_adam_resumes_to_the_same_weights(tmp_path):
    pytest.importorskip("bitsandbytes")
    config = {"use_8bit_adam": True, "steps": 12}
    whole, _ = wide(tmp_path / "whole", config)
    stops = iter([False] * 4 + [True])
    wide(tmp_path / "parts", config, should_stop=lambda: next(stops))
    parts, _ = wide(tmp_path / "parts", config)
    assert torch.equal(parts.weight, whole.weight)
    assert any(t.dtype == torch.uint8 for t in load_file(tmp_path / "parts" / "state.safetensors").values())
    with pytest.raises(ValueError, match="use_8bit_adam"):
        wide(tmp_path / "whole", {"steps": 20})


def wide(folder, changes, **options):
    """A layer large enough that its moments are stored in 8 bits."""
    torch.manual_seed(0)
    model = nn.Linear(128, 64)

    def reconstruct(model, batch, generator):
        x = batch["x"] * torch.linspace(-1, 1, 128)
        return (model(x) - batch["y"]).pow(2).mean(), {}

    config = LoopConfig(**{"batch_size": 8, "learning_rate": 0.01, "workers": 0} | changes)
    return model, fit(model, Line(), reconstruct, config, folder, save=save, **options)


class Half(nn.Module):
    """A layer that learns after one that does not."""

    def __init__(self):
        super().__init__()
        self.frozen, self.learns = nn.Linear(1, 1).requires_grad_(False), nn.Linear(1, 1)

    def forward(self, x):
        return self.learns(self.frozen(x))


def test_only_what_learns_is_averaged(tmp_path):
    torch.manual_seed(0)
    model = Half()
    before = model.frozen.weight.clone()
    config = LoopConfig(steps=5, batch_size=4, learning_rate=0.05, ema_decay=0.5, warmup_steps=0, workers=0)
    fit(model, Line(), quiet, config, tmp_path, save=save)
    saved, state = (load_file(tmp_path / f"{name}.safetensors") for name in ("model", "state"))
    assert sorted(name for name in state if name.startswith("ema")) == ["ema.0", "ema.1"]
    assert torch.equal(saved["frozen.weight"], before) and torch.equal(state["ema.0"], saved["learns.weight"])
    assert not torch.equal(saved["learns.weight"], state["model.learns.weight"])


def test_a_resumed_run_needs_no_start(tmp_path):
    start = tmp_path / "start.safetensors"
    write_tensors(start, nn.Linear(1, 1).state_dict())
    run(tmp_path / "run", config={"steps": 2}, init_from=start)
    start.unlink()
    run(tmp_path / "run", config={"steps": 4}, init_from=start)
    assert read_step(tmp_path / "run") == 4


def test_a_schedule_that_needs_rules_is_refused():
    with pytest.raises(ValueError, match="lr_scheduler must be one of"):
        LoopConfig(lr_scheduler="piecewise_constant")
