"""All that a training run elsewhere needs, small: photos cropped to their person, a map for each of them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from ..files import save_image, save_text
from ..parsing import parsing_image
from ..reading.network import ReaderNet
from .pseudo_maps import pseudo_map
from .street import StreetPhoto

_MARGIN = 0.3  # of the joints' box, on each side: room for the pose to change


def pack_street(
    photos: list[StreetPhoto], folder: str | Path, net: ReaderNet, *, height: int = 288, quality: int = 80
) -> int:
    """Write a folder of labelled photos in the layout that `load_street` reads, a fraction of the size.

    Args:
        photos: to pack; those without a parsing map get the reader's, 255 where it is unsure.
        folder: to write to.
        net: the reader's network.
        height: pixels of the tallest crop.
        quality: of the WebP pictures, to 100.

    Returns:
        The folder's size in bytes.
    """
    folder = Path(folder)
    for name in ("photos", "parsing"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    rows = [_pack(item, folder, net, height, quality) for item in tqdm(photos, unit="photo", disable=None)]
    save_text("".join(json.dumps(row) + "\n" for row in rows), folder / "people.jsonl")
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _pack(item: StreetPhoto, folder: Path, net: ReaderNet, height: int, quality: int) -> dict:
    """One photo: its row of people.jsonl."""
    photo, parsing = item.photo(), item.parsing()
    parsing = pseudo_map(net, item) if parsing is None else parsing
    rows, columns = _crop(item, photo.shape[:2])
    photo, parsing = photo[rows, columns], parsing[rows, columns]
    scale = min(1.0, height / photo.shape[0])
    size = max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale))
    photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
    parsing = cv2.resize(parsing, size, interpolation=cv2.INTER_NEAREST)
    triplets = item.triplets.astype(float).copy()
    triplets[:, :2] = (triplets[:, :2] - (columns.start, rows.start)) * scale
    Image.fromarray(photo).save(folder / "photos" / f"{item.name}.webp", quality=quality, method=6)
    save_image(parsing_image(parsing), folder / "parsing" / f"{item.name}.png")
    return {"file": f"{item.name}.webp", "parsing": f"{item.name}.png", "keypoints": triplets.round(2).tolist()}


def _crop(item: StreetPhoto, size: tuple[int, int]) -> tuple[slice, slice]:
    """Rows and columns around the joints."""
    height, width = size
    x0, y0, x1, y1 = item.skeleton.box() if item.skeleton.visible.any() else (0, 0, width, height)
    margin = _MARGIN * max(x1 - x0, y1 - y0)
    low = np.floor(np.maximum((x0 - margin, y0 - margin), 0)).astype(int)
    high = np.ceil(np.minimum((x1 + margin, y1 + margin), (width, height))).astype(int)
    return slice(int(low[1]), int(high[1])), slice(int(low[0]), int(high[0]))
