"""The study of Sec. 3.2: mean attention on background, clothes and head of the source, per method, over people."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from PIL import Image

from ..data.pair import Pair
from ..data.pairs import pair_batch
from ..inputs import without_hint
from ..looking import Area, Attention, AttentionMeter, overlay
from ..model.truepose import TruePose
from ..parsing import IGNORE
from ..sampling import build_scheduler, denoise
from .sheets import grid, strip

_HEIGHT = 256  # pixels of a picture on the sheet


@torch.inference_mode()
def pair_attention(model: TruePose, pair: Pair, *, steps: int, seed: int = 0, hinted: bool = True) -> Attention:
    """What a model looks at in a pair's source while it denoises the target.

    Args:
        model: of any kind.
        pair: source and target pose.
        steps: sampling steps.
        seed: of the noise.
        hinted: whether a model with a warp hint sees it.
    """
    device = next(model.parameters()).device
    batch = {name: tensor[None].to(device) for name, tensor in pair_batch(pair).items()}
    hint = batch["hint"] if hinted else without_hint(batch["hint"])
    features, tokens = model.encode_source(batch["source"], batch["boxes"])
    context = model.condition(features, tokens, batch["part_mask"], batch["region_masks"])
    pose = model.pose_features(batch["pose_map"], hint if model.config.warp_hint else None)
    size = tuple(side // 8 for side in pair.source.shape[:2])
    # Drawn on the CPU, so that a seed means the same on every device.
    noise = torch.randn(1, model.autoencoder.channels, *size, generator=torch.Generator().manual_seed(seed)).to(device)
    meter = AttentionMeter(model, features, batch["part_mask"], size)
    denoise(meter.predict(pose, context), build_scheduler(model.config.scheduler), noise, steps)
    return meter.result()


def attention_study(models: dict[str, TruePose], pairs: Sequence[Pair], *, steps: int, shown: int = 6) -> tuple:
    """Means over the pairs, and overlays of the first ones.

    Args:
        models: by the name of each method.
        pairs: whose sources are looked at.
        steps: sampling steps.
        shown: pairs on the sheet.

    Returns:
        method -> {"background", "clothes", "head": mean density, 1 is even; their standard errors NAME_error;
        "source": share of all attention that goes to the source}; and the sheet.
    """
    table, cells = {}, {}
    for name, model in models.items():
        rows, shares = [], []
        look = partial(pair_attention, model.eval(), steps=steps)
        for number, pair in enumerate(pairs):
            attention = look(pair)
            parsing = np.where(pair.source_parsing == IGNORE, 0, pair.source_parsing)
            rows.append(attention.of_areas(parsing))
            shares.append(float(attention.share[0]))
            if number < shown:
                heat = Image.fromarray(overlay(pair.source, attention.density[0].numpy()))
                cells.setdefault(number, [Image.fromarray(pair.source)]).append(heat)
        table[name] = _means(rows) | {"source": float(np.mean(shares))}
    caption = "source, " + ", ".join(models)
    sheet = grid([strip(pictures, caption, _HEIGHT) for pictures in cells.values()], 2)
    return table, sheet


def _means(rows: list[dict[Area, float]]) -> dict[str, float]:
    figures = {}
    for area in Area:
        values = np.array([row[area] for row in rows if area in row])
        figures[area.label] = float(values.mean()) if len(values) else float("nan")
        figures[f"{area.label}_error"] = float(values.std() / max(1, len(values)) ** 0.5) if len(values) else 0.0
    return figures
