"""RegionEncoder: one CLIP token for each region of the source, and one for the whole (Eq. 4)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import roi_align
from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

# OpenAI CLIP's normalisation, of RGB in [0, 1].
_MEAN = (0.48145466, 0.4578275, 0.40821073)
_STD = (0.26862954, 0.26130258, 0.27577711)


class RegionEncoder(nn.Module):
    """CLIP's `image_embeds` of square crops."""

    def __init__(self, **config):
        super().__init__()
        self.clip = CLIPVisionModelWithProjection(CLIPVisionConfig(**config))
        self.size = self.clip.config.image_size
        self.channels = self.clip.config.projection_dim
        # What no file holds is made here, also where the weights are still to come (on the meta device).
        self.register_buffer("mean", torch.tensor(_MEAN, device="cpu")[:, None, None], persistent=False)
        self.register_buffer("std", torch.tensor(_STD, device="cpu")[:, None, None], persistent=False)
        embeddings = self.clip.vision_model.embeddings
        positions = torch.arange(embeddings.num_positions, device="cpu")[None]
        embeddings.register_buffer("position_ids", positions, persistent=False)

    def forward(self, image: Tensor, boxes: Tensor) -> Tensor:
        """Embed the boxes of each image; a box of no area gives zeros.

        Args:
            image: (B, 3, H, W) RGB in [-1, 1].
            boxes: (B, M, 4) float x0, y0, x1, y1 in pixels, x1 and y1 exclusive.

        Returns:
            (B, M, C) tokens.
        """
        batch, count = boxes.shape[:2]
        present = ((boxes[..., 2:] - boxes[..., :2]) > 0).all(-1).flatten()  # (B * M,)
        tokens = image.new_zeros(batch * count, self.channels)
        if present.any():
            index = torch.arange(batch, device=image.device).repeat_interleave(count)
            crops = square_crops(image, boxes.flatten(0, 1)[present], index[present], self.size)
            crops = (crops / 2 + 0.5 - self.mean) / self.std
            embeds = self.clip(pixel_values=crops.to(self.clip.dtype)).image_embeds
            tokens = tokens.to(embeds.dtype).index_copy(0, present.nonzero()[:, 0], embeds)
        return tokens.view(batch, count, -1)

    def patches(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [-1, 1], stretched to CLIP's square -> (B, C', g, g) last hidden states."""
        square = F.interpolate(image.float(), (self.size, self.size), mode="bilinear", antialias=True)
        square = (square / 2 + 0.5 - self.mean) / self.std
        states = self.clip.vision_model(pixel_values=square.to(self.clip.dtype)).last_hidden_state[:, 1:]
        side = round(states.shape[1] ** 0.5)
        return states.transpose(1, 2).unflatten(2, (side, side))


def square_crops(image: Tensor, boxes: Tensor, index: Tensor, size: int) -> Tensor:
    """Crops padded to squares with mid grey and resized.

    Args:
        image: (B, 3, H, W).
        boxes: (n, 4) x0, y0, x1, y1 pixels.
        index: (n,) which image each box is of.

    Returns:
        (n, 3, size, size).
    """
    side = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True)
    center = (boxes[:, 2:] + boxes[:, :2]) / 2
    squares = torch.cat([center - side / 2, center + side / 2], 1)
    rois = torch.cat([index[:, None].to(squares.dtype), squares], 1)
    crops = roi_align(image.float(), rois.float(), (size, size), sampling_ratio=2, aligned=True)
    # Outside the box is padding, not the neighbours.
    steps = (torch.arange(size, device=image.device) + 0.5) / size
    at = squares[:, None, :2] + steps[:, None] * side[:, :, None]  # (n, size, 2)
    inside = (at >= boxes[:, None, :2]) & (at <= boxes[:, None, 2:])
    return crops * (inside[:, :, 1, None] & inside[:, None, :, 0])[:, None].to(crops.dtype)
