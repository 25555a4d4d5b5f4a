from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import default_collate

from tests.model.stable_diffusion import sd_config
from tests.tiny import figure, tiny_config, tiny_model
from truepose.data.pairs import pair_batch
from truepose.data.pseudo_pairs import make_pair
from truepose.training.objective import Objective, ObjectiveConfig, crop_each, defect_crops
from truepose.training.truepose import calibrate


@pytest.fixture(scope="module")
def pair():
    photo, person = figure()
    return make_pair(photo, person, (64, 48), np.random.default_rng(1), [])


@pytest.fixture(scope="module")
def batch(pair):
    return default_collate([pair_batch(pair)] * 2)


def objective(batch, kind="sample", config=None, **changes):
    base = tiny_config()
    model = tiny_model(replace(base, scheduler=base.scheduler | {"prediction_type": kind}, **changes))
    return model, Objective(model, config or ObjectiveConfig())


def generator():
    return torch.Generator().manual_seed(0)


SCHEDULERS = {
    "sample": tiny_config().scheduler,
    "v_prediction": tiny_config().scheduler | {"prediction_type": "v_prediction"},
    "epsilon": {"_class_name": "DDIMScheduler", "prediction_type": "epsilon"},
    "flow": {"_class_name": "FlowMatchEulerDiscreteScheduler"},
}


class Perfect(torch.nn.Module):
    """Predicts what the objective wants, from the noise that it must have drawn."""

    def __init__(self, objective, batch):
        super().__init__()
        self.objective, self.batch = objective, batch

    def forward(self, batch, noisy, told, keep):
        noising = self.objective.noising
        timesteps = told - noising.told(torch.zeros_like(told))
        clean = self.objective.clean_latents(batch)
        signal, sigma = noising._at(timesteps)
        return noising.wanted(clean, (noisy - signal * clean) / sigma, timesteps)


@pytest.mark.parametrize("scheduler", SCHEDULERS.values(), ids=SCHEDULERS)
@pytest.mark.parametrize("gamma", [0.0, 5.0])
def test_the_right_answer_costs_nothing(batch, scheduler, gamma):
    model = tiny_model(replace(tiny_config(), scheduler=scheduler))
    loss = Objective(model, ObjectiveConfig(latent=1, pixel=1, gradient=1, snr_gamma=gamma))
    total, parts = loss(Perfect(loss, batch), batch, generator())
    # What the codec drops stays as an error of the picture, and of nothing else.
    picture = model.picture(loss.clean_latents(batch), batch["hint"][:, :3])
    floor = torch.nn.functional.l1_loss(picture, batch["target"])
    assert parts["latent"] < 1e-6
    assert parts["pixel"] < 2.5 * floor + 1e-3


def test_a_share_of_the_samples_has_no_hint(batch):
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, batch, noisy, timesteps, keep):
            seen.append(batch)
            return torch.zeros_like(noisy)

    many = {name: tensor[:1].expand(40, *tensor.shape[1:]) for name, tensor in batch.items()}
    _, loss = objective(batch, config=ObjectiveConfig(hint_dropout=0.3))
    loss(Spy(), many, generator())
    (told,) = seen
    dropped = (told["hint"][:, 3:] == -1).flatten(1).all(1)
    assert 3 < dropped.sum() < 22
    assert (told["hint"][dropped][:, :3] == 0).all() and (told["keep"][dropped] == 0).all()
    assert (told["hint"][~dropped] == batch["hint"][:1]).all()


def test_no_more_noise_than_where_sampling_starts():
    model = tiny_model(replace(tiny_config(), start=0.5))
    timesteps = Objective(model, ObjectiveConfig(start_share=0.5))._timesteps(500, generator(), "cpu")
    assert timesteps.max() == 499 and 0.4 < (timesteps == 499).float().mean() < 0.6


@pytest.mark.parametrize("hint", [True, False])
def test_latents_are_corrections_with_a_hint_and_pictures_without(batch, hint):
    model, loss = objective(batch, warp_hint=hint)
    clean = loss.clean_latents(batch)
    base = model.autoencoder.encode(batch["hint"][:, :3]) if hint else 0
    torch.testing.assert_close(clean + base, model.autoencoder.encode(batch["target"]))


def test_the_perceptual_loss_is_zero_for_the_same_picture_and_has_gradients(batch):
    model, loss = objective(batch, config=ObjectiveConfig(latent=0, perceptual=1.0, crop=32))
    total, parts = loss(model, batch, generator())
    total.backward()
    assert parts["perceptual"] > 0
    assert model.target_net.unet.conv_out.weight.grad.abs().sum() > 0
    assert not loss.perceptual(batch["target"], batch["target"]).any()


def test_kept_places_weigh_less(batch):
    _, loss = objective(batch, config=ObjectiveConfig(kept=0.1))
    weight = loss._weights(batch)
    torch.testing.assert_close(weight, 1 - 0.9 * batch["keep"])


def test_the_start_of_sampling_gets_its_share():
    model = tiny_model(tiny_config())
    loss = Objective(model, ObjectiveConfig(start_share=0.5))
    timesteps = loss._timesteps(2000, generator(), "cpu")
    assert 0.45 < (timesteps == 999).float().mean() < 0.55
    assert timesteps.min() >= 0 and timesteps.float().std() > 200


def test_a_rollout_is_noised_from_the_models_own_first_answer(batch):
    """What wraps the model for several processes is called once either way: their calls must match."""
    answers, wrapped = [], []

    def answer(module, inputs, output):
        answers.append((inputs[1].clone(), inputs[2].clone(), torch.is_grad_enabled()))
        return torch.full_like(output, 7.0)

    class Wrapper(torch.nn.Module):
        def forward(self, batch, noisy, timesteps, keep):
            wrapped.append((noisy.clone(), timesteps.clone()))
            return noisy

    for share, calls in ((0.0, 0), (1.0, 1)):
        wrapped.clear()
        model, loss = objective(batch, config=ObjectiveConfig(rollout_share=share))
        model.register_forward_hook(answer)
        loss(Wrapper(), batch, generator())
        assert len(answers) == calls and len(wrapped) == 1
    (noise, first, grad), (noisy, timesteps) = *answers, *wrapped
    assert (first == 999).all() and not grad
    torch.testing.assert_close(noisy, loss.noising.add(torch.full_like(noise, 7.0), noise, timesteps))


def test_crops_lie_on_defects():
    doubt = torch.zeros(2, 1, 64, 48)
    doubt[0, 0, 5, 40], doubt[1, 0, 60, 3] = 1, 1
    corners = defect_crops(doubt, 16, generator())
    assert corners == [(0, 32), (48, 0)]
    crops = crop_each(doubt, corners, 16)
    assert crops.shape == (2, 1, 16, 16) and crops.sum() == 2


def test_calibration_gives_corrections_unit_spread_where_the_hint_is_off(pair):
    model = tiny_model(tiny_config())
    calibrate(model, [pair])
    loss = Objective(model, ObjectiveConfig())
    b = default_collate([pair_batch(pair)])
    clean = loss.clean_latents(b)
    cells = torch.nn.functional.avg_pool2d(1 - b["keep"], 8)[:, 0] > 0.5
    assert cells.any()
    spread = clean.permute(1, 0, 2, 3)[:, cells].pow(2).mean(1).sqrt()
    torch.testing.assert_close(spread, torch.ones(8), atol=1e-3, rtol=1e-3)


def test_calibration_looks_at_no_pair_where_there_is_nothing_to_scale():
    calibrate(tiny_model(sd_config()), (pytest.fail("a pair was looked at") for _ in range(1)))
