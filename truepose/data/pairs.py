"""Pairs as training batches: flips and light in the loader."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from ..inputs import hint_input, image_tensor, part_mask_input, pose_input, source_inputs
from ..parsing import IGNORE, BodyPart, part_mask, person_mask
from ..pose import Keypoint, Skeleton
from .pair import Pair, mirror_pair

_FOCUS = (BodyPart.FACE, BodyPart.LEFT_ARM, BodyPart.RIGHT_ARM)


def pair_batch(pair: Pair) -> dict[str, Tensor]:
    """The tensors of one pair, without a batch dimension.

    Returns:
        source (3, H, W), boxes (17, 4), region_masks (17, H, W) bool, part_mask (1, H, W) bool, pose_map (3, H, W),
        hint (5, H, W), target (3, H, W), all pictures in [-1, 1]; of the target, (1, H, W) float32 in [0, 1]: keep,
        where the hint can be trusted; person; focus, its face and arms with the hands.
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
        "person": torch.from_numpy(person_mask(parsing).astype(np.float32))[None],
        "focus": torch.from_numpy(part_mask(parsing, _FOCUS).astype(np.float32))[None],
    }


class PairDataset(Dataset):
    """Endless samples of packed pairs, flipped and relit; sample i is a pure function of (seed, i).

    Args:
        groups: (share of the samples, pairs) of each kind of pairs.
        length: number of samples.
        seed: decides all of them.
        cached: of each group what is computed already of its pairs, (2, ...) tensors by name for each pair: as it is
            and mirrored. Such samples are not relit.
    """

    def __init__(
        self,
        groups: Sequence[tuple[float, Sequence[Pair]]],
        *,
        length: int,
        seed: int,
        cached: Sequence[Sequence[dict[str, Tensor]]] | None = None,
    ):
        self.groups = [pairs for share, pairs in groups if share > 0]
        if not self.groups:
            raise ValueError("there are no pairs to train on")
        self.cached = cached and [each for each, (share, _) in zip(cached, groups, strict=True) if share > 0]
        self.shares = np.array([share for share, _ in groups if share > 0], float)
        self.shares /= self.shares.sum()
        self.length, self.seed = length, seed

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        if index >= self.length:
            raise IndexError(index)
        rng = np.random.default_rng((self.seed, index))
        group = rng.choice(len(self.groups), p=self.shares)
        number = int(rng.integers(len(self.groups[group])))
        mirrored = bool(rng.random() < 0.5)
        pair = self.groups[group][number]
        batch = pair_batch(mirror_pair(pair) if mirrored else pair)
        if self.cached is None:
            return relit(batch, rng)
        return batch | {name: both[int(mirrored)].float() for name, both in self.cached[group][number].items()}


def relit(batch: dict[str, Tensor], rng: np.random.Generator) -> dict[str, Tensor]:
    """The batch in another light, one for source, hint and target: the pair stays a pair."""
    gain = np.exp(rng.normal(0, 0.1)) * np.exp(rng.normal(0, 0.04, 3))
    gain = torch.from_numpy(gain.astype(np.float32))[:, None, None]
    for name in ("source", "target", "hint"):
        lit = ((batch[name][:3] + 1) * gain - 1).clamp(-1, 1)
        batch[name] = torch.cat([lit, batch[name][3:]])
    return batch
