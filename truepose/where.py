"""Where the network looked while it made a result: its attention, laid on the photo (Sec. 3.2, Fig. 2)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .compose import preview
from .frame import Frame
from .inputs import part_mask_input
from .looking import Area, Attention, AttentionMeter, overlay
from .parsing import BodyPart
from .pipeline import OnStep, Source, TruePosePipeline, glancing
from .pose import Skeleton
from .sampling import guided


@dataclass(frozen=True, eq=False)
class Look:
    """Where in a photo the network looked.

    Attributes:
        picture: (H, W, 3) uint8 RGB of the photo's size: the photo in grey under the attention's colours.
        density: (H, W) float32 of the photo's size, 1 is evenly; 0 outside the source's frame, which is not looked at.
        areas: mean density over each area of the source's frame that the photo shows.
        hinted: whether the network also saw the warp, which then gives most of the result.
    """

    picture: np.ndarray
    density: np.ndarray
    areas: dict[Area, float]
    hinted: bool

    def describe(self) -> str:
        """The areas' figures in one line, the most looked at first."""
        figures = sorted(self.areas.items(), key=lambda each: -each[1])
        return ", ".join(f"{area.label} {figure:.1f}" for area, figure in figures) + " (1 = evenly)"


@torch.inference_mode()
def where_it_looked(
    pipeline: TruePosePipeline,
    source: Source,
    target: Skeleton,
    *,
    steps: int | None = None,
    guidance_scale: float | None = None,
    seed: int = 0,
    locked: frozenset[BodyPart] = frozenset(),
    on_step: OnStep | None = None,
) -> Look:
    """Denoise as `TruePosePipeline.repose` does with these arguments, watching what is asked of the source.

    Args:
        pipeline: the model.
        source: from `encode_source`.
        target: joints in the photo's pixels.
        steps, guidance_scale, seed, locked: as for `TruePosePipeline.repose`, whose result they explain.
        on_step: called with (step, steps, glance) after every step; the glance draws the attention so far.

    Raises:
        ValueError: steps below 1, or a target without a visible joint.
    """
    model, config = pipeline.model, pipeline.defaults
    steps = config.steps if steps is None else steps
    guidance_scale = config.guidance_scale if guidance_scale is None else guidance_scale
    if not target.visible.any():
        raise ValueError("the target pose has no visible joint")
    condition = pipeline.condition(source, target, preview(source.puppet, target, locked))
    part_mask = part_mask_input(source.parsing, target)[None].to(pipeline.device)
    latent_size = tuple(side // 8 for side in config.image_size)
    meter = AttentionMeter(model, source.features, part_mask, latent_size)
    watched = meter.predict(condition.pose_features, condition.context)
    predict = guided(pipeline.predict(condition.pose_features, None), watched, guidance_scale)

    def drawn(latents: Tensor) -> Image.Image:
        return Image.fromarray(_look(source, meter.result(), hinted=config.warp_hint).picture)

    pipeline.sample(predict, steps, seed, on_step=glancing(on_step, drawn))
    return _look(source, meter.result(), hinted=config.warp_hint)


def _look(source: Source, attention: Attention, *, hinted: bool) -> Look:
    density = on_photo(attention.density[0].numpy(), source)
    return Look(overlay(source.photo, density), density, attention.of_areas(source.parsing), hinted)


def on_photo(density: np.ndarray, source: Source) -> np.ndarray:
    """An (h, w) density over the source's frame as (H, W) float32 over its photo; 0 outside the frame."""
    height, width = source.parsing.shape
    seen = cv2.resize(density, (width, height), interpolation=cv2.INTER_LINEAR)
    frame = Frame.around([source.person.box], (height, width))
    return frame.back(seen, source.photo.shape[:2], cv2.INTER_LINEAR, border=0)
