"""Style transfer (Sec. 5.4): what is painted of a reference takes the patterns of a source; the rest is not touched."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .cloth import Cloth, carry_cloth, garment_of, painted_label, snug
from .compose import Preview, compose
from .frame import Frame
from .inputs import hint_input, part_mask_input, pose_input
from .parsing import BodyPart, person_mask
from .pipeline import OnStep, Source, TruePosePipeline, glancing
from .sampling import Kept, Predict, guided


@dataclass(frozen=True, eq=False)
class StyleResult:
    """A reference with new style.

    Attributes:
        image: RGB, of the reference's size; bit for bit the reference where the mask is 0.
        labels: the source's garment whose style it is.
        seed: the noise's seed.
    """

    image: Image.Image
    labels: frozenset[BodyPart]
    seed: int


@torch.inference_mode()
def transfer_style(
    pipeline: TruePosePipeline,
    reference: Source,
    source: Source,
    mask: np.ndarray,
    *,
    label: BodyPart | None = None,
    steps: int | None = None,
    guidance_scale: float | None = None,
    seed: int = 0,
    on_step: OnStep | None = None,
) -> StyleResult:
    """Give what is painted of the reference the style of a source's garment, in the reference's pose.

    A model with a warp hint corrects the source's cloth laid on the reference (`carry_cloth`); any other
    makes the picture from the source's features alone.

    Args:
        pipeline: the model.
        reference: from `encode_source`; its photo stays.
        source: from `encode_source`, perhaps of the same photo; gives style.
        mask: (H, W) of the reference's size; bool, or in [0, 1]; between them old and new are mixed.
        label: the source's garment; by default the kind that is painted, else the largest.
        steps: sampling steps, at least 1; the model's default if None.
        guidance_scale: omega of Eq. 11; the model's default if None.
        seed: of the noise: equal seeds give equal pictures.
        on_step: called with (step, steps, glance) after every step; what it raises ends the run.

    Raises:
        ValueError: the mask is empty, of another size or not in [0, 1]; the source does not show the garment; steps
            below 1.
    """
    config = pipeline.model.config
    steps = config.steps if steps is None else steps
    guidance_scale = config.guidance_scale if guidance_scale is None else guidance_scale
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    mask = checked_mask(mask, reference.photo.shape[:2])
    labels = style_labels(reference, source, mask, label)
    frame = Frame.around([reference.person.box, _box(mask)], config.image_size)
    shown, hint = None, None
    if config.warp_hint:
        cloth = carry_cloth(reference.puppet, reference.person.skeleton, source.puppet, mask, labels)
        shown = _shown(reference, cloth, mask)
        maps = (frame.view(shown.image), frame.view(shown.alpha, border=0), frame.view(shown.keep))
        hint = hint_input(*maps)[None].to(pipeline.device)
    free = _latent_mask(frame.view(mask, border=0)).to(pipeline.device)
    predict = mixed(pipeline, reference, source, frame, hint, free, guidance_scale)
    kept = Kept(_own_latents(pipeline, reference, frame, hint), free)

    def drawn(latents: Tensor) -> Image.Image:
        generated = pipeline.decode(latents, None if hint is None else hint[:, :3])
        styled = compose(shown, generated, frame) if shown else frame.back(generated, mask.shape).clip(0, 255)
        return Image.fromarray(paste(reference.photo, styled, mask))

    latents = pipeline.sample(predict, steps, seed, kept=kept, on_step=glancing(on_step, drawn))
    return StyleResult(drawn(latents), labels, seed)


def checked_mask(mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The mask as (H, W) float32 in [0, 1].

    Raises:
        ValueError: it is empty, not of this size, or not in [0, 1].
    """
    mask = np.asarray(mask)
    if mask.shape != size:
        raise ValueError(f"the mask must be of the reference's size {size[1]}x{size[0]}, got shape {mask.shape}")
    mask = mask.astype(np.float32)
    if not (mask >= 0).all() or mask.max() > 1:
        raise ValueError(f"the mask must be in [0, 1], got {mask.min():g} to {mask.max():g}")
    if not mask.any():
        raise ValueError("the mask is empty: nothing is painted")
    return mask


