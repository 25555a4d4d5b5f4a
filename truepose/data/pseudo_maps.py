"""Parsing maps for photos that have none, made by a reader that was trained on those that have one (self-training)."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from tqdm import tqdm

from ..files import save_image
from ..parsing import IGNORE, MIRRORED_PARTS, parsing_image
from ..reading.network import MULTIPLE, ReaderNet
from .street import StreetPhoto

_SURE = 0.6  # probability below which a pixel stays unlabelled
_MARGIN = 0.25  # of the joints' box, on each side
_HEIGHTS = (352, 448)  # of the crop, pixels: read at each, plain and mirrored, and averaged


def write_pseudo_maps(net: ReaderNet, photos: list[StreetPhoto], folder: str | Path) -> int:
    """Write NAME.png, a palette PNG of labels with 255 where the reader is unsure, for every photo without a map.

    Args:
        net: the reader's network.
        photos: labelled with joints, which say where the person is.
        folder: to write to; maps that are there stay.

    Returns:
        How many were written.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    missing = [p for p in photos if p.parsing_path is None and not (folder / f"{p.name}.png").exists()]
    for item in tqdm(missing, unit="photo", disable=None):
        save_image(parsing_image(pseudo_map(net, item)), folder / f"{item.name}.png")
    return len(missing)


@torch.inference_mode()
def pseudo_map(net: ReaderNet, item: StreetPhoto) -> np.ndarray:
    """(H, W) uint8 labels of one photo, 255 where the reader is unsure; background beyond the person's crop."""
    photo = item.photo()
    height, width = photo.shape[:2]
    x0, y0, x1, y1 = item.skeleton.box()
    margin = _MARGIN * max(x1 - x0, y1 - y0)
    rows = slice(max(0, round(y0 - margin)), min(height, round(y1 + margin)))
    columns = slice(max(0, round(x0 - margin)), min(width, round(x1 + margin)))
    crop = photo[rows, columns]
    size = crop.shape[1::-1]
    total = np.zeros((*crop.shape[:2], len(MIRRORED_PARTS)), np.float32)
    for tall in _HEIGHTS:
        probabilities = _probabilities(net, crop, tall).permute(1, 2, 0).numpy()
        total += cv2.resize(probabilities, size, interpolation=cv2.INTER_LINEAR)
    total /= len(_HEIGHTS)
    labels = np.zeros((height, width), np.uint8)
    labels[rows, columns] = np.where(total.max(-1) >= _SURE, total.argmax(-1), IGNORE)
    return labels


def _probabilities(net: ReaderNet, crop: np.ndarray, tall: int) -> torch.Tensor:
    """(18, h, w) label probabilities of a (H, W, 3) crop, the mean of it and its mirror image."""
    wide = max(MULTIPLE, round(crop.shape[1] * tall / crop.shape[0] / MULTIPLE) * MULTIPLE)
    view = cv2.resize(crop, (wide, tall), interpolation=cv2.INTER_AREA)
    image = torch.from_numpy(view).permute(2, 0, 1)[None].float() / 127.5 - 1
    both = torch.cat([image, image.flip(-1)]).contiguous(memory_format=torch.channels_last)
    plain, mirrored = net(both).parsing.float().softmax(1)
    return (plain + mirrored[list(MIRRORED_PARTS)].flip(-1)) / 2
