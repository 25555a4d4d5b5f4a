"""PoseEncoder: convolutions from the pose map (and the puppet warp) to channels beside the noisy latents."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

POSE_CHANNELS = 3  # RGB of the pose map
HINT_CHANNELS = 5  # RGB of the warp on its plate, alpha, validity
PAPER_LAYERS = ((32, 2), (64, 2), (128, 2))


class PoseEncoder(nn.Module):
    """(B, 3 [+ 5], H, W) in [-1, 1] -> (B, out_channels, H/8, W/8); starts at zero.

    Args:
        out_channels: channels that join the noisy latents at TargetNet's first convolution.
        warp_hint: whether the puppet warp is seen beside the pose map.
        layers: (channels, stride) of each 3x3 convolution before the last one, SiLU after each; the strides make 8.
            The default and the last one are the paper's four.
        unit_range: the convolutions see [0, 1] instead of [-1, 1]: black, like their padding, is then nothing.
    """

    def __init__(
        self,
        out_channels: int,
        *,
        warp_hint: bool,
        layers: Sequence[tuple[int, int]] = PAPER_LAYERS,
        unit_range: bool = False,
    ):
        super().__init__()
        self.warp_hint, self.unit_range = warp_hint, unit_range
        stack, width = [], POSE_CHANNELS + HINT_CHANNELS * warp_hint
        for channels, stride in layers:
            stack += [nn.Conv2d(width, channels, 3, stride=stride, padding=1), nn.SiLU()]
            width = channels
        self.layers = nn.Sequential(*stack, nn.Conv2d(width, out_channels, 3, padding=1))
        nn.init.zeros_(self.layers[-1].weight)
        nn.init.zeros_(self.layers[-1].bias)

    def forward(self, pose_map: Tensor, hint: Tensor | None = None) -> Tensor:
        """pose_map: (B, 3, H, W); hint: (B, 5, H, W), given exactly when `warp_hint` is set."""
        if (hint is not None) != self.warp_hint:
            raise ValueError(f"this PoseEncoder {'needs' if self.warp_hint else 'takes no'} warp hint")
        seen = pose_map if hint is None else torch.cat([pose_map, hint], 1)
        if self.unit_range:
            seen = seen / 2 + 0.5
        return self.layers(seen.to(self.layers[0].weight.dtype))  # (B, out_channels, H/8, W/8)
