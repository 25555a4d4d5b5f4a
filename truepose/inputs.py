"""From pictures to tensors: what SourceNet, HPFA, CAA and PoseEncoder are given."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from .parsing import BodyPart, part_mask, parts_of_pose, region_boxes
from .pose import Skeleton, render_pose_map

REGIONS = tuple(part for part in BodyPart if part is not BodyPart.BACKGROUND)


def image_tensor(image: np.ndarray) -> Tensor:
    """(H, W, 3) uint8 RGB -> (3, H, W) float32 in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1).float() / 127.5 - 1


def tensor_image(tensor: Tensor) -> np.ndarray:
    """(3, H, W) about [-1, 1] -> (H, W, 3) float32 in [0, 255]."""
    return ((tensor.float().clamp(-1, 1) + 1) * 127.5).permute(1, 2, 0).cpu().numpy()


def source_inputs(source: np.ndarray, parsing: np.ndarray) -> dict[str, Tensor]:
    """What is read of the source, in the model's frame.

    Args:
        source: (H, W, 3) uint8 RGB.
        parsing: (H, W) uint8 labels.

    Returns:
        source (3, H, W) float32 in [-1, 1]; boxes (17, 4) float32, zeros where a label is absent;
        region_masks (17, H, W) bool.
    """
    found = region_boxes(parsing)
    boxes = np.array([found.get(part, (0, 0, 0, 0)) for part in REGIONS], np.float32)
    masks = np.stack([parsing == part for part in REGIONS])
    return {
        "source": image_tensor(source),
        "boxes": torch.from_numpy(boxes),
        "region_masks": torch.from_numpy(masks),
    }


def part_mask_input(parsing: np.ndarray, target: Skeleton) -> Tensor:
    """M of Sec. 4.2 as (1, H, W) bool: the source's pixels of the parts that the target's visible joints name."""
    return torch.from_numpy(part_mask(parsing, parts_of_pose(target)))[None]


def pose_input(target: Skeleton, size: tuple[int, int]) -> Tensor:
    """The pose map (3, H, W) float32 in [-1, 1] of a target skeleton in the model's pixels."""
    return image_tensor(render_pose_map(target, size))


def hint_input(preview: np.ndarray, alpha: np.ndarray, validity: np.ndarray) -> Tensor:
    """The warp hint (5, H, W) float32 in [-1, 1]: the warp on its plate, its alpha, where it can be trusted.

    Args:
        preview: (H, W, 3) uint8 RGB.
        alpha: (H, W) uint8.
        validity: (H, W) float32 in [0, 1].
    """
    maps = torch.from_numpy(np.stack([alpha.astype(np.float32) / 255, validity.astype(np.float32)])) * 2 - 1
    return torch.cat([image_tensor(preview), maps])


def without_hint(hint: Tensor) -> Tensor:
    """(..., 5, H, W) -> the hint that says nothing: mid-grey, no person, nothing to be trusted."""
    nothing = torch.full_like(hint, -1.0)
    nothing[..., :3, :, :] = 0
    return nothing
