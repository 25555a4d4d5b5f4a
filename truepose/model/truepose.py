"""TruePose: all of its networks in one module, built from one config."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from ..checkpoint import fill
from .attention import SourceContext, SourceFeatures
from .autoencoder import build_autoencoder
from .baselines import ClipSource
from .config import TruePoseConfig
from .layout import read_config, weight_files
from .pose_encoder import PoseEncoder
from .region_encoder import RegionEncoder
from .source_net import SourceNet
from .target_net import TargetNet


class TruePose(nn.Module):
    """The networks of the paper. Each is used by name; `forward` is the training step's whole pass."""

    def __init__(self, config: TruePoseConfig):
        super().__init__()
        self.config = config
        self.autoencoder = build_autoencoder(config.autoencoder)
        self.region_encoder = RegionEncoder(**config.region_encoder)
        unet = {
            **config.unet,
            "in_channels": self.autoencoder.channels,
            "out_channels": self.autoencoder.channels,
            "cross_attention_dim": self.region_encoder.channels,
        }
        joined = config.pose_channels + (self.autoencoder.channels if config.hint_latents else 0)
        eq6 = {"delta": config.delta, "sigma": config.sigma}
        parts = {"regions": config.regions, "hpfa": config.hpfa, "caa": config.caa}
        target_net = TargetNet(unet, joined, **eq6, **parts)
        if config.source_net:
            self.source_net = SourceNet(unet)
        else:
            self.source_net = ClipSource(target_net.self_attentions(), self.region_encoder.clip.config.hidden_size)
        self.target_net = target_net
        pose = {"layers": config.pose_layers, "unit_range": config.pose_unit_range}
        self.pose_encoder = PoseEncoder(config.pose_channels, warp_hint=config.warp_hint, **pose)
        self.start_as_twins()
        self.autoencoder.requires_grad_(False)
        self.region_encoder.requires_grad_(config.train_region_encoder)

    @classmethod
    def from_folder(cls, folder: str | Path, dtype: torch.dtype = torch.float32) -> TruePose:
        """Load a folder of either layout (`truepose.model.layout`), strictly; nothing is held twice.

        Args:
            dtype: of the parameters.

        Raises:
            ValueError: missing, damaged, or not of this shape.
        """
        with torch.device("meta"):
            model = cls(read_config(folder))
        fill(model, weight_files(folder), str(folder), dtype)
        return model

    @property
    def dtype(self) -> torch.dtype:
        """Of TargetNet's parameters."""
        return self.target_net.unet.dtype

    def cast(self, dtype: torch.dtype) -> TruePose:
        """This model, its parameters as `dtype`; buffers, which scale pictures and latents, stay float32."""
        for parameter in self.parameters():
            parameter.data = parameter.data.to(dtype)
        return self

    @torch.no_grad()
    def start_as_twins(self) -> None:
        """TargetNet starts from SourceNet's weights (Sec. 4.1), the pose's input channels from its own.

        Without SourceNet only the last layer is looked to: with a warp hint it starts at zero.
        """
        if isinstance(self.source_net, SourceNet):
            self.start_target(self.source_net.unet.state_dict())
        if self.config.warp_hint:
            # What is denoised is a correction: an untrained model then leaves the warp as it is.
            nn.init.zeros_(self.target_net.unet.conv_out.weight)
            nn.init.zeros_(self.target_net.unet.conv_out.bias)

    @torch.no_grad()
    def start_target(self, unet: dict[str, Tensor]) -> None:
        """Fill TargetNet with a stock UNet's weights, and what fuses the source in from its self-attention."""
        target = self.target_net.unet.state_dict()
        for name, tensor in unet.items():
            if name == "conv_in.weight":
                target[name][:, : self.autoencoder.channels].copy_(tensor)
            else:
                target[name].copy_(tensor)
        attentions = self.target_net.self_attentions()
        for attn in attentions.values():
            attn.processor.reset(attn)
        if isinstance(self.source_net, ClipSource):
            self.source_net.reset(attentions)

    def checkpoint_gradients(self) -> None:
        """Compute both UNets' activations again in the backward pass instead of keeping them."""
        for net in (self.source_net, self.target_net):
            if hasattr(net, "unet"):
                net.unet.enable_gradient_checkpointing()

    def stock_shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of the UNet that both start from: TargetNet's without what the pose and the source add."""
        own = self.target_net.unet.state_dict()
        shapes = {name: tuple(tensor.shape) for name, tensor in own.items() if ".processor." not in name}
        width, _, *kernel = shapes["conv_in.weight"]
        return shapes | {"conv_in.weight": (width, self.autoencoder.channels, *kernel)}

    def encode_source(self, source: Tensor, boxes: Tensor) -> tuple[SourceFeatures, Tensor]:
        """SourceNet's features and the CLIP tokens of a source (Eq. 3-4).

        Args:
            source: (B, 3, H, W) RGB in [-1, 1].
            boxes: (B, 17, 4) region boxes in pixels, in label order from 1; zeros where absent.

        Returns:
            (features, (B, 18, C) tokens: of the whole source, then of the regions).
        """
        tokens = self.source_tokens(source, boxes)
        if isinstance(self.source_net, ClipSource):
            height, width = source.shape[-2:]
            sizes = self.target_net.layer_sizes((height // 8, width // 8))
            return self.source_net(self.region_encoder.patches(source), sizes), tokens
        latents = self.autoencoder.encode(source).to(self.dtype)
        return self.source_net(latents, tokens[:, :1].to(latents.dtype)), tokens

    def source_tokens(self, source: Tensor, boxes: Tensor) -> Tensor:
        """(B, 18, C) CLIP tokens; see `encode_source`."""
        height, width = source.shape[-2:]
        whole = source.new_tensor([0, 0, width, height]).expand(len(source), 1, 4)
        return self.region_encoder(source, torch.cat([whole, boxes.to(source.dtype)], 1))

    def condition(
        self, features: SourceFeatures, tokens: Tensor, part_mask: Tensor, region_masks: Tensor, keep=None
    ) -> SourceContext:
        """See `TargetNet.condition`."""
        return self.target_net.condition(features, part_mask, region_masks, tokens, keep)

    def pose_features(self, pose_map: Tensor, hint: Tensor | None = None) -> Tensor:
        """What joins the noisy latents: PoseEncoder's channels and, with `hint_latents`, the hint's own latents.

        Args:
            pose_map: (B, 3, H, W).
            hint: (B, 5, H, W), given exactly when the config sets `warp_hint`.
        """
        encoded = self.pose_encoder(pose_map, hint)
        if not self.config.hint_latents:
            return encoded
        return torch.cat([encoded, self.autoencoder.encode(hint[:, :3]).to(encoded.dtype)], 1)

    def picture(self, latents: Tensor, hint: Tensor | None) -> Tensor:
        """Decode what was denoised: (B, C, h, w) -> (B, 3, H, W) RGB, about [-1, 1].

        With a hint (B, 3, H, W) the latents are a correction to it: only what they change is decoded, so that the
        autoencoder costs the hint no detail.
        """
        if hint is None:
            return self.autoencoder.decode(latents)
        return hint + self.autoencoder.decoded_change(self.autoencoder.encode(hint), latents)

    def forward(self, batch: dict[str, Tensor], latents: Tensor, timesteps: Tensor, keep: Tensor) -> Tensor:
        """Prediction for a training batch (its fields: `truepose.data.pairs`), gradients through all of it."""
        if "source_latents" in batch:  # cached
            tokens = batch["tokens"]
            features = self.source_net(batch["source_latents"], tokens[:, :1])
        else:
            features, tokens = self.encode_source(batch["source"], batch["boxes"])
        context = self.condition(features, tokens, batch["part_mask"], batch["region_masks"], keep)
        pose = self.pose_features(batch["pose_map"], batch["hint"] if self.config.warp_hint else None)
        return self.target_net(latents, timesteps, pose, context)
