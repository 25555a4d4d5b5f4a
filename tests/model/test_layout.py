"""A model as a folder: what diffusers and transformers read of it themselves, and what comes back."""

from __future__ import annotations

import json

import pytest
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from safetensors.torch import load_file, save_file
from transformers import CLIPVisionModelWithProjection

from tests.model.stable_diffusion import sd_config
from tests.tiny import tiny_config, tiny_model
from truepose.checkpoint import save_model
from truepose.model.layout import load_start, read_config, save_folder
from truepose.model.truepose import TruePose


def kinds():
    return {
        "sd15": sd_config(pose_layers=((6, 1), (6, 2), (8, 2), (8, 2)), pose_unit_range=True),
        "compact": tiny_config(hint_latents=True),
        "without source net": sd_config(source_net=False, hpfa=True),
        "without hpfa and caa": sd_config(hpfa=False, caa=False),
    }


@pytest.mark.parametrize("kind", kinds())
def test_what_is_saved_comes_back_bit_for_bit(kind, tmp_path):
    model = tiny_model(kinds()[kind])
    save_folder(model, tmp_path / "model")
    back = TruePose.from_folder(tmp_path / "model")
    assert not any(t.is_meta for t in (*back.parameters(), *back.buffers()))
    assert back.state_dict().keys() == model.state_dict().keys()
    for name, tensor in model.state_dict().items():
        assert torch.equal(back.state_dict()[name], tensor), name
    for (name, mine), (_, theirs) in zip(back.named_buffers(), model.named_buffers(), strict=True):
        assert torch.equal(mine, theirs), name  # also those that no file holds
    save_folder(back, tmp_path / "again")
    assert read_config(tmp_path / "again") == back.config
    derived = {"unet", "region_encoder", "autoencoder", "scheduler"}
    for name, value in vars(model.config).items():
        if name not in derived:
            assert getattr(back.config, name) == value, name
    assert [p.requires_grad for p in back.parameters()] == [p.requires_grad for p in model.parameters()]


def test_the_libraries_own_classes_load_their_parts(tmp_path):
    model = tiny_model(sd_config())
    model.autoencoder.vae.register_to_config(scaling_factor=0.31)
    save_folder(model, tmp_path / "model")
    for kind, folder, part in (
        (UNet2DConditionModel, "source_net", model.source_net.unet),
        (AutoencoderKL, "vae", model.autoencoder.vae),
        (CLIPVisionModelWithProjection, "region_encoder", model.region_encoder.clip),
    ):
        loaded, report = kind.from_pretrained(tmp_path / "model" / folder, output_loading_info=True)
        assert not report["missing_keys"] and not report["unexpected_keys"]
        for name, tensor in part.state_dict().items():
            assert torch.equal(loaded.state_dict()[name], tensor), name
    assert AutoencoderKL.from_pretrained(tmp_path / "model" / "vae").config.scaling_factor == 0.31
    scheduler = DDIMScheduler.from_pretrained(tmp_path / "model", subfolder="scheduler")
    assert scheduler.config.prediction_type == "sample" and scheduler.config.timestep_spacing == "trailing"
    index = json.loads((tmp_path / "model" / "model_index.json").read_text())
    assert index["source_net"] == ["diffusers", "UNet2DConditionModel"]
    assert index["target_net"] == ["truepose.model.target_net", "TargetNet"]
    assert index["region_encoder"] == ["transformers", "CLIPVisionModelWithProjection"]
    assert index["_class_name"] == "TruePosePipeline" and index["truepose"]["image_size"] == [64, 48]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: (f / "target_net" / "config.json").unlink(), "not whole: target_net/config.json is missing"),
        (lambda f: (f / "vae" / "config.json").write_text("{"), "config.json is not JSON"),
        (lambda f: (f / "vae" / "config.json").write_text("[]"), "must hold a JSON object"),
        (lambda f: (f / "model_index.json").write_text('{"truepose": {"mystery": 1}}'), "not describe .*mystery"),
        (lambda f: (f / "model_index.json").write_text("{}"), "does not describe a TruePose model"),
        (lambda f: (f / "pose_encoder" / "diffusion_pytorch_model.safetensors").unlink(), "cannot read the weights"),
    ],
)
def test_folders_that_are_not_whole_are_named(tmp_path, change, message):
    save_folder(tiny_model(sd_config()), tmp_path / "model")
    change(tmp_path / "model")
    with pytest.raises(ValueError, match=message):
        TruePose.from_folder(tmp_path / "model")


def test_a_missing_key_of_a_part_is_named_as_in_the_model(tmp_path):
    save_folder(tiny_model(sd_config()), tmp_path / "model")
    path = tmp_path / "model" / "vae" / "diffusion_pytorch_model.safetensors"
    tensors = load_file(path)
    del tensors["quant_conv.bias"]
    save_file(tensors, path)
    with pytest.raises(ValueError, match=r"1 keys missing \['autoencoder.vae.quant_conv.bias'\]"):
        TruePose.from_folder(tmp_path / "model")


def test_only_a_saved_model_is_replaced(tmp_path):
    first, second = tiny_model(sd_config()), tiny_model(sd_config())
    place = tmp_path / "new" / "model"
    save_folder(first, place)
    save_folder(second, place)
    back = TruePose.from_folder(place).state_dict()
    assert torch.equal(back["source_net.unet.conv_in.weight"], second.source_net.unet.conv_in.weight)
    assert [entry.name for entry in place.parent.iterdir()] == ["model"]  # nothing is left beside
    (place / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="holds something else"):
        save_folder(first, place)
    assert (place / "notes.txt").exists()
    (tmp_path / "file").write_text("")
    for blocked in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ValueError, match="holds something else|cannot write"):
            save_folder(first, blocked)


@pytest.mark.parametrize("form", ["diffusers", "compact", "file"])
def test_a_start_is_read_in_every_form_into_a_model_that_is_there(form, tmp_path):
    model, fresh = tiny_model(sd_config()), TruePose(sd_config())
    if form == "diffusers":
        save_folder(model, tmp_path / "m")
    else:
        save_model(model, model.config, tmp_path / "m", torch.float32)
    own = fresh.target_net.unet.conv_in.weight
    load_start(fresh, tmp_path / "m" / "model.safetensors" if form == "file" else tmp_path / "m")
    assert all(torch.equal(t, fresh.state_dict()[n]) for n, t in model.state_dict().items())
    assert fresh.target_net.unet.conv_in.weight is own  # an optimizer may hold it
    with pytest.raises(ValueError, match="does not fit the model"):
        load_start(TruePose(sd_config(pose_channels=5)), tmp_path / "m")
    with pytest.raises(ValueError, match="cannot read the weights"):
        load_start(fresh, tmp_path / "nowhere")
