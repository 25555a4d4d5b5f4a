"""PoseEncoder: four convolutions from the pose map (and the puppet warp) to channels beside the noisy latents."""

from __future__ import annotations

import torch
from torch import Tensor, nn

POSE_CHANNELS = 3  # RGB of the pose map
HINT_CHANNELS = 5  # RGB of the warp on its plate, alpha, validity


class PoseEncoder(nn.Module):
    """(B, 3 [+ 5], H, W) in [-1, 1] -> (B, out_channels, H/8, W/8); starts at zero.

    Args:
        out_channels: channels that join the noisy latents at TargetNet's first convolution.
        warp_hint: whether the puppet warp is seen beside the pose map.
    """

    def __init__(self, out_channels: int, *, warp_hint: bool):
        super().__init__()
        self.warp_hint = warp_hint
        channels = POSE_CHANNELS + HINT_CHANNELS * warp_hint
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 32, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(64, 128, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(128, out_channels, 3, padding=1),
        )  # fmt: skip
        nn.init.zeros_(self.layers[-1].weight)
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, pose_map: Tensor, hint: Tensor | None = None) -> Tensor:
        """pose_map: (B, 3, H, W); hint: (B, 5, H, W), given exactly when `warp_hint` is set."""
        if (hint is not None) != self.warp_hint:
            raise ValueError(f"this PoseEncoder {'needs' if self.warp_hint else 'takes no'} warp hint")
        seen = pose_map if hint is None else torch.cat([pose_map, hint], 1)
        return self.layers(seen)  # (B, out_channels, H/8, W/8)
