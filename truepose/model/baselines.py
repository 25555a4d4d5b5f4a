"""What the paper compares its parts with (Sec. 5.3, Table 2): B1's source, B2's fusion, and attention without CAA.

Each takes the place of one part of the full model, and gives or takes what that part does.
"""

from __future__ import annotations

import torch
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from torch.nn import functional as F

from .attention import (
    LayerContext,
    LayerFeatures,
    RegionCrossAttention,
    SourceContext,
    SourceFeatures,
    merge_heads,
    project_out,
    split_heads,
    token_keys_values,
)


class ConcatenatedSelfAttention(nn.Module):
    """In place of HPFA: TargetNet's self-attention also reads SourceNet's features, as further keys and values.

    That is AnimateAnyone's reference attention. No parsing map steers it, and it has no weights of its own.
    """

    def __init__(self, layer: str):
        super().__init__()
        self.layer = layer

    def reset(self, attn: Attention) -> None:
        """There is nothing to start."""

    def keys_values(self, attn: Attention, source: LayerFeatures, part_mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, heads, N, d) keys and values of the source by the block's own projections; M is not looked at."""
        projected = (split_heads(to(source.hidden_states), attn.heads) for to in (attn.to_k, attn.to_v))
        return tuple(projected)

    def source_weights(
        self, queries_keys: Tensor, context: LayerContext, source: LayerFeatures, part_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """As HPFA's: (B, N) over the source's places, summing to 1; (B,) share of all attention that goes there.

        Args:
            queries_keys: (2, B, heads, n, d): the queries and TargetNet's own keys, recorded in a pass.
        """
        query, own = queries_keys
        key = torch.cat([own, context.key], 2)
        weights = (query @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1).mean((1, 2))  # (B, n + N)
        taken = weights[:, own.shape[2] :]
        share = taken.sum(1)
        return taken / share[:, None], share

    def __call__(
        self,
        attn,
        hidden_states,
        encoder_hidden_states=None,
        attention_mask=None,
        *,
        context: SourceContext | None,
        queries: dict | None = None,
    ):
        query, key, value = (split_heads(to(hidden_states), attn.heads) for to in (attn.to_q, attn.to_k, attn.to_v))
        if context is None:
            more = torch.zeros_like(key), torch.zeros_like(value)  # what features of zeros give
        else:
            more = context[self.layer].key, context[self.layer].value
        if queries is not None:
            queries[self.layer] = torch.stack([query, key])
        attended = F.scaled_dot_product_attention(query, torch.cat([key, more[0]], 2), torch.cat([value, more[1]], 2))
        return project_out(attn, merge_heads(attended))


class WholeCrossAttention(RegionCrossAttention):
    """In place of CAA: cross-attention to the CLIP token of the whole source, at every layer."""

    def __init__(self, layer: str):
        super().__init__(layer, regions=1)

    def keys_values(
        self, attn: Attention, source: LayerFeatures, region_masks: Tensor, tokens: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """See `RegionCrossAttention.keys_values`."""
        present = torch.ones(len(tokens), 1, dtype=torch.bool, device=tokens.device)
        return *token_keys_values(attn, tokens[:, :1]), present


class ClipSource(nn.Module):
    """In place of SourceNet: CLIP's patches of the source, brought to each layer's shape by a perceptron of its own.

    Args:
        layers: name of each attention layer -> its self-attention, which queries, keys and values start from.
        channels: of CLIP's patches.
    """

    def __init__(self, layers: dict[str, Attention], channels: int):
        super().__init__()
        self.layers = tuple(layers)
        self.perceptrons, self.projections = nn.ModuleList(), nn.ModuleList()
        for attn in layers.values():
            width, inner = attn.to_q.in_features, attn.to_q.out_features
            self.perceptrons.append(
                nn.Sequential(
                    nn.LayerNorm(channels), nn.Linear(channels, width), nn.SiLU(),
                    nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.LayerNorm(width),
                )
            )  # fmt: skip
            self.projections.append(nn.ModuleList(nn.Linear(width, inner, bias=False) for _ in range(3)))
        self.heads = tuple(attn.heads for attn in layers.values())
        self.reset(layers)

    @torch.no_grad()
    def reset(self, layers: dict[str, Attention]) -> None:
        """Queries, keys and values start from the layers' self-attention."""
        for projections, attn in zip(self.projections, layers.values(), strict=True):
            for mine, theirs in zip(projections, (attn.to_q, attn.to_k, attn.to_v), strict=True):
                mine.weight.copy_(theirs.weight)

    def forward(self, patches: Tensor, sizes: dict[str, tuple[int, int]]) -> SourceFeatures:
        """Features in SourceNet's form.

        Args:
            patches: (B, c, g, g) CLIP's last hidden states of the whole source.
            sizes: layer -> its (h, w).
        """
        features = {}
        for layer, perceptron, projections, heads in zip(
            self.layers, self.perceptrons, self.projections, self.heads, strict=True
        ):
            grid = F.interpolate(patches, sizes[layer], mode="bilinear", align_corners=False)
            hidden_states = perceptron(grid.flatten(2).transpose(1, 2))  # (B, h * w, C)
            features[layer] = LayerFeatures(
                hidden_states, *(split_heads(to(hidden_states), heads) for to in projections)
            )
        return features
