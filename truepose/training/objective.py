"""What TruePose learns: the denoising loss of Eq. 10, and losses on the decoded picture that pay at small sizes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ..imagenet import PerceptualDistance
from ..inputs import without_hint
from ..model.truepose import TruePose
from ..noising import Noising
from ..sampling import build_scheduler


@dataclass(frozen=True)
class ObjectiveConfig:
    """Weights of the losses. The defaults are the paper's objective alone.

    Attributes:
        latent: squared error of the network's prediction (Eq. 10).
        pixel: absolute error of the decoded picture.
        gradient: absolute error of the decoded picture's horizontal and vertical differences.
        perceptual: EfficientNet-Lite0 distance over a crop around the hint's defects.
        kept: weight of pixels that the composition keeps from the warp anyway, against 1 for its defects.
        person, focus: weights of the person and of its face and arms, against 1 for the background.
        snr_gamma: the latent error is weighted by min-SNR with this cap; 0 is no weighting.
        start_share: share of samples trained at the timestep where sampling starts.
        rollout_share: share of batches noised from the model's own first answer instead of the truth, so that later
            steps learn to mend that answer; trained on the truth alone they trust it, and its errors grow.
        hint_dropout: share of samples without the warp hint: all must then come from the source, through HPFA and CAA.
        crop: side of the perceptual crop in pixels.
    """

    latent: float = 1.0
    pixel: float = 0.0
    gradient: float = 0.0
    perceptual: float = 0.0
    kept: float = 1.0
    person: float = 1.0
    focus: float = 1.0
    snr_gamma: float = 0.0
    start_share: float = 0.0
    rollout_share: float = 0.0
    hint_dropout: float = 0.0
    crop: int = 128

    def __post_init__(self):
        for name in ("start_share", "rollout_share", "hint_dropout"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be in [0, 1], got {getattr(self, name)}")
        if self.snr_gamma < 0:
            raise ValueError(f"snr_gamma must be 0 or more, got {self.snr_gamma}")


class Objective:
    """The loss of one batch of pairs, for `truepose.training.loop.fit`.

    Args:
        model: whose config names the scheduler and the source dropout.
        config: the losses' weights.
    """

    def __init__(self, model: TruePose, config: ObjectiveConfig):
        self.config = config
        self.model, self.model_config = model, model.config
        self.autoencoder, self.picture = model.autoencoder, model.picture
        self.noising = Noising.of(build_scheduler(model.config.scheduler))
        # Sampling starts here; the network never sees more noise.
        self.last = max(1, round(model.config.start * len(self.noising.signal))) - 1
        self.perceptual = PerceptualDistance() if config.perceptual else None

    def __call__(
        self, model: torch.nn.Module, batch: dict[str, Tensor], generator: torch.Generator
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Scalar loss and its parts. `model` may be wrapped for several processes; its forward is TruePose's."""
        device = batch["target"].device
        batch = self._some_without_hint(batch, generator)
        clean = self.clean_latents(batch)
        noise = torch.randn(clean.shape, generator=generator, device=device)
        timesteps = self._timesteps(len(clean), generator, device)
        keep = torch.rand(len(clean), generator=generator, device=device) >= self.model_config.source_dropout
        known = clean
        if torch.rand((), generator=generator, device=device) < self.config.rollout_share:
            known = self._first_answer(batch, noise, keep)
        noisy = self.noising.add(known, noise, timesteps)
        prediction = model(batch, noisy, self.noising.told(timesteps), keep).float()
        weight = self._weights(batch)
        parts = {"latent": self._latent_loss(prediction, clean, noise, timesteps, weight)}
        if self.config.pixel or self.config.gradient or self.config.perceptual:
            estimate = self.noising.estimate(prediction, noisy, timesteps)
            parts |= self._picture_losses(self.picture(estimate, self._hint(batch)), batch, weight, generator)
        total = sum(getattr(self.config, name) * value for name, value in parts.items())
        return total, {name: value.detach() for name, value in parts.items()}

    def _latent_loss(self, prediction, clean, noise, timesteps, weight: Tensor) -> Tensor:
        cells = F.avg_pool2d(weight, 8)
        if self.config.snr_gamma:
            cells = cells * self.noising.snr_weight(timesteps, self.config.snr_gamma).view(-1, 1, 1, 1)
        return _mean((prediction - self.noising.wanted(clean, noise, timesteps)).pow(2), cells)

    @torch.no_grad()
    def _first_answer(self, batch: dict[str, Tensor], noise: Tensor, keep: Tensor) -> Tensor:
        """The clean latents that the model sees in pure noise, as at the first step of sampling.

        Not through what wraps the model for several processes: each rolls out at other steps, and where one called the
        wrapper more often than the others they would wait for each other in vain.
        """
        last = torch.full_like(noise[:, 0, 0, 0], self.last, dtype=torch.long)
        prediction = self.model(batch, noise, self.noising.told(last), keep).float()
        return self.noising.estimate(prediction, noise, last)

    def _some_without_hint(self, batch: dict[str, Tensor], generator) -> dict[str, Tensor]:
        """The batch with the hint taken from a share of its samples; nothing of these is kept from the warp."""
        if not (self.model_config.warp_hint and self.config.hint_dropout):
            return batch
        hint, keep = batch["hint"], batch["keep"]
        drawn = torch.rand(len(hint), 1, 1, 1, generator=generator, device=hint.device)
        dropped = drawn < self.config.hint_dropout
        return {
            **batch,
            "hint": torch.where(dropped, without_hint(hint), hint),
            "keep": torch.where(dropped, torch.zeros_like(keep), keep),
        }

    @torch.no_grad()
    def clean_latents(self, batch: dict[str, Tensor]) -> Tensor:
        """What is denoised, (B, C, h, w): the target's latents, less the hint's where there is one."""
        known = batch.get("target_latents")
        latents = (self.autoencoder.encode(batch["target"]) if known is None else known).float()
        hint = self._hint(batch)
        return latents if hint is None else latents - self.autoencoder.encode(hint).float()

    def _hint(self, batch: dict[str, Tensor]) -> Tensor | None:
        return batch["hint"][:, :3] if self.model_config.warp_hint else None

    def _timesteps(self, count: int, generator, device) -> Tensor:
        timesteps = torch.randint(0, self.last + 1, (count,), generator=generator, device=device)
        start = torch.rand(count, generator=generator, device=device) < self.config.start_share
        return torch.where(start, self.last, timesteps)

    def _weights(self, batch) -> Tensor:
        """(B, 1, H, W): the picture's parts by importance, what the composition keeps anyway by `kept`."""
        config, person, focus = self.config, batch["person"], batch["focus"]
        importance = 1 + (config.person - 1) * person + (config.focus - config.person) * focus
        return importance * (config.kept + (1 - config.kept) * (1 - batch["keep"]))

    def _picture_losses(self, picture: Tensor, batch, weight: Tensor, generator) -> dict[str, Tensor]:
        target = batch["target"]
        error = picture - target
        across, down = error.diff(dim=3).abs(), error.diff(dim=2).abs()
        losses = {
            "pixel": _mean(error.abs(), weight),
            "gradient": _mean(across, weight[..., 1:]) + _mean(down, weight[..., 1:, :]),
        }
        if self.perceptual is not None:
            self.perceptual.to(target.device)
            crops = defect_crops(1 - batch["keep"], self.config.crop, generator)
            first, second, at = (crop_each(x, crops, self.config.crop) for x in (picture, target, weight))
            losses["perceptual"] = _mean(self.perceptual(first, second), F.avg_pool2d(at, 2))
        return losses


def _mean(values: Tensor, weight: Tensor) -> Tensor:
    """Weighted mean over all places of (B, C, H, W) values, weight (B, 1, H, W)."""
    return (values.mean(1, keepdim=True) * weight).sum() / weight.sum().clamp_min(1e-6)


def defect_crops(doubt: Tensor, side: int, generator: torch.Generator) -> list[tuple[int, int]]:
    """For each (1, H, W) map, the (top, left) of a crop centred on a place drawn by its doubt, inside the picture."""
    batch, _, height, width = doubt.shape
    places = torch.multinomial(doubt.flatten(1) + 1e-6, 1, generator=generator)[:, 0].tolist()
    corners = []
    for place in places:
        row, column = divmod(place, width)
        top, left = row - side // 2, column - side // 2
        corners.append((max(0, min(top, height - side)), max(0, min(left, width - side))))
    return corners


def crop_each(images: Tensor, corners: list[tuple[int, int]], side: int) -> Tensor:
    """(B, C, H, W) -> (B, C, side, side), or smaller where the picture is."""
    views = (x[:, t : t + side, le : le + side] for x, (t, le) in zip(images, corners, strict=True))
    return torch.stack(list(views))