def region_mask(photo: np.ndarray, parsing: np.ndarray, label: BodyPart) -> np.ndarray:
    """Where a photo shows a label, drawn to the photo's edges and soft over a pixel.

    Args:
        photo: (H, W, 3) uint8 RGB.
        parsing: (H, W) uint8 labels.

    Returns:
        (H, W) float32 in [0, 1].

    Raises:
        ValueError: the photo shows none of it.
    """
    mask = (snug(photo, parsing) == label).astype(np.float32)
    if not mask.any():
        raise ValueError(f"the reference shows no {label.label}")
    return cv2.GaussianBlur(mask, (3, 3), 0)


def style_labels(reference: Source, source: Source, mask: np.ndarray, label: BodyPart | None) -> frozenset[BodyPart]:
    """The source's labels that give the style: the one asked for, or the nearest in kind to what is painted.

    Raises:
        ValueError: the source does not show them.
    """
    parsing = source.puppet.labels
    if label is None:
        return garment_of(parsing, painted_label(reference.person.parsing, mask))
    if not (parsing == label).any():
        raise ValueError(f"the source shows no {label.label}")
    return frozenset((label,))


def paste(photo: np.ndarray, styled: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8: the photo with the styled picture mixed in; bit for bit the photo where the mask is 0."""
    mixed = photo + mask[..., None] * (styled.astype(np.float32) - photo)
    return np.where(mask[..., None] > 0, np.rint(mixed), photo).astype(np.uint8)


def mixed(
    pipeline: TruePosePipeline,
    reference: Source,
    source: Source,
    frame: Frame,
    hint: Tensor | None,
    free: Tensor,
    guidance_scale: float,
) -> Predict:
    """eps = m eps(source features) + (1 - m) eps(reference features), guided (Eq. 11), in the reference's pose."""
    skeleton = reference.person.skeleton
    pose_map = pose_input(frame.skeleton(skeleton), pipeline.model.config.image_size)[None].to(pipeline.device)
    pose_features = pipeline.model.pose_features(pose_map, hint)

    def of(each: Source) -> Predict:
        part_mask = part_mask_input(each.parsing, skeleton)[None].to(pipeline.device)
        context = pipeline.model.condition(each.features, each.tokens, part_mask, each.region_masks)
        return pipeline.predict(pose_features, context)

    styled, plain = of(source), of(reference)

    def mixture(latents: Tensor, timestep: Tensor) -> Tensor:
        return torch.lerp(plain(latents, timestep), styled(latents, timestep), free)

    return guided(pipeline.predict(pose_features, None), mixture, guidance_scale)


def _own_latents(pipeline: TruePosePipeline, reference: Source, frame: Frame, hint: Tensor | None) -> Tensor:
    """(1, C, h, w): the reference itself as latents; where a correction is denoised, none."""
    if hint is not None:
        return torch.zeros_like(pipeline.model.autoencoder.encode(hint[:, :3]))
    photo = torch.from_numpy(frame.view(reference.photo)).permute(2, 0, 1)[None].float() / 127.5 - 1
    return pipeline.model.autoencoder.encode(photo.to(pipeline.device))


def _shown(reference: Source, cloth: Cloth, mask: np.ndarray) -> Preview:
    """The hint: the reference in the source's cloth, and how far it is to be kept."""
    alpha = np.where(person_mask(reference.person.parsing) | (mask > 0.5), 255, 0).astype(np.uint8)
    doubt = mask * (1 - cloth.trust)
    return Preview(cloth.image, (1 - doubt).astype(np.float32), alpha)


def _latent_mask(mask: np.ndarray) -> Tensor:
    """(1, 1, h / 8, w / 8) float32: the mask on the latent grid."""
    height, width = mask.shape
    small = cv2.resize(mask, (width // 8, height // 8), interpolation=cv2.INTER_AREA)
    return torch.from_numpy(small.clip(0, 1))[None, None]


def _box(mask: np.ndarray) -> tuple[float, float, float, float]:
    rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
