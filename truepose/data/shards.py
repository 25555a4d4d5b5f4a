"""Pairs on disk: safetensors shards, written whole or not at all, read row by row as they are asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from ..checkpoint import write_tensors
from .pair import PAIR_FIELDS, Pair

PAIRS_PER_SHARD = 64

# The pair of a number, or None where it cannot be made; the same whenever it is asked.
PairOf = Callable[[int], Pair | None]


def write_shards(
    make: PairOf, folder: str | Path, count: int, *, per_shard: int = PAIRS_PER_SHARD, first: int = 0, stride: int = 1
) -> int:
    """Write pairs 0..count-1 as `pairs-00000.safetensors`, ...; shards that are there already are kept.

    Args:
        make: gives the pairs.
        first, stride: this process writes the shards first, first + stride, ...

    Returns:
        The number of shards that all processes write.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    shards = -(-count // per_shard)
    for shard in range(first, shards, stride):
        path = folder / f"pairs-{shard:05d}.safetensors"
        if path.exists():
            continue
        numbers = range(shard * per_shard, min(count, (shard + 1) * per_shard))
        pairs = [pair for pair in map(make, numbers) if pair is not None]
        if pairs:
            columns = {n: np.ascontiguousarray(np.stack([getattr(pair, n) for pair in pairs])) for n in PAIR_FIELDS}
            write_tensors(path, {name: torch.from_numpy(column) for name, column in columns.items()})
    return shards


class PairShards(Sequence[Pair]):
    """The pairs of a folder's shards, in order; a pair is read from disk when it is asked for.

    Args:
        folder: with `pairs-*.safetensors`.
        count: only the first so many; all by default.

    Raises:
        ValueError: there is no shard, or one is damaged or lacks a field.
    """

    def __init__(self, folder: str | Path, count: int | None = None):
        self.paths = sorted(Path(folder).glob("pairs-*.safetensors"))
        if not self.paths:
            raise ValueError(f"no pairs in {folder}: make some with `python -m truepose pairs`")
        self.ends = list(accumulate(_length(path) for path in self.paths))
        self.count = self.ends[-1] if count is None else min(count, self.ends[-1])

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index):
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self.count))]
        if not 0 <= index < self.count:
            raise IndexError(index)
        shard = bisect_right(self.ends, index)
        row = index - (self.ends[shard - 1] if shard else 0)
        # Opened anew each time: the file is mapped, not read, and a fork of this process shares no handle.
        with safe_open(self.paths[shard], "np") as file:
            return Pair(*(file.get_slice(name)[row] for name in PAIR_FIELDS))


def _length(path: Path) -> int:
    try:
        with safe_open(path, "np") as file:
            names = set(file.keys())
            missing = [name for name in PAIR_FIELDS if name not in names]
            if missing:
                raise ValueError(f"{path} is no shard of pairs: it lacks {missing}")
            return file.get_slice("source").get_shape()[0]
    except (OSError, SafetensorError) as error:
        raise ValueError(f"cannot read the pairs {path}: {error}") from None
