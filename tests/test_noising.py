from __future__ import annotations

import diffusers
import pytest
import torch

from truepose.noising import Noising
from truepose.sampling import build_scheduler, denoise

CURVED = {"_class_name": "DDIMScheduler", "rescale_betas_zero_snr": True, "timestep_spacing": "trailing",
          "clip_sample": False}  # fmt: skip
KINDS = {kind: CURVED | {"prediction_type": kind} for kind in ("sample", "v_prediction")} | {
    "epsilon": {"_class_name": "DDIMScheduler", "prediction_type": "epsilon", "clip_sample": False},
    "flow": {"_class_name": "FlowMatchEulerDiscreteScheduler"},
}


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def scheduler(request):
    return build_scheduler(request.param)


def test_noise_is_added_as_the_scheduler_does(scheduler):
    noising = Noising.of(scheduler)
    clean, noise, timesteps = torch.randn(3, 4, 2, 2), torch.randn(3, 4, 2, 2), torch.tensor([10, 500, 900])
    if noising.straight:
        scheduler.set_timesteps(1000)
        wanted = scheduler.scale_noise(clean, noising.told(timesteps).float(), noise)
    else:
        wanted = scheduler.add_noise(clean, noise, timesteps)
    torch.testing.assert_close(noising.add(clean, noise, timesteps), wanted)


def test_the_right_answer_gives_back_the_clean_latents(scheduler):
    noising = Noising.of(scheduler)
    clean, noise, timesteps = torch.randn(3, 4, 2, 2), torch.randn(3, 4, 2, 2), torch.tensor([10, 500, 900])
    noisy = noising.add(clean, noise, timesteps)
    answer = noising.wanted(clean, noise, timesteps)
    torch.testing.assert_close(noising.estimate(answer, noisy, timesteps), clean, atol=1e-4, rtol=1e-4)


def test_sampling_with_the_right_answers_ends_at_the_clean_latents(scheduler):
    """The network is told in training what the scheduler tells it in sampling."""
    noising, clean = Noising.of(scheduler), torch.randn(1, 4, 2, 2)

    def predict(noisy, told):
        timesteps = torch.as_tensor(told).round().long().view(1) - noising.told(torch.zeros(1, dtype=torch.long))
        signal, sigma = noising._at(timesteps)
        return noising.wanted(clean, (noisy - signal * clean) / sigma, timesteps)

    latents = denoise(predict, scheduler, torch.randn(1, 4, 2, 2), 8)
    torch.testing.assert_close(latents, clean, atol=0.05, rtol=0.05)


def test_weights_by_snr_are_as_of_clean_latents(scheduler):
    noising, timesteps = Noising.of(scheduler), torch.tensor([0, 300, 900])
    weight = noising.snr_weight(timesteps, 5.0)
    signal, sigma = (x.flatten() for x in noising._at(timesteps))
    snr = (signal / sigma) ** 2
    error = {"epsilon": 1 / snr.clamp_min(1e-6), "sample": torch.ones(3), "v_prediction": 1 / (1 + snr)}
    kind = "v_prediction" if noising.straight else noising.prediction_type
    torch.testing.assert_close(weight, snr.clamp_max(5) * error[kind], rtol=1e-3, atol=1e-5)


def test_other_schedulers_are_refused():
    with pytest.raises(ValueError, match="prediction_type"):
        Noising.of(build_scheduler(CURVED | {"prediction_type": "epsilon"}).__class__(prediction_type="sigma"))
    with pytest.raises(ValueError, match="cannot train"):
        Noising.of(diffusers.LCMScheduler(prediction_type="nonsense"))
