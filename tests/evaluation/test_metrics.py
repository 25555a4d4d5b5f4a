"""Each figure against the field's own computation of it; weights that are missing are told."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import nn
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity
from torchvision.models import alexnet, inception_v3

from truepose.evaluation.metrics import (
    MEASURES,
    FrechetDistances,
    InceptionFeatures,
    Setting,
    efficientnet_distance,
    lpips,
    torch_weights,
)
from truepose.evaluation.protocols import CFLD, PCDM, described

SIZE = (96, 64)


@pytest.fixture
def pictures():
    """Smooth pictures, and the same with noise; (3, 3, H, W) uint8, twice."""
    rng = np.random.default_rng(2)
    rows, columns = np.mgrid[0 : SIZE[0], 0 : SIZE[1]]
    true = [120 + 80 * np.sin(rows / (5 + i)) * np.cos(columns / (7 - i)) for i in range(3)]
    true = np.stack([np.stack([picture, picture * 0.8, 255 - picture]) for picture in true])
    noisy = true + rng.normal(0, 12, true.shape) * np.array([1, 2, 3])[:, None, None, None]
    return [torch.from_numpy(np.clip(p, 20, 240).round().astype(np.uint8)) for p in (noisy, true)]


def value(name, pictures, protocol=CFLD) -> np.ndarray:
    return MEASURES[name](Setting(protocol, SIZE))(*pictures)[name].numpy()


@pytest.mark.parametrize(("protocol", "sigma"), [(CFLD, 1.5), (PCDM, 1.2)])
def test_ssim_is_the_fields(pictures, protocol, sigma):
    theirs = [
        structural_similarity(t, g, gaussian_weights=True, sigma=sigma, use_sample_covariance=False, channel_axis=0,
                              data_range=g.max() - g.min())
        for g, t in zip(*(p.numpy().astype(float) for p in pictures), strict=True)
    ]  # fmt: skip
    np.testing.assert_allclose(value("ssim", pictures, protocol), theirs, atol=1e-6)
    assert theirs[0] > theirs[1] > theirs[2]


def test_wide_ssim_and_psnr_are_the_fields(pictures):
    ours, true = (p.numpy() / 255 for p in pictures)
    both = list(zip(true, ours, strict=True))
    theirs = [structural_similarity(t, g, data_range=1, win_size=51, channel_axis=0) for t, g in both]
    np.testing.assert_allclose(value("ssim-51", pictures), theirs, atol=1e-5)
    theirs = [peak_signal_noise_ratio(t, g, data_range=1) for t, g in both]
    np.testing.assert_allclose(value("psnr", pictures), theirs, rtol=1e-6)


def test_blank_pictures_and_equal_ones_have_figures(pictures):
    blank = torch.zeros_like(pictures[0])
    assert np.isfinite(value("ssim", (blank, pictures[1]))).all()
    assert np.isinf(value("psnr", (pictures[1], pictures[1]))).all()
    np.testing.assert_allclose(value("ssim", (pictures[1], pictures[1])), 1)


def test_pictures_too_small_for_a_window_are_told():
    with pytest.raises(ValueError, match="64x48 are smaller than its window of 51 pixels"):
        MEASURES["ssim-51"](Setting(CFLD, (64, 48)))


def test_the_substitute_has_its_own_name_and_knows_better_from_worse(pictures):
    figures = efficientnet_distance(Setting(CFLD, SIZE))(*pictures)
    assert list(figures) == ["efficientnet-distance"]
    first, second, third = figures["efficientnet-distance"]
    assert 0 < first < second < third


class Colours(nn.Module):
    """A stand-in for Inception: means and spreads of the colours, and a learnt mix of them."""

    num_features = 8

    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(6, 8).double().requires_grad_(False)

    def forward(self, pictures):
        flat = pictures.double().flatten(2) / 255
        return self.mix(torch.cat([flat.mean(2), flat.std(2)], 1))


def frechet(first: np.ndarray, second: np.ndarray) -> float:
    """FID as CFLD and PCDM write it."""
    one, two = (np.cov(features, rowvar=False) for features in (first, second))
    gap = first.mean(0) - second.mean(0)
    return float(gap @ gap + np.trace(one) + np.trace(two) - 2 * np.trace(sqrtm(one @ two).real))


def test_fid_is_the_fields_over_batches_and_rows():
    rng = np.random.default_rng(0)
    real, good, bad = (
        torch.from_numpy(rng.normal(mean, spread, (60, 3, 16, 12)).clip(0, 255).astype(np.uint8))
        for mean, spread in ((120, 40), (122, 41), (160, 20))
    )
    net = Colours()
    distances = FrechetDistances(net)
    for first in range(0, 60, 7):
        distances.add("good", good[first : first + 7])
        distances.add_real(real[first : first + 7])
        distances.add("bad", bad[first : first + 7])
    figures = distances.figures()
    features = [net(pictures).numpy() for pictures in (real, good, bad)]
    assert figures["good"] == pytest.approx(frechet(features[1], features[0]), rel=1e-3, abs=1e-7)
    assert figures["bad"] == pytest.approx(frechet(features[2], features[0]), rel=1e-3)
    assert figures["good"] < figures["bad"]


def test_fid_of_one_picture_is_told(pictures):
    distances = FrechetDistances(Colours())
    distances.add("row", pictures[0][:1])
    distances.add_real(pictures[1])
    with pytest.raises(ValueError, match="fid cannot be computed"):
        distances.figures()


@pytest.fixture
def torch_home(tmp_path, monkeypatch):
    """An empty cache of torch's; gives the folder of its weights."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def test_weights_that_are_not_here_are_told(torch_home):
    with pytest.raises(ValueError, match="weights of AlexNet are not on this computer: add --download, or put alexnet"):
        lpips(Setting(CFLD, SIZE))
    with pytest.raises(ValueError, match="Inception-v3 are not on this computer.*inception_v3_google-0cc3c7bd.pth"):
        InceptionFeatures()


