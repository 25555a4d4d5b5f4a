"""What frozen networks say of training pairs, computed once: the autoencoder's latents and CLIP's tokens (Eq. 4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor
from tqdm import tqdm

from ..checkpoint import write_json, write_tensors
from ..data.pair import Pair, mirror_pair
from ..data.pairs import pair_batch
from ..model.truepose import TruePose

CACHED = ("source_latents", "target_latents", "tokens")
_PER_SHARD = 256
_SETTINGS = "cache.json"
_PRINTED = 8  # pairs that the fingerprint looks at


class CachedPairs(Sequence[dict[str, Tensor]]):
    """Of each pair its `CACHED` tensors, float16: (2, ...), of the pair as it is and of its mirror image.

    Read from disk when asked for. Pictures in another light have other latents, so cached pairs are not relit.

    Args:
        folder: that `cache_pairs` wrote.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._length = json.loads((folder / _SETTINGS).read_text(encoding="utf-8"))["pairs"]

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        if not 0 <= index < self._length:
            raise IndexError(index)
        with safe_open(_shard(self._folder, index // _PER_SHARD), "pt") as file:
            return {name: file.get_slice(name)[index % _PER_SHARD] for name in CACHED}


def cache_pairs(model: TruePose, pairs: Sequence[Pair], folder: Path, *, batch_size: int = 8) -> CachedPairs:
    """Compute what is not there yet, on the model's device; a stopped one goes on where it was.

    Args:
        model: whose autoencoder and CLIP stay as they are.
        pairs: to be looked at.
        folder: gets the cache.

    Raises:
        ValueError: the model's CLIP learns too, or the folder holds the cache of other networks or pairs.
    """
    if model.config.train_region_encoder:
        raise ValueError("a model whose region encoder learns cannot use a cache: leave `cache` out of the config")
    settings = {"pairs": len(pairs), "print": _fingerprint(model, pairs)}
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / _SETTINGS
    if not place.exists():
        write_json(place, settings)
    elif json.loads(place.read_text(encoding="utf-8")) != settings:
        raise ValueError(f"{folder} is the cache of other pairs or other networks: remove it or name another folder")
    missing = [n for n in range(-(-len(pairs) // _PER_SHARD)) if not _shard(folder, n).exists()]
    for number in tqdm(missing, desc="latents", unit="shard", disable=None):
        rows = []
        last = min(len(pairs), (number + 1) * _PER_SHARD)
        for first in range(number * _PER_SHARD, last, batch_size):
            rows.append(_encoded(model, [pairs[i] for i in range(first, min(last, first + batch_size))]))
        write_tensors(_shard(folder, number), {name: torch.cat([row[name] for row in rows]) for name in CACHED})
    return CachedPairs(folder)


@torch.no_grad()
def _encoded(model: TruePose, pairs: list[Pair]) -> dict[str, Tensor]:
    """name -> (n, 2, ...) float16."""
    device = next(model.parameters()).device
    ways = []
    for seen in (pairs, [mirror_pair(pair) for pair in pairs]):
        batches = [pair_batch(pair) for pair in seen]
        source, target, boxes = (
            torch.stack([batch[name] for batch in batches]).to(device) for name in ("source", "target", "boxes")
        )
        encode = model.autoencoder.encode
        ways.append((encode(source), encode(target), model.source_tokens(source, boxes)))
    return {name: torch.stack(both, 1).half().cpu() for name, both in zip(CACHED, zip(*ways, strict=True), strict=True)}


def _shard(folder: Path, number: int) -> Path:
    return folder / f"latents-{number:05d}.safetensors"


def _fingerprint(model: TruePose, pairs: Sequence[Pair]) -> str:
    """Tells the two networks, by settings and weights, and the pictures, by a few of them."""
    config = model.config
    digest = hashlib.blake2b(json.dumps([config.autoencoder, config.region_encoder]).encode(), digest_size=16)
    for index in sorted({round(i * (len(pairs) - 1) / (_PRINTED - 1)) for i in range(_PRINTED)}):
        pair = pairs[index]
        digest.update(repr(pair.target.shape).encode() + pair.source.tobytes() + pair.target.tobytes())
    for part in (model.autoencoder, model.region_encoder):
        for name, tensor in part.state_dict().items():
            digest.update(name.encode())
            digest.update(tensor.detach().float().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
