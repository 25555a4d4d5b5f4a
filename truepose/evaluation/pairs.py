"""Figures of a model on validation pairs, against copying the source and against the bare warp."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from skimage.metrics import structural_similarity
from torch.utils.data import default_collate

from ..compose import Preview, compose
from ..data.pair import Pair
from ..data.pairs import pair_batch
from ..frame import Frame
from ..imagenet import PerceptualDistance
from ..inputs import image_tensor, tensor_image, without_hint
from ..model.truepose import TruePose
from ..parsing import person_mask
from ..sampling import build_scheduler, denoise, guided

METHODS = ("copy", "warp", "network", "result")
NO_HINT, NEITHER = "network, no hint", "network, no hint, no source"


def generate_pair(
    model: TruePose,
    pair: Pair,
    *,
    steps: int,
    guidance_scale: float,
    seed: int = 0,
    hinted: bool = True,
    sourced: bool = True,
) -> np.ndarray:
    """The network's picture of a pair's target: (H, W, 3) float32 in [0, 255].

    Args:
        hinted: whether it sees the warp; without, all must come from the source.
        sourced: whether HPFA and CAA see the source; without, it has the warp and the pose alone.
    """
    settings = {"steps": steps, "guidance_scale": guidance_scale, "hinted": hinted, "sourced": sourced}
    return generate_pairs(model, [pair], seeds=[seed], **settings)[0]


@torch.inference_mode()
def generate_pairs(
    model: TruePose,
    pairs: Sequence[Pair],
    *,
    steps: int,
    guidance_scale: float,
    seeds: Sequence[int],
    hinted: bool = True,
    sourced: bool = True,
) -> list[np.ndarray]:
    """`generate_pair` of several pairs of one size at once; each has its own seed, whatever it is batched with."""
    device = next(model.parameters()).device
    batch = {name: tensor.to(device) for name, tensor in default_collate([pair_batch(pair) for pair in pairs]).items()}
    if not hinted:
        batch["hint"] = without_hint(batch["hint"])
    features, tokens = model.encode_source(batch["source"], batch["boxes"])
    context = model.condition(features, tokens, batch["part_mask"], batch["region_masks"]) if sourced else None
    hint = batch["hint"] if model.config.warp_hint else None
    pose = model.pose_features(batch["pose_map"], hint)
    height, width = pairs[0].target.shape[:2]
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    shape = 1, model.autoencoder.channels, height // 8, width // 8
    noise = torch.cat([torch.randn(shape, generator=generator) for generator in generators]).to(device)
    predict = guided(
        lambda latents, t: model.target_net(latents, t, pose, None),
        lambda latents, t: model.target_net(latents, t, pose, context),
        guidance_scale,
    )
    scheduler = build_scheduler(model.config.scheduler)
    latents = denoise(predict, scheduler, noise, steps, start=model.config.start, generator=generators)
    decoded = model.picture(latents, None if hint is None else hint[:, :3])
    return [tensor_image(picture) for picture in decoded]


def pictures(
    model: TruePose, pair: Pair, *, steps: int, guidance_scale: float, without_hint: bool = False
) -> dict[str, np.ndarray]:
    """Each method's (H, W, 3) uint8 answer to a pair; `without_hint` adds the network's without hint or source."""
    settings = {"steps": steps, "guidance_scale": guidance_scale}
    generated = generate_pair(model, pair, **settings)
    shown = Preview(pair.hint, pair.keep.astype(np.float32) / 255, pair.alpha)
    frame = Frame(1.0, (0.0, 0.0), pair.target.shape[:2])
    answers = (pair.source, pair.hint, generated.round().astype(np.uint8), compose(shown, generated, frame))
    more = {}
    if without_hint:
        more[NO_HINT] = generate_pair(model, pair, hinted=False, **settings)
        more[NEITHER] = generate_pair(model, pair, hinted=False, sourced=False, **settings)
    return dict(zip(METHODS, answers, strict=True)) | {n: p.round().astype(np.uint8) for n, p in more.items()}


def measure_pairs(model: TruePose, pairs: Sequence[Pair], **settings) -> dict:
    """Means over the pairs; the settings are those of `pictures`.

    Returns:
        method -> ssim, psnr, sharpness (gradient energy against the target's) and distance over the person's box;
        defect_distance and defect_ssim over the places that the warp does not vouch for.
    """
    rows: dict[str, list[dict[str, float]]] = {}
    for pair in pairs:
        for method, picture in pictures(model, pair, **settings).items():
            rows.setdefault(method, []).append(_figures(picture, pair))
    return {m: {k: float(np.nanmean([row[k] for row in rows[m]])) for k in rows[m][0]} for m in rows}


def summary(table: dict) -> dict[str, float]:
    """The figures to watch while training."""
    names = ("ssim", "psnr", "sharpness", "distance", "defect_distance")
    return {f"{m}_{n}": round(table[m][n], 4) for n in names for m in ("warp", "result", "network")}


@lru_cache(maxsize=1)
def _perceptual() -> PerceptualDistance:
    return PerceptualDistance()


@torch.inference_mode()
def _figures(picture: np.ndarray, pair: Pair) -> dict[str, float]:
    rows, columns = _person_box(pair)
    doubt = 1 - pair.keep.astype(np.float32) / 255
    _, ssim = structural_similarity(
        picture, pair.target, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, full=True
    )
    ssim = ssim.mean(2)
    a, b = picture.astype(np.float32), pair.target.astype(np.float32)
    error = float(((a - b)[rows, columns] ** 2).mean())
    distance = _perceptual()(image_tensor(picture)[None], image_tensor(pair.target)[None])[0, 0].numpy()
    distance = distance.repeat(2, 0).repeat(2, 1)
    weight = doubt[rows, columns]
    has_doubt = weight.sum() > 16
    return {
        "ssim": float(ssim[rows, columns].mean()),
        "psnr": 10 * np.log10(255**2 / max(error, 1e-3)),
        "sharpness": _energy(a[rows, columns]) / max(_energy(b[rows, columns]), 1e-6),
        "distance": float(distance[rows, columns].mean()),
        "defect_ssim": float((ssim[rows, columns] * weight).sum() / weight.sum()) if has_doubt else np.nan,
        "defect_distance": float((distance[rows, columns] * weight).sum() / weight.sum()) if has_doubt else np.nan,
    }


def _energy(image: np.ndarray) -> float:
    return float(np.abs(np.diff(image, axis=0)).mean() + np.abs(np.diff(image, axis=1)).mean())


def _person_box(pair: Pair) -> tuple[slice, slice]:
    """Around the person of the target, with a small margin."""
    mask = person_mask(pair.target_parsing)
    if not mask.any():
        mask = np.ones_like(mask)
    rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
    return slice(max(0, rows[0] - 4), rows[-1] + 5), slice(max(0, columns[0] - 4), columns[-1] + 5)
