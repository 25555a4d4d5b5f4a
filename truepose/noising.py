"""How much of a picture and how much noise there is at each timestep, for diffusion and for straight flows alike."""

from __future__ import annotations

from dataclasses import dataclass

import diffusers
import torch
from torch import Tensor

_KINDS = ("epsilon", "sample", "v_prediction")


@dataclass(frozen=True, eq=False)
class Noising:
    """Noisy latents are signal * clean + noise * standard normal.

    Attributes:
        signal, noise: (T,) float32, by training timestep from 0, the cleanest.
        straight: the path from clean to noise is a line (rectified flow): the network predicts noise - clean and is
            told timesteps from 1 to T.
        prediction_type: what a network on a curved path predicts: epsilon, sample or v_prediction.
    """

    signal: Tensor
    noise: Tensor
    straight: bool = False
    prediction_type: str = "epsilon"

    @classmethod
    def of(cls, scheduler: diffusers.SchedulerMixin) -> Noising:
        """That of a diffusers scheduler: flow matching, or anything with `alphas_cumprod`.

        Raises:
            ValueError: the scheduler is of another kind, or its prediction_type is.
        """
        count = scheduler.config.num_train_timesteps
        if isinstance(scheduler, diffusers.FlowMatchEulerDiscreteScheduler):
            noise = torch.arange(1, count + 1) / count
            return cls(1 - noise, noise, straight=True)
        alphas = getattr(scheduler, "alphas_cumprod", None)
        kind = scheduler.config.get("prediction_type")
        if alphas is None or kind not in _KINDS:
            raise ValueError(f"cannot train for {type(scheduler).__name__} with prediction_type {kind!r}")
        return cls(alphas.sqrt(), (1 - alphas).sqrt(), prediction_type=kind)

    def add(self, clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """Noisy (B, C, h, w) latents at (B,) timesteps."""
        signal, sigma = self._at(timesteps)
        return signal * clean + sigma * noise

    def told(self, timesteps: Tensor) -> Tensor:
        """What the network is told of (B,) timesteps, as the scheduler tells it in sampling."""
        return timesteps + 1 if self.straight else timesteps

    def wanted(self, clean: Tensor, noise: Tensor, timesteps: Tensor) -> Tensor:
        """The network's right answer, (B, C, h, w)."""
        if self.straight:
            return noise - clean
        if self.prediction_type == "epsilon":
            return noise
        signal, sigma = self._at(timesteps)
        return clean if self.prediction_type == "sample" else signal * noise - sigma * clean

    def estimate(self, prediction: Tensor, noisy: Tensor, timesteps: Tensor) -> Tensor:
        """The clean latents that an answer stands for, (B, C, h, w)."""
        signal, sigma = self._at(timesteps)
        if self.straight:
            return noisy - sigma * prediction
        if self.prediction_type == "sample":
            return prediction
        if self.prediction_type == "epsilon":
            return (noisy - sigma * prediction) / signal.clamp_min(1e-3)
        return signal * noisy - sigma * prediction

    def snr_weight(self, timesteps: Tensor, gamma: float) -> Tensor:
        """(B,) weights of squared errors of the answer by min-SNR (Hang et al. 2023): as of clean latents, capped.

        For a straight path, whose answer has no such form, the weight is that of v_prediction.
        """
        signal, sigma = (x.flatten() for x in self._at(timesteps))
        snr = (signal / sigma.clamp_min(1e-6)) ** 2
        capped = snr.clamp_max(gamma)
        if self.straight or self.prediction_type == "v_prediction":
            return capped / (snr + 1)
        return capped if self.prediction_type == "sample" else capped / snr.clamp_min(1e-6)

    def _at(self, timesteps: Tensor) -> tuple[Tensor, Tensor]:
        shape = (-1, 1, 1, 1)
        return tuple(x.to(timesteps.device)[timesteps].view(shape) for x in (self.signal, self.noise))
