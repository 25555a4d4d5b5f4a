"""The embedded reader's network: one ImageNet backbone, a feature pyramid, two heads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import Conv2dNormActivation, FeaturePyramidNetwork

from ..parsing import NUM_PARTS
from ..pose import NUM_KEYPOINTS

STRIDE = 4  # of the heads' maps
MULTIPLE = 32  # input sides must divide by the backbone's last stride


@dataclass(frozen=True)
class ReaderConfig:
    """Sizes of the reader.

    Attributes:
        backbone: a timm name whose features come at strides 4, 8, 16, 32.
        channels: width of the pyramid and heads.
        find_size: longer side in pixels of the first pass, which finds the person.
        read_height: height in pixels of the second pass, over the person's crop.
    """

    backbone: str = "tf_efficientnet_lite0"
    channels: int = 96
    find_size: int = 256
    read_height: int = 384


class Reading(NamedTuple):
    """What the network says of a batch; h = H / 4, w = W / 4.

    Attributes:
        heatmaps: (B, 18, h, w) logits of each joint's place; a softmax over all places and `absent` is the
            probability of each.
        absent: (B, 18) logit of the joint not being in the picture.
        parsing: (B, 18, h, w) logits of the `BodyPart` labels.
    """

    heatmaps: Tensor
    absent: Tensor
    parsing: Tensor


class ReaderNet(nn.Module):
    """Photo to joint heatmaps and parsing logits."""

    def __init__(self, config: ReaderConfig):
        super().__init__()
        self.config = config
        self.backbone = timm.create_model(config.backbone, features_only=True, out_indices=(1, 2, 3, 4))
        width = config.channels
        self.pyramid = FeaturePyramidNetwork(self.backbone.feature_info.channels(), width)
        self.keypoints = nn.Sequential(Conv2dNormActivation(width, width), nn.Conv2d(width, NUM_KEYPOINTS, 1))
        self.parsing = nn.Sequential(Conv2dNormActivation(width, width), nn.Conv2d(width, NUM_PARTS, 1))
        self.absent = nn.Linear(width, NUM_KEYPOINTS)
        # What the whole picture shows, told to every place: a skirt and a dress look alike from near by. The backbone
        # itself sees little of the whole. Starts at nothing, so that it can be added to a trained network.
        self.scene = nn.Linear(width, width)
        nn.init.zeros_(self.scene.weight)
        nn.init.zeros_(self.scene.bias)

    def forward(self, image: Tensor) -> Reading:
        """image: (B, 3, H, W) RGB in [-1, 1], H and W multiples of 32."""
        levels = self.backbone(image)  # (B, c, H/4, W/4) ... (B, c, H/32, W/32)
        levels = list(self.pyramid({str(i): level for i, level in enumerate(levels)}).values())
        size = levels[0].shape[-2:]
        merged = levels[0] + sum(F.interpolate(x, size, mode="bilinear") for x in levels[1:])  # (B, C, h, w)
        merged = merged + self.scene(levels[-1].mean((2, 3)))[..., None, None]
        absent = self.absent(levels[-1].amax((2, 3)))  # (B, 18)
        return Reading(self.keypoints(merged), absent, self.parsing(merged))


def joint_probabilities(reading: Reading) -> tuple[Tensor, Tensor]:
    """Heatmaps as probabilities.

    Returns:
        ((B, 18, h, w) probability of each place, (B, 18) probability that the joint is in the picture).
    """
    batch, joints, height, width = reading.heatmaps.shape
    logits = torch.cat([reading.heatmaps.flatten(2), reading.absent[..., None]], -1).float()
    probabilities = logits.softmax(-1)  # (B, 18, h * w + 1)
    return probabilities[..., :-1].view(batch, joints, height, width), 1 - probabilities[..., -1]
