"""A pipeline from Stable Diffusion, to and from disk and the hub, in half precision."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from tests.model.stable_diffusion import sd_config, write_base, write_moore
from tests.tiny import figure, tiny_config, tiny_model
from truepose.checkpoint import save_model
from truepose.cli import main
from truepose.model.layout import load_start
from truepose.parsing import BodyPart
from truepose.pipeline import TruePosePipeline, default_dtype
from truepose.style import region_mask, transfer_style


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_base(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def drawn():
    pixels, person = figure()
    return Image.fromarray(pixels), person


def repose(pipeline, drawn):
    photo, person = drawn
    return pipeline.repose(photo, person.skeleton.moved(4, 60, 150), person=person, steps=2).generated


def test_from_stable_diffusion_to_disk_and_back(base, drawn, tmp_path):
    pipeline = TruePosePipeline.from_stable_diffusion(
        base.stable_diffusion, base.clip, image_size=(64, 48), device="cpu"
    )
    pipeline.save_pretrained(tmp_path / "model")
    back = TruePosePipeline.from_pretrained(tmp_path / "model", device="cpu")
    assert back.defaults.image_size == (64, 48) and back.defaults.scheduler["beta_end"] == 0.02
    np.testing.assert_array_equal(repose(back, drawn), repose(pipeline, drawn))


@pytest.mark.parametrize("config", [sd_config(), tiny_config(hint_latents=True), sd_config(source_net=False),
                                    sd_config(hpfa=False, caa=False)],
                         ids=["sd15", "compact", "without source net", "without hpfa and caa"])  # fmt: skip
def test_half_precision_draws_nearly_the_same(config, drawn, tmp_path):
    save_model(tiny_model(config), config, tmp_path, torch.float32)
    whole = TruePosePipeline.from_pretrained(tmp_path, device="cpu")
    half = TruePosePipeline.from_pretrained(tmp_path, device="cpu", dtype=torch.bfloat16)
    assert {p.dtype for p in half.model.parameters()} == {torch.bfloat16}
    assert {p.dtype for p in whole.model.parameters()} == {torch.float32}
    first, second = repose(whole, drawn).astype(float), repose(half, drawn).astype(float)
    assert np.abs(first - second).mean() < 3 < first.std()
    source = half.encode_source(*drawn)
    mask = region_mask(source.photo, source.person.parsing, BodyPart.UPPER_CLOTHES)
    assert transfer_style(half, source, source, mask, steps=1).image.size == drawn[0].size


def test_half_precision_is_the_default_on_a_gpu_alone():
    assert default_dtype("cpu") == torch.float32
    assert default_dtype("cuda") == default_dtype(torch.device("cuda:1")) == torch.float16


class Hub:
    """Stands for `HfApi`: keeps what it is given."""

    def __init__(self, refusal: Exception | None = None):
        self.refusal, self.made, self.files = refusal, None, {}

    def create_repo(self, repo_id, *, private, exist_ok):
        if self.refusal:
            raise self.refusal
        self.made = (repo_id, private, exist_ok)

    def upload_folder(self, *, repo_id, folder_path, commit_message):
        assert repo_id == self.made[0] and commit_message
        self.files = {str(p.relative_to(folder_path)): p.read_bytes() for p in folder_path.rglob("*") if p.is_file()}
        return f"https://hub.example/{repo_id}/commit/1"


def test_pushing_uploads_what_saving_writes(tmp_path):
    pipeline = TruePosePipeline(tiny_model(sd_config()))
    hub = Hub()
    address = pipeline.push_to_hub("me/model", private=True, api=hub)
    assert address.startswith("https://hub.example/me/model") and hub.made == ("me/model", True, True)
    pipeline.save_pretrained(tmp_path / "model")
    saved = {str(p.relative_to(tmp_path / "model")): p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert hub.files == saved and "model_index.json" in saved
    with pytest.raises(ValueError, match="cannot push to me/model: 401 Unauthorized") as caught:
        pipeline.push_to_hub("me/model", api=Hub(OSError("401 Unauthorized\nmore")))
    assert "\n" not in str(caught.value)


def test_create_makes_a_start_that_training_can_load(base, tmp_path, capsys):
    write_moore(tmp_path / "moore")
    out = tmp_path / "start"
    arguments = ["create", "--stable-diffusion", base.stable_diffusion, "--clip", base.clip, "--size", "64", "48"]
    assert main([*arguments, "--moore", str(tmp_path / "moore"), "--out", str(out)]) == 0
    assert "--init-from" in capsys.readouterr().out
    model = TruePosePipeline.from_pretrained(out, device="cpu").model
    fresh = type(model)(model.config)
    load_start(fresh, out)
    assert all(torch.equal(t, model.state_dict()[n]) for n, t in fresh.state_dict().items())
    assert main([*arguments, "--moore", str(tmp_path / "nowhere"), "--out", str(out)]) == 2
    assert "reference_unet.safetensors is missing" in capsys.readouterr().err
    assert main([*arguments[:1], "--stable-diffusion", str(tmp_path), *arguments[3:], "--out", str(out)]) == 2
    told = capsys.readouterr().err
    assert "cannot load UNet2DConditionModel" in told and told.count("\n") == 1
