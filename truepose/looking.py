"""Where the network looked: how much of the source's features at each place reached the target (Sec. 3.2, Fig. 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

import cv2
import numpy as np
from torch import Tensor
from torch.nn import functional as F

from .model.attention import SourceContext, SourceFeatures
from .model.target_net import layer_size, resize_mask
from .model.truepose import TruePose
from .parsing import BodyPart as P
from .parsing import part_mask
from .sampling import Predict


class Area(Enum):
    """What Sec. 3.2 tells apart; bare arms and legs are in none."""

    BACKGROUND = (P.BACKGROUND,)
    CLOTHES = (
        P.UPPER_CLOTHES, P.SKIRT, P.PANTS, P.DRESS, P.BELT, P.SCARF, P.BAG, P.LEFT_SHOE, P.RIGHT_SHOE,
    )  # fmt: skip
    HEAD = (P.FACE, P.HAIR, P.HAT, P.SUNGLASSES)

    @property
    def label(self) -> str:
        """The name people read."""
        return self.name.lower()


@dataclass(frozen=True, eq=False)
class Attention:
    """What reached the target, the mean over steps, layers, heads and the target's places.

    Attributes:
        density: (B, h, w) float32 over the latents' grid of the source; its mean is 1: evenly spread attention is 1
            everywhere.
        share: (B,) of all attention that goes to the source; 1 where a layer of its own asks the source.
    """

    density: Tensor
    share: Tensor

    def of_areas(self, parsing: np.ndarray, sample: int = 0) -> dict[Area, float]:
        """Mean density over each area that a (H, W) parsing map of the source shows."""
        height, width = parsing.shape
        density = cv2.resize(self.density[sample].numpy(), (width, height), interpolation=cv2.INTER_LINEAR)
        masks = {area: part_mask(parsing, area.value) for area in Area}
        return {area: float(density[mask].mean()) for area, mask in masks.items() if mask.any()}


class AttentionMeter:
    """Adds up what a model asks its source for while it denoises.

    Args:
        model: of any kind that `truepose.model` builds.
        features: of the source.
        part_mask: (B, 1, H, W) bool, M of Sec. 4.2.
        latent_size: (h, w).
    """

    def __init__(self, model: TruePose, features: SourceFeatures, part_mask: Tensor, latent_size: tuple[int, int]):
        self.model, self.features, self.part_mask, self.latent_size = model, features, part_mask, latent_size
        self._density, self._share, self._count = 0.0, 0.0, 0

    def predict(self, pose_features: Tensor, context: SourceContext) -> Predict:
        """TargetNet as `TruePosePipeline.predict` gives it, watched."""

        def predicted(latents: Tensor, timestep: Tensor) -> Tensor:
            queries: dict[str, Tensor] = {}
            latents = latents.to(self.model.dtype)
            prediction = self.model.target_net(latents, timestep, pose_features, context, queries)
            self._add(queries, context)
            return prediction.float()

        return predicted

    def result(self) -> Attention:
        """The mean so far.

        Raises:
            ValueError: nothing was denoised yet.
        """
        if not self._count:
            raise ValueError("no attention to show: nothing was denoised with the source")
        return Attention((self._density / self._count).float().cpu(), (self._share / self._count).float().cpu())

    def _add(self, queries: dict[str, Tensor], context: SourceContext) -> None:
        for layer, attn in self.model.target_net.self_attentions().items():
            # Of thousands of places each has a small share, which half precision would round away.
            source, asked = self.features[layer], context[layer]
            source = replace(source, query=source.query.float(), key=source.key.float())
            asked = replace(asked, key=asked.key.float())
            tokens = source.key.shape[2]
            size = layer_size(self.part_mask.shape[-2:], tokens)
            inside = resize_mask(self.part_mask, size)[:, 0]
            where, share = attn.processor.source_weights(queries[layer].float(), asked, source, inside)
            grid = (where * tokens).view(-1, 1, *size)  # 1 where attention is even
            self._density = self._density + F.interpolate(grid, self.latent_size)[:, 0]
            self._share = self._share + share
            self._count += 1


def overlay(picture: np.ndarray, density: np.ndarray, *, most: float = 3.0) -> np.ndarray:
    """The picture in grey under the attention's colours: dark where little, yellow where `most` times the mean or more.

    Args:
        picture: (H, W, 3) uint8 RGB.
        density: (h, w), 1 is the mean.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    height, width = picture.shape[:2]
    heat = cv2.resize(density.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC).clip(0, most) / most
    colours = cv2.applyColorMap(np.rint(255 * heat).astype(np.uint8), cv2.COLORMAP_INFERNO)[..., ::-1]
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    return cv2.addWeighted(grey, 0.35, colours, 0.65, 0)
