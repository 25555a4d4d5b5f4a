"""Moore-AnimateAnyone's weights under their real key names, at tiny sizes, against a plain form of its network."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.model.stable_diffusion import GUIDER_WIDTHS, write_base, write_moore
from truepose.model.base import build_from_base


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture
def moore(tmp_path):
    return tmp_path / "moore", write_moore(tmp_path / "moore")


def test_target_net_is_the_denoising_unet_with_the_guiders_residual(base, moore):
    folder, (_, denoising, guider) = moore
    model = build_from_base(base, folder, image_size=(64, 48)).eval()
    latents, pose_map, tokens = torch.randn(2, 4, 8, 6), torch.rand(2, 3, 64, 48), torch.zeros(2, 1, 12)
    with torch.no_grad():
        residual = guider(pose_map)
        denoising.conv_in.register_forward_hook(lambda module, inputs, output: output + residual)
        for timestep in (0, 500, 999):
            theirs = denoising(latents, timestep, tokens).sample
            mine = model.target_net(latents, torch.tensor(timestep), model.pose_features(pose_map * 2 - 1), None)
            torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-5)
        pose_free = model.target_net(latents, torch.tensor(999), torch.zeros(2, GUIDER_WIDTHS[-1], 8, 6), None)
        assert (pose_free - theirs).abs().max() > 1e-3  # the residual matters


def test_source_net_is_the_reference_unet_with_the_bases_unread_end(base, moore):
    folder, (reference, denoising, _) = moore
    model = build_from_base(base, folder, image_size=(64, 48))
    plain = build_from_base(base, image_size=(64, 48)).source_net.unet.state_dict()
    for name, tensor in model.source_net.unet.state_dict().items():
        of_base = name.startswith(("conv_out.", "conv_norm_out."))
        assert torch.equal(tensor, plain[name] if of_base else reference.state_dict()[name]), name
    attentions = model.target_net.self_attentions()
    for layer, attn in attentions.items():  # what fuses the source in starts from the weights imported
        assert torch.equal(attn.processor.to_k.weight, denoising.get_submodule(layer).attn1.to_k.weight)
        assert not attn.processor.to_out.weight.any()


def test_the_config_says_how_these_weights_were_trained(base, moore):
    config = build_from_base(base, moore[0], image_size=(64, 48)).config
    assert config.scheduler["prediction_type"] == "v_prediction" and config.scheduler["rescale_betas_zero_snr"]
    assert config.pose_layers == ((4, 1), (4, 1), (6, 2), (6, 1), (8, 2), (8, 1), (10, 2))
    assert config.pose_channels == 10 and config.pose_unit_range


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("reference_unet", lambda t: t.pop("conv_in.bias"), "reference_unet.*: conv_in.bias is missing"),
        ("reference_unet", lambda t: t.update({"conv_out.bias": torch.zeros(4)}), "conv_out.bias is unknown"),
        ("denoising_unet", lambda t: t.pop("conv_out.bias"), "denoising_unet.*: conv_out.bias is missing"),
        ("denoising_unet", lambda t: t.update({"mid_block.odd": torch.zeros(4)}), "mid_block.odd is unknown"),
        ("denoising_unet", lambda t: t.update({"conv_in.bias": torch.zeros(7)}), "conv_in.bias has another shape"),
        ("pose_guider", lambda t: t.pop("blocks.3.weight"), "pose_guider.*: blocks.3.weight is missing"),
        ("pose_guider", lambda t: t.pop("conv_out.bias"), "pose_guider.*: conv_out.bias is missing"),
        ("pose_guider", lambda t: t.update({"odd": torch.zeros(4)}), "pose_guider.*: odd is unknown"),
        ("pose_guider", lambda t: t.update({"conv_out.weight": torch.zeros(7, 10, 3, 3)}), "conv_out.weight has"),
    ],
)
def test_keys_are_checked_strictly_and_the_first_is_named(base, moore, name, change, message):
    path = moore[0] / f"{name}.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path)
    with pytest.raises(ValueError, match=message):
        build_from_base(base, moore[0])


def test_pickles_are_not_opened_and_the_way_to_convert_them_is_named(base, moore):
    (moore[0] / "denoising_unet.safetensors").unlink()
    with pytest.raises(ValueError, match="denoising_unet.safetensors is missing"):
        build_from_base(base, moore[0])
    (moore[0] / "denoising_unet.pth").write_bytes(b"never read")
    with pytest.raises(ValueError, match=r"denoising_unet.pth is a pickle.*weights_only=True.*save_file|s\.save_file"):
        build_from_base(base, moore[0])
    (moore[0] / "pose_guider.safetensors").write_bytes(b"\0" * 9)
    (moore[0] / "denoising_unet.safetensors").write_bytes(b"\0" * 9)
    with pytest.raises(ValueError, match="cannot read the weights .*pose_guider"):
        build_from_base(base, moore[0])
