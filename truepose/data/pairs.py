"""Packed pairs as training batches: shards on disk, flips and light in the loader."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..inputs import hint_input, image_tensor, part_mask_input, pose_input, source_inputs
from ..parsing import IGNORE, mirror_parsing
from ..pose import Keypoint, Skeleton
from .pseudo_pairs import PAIR_FIELDS, Pair, garment_weight


def load_pairs(folder: str | Path) -> list[Pair]:
    """Every pair of a folder's `pairs-*.npz` shards, in order.

    Raises:
        ValueError: there is no shard, or one lacks a field.
    """
    paths = sorted(p for p in Path(folder).glob("pairs-*.npz") if not p.name.endswith(".part.npz"))
    if not paths:
        raise ValueError(f"no pairs in {folder}: make some with `python -m truepose pairs`")
    pairs = []
    for path in paths:
        with np.load(path, allow_pickle=False) as shard:
            missing = [name for name in PAIR_FIELDS if name not in shard]
            if missing:
                raise ValueError(f"{path} is no shard of pairs: it lacks {missing}")
            columns = [shard[name] for name in PAIR_FIELDS]
        pairs += [Pair(*row) for row in zip(*columns, strict=True)]
    return pairs


def mirror_pair(pair: Pair) -> Pair:
    """The pair flipped left to right; left and right labels and joints swap."""
    width = pair.target.shape[1]
    skeleton = Skeleton.from_triplets(pair.target_triplets, Keypoint).mirrored(width)
    flipped = {
        "source_parsing": mirror_parsing(pair.source_parsing),
        "target_parsing": mirror_parsing(pair.target_parsing),
        "target_triplets": skeleton.triplets(),
    }
    return Pair(*(flipped[n] if n in flipped else getattr(pair, n)[:, ::-1] for n in PAIR_FIELDS))


def pair_batch(pair: Pair) -> dict[str, Tensor]:
    """The tensors of one pair, without a batch dimension.

    Returns:
        source (3, H, W), boxes (17, 4), region_masks (17, H, W) bool, part_mask (1, H, W) bool, pose_map (3, H, W),
        hint (5, H, W), target (3, H, W), all pictures in [-1, 1]; keep (1, H, W) and weight (1, H, W) float32.
    """
    skeleton = Skeleton.from_triplets(pair.target_triplets, Keypoint)
    keep = pair.keep.astype(np.float32) / 255
    parsing = np.where(pair.target_parsing == IGNORE, 0, pair.target_parsing).astype(np.uint8)
    return {
        **source_inputs(pair.source, pair.source_parsing),
        "part_mask": part_mask_input(pair.source_parsing, skeleton),
        "pose_map": pose_input(skeleton, pair.target.shape[:2]),
        "hint": hint_input(pair.hint, pair.alpha, keep),
        "target": image_tensor(pair.target),
        "keep": torch.from_numpy(keep)[None],
        "weight": torch.from_numpy(garment_weight(parsing))[None],
    }


class PairDataset(Dataset):
    """Endless samples of packed pairs, flipped and relit; sample i is a pure function of (seed, i)."""

    def __init__(self, pairs: list[Pair], *, length: int, seed: int):
        self.pairs, self.length, self.seed = pairs, length, seed

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        if index >= self.length:
            raise IndexError(index)
        rng = np.random.default_rng((self.seed, index))
        pair = self.pairs[rng.integers(len(self.pairs))]
        if rng.random() < 0.5:
            pair = mirror_pair(pair)
        batch = pair_batch(pair)
        gain = np.exp(rng.normal(0, 0.1)) * np.exp(rng.normal(0, 0.04, 3))
        gain = torch.from_numpy(gain.astype(np.float32))[:, None, None]
        # One light for source, hint and target: the pair stays a pair.
        for name in ("source", "target", "hint"):
            lit = ((batch[name][:3] + 1) * gain - 1).clamp(-1, 1)
            batch[name] = torch.cat([lit, batch[name][3:]])
        return batch
