from __future__ import annotations

import pytest
import torch

from truepose.sampling import Kept, build_scheduler, denoise, guide, guided

DDIM = {"_class_name": "DDIMScheduler", "prediction_type": "sample", "timestep_spacing": "trailing",
        "rescale_betas_zero_snr": True, "clip_sample": False}  # fmt: skip


def test_guide_is_equation_11():
    without, with_source = torch.randn(2, 3), torch.randn(2, 3)
    torch.testing.assert_close(guide(without, with_source, 3.5), without + 3.5 * (with_source - without))
    assert torch.equal(guide(without, with_source, 0.0), without)


def test_guidance_of_one_runs_the_source_less_network_never():
    def refuse(latents, timestep):
        raise AssertionError

    assert guided(refuse, lambda x, t: x + 1, 1.0)(torch.zeros(1), 0) == 1
    torch.testing.assert_close(guided(lambda x, t: x, lambda x, t: x + 1, 3.0)(torch.ones(1), 0), torch.tensor([4.0]))


@pytest.mark.parametrize("steps", [1, 2, 10])
def test_a_perfect_network_is_recovered(steps):
    truth = torch.randn(1, 4, 8, 6)
    result = denoise(lambda x, t: truth, build_scheduler(DDIM), torch.randn(1, 4, 8, 6), steps)
    torch.testing.assert_close(result, truth, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("name", ["DDPMScheduler", "EulerAncestralDiscreteScheduler", "DPMSolverMultistepScheduler"])
def test_other_schedulers_work_and_the_seed_decides(name):
    def run(seed):
        g = torch.Generator().manual_seed(seed)
        noise = torch.randn(1, 4, 8, 6, generator=g)
        return denoise(lambda x, t: 0.1 * x, build_scheduler({"_class_name": name}), noise, 4, generator=g)

    assert torch.equal(run(1), run(1)) and not torch.equal(run(1), run(2))


def test_steps_are_reported_and_can_stop():
    seen = []
    denoise(lambda x, t: x, build_scheduler(DDIM), torch.randn(1, 4, 8, 6), 3, on_step=lambda *a: seen.append(a[:2]))
    assert seen == [(1, 3), (2, 3), (3, 3)]

    def stop(step, steps, latents):
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        denoise(lambda x, t: x, build_scheduler(DDIM), torch.randn(1, 4, 8, 6), 3, on_step=stop)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="steps"):
        denoise(lambda x, t: x, build_scheduler(DDIM), torch.zeros(1), 0)
    with pytest.raises(ValueError, match="scheduler"):
        build_scheduler({"_class_name": "UNet2DModel"})


@pytest.mark.parametrize("config", [DDIM, {"_class_name": "FlowMatchEulerDiscreteScheduler"}])
def test_a_late_start_takes_as_many_steps_and_begins_with_less_noise(config):
    noise, seen = torch.randn(2, 4, 8, 6), []

    def predict(x, t):
        seen.append((x.clone(), float(t)))
        return torch.zeros_like(x)

    denoise(predict, build_scheduler(config), noise, 4, start=0.5)
    assert len(seen) == 4 and 400 < seen[0][1] < 600
    scale = (seen[0][0] / noise).flatten()
    torch.testing.assert_close(scale, scale[:1].expand_as(scale))
    assert 0.3 < scale[0] < 0.999
    with pytest.raises(ValueError, match="start"):
        denoise(predict, build_scheduler(config), noise, 4, start=0.0)


@pytest.mark.parametrize("config", [DDIM, {"_class_name": "FlowMatchEulerDiscreteScheduler"},
                                    {"_class_name": "EulerDiscreteScheduler"}])  # fmt: skip
@pytest.mark.parametrize("start", [1.0, 0.5])
def test_what_is_kept_comes_out_exactly_and_is_noised_on_the_way(config, start):
    clean, mask = torch.randn(1, 4, 8, 6), torch.zeros(1, 1, 8, 6)
    mask[..., :3] = 1
    seen = []

    def predict(latents, timestep):
        seen.append(latents)
        return torch.zeros_like(latents)

    result = denoise(predict, build_scheduler(config), torch.randn_like(clean), 3, start=start, kept=Kept(clean, mask))
    assert torch.equal(result[..., 3:], clean[..., 3:]) and not torch.equal(result[..., :3], clean[..., :3])
    distance = [float((latents - clean)[..., 3:].abs().mean()) for latents in seen]
    assert distance[-1] < distance[0] and distance[-1] > 0


def test_a_mask_of_all_keeps_nothing():
    noise, clean = torch.randn(1, 4, 8, 6), torch.randn(1, 4, 8, 6)

    def run(kept):
        return denoise(lambda x, t: 0.1 * x, build_scheduler(DDIM), noise, 3, kept=kept)

    assert torch.equal(run(Kept(clean, torch.ones(1, 1, 8, 6))), run(None))


@pytest.mark.parametrize("kept", [None, Kept(torch.full((1, 4, 8, 6), 7.0), torch.zeros(1, 1, 8, 6))])
def test_every_step_tells_what_it_foresees(kept):
    truth, seen = torch.randn(1, 4, 8, 6), []
    result = denoise(lambda x, t: truth, build_scheduler(DDIM), torch.randn(1, 4, 8, 6), 3, kept=kept,
                     on_step=lambda step, steps, latents: seen.append(latents))  # fmt: skip
    for latents in seen:
        torch.testing.assert_close(latents, truth if kept is None else kept.latents, atol=1e-4, rtol=1e-4)
    assert torch.equal(seen[-1], result)


def test_a_scheduler_that_foresees_nothing_gives_its_noisy_latents():
    seen = []
    scheduler = build_scheduler({"_class_name": "DPMSolverMultistepScheduler"})
    result = denoise(lambda x, t: 0.1 * x, scheduler, torch.randn(1, 4, 8, 6), 3, on_step=lambda *a: seen.append(a[2]))
    assert len(seen) == 3 and torch.equal(seen[-1], result)