def test_damaged_weights_are_told(torch_home):
    (torch_home / "a-00000000.pth").write_bytes(b"no weights")
    with pytest.raises(ValueError, match="is damaged or does not hold the weights of A"):
        torch_weights("https://example.org/a-00000000.pth", "A", download=False)


def test_lpips_is_the_librarys_with_the_published_file_in_place(torch_home, pictures):
    """Random weights in the published file's place: what is measured is the wiring."""
    path = torch_home / "alexnet-owt-7be5be79.pth"
    torch.save(alexnet(weights=None).state_dict(), path)
    values = {protocol.name: lpips(Setting(protocol, SIZE))(*pictures)["lpips"] for protocol in (CFLD, PCDM)}
    whole = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)
    ours, true = (p.float() / 255 for p in pictures)
    assert float(values["cfld"].mean()) == pytest.approx(float(whole(ours, true)), rel=1e-5)
    unscaled = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=False)
    assert float(values["pcdm"].mean()) == pytest.approx(float(unscaled(ours, true)), rel=1e-5)
    assert values["pcdm"].mean() < values["cfld"].mean()
    assert float(lpips(Setting(CFLD, SIZE))(pictures[1], pictures[1])["lpips"].abs().max()) == 0
    path.unlink()  # a quarter of a gigabyte


def test_inception_is_wired_as_the_field_wires_it(torch_home, pictures):
    torch.manual_seed(1)
    net = inception_v3(weights=None, init_weights=False, aux_logits=True).eval()
    path = torch_home / "inception_v3_google-0cc3c7bd.pth"
    torch.save(net.state_dict(), path)
    features = InceptionFeatures().train()
    path.unlink()
    x = nn.functional.interpolate(pictures[0][:2].float() / 255, size=(299, 299), mode="bilinear")
    for channel, (mean, std) in enumerate(((0.485, 0.229), (0.456, 0.224), (0.406, 0.225))):
        x[:, channel] = x[:, channel] * (std / 0.5) + (mean - 0.5) / 0.5
    with torch.inference_mode():
        blocks = (
            net.Conv2d_1a_3x3, net.Conv2d_2a_3x3, net.Conv2d_2b_3x3, nn.MaxPool2d(3, 2), net.Conv2d_3b_1x1,
            net.Conv2d_4a_3x3, nn.MaxPool2d(3, 2), net.Mixed_5b, net.Mixed_5c, net.Mixed_5d, net.Mixed_6a,
            net.Mixed_6b, net.Mixed_6c, net.Mixed_6d, net.Mixed_6e, net.Mixed_7a, net.Mixed_7b, net.Mixed_7c,
            nn.AdaptiveAvgPool2d((1, 1)),
        )  # fmt: skip
        theirs = nn.Sequential(*blocks)(x).flatten(1)
        ours = features(pictures[0][:2])
    assert ours.shape == (2, 2048)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)


def test_the_protocol_is_written_out():
    assert "sigma 1.5" in described(CFLD, SIZE) and "[-1, 1]" in described(CFLD, SIZE)
    assert (
        "sigma 1.2" in described(PCDM, SIZE) and "[0, 1]" in described(PCDM, SIZE) and "96x64" in described(PCDM, SIZE)
    )
