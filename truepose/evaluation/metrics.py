"""The figures of generated pictures, through torchmetrics and pyiqa; see `protocols` for what each is.

Weights are not fetched unless that is asked for: a figure whose weights or package are missing raises a plain
ValueError when it is built, and the others are computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from skimage.metrics import structural_similarity
from torch import Tensor, nn
from torch.nn import functional as F

from ..imagenet import PerceptualDistance
from ..reading.hub.weights import WeightsMissing, reading_weights
from .protocols import Protocol

# (generated, targets), both (B, 3, H, W) uint8 RGB -> figures by name, (B,) each
Measure = Callable[[Tensor, Tensor], dict[str, Tensor]]

_ALEXNET = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
_INCEPTION = "https://download.pytorch.org/models/inception_v3_google-0cc3c7bd.pth"
_QALIGN = "q-future/one-align"
_WIDE = 51  # pixels of the window of ssim-51
_PYIQA = "pip install --no-deps pyiqa==0.1.16 icecream colorama executing asttokens sentencepiece"


@dataclass(frozen=True)
class Setting:
    """What figures are built for.

    Attributes:
        protocol: whose SSIM and LPIPS.
        size: (H, W) of the pictures.
        download: fetch weights that are not here.
        device: where networks run.
    """

    protocol: Protocol
    size: tuple[int, int]
    download: bool = False
    device: str | torch.device = "cpu"


def ssim(setting: Setting) -> Measure:
    """SSIM of a Gaussian window, as skimage computes it with `gaussian_weights` and biased covariances."""
    functional = _torchmetrics().structural_similarity_index_measure
    sigma = setting.protocol.ssim_sigma
    radius = int(3.5 * sigma + 0.5)
    _large_enough(setting.size, 2 * radius + 1)

    def measure(generated: Tensor, targets: Tensor) -> dict[str, Tensor]:
        values = []
        for ours, true in zip(generated.double(), targets.double(), strict=True):
            reach = max(float(ours.max() - ours.min()), 1.0)  # of a blank picture it would be 0
            _, places = functional(ours[None], true[None], sigma=sigma, data_range=reach, return_full_image=True)
            # Places whose window reaches beyond the picture count in torchmetrics' mean, in skimage's they do not.
            values.append(places[..., radius:-radius, radius:-radius].mean())
        return {"ssim": torch.stack(values)}

    return measure


def wide_ssim(setting: Setting) -> Measure:
    """SSIM of a uniform window of 51 pixels. By skimage: torchmetrics has no unbiased covariances."""
    _large_enough(setting.size, _WIDE)

    def measure(generated: Tensor, targets: Tensor) -> dict[str, Tensor]:
        pairs = zip(generated.cpu().float().numpy() / 255, targets.cpu().float().numpy() / 255, strict=True)
        values = [structural_similarity(t, g, data_range=1, win_size=_WIDE, channel_axis=0) for g, t in pairs]
        return {"ssim-51": torch.tensor(values, dtype=torch.float64)}

    return measure


def psnr(setting: Setting) -> Measure:
    """Peak signal-to-noise ratio in dB; infinite for equal pictures."""
    functional = _torchmetrics().peak_signal_noise_ratio

    def measure(generated: Tensor, targets: Tensor) -> dict[str, Tensor]:
        pair = generated.double(), targets.double()
        return {"psnr": functional(*pair, data_range=255.0, reduction="none", dim=(1, 2, 3))}

    return measure


def lpips(setting: Setting) -> Measure:
    """LPIPS 0.1 over AlexNet.

    Raises:
        WeightsMissing: AlexNet's weights are not here.
    """
    _torchmetrics()
    from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

    torch_weights(_ALEXNET, "AlexNet", download=setting.download)  # the class reads the same file
    net = LearnedPerceptualImagePatchSimilarity(net_type="alex").net.to(setting.device)

    def measure(generated: Tensor, targets: Tensor) -> dict[str, Tensor]:
        pair = (pictures.to(setting.device).float() / 255 for pictures in (generated, targets))
        return {"lpips": net(*pair, normalize=setting.protocol.lpips_signed).flatten().double().cpu()}

    return measure


def qalign(setting: Setting) -> Measure:
    """Q-Align's quality and aesthetics of the generated pictures; 15 GB of weights.

    Raises:
        ValueError: pyiqa is not installed, or the weights are not here.
    """
    from huggingface_hub import try_to_load_from_cache

    if not setting.download and not isinstance(try_to_load_from_cache(_QALIGN, "config.json"), str):
        raise WeightsMissing(f"the weights of {_QALIGN} are not on this computer: add --download (15 GB)")
    try:
        from pyiqa import create_metric

        judge = create_metric("qalign", device=setting.device)
    except ImportError as error:
        raise ValueError(f"{error.name} is missing: {_PYIQA}") from None
    except OSError as error:
        raise WeightsMissing(f"the weights of {_QALIGN} cannot be had: {str(error).splitlines()[0]}") from None

    def measure(generated: Tensor, targets: Tensor) -> dict[str, Tensor]:
        pictures = (generated.float() / 255).to(setting.device)
        return {
            f"qalign-{task}": torch.cat([judge(p[None], task_=task).flatten().double().cpu() for p in pictures])
            for task in ("quality", "aesthetic")
        }

    return measure


def efficientnet_distance(setting: Setting) -> Measure:
    """The project's own distance, over whole pictures; not LPIPS."""
    net = PerceptualDistance().to(setting.device)

    def measure(generated: Tensor, targets: Tensor) -> dict[str, Tensor]:
        pair = (pictures.to(setting.device).float() / 127.5 - 1 for pictures in (generated, targets))
        return {"efficientnet-distance": net(*pair).mean((1, 2, 3)).double().cpu()}

    return measure


