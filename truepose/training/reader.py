"""Training the embedded reader on labelled street photos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from ..checkpoint import save_weights
from ..data.labelled import from_street, load_rendered
from ..data.reading import ReaderDataset
from ..data.street import load_street
from ..evaluation.reading import means, measure_reader, score_photos, street_truths
from ..imagenet import fill_backbone
from ..parsing import IGNORE, BodyPart
from ..reading.embedded import EmbeddedReader
from ..reading.network import STRIDE, ReaderConfig, ReaderNet, Reading
from .loop import fit
from .loop_config import LoopConfig

READER_LOOP = LoopConfig(
    steps=1500, batch_size=16, learning_rate=8e-4, warmup_steps=60, ema_decay=0.995, validate_every=500
)
_SIGMA = 1.25  # of a joint's target, in heatmap cells
_RARE = (BodyPart.HAT, BodyPart.SUNGLASSES, BodyPart.BELT, BodyPart.SCARF)


def joint_loss(reading: Reading, xy: Tensor, present: Tensor) -> Tensor:
    """Cross-entropy of each joint's place against a small Gaussian, "not in the picture" being one more place.

    Args:
        xy: (B, 18, 2) pixels of the image.
        present: (B, 18) 1 in the picture, 0 not, NaN unknown (no loss).
    """
    height, width = reading.heatmaps.shape[-2:]
    cell = (xy + 0.5) / STRIDE - 0.5
    columns = torch.arange(width, device=xy.device) - cell[..., 0:1]  # (B, 18, w)
    rows = torch.arange(height, device=xy.device) - cell[..., 1:2]  # (B, 18, h)
    gauss = torch.exp(-(rows[..., :, None] ** 2 + columns[..., None, :] ** 2) / (2 * _SIGMA**2)).flatten(2)
    seen = torch.nan_to_num(present)[..., None]
    target = torch.cat([seen * gauss / gauss.sum(-1, keepdim=True).clamp_min(1e-6), 1 - seen], -1)
    logits = torch.cat([reading.heatmaps.flatten(2), reading.absent[..., None]], -1).float()
    entropy = -(target * logits.log_softmax(-1)).sum(-1)  # (B, 18)
    known = ~present.isnan()
    return (entropy * known).sum() / known.sum().clamp_min(1)


def reader_loss(model: ReaderNet, batch: dict, generator: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
    """Joints and parsing together."""
    image = batch["image"].contiguous(memory_format=torch.channels_last)
    reading = model(image)
    joints = joint_loss(reading, batch["xy"], batch["present"])
    # Labels at half the picture's size: finer borders than the map's own stride.
    logits = F.interpolate(reading.parsing.float(), scale_factor=STRIDE / 2, mode="bilinear")
    labels = batch["parsing"][:, ::2, ::2]
    parsing, jaccard = parsing_loss(logits, labels), jaccard_loss(logits, labels)
    parts = {"joints": joints.detach(), "parsing": parsing.detach(), "jaccard": jaccard.detach()}
    return 0.25 * joints + parsing + 0.5 * jaccard, parts


def parsing_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy of (B, 18, h, w) logits against (B, h, w) labels, rare labels weighing more; 255 is unknown."""
    weight = torch.ones(len(BodyPart), device=logits.device)
    weight[[int(part) for part in _RARE]] = 3
    entropy = F.cross_entropy(logits, labels, weight, ignore_index=IGNORE, reduction="sum")
    return entropy / (labels != IGNORE).sum().clamp_min(1)


def jaccard_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """1 - soft IoU over the batch, the mean of the labels it holds: a belt counts as much as the background."""
    known = (labels != IGNORE)[:, None]
    truth = F.one_hot(torch.where(labels == IGNORE, 0, labels), len(BodyPart)).movedim(-1, 1) * known
    chance = logits.softmax(1) * known
    both = (chance * truth).sum((0, 2, 3))  # (18,)
    present = truth.sum((0, 2, 3))
    iou = both / (chance.sum((0, 2, 3)) + present - both).clamp_min(1)
    return 1 - iou[present > 0].mean() if (present > 0).any() else logits.sum() * 0


def train_reader(
    street: str | Path,
    folder: str | Path,
    loop: LoopConfig,
    *,
    size: tuple[int, int] = (256, 192),
    config: ReaderConfig | None = None,
    pseudo_maps: str | Path | None = None,
    rendered: str | Path | None = None,
    init_from: str | Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[str, float]:
    """Train the reader on the street photos' training split; the folder gets config.json + model.safetensors.

    Args:
        size: (height, width) of the training crops, multiples of 32.
        pseudo_maps: folder of `write_pseudo_maps` for the photos that have no map.
        rendered: folder of rendered people, every fourth of the samples.
        init_from: weights of an earlier run; without them the backbone starts from ImageNet.
    """
    config = config or ReaderConfig()
    net = ReaderNet(config).to(memory_format=torch.channels_last)
    if init_from is None:
        fill_backbone(net.backbone)
    # Decoded once: a photo costs 10 ms to open and is seen many times.
    maps = None if pseudo_maps is None else Path(pseudo_maps)
    photos = [(p.parsing_path is not None, from_street(p, maps)) for p in load_street(street, validation=False)]
    mapped, others = ([photo for has_map, photo in photos if has_map is wanted] for wanted in (True, False))
    groups = [(0.6, mapped), (0.4, others)]
    if rendered is not None:
        groups.append((0.33, load_rendered(rendered)))
    dataset = ReaderDataset(groups, size, length=loop.steps * loop.batch_size, seed=loop.seed)
    return fit(
        net,
        dataset,
        reader_loss,
        loop,
        folder,
        save=lambda state, to: save_weights(state, config, to),
        validate=lambda model: means(measure_reader(score_photos(EmbeddedReader(model), street_truths(street)))),
        init_from=init_from,
        should_stop=should_stop,
    )
