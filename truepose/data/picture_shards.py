"""Read pictures on disk: safetensors shards of encoded pictures with their joints and parsing maps.

A shard holds what became of one stretch of a listing's photos: `pictures` and `parsings`, the encoded files one after
the other, with where each ends; `joints` (n, 18, 3), all zero where the person was not read; `names` and `problems`,
JSON as bytes. It is written whole or not at all.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors import SafetensorError, safe_open

from ..checkpoint import write_tensors
from ..parsing import parsing_image
from ..pose import NUM_KEYPOINTS, Skeleton
from .picture_pairs import Picture

PICTURES_PER_SHARD = 64
SHARDS = "pictures-*.safetensors"
LOSSLESS = 100  # the quality at which nothing is lost
_FIELDS = ("pictures", "picture_ends", "parsings", "parsing_ends", "joints", "names", "problems")


def shard_path(folder: Path, number: int) -> Path:
    """Where shard `number` lies."""
    return folder / f"pictures-{number:05d}.safetensors"


def write_pictures(
    path: Path, pictures: Sequence[tuple[str, Picture]], problems: Sequence[tuple[str, str]], quality: int
) -> None:
    """Write one shard, beside first.

    Args:
        path: of the shard.
        pictures: names and what was read.
        problems: (name, reason) of the photos that could not be used.
        quality: of JPEG, 1-99; at 100 the pictures are lossless WebP.
    """
    encoded = [_encoded(picture.image, quality) for _, picture in pictures]
    maps = [_png(picture.parsing) for _, picture in pictures]
    joints = [picture.skeleton.triplets() for _, picture in pictures]
    tensors = {
        "pictures": _bytes(b"".join(encoded)),
        "picture_ends": np.cumsum([len(data) for data in encoded], dtype=np.int64),
        "parsings": _bytes(b"".join(maps)),
        "parsing_ends": np.cumsum([len(data) for data in maps], dtype=np.int64),
        "joints": np.array(joints, np.float32).reshape(-1, NUM_KEYPOINTS, 3),
        "names": _bytes(json.dumps([name for name, _ in pictures]).encode()),
        "problems": _bytes(json.dumps(list(problems)).encode()),
    }
    write_tensors(path, {name: torch.from_numpy(array) for name, array in tensors.items()})


def _bytes(data: bytes) -> np.ndarray:
    return np.frombuffer(bytearray(data), np.uint8)


def _encoded(image: np.ndarray, quality: int) -> bytes:
    file = io.BytesIO()
    if quality >= LOSSLESS:
        Image.fromarray(image).save(file, "WEBP", lossless=True, method=0)
    else:
        Image.fromarray(image).save(file, "JPEG", quality=quality, subsampling=0)
    return file.getvalue()


def _png(parsing: np.ndarray) -> bytes:
    file = io.BytesIO()
    parsing_image(parsing).save(file, "PNG")
    return file.getvalue()


@dataclass(frozen=True, eq=False)
class ShardIndex:
    """What a shard says of itself.

    Attributes:
        path: of the shard.
        names: of its pictures, in order.
        joints: (n, 18, 3) float32 rows (x, y, score) of each, all zero where the person was not read.
        problems: (name, reason) of the photos that could not be used.
    """

    path: Path
    names: tuple[str, ...]
    joints: np.ndarray
    problems: tuple[tuple[str, str], ...]


def read_index(path: Path) -> ShardIndex:
    """Names and problems of a shard; its pictures stay on disk.

    Raises:
        ValueError: it is damaged or no shard of pictures.
    """
    try:
        with safe_open(path, "np") as file:
            missing = set(_FIELDS) - set(file.keys())
            if missing:
                raise ValueError(f"{path} is no shard of pictures: it lacks {sorted(missing)}")
            names = json.loads(file.get_tensor("names").tobytes())
            problems = json.loads(file.get_tensor("problems").tobytes())
            joints = file.get_tensor("joints")
    except (OSError, SafetensorError) as error:
        raise ValueError(f"cannot read the pictures {path}: {error}") from None
    return ShardIndex(path, tuple(names), joints, tuple((n, r) for n, r in problems))


@dataclass(frozen=True, eq=False)
class StoredPicture:
    """One picture of a shard, decoded when asked for: a `pseudo_pairs.LabelledPhoto`.

    Attributes:
        path, row: its shard and its place there.
        skeleton: joints in its pixels.
    """

    path: Path
    row: int
    skeleton: Skeleton

    def photo(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        return np.array(Image.open(io.BytesIO(self._file("picture"))).convert("RGB"))

    def parsing(self) -> np.ndarray:
        """(H, W) uint8 labels, 255 where unknown."""
        return np.array(Image.open(io.BytesIO(self._file("parsing"))))

    def picture(self) -> Picture:
        """All of it."""
        return Picture(self.photo(), self.skeleton, self.parsing())

    def _file(self, kind: str) -> bytes:
        # Opened anew each time: the file is mapped, not read, and a fork of this process shares no handle.
        with safe_open(self.path, "np") as file:
            ends = file.get_tensor(f"{kind}_ends")
            start = int(ends[self.row - 1]) if self.row else 0
            return file.get_slice(f"{kind}s")[start : int(ends[self.row])].tobytes()