MEASURES: dict[str, Callable[[Setting], Measure]] = {
    "ssim": ssim,
    "ssim-51": wide_ssim,
    "psnr": psnr,
    "lpips": lpips,
    "qalign": qalign,
    "efficientnet-distance": efficientnet_distance,
}


class InceptionFeatures(nn.Module):
    """The features of both protocols' FID: (B, 3, H, W) uint8 -> (B, 2048) float32.

    Raises:
        WeightsMissing: the weights are not here.
    """

    num_features = 2048

    def __init__(self, *, download: bool = False):
        super().__init__()
        from torchvision.models import inception_v3

        net = inception_v3(weights=None, init_weights=False, aux_logits=True)
        net.load_state_dict(torch_weights(_INCEPTION, "Inception-v3", download=download))
        net.fc = nn.Identity()
        net.transform_input = True
        self.net = net.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> InceptionFeatures:
        return super().train(False)

    def forward(self, pictures: Tensor) -> Tensor:
        resized = F.interpolate(pictures.float() / 255, size=(299, 299), mode="bilinear")
        return self.net(resized)


class FrechetDistances:
    """FID of several rows of pictures against one set of real ones; only sums of features are kept.

    Args:
        features: (B, 3, H, W) uint8 -> (B, C); with `num_features`, C.
    """

    def __init__(self, features: nn.Module):
        _torchmetrics()
        from torchmetrics.image.fid import FrechetInceptionDistance

        self._new = lambda: FrechetInceptionDistance(feature=features).to(next(features.parameters()).device)
        self._real, self._rows = self._new(), {}

    def add_real(self, pictures: Tensor) -> None:
        """(B, 3, H, W) uint8 of the distribution to be compared with."""
        self._real.update(pictures.to(self._real.device), real=True)

    def add(self, row: str, pictures: Tensor) -> None:
        """(B, 3, H, W) uint8 of one row."""
        distance = self._rows.setdefault(row, self._new())
        distance.update(pictures.to(distance.device), real=False)

    def figures(self) -> dict[str, float]:
        """row -> FID.

        Raises:
            ValueError: there are fewer than two pictures on a side.
        """
        names = ("real_features_sum", "real_features_cov_sum", "real_features_num_samples")
        try:
            for distance in self._rows.values():
                for name in names:
                    setattr(distance, name, getattr(self._real, name))
            return {row: float(distance.compute()) for row, distance in self._rows.items()}
        except RuntimeError as error:
            raise ValueError(f"fid cannot be computed: {error}") from None


def torch_weights(url: str, what: str, *, download: bool) -> dict[str, Tensor]:
    """Weights that torchvision publishes, from torch's own cache through its own loader.

    Raises:
        WeightsMissing: they are not there, and may not or cannot be fetched.
        ValueError: the file is damaged.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    if not path.is_file():
        if not download:
            where = f"put {path.name} into {path.parent}"
            raise WeightsMissing(f"the weights of {what} are not on this computer: add --download, or {where}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            torch.hub.download_url_to_file(url, str(path), hash_prefix=path.stem.rpartition("-")[2], progress=False)
        except (OSError, RuntimeError) as error:
            raise WeightsMissing(f"the weights of {what} cannot be downloaded: {error}") from None
    with reading_weights(path, what):
        # The library's own loader, which takes the cached file.
        return torch.hub.load_state_dict_from_url(url, map_location="cpu", progress=False, weights_only=True)


def _torchmetrics():
    """torchmetrics' functions on pictures.

    Raises:
        ValueError: it is not installed.
    """
    try:
        from torchmetrics.functional import image
    except ImportError as error:
        raise ValueError(f"{error.name} is missing: pip install -r requirements-train.txt") from None
    return image


def _large_enough(size: tuple[int, int], window: int) -> None:
    if min(size) < window:
        raise ValueError(f"pictures of {size[0]}x{size[1]} are smaller than its window of {window} pixels")
