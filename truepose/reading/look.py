"""One look of the network at a part of a photo: the view it gets, and joints and labels out of what it says."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from ..parsing import MIRRORED_PARTS, BodyPart
from ..pose import MIRRORED, NUM_KEYPOINTS, Skeleton
from ..resample import sample
from .network import MULTIPLE, STRIDE, ReaderNet, Reading, joint_probabilities

_JOINT_SEEN = 0.3  # score above which a joint counts as visible
_LARGEST_PARSING = 1024  # longer side at which labels are decided; larger photos scale them up

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class View:
    """A part of a photo at the network's scale.

    Attributes:
        pixels: (h, w, 3) uint8 RGB, sides multiples of 32.
        matrix: (2, 3) from the photo's pixels to the view's.
    """

    pixels: np.ndarray
    matrix: np.ndarray

    @classmethod
    def of(cls, photo: np.ndarray, box: Box, longer_side: int) -> View:
        """A box (x0, y0, x1, y1) of a photo, its longer side made `longer_side` pixels, and what fills the multiple."""
        x0, y0, x1, y1 = box
        scale = longer_side / max(x1 - x0, y1 - y0)
        height, width = (max(MULTIPLE, -(-round(side * scale) // MULTIPLE) * MULTIPLE) for side in (y1 - y0, x1 - x0))
        # Centres of pixels sit on integers, so the box's corner lies half a pixel before the first centre.
        matrix = np.array([[scale, 0, (0.5 - x0) * scale - 0.5], [0, scale, (0.5 - y0) * scale - 0.5]])
        return cls(sample(photo, matrix, (height, width)), matrix)

    @property
    def to_photo(self) -> np.ndarray:
        """(2, 3) from the view's pixels to the photo's."""
        return cv2.invertAffineTransform(self.matrix)


def look(net: ReaderNet, pixels: np.ndarray) -> Reading:
    """What the network says of an (h, w, 3) uint8 RGB view: a batch of one."""
    return _run(net, pixels[None])


def look_both_ways(net: ReaderNet, pixels: np.ndarray) -> Reading:
    """The mean of what the network says of a view and of its mirror image: surer than one look, at twice the cost."""
    seen = _run(net, np.stack([pixels, pixels[:, ::-1]]))
    joints, parts = list(MIRRORED), list(MIRRORED_PARTS)
    return Reading(
        (seen.heatmaps[:1] + seen.heatmaps[1:, joints].flip(-1)) / 2,
        (seen.absent[:1] + seen.absent[1:, joints]) / 2,
        (seen.parsing[:1] + seen.parsing[1:, parts].flip(-1)) / 2,
    )


@torch.inference_mode()
def _run(net: ReaderNet, pixels: np.ndarray) -> Reading:
    """(B, h, w, 3) uint8 RGB views through the network; float32."""
    tensor = torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1
    with torch.autocast("cpu", torch.bfloat16, enabled=_has_bfloat16()):
        reading = net(tensor.contiguous(memory_format=torch.channels_last))
    return Reading(*(part.float() for part in reading))


@functools.cache
def _has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself, which halves the time; others would imitate it, slowly."""
    able = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def decode_joints(reading: Reading, region: np.ndarray | None = None) -> Skeleton:
    """The joints in the view's pixels, each at the mean of the 5x5 cells around its best one, scored by their sum.

    Args:
        reading: a batch of one.
        region: (H, W) bool of the view: joints elsewhere are somebody else's, and what speaks for them does not count.
    """
    places, present = joint_probabilities(reading)  # (1, 18, h, w), (1, 18)
    if region is not None:
        mine = F.max_pool2d(torch.from_numpy(region).float()[None, None], STRIDE)  # (1, 1, h, w)
        places = places * mine
        inside = places.sum((2, 3))
        share = (inside + 1 - present).clamp_min(1e-9)  # of all that is said of this region
        places, present = places / share[..., None, None], inside / share
    width = places.shape[-1]
    nearby = F.avg_pool2d(places, 5, 1, 2, count_include_pad=True) * 25  # mass around each cell
    best = nearby[0].flatten(1).argmax(1)
    score = nearby[0].flatten(1).amax(1)
    padded = F.pad(places[0], (2, 2, 2, 2))
    xy = np.zeros((NUM_KEYPOINTS, 2), np.float32)
    offsets = torch.arange(-2, 3).float()
    for joint in range(NUM_KEYPOINTS):
        row, column = divmod(int(best[joint]), width)
        window = padded[joint, row : row + 5, column : column + 5]
        total = window.sum().clamp_min(1e-9)
        xy[joint] = (
            column + float((window.sum(0) * offsets).sum() / total),
            row + float((window.sum(1) * offsets).sum() / total),
        )
    score = torch.minimum(score, present[0]).numpy()
    return Skeleton((xy + 0.5) * STRIDE - 0.5, score > _JOINT_SEEN, score)


def decode_parsing(reading: Reading, size: tuple[int, int], matrix: np.ndarray) -> np.ndarray:
    """The labels on some grid.

    Args:
        reading: a batch of one.
        size: (height, width) of the grid.
        matrix: (2, 3) from the grid's pixels to the view's.

    Returns:
        (height, width) uint8 `BodyPart`; background beyond the view.
    """
    height, width = size
    shrink = min(1.0, _LARGEST_PARSING / max(height, width))
    small = (max(1, round(height * shrink)), max(1, round(width * shrink)))
    maps = reading.parsing[0].float().permute(1, 2, 0).numpy()
    # Small grid's pixel -> grid's -> view's -> heatmap cell.
    grow = np.array([[1 / shrink, 0, 0.5 / shrink - 0.5], [0, 1 / shrink, 0.5 / shrink - 0.5], [0, 0, 1]])
    to_cell = np.array([[1 / STRIDE, 0, 0.5 / STRIDE - 0.5], [0, 1 / STRIDE, 0.5 / STRIDE - 0.5], [0, 0, 1]])
    chain = (to_cell @ np.vstack([matrix, (0, 0, 1)]) @ grow)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    best = np.full(small, -np.inf, np.float32)
    labels = np.zeros(small, np.uint8)
    for part in BodyPart:
        plane = cv2.warpAffine(
            np.ascontiguousarray(maps[..., part]), chain, small[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        higher = plane > best
        labels[higher] = part
        np.maximum(best, plane, out=best)
    inside = cv2.warpAffine(
        np.ones(maps.shape[:2], np.uint8), chain, small[::-1], flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    labels *= inside
    return labels if small == size else cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)
