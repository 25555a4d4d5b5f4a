from __future__ import annotations

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.tiny import tiny_config, tiny_model
from truepose.checkpoint import load_config, save_model
from truepose.model.config import TruePoseConfig
from truepose.model.truepose import TruePose


@pytest.fixture
def saved(model, tmp_path):
    save_model(model, model.config, tmp_path)
    return tmp_path


def test_round_trip_keeps_config_and_half_precision_weights(model, saved):
    back = TruePose.from_folder(saved)
    assert back.config == model.config
    for name, tensor in model.state_dict().items():
        torch.testing.assert_close(back.state_dict()[name], tensor.half().float(), msg=name)
    assert all(t.dtype == torch.float16 for t in load_file(saved / "model.safetensors").values() if t.ndim)
    assert not list(saved.glob("*.part"))


def edit(folder, change):
    tensors = load_file(folder / "model.safetensors")
    change(tensors)
    save_file(tensors, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("pose_encoder.layers.0.weight"), "1 keys missing"),
        (lambda t: t.update(extra=torch.zeros(1)), "1 unknown"),
        (lambda t: t.update({"pose_encoder.layers.0.bias": torch.zeros(3)}), "1 of another shape"),
    ],
)
def test_a_key_or_shape_that_differs_refuses_to_load(saved, change, message):
    edit(saved, change)
    with pytest.raises(ValueError, match=message):
        TruePose.from_folder(saved)


def test_damaged_and_missing_files_are_named(saved):
    (saved / "model.safetensors").write_bytes(b"\x00" * 40)
    with pytest.raises(ValueError, match="cannot read the weights"):
        TruePose.from_folder(saved)
    (saved / "model.safetensors").unlink()
    with pytest.raises(ValueError, match="cannot read the weights"):
        TruePose.from_folder(saved)
    (saved / "config.json").write_text("{")
    with pytest.raises(ValueError, match="TruePoseConfig"):
        TruePose.from_folder(saved)
    (saved / "config.json").unlink()
    with pytest.raises(ValueError, match="missing"):
        TruePose.from_folder(saved)


def test_unknown_config_fields_are_refused(saved):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | {"mystery": 1}))
    with pytest.raises(ValueError, match="mystery"):
        load_config(TruePoseConfig, saved)


def test_config_checks_its_fields():
    for change, word in (({"image_size": (60, 48)}, "multiples of 8"), ({"regions": 0}, "regions"),
                         ({"source_dropout": 1.0}, "source_dropout")):  # fmt: skip
        with pytest.raises(ValueError, match=word):
            tiny_config(**change)


def test_two_models_of_one_seed_are_equal():
    torch.manual_seed(3)
    first = tiny_model(tiny_config())
    torch.manual_seed(3)
    second = tiny_model(tiny_config())
    for a, b in zip(first.state_dict().values(), second.state_dict().values(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("layout", ["built", "loaded"])
def test_all_tensors_move_with_the_model(layout, model, saved):
    """One that no module registers would stay on the CPU when the rest goes to a GPU."""
    moved = (model if layout == "built" else TruePose.from_folder(saved)).to("meta")
    for name, module in moved.named_modules():
        held = [*vars(module).values(), *module._parameters.values(), *module._buffers.values()]
        assert all(each.is_meta for each in held if isinstance(each, torch.Tensor)), name
