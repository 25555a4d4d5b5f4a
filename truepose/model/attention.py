"""Human-parsing-guided fusion attention (HPFA, Sec. 4.2) and CLIP-guided attention alignment (CAA, Sec. 4.3).

The functions are the paper's equations on plain tensors. The processors put them into diffusers' stock attention
blocks: features travel as an explicit argument of each call and nothing is remembered between calls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import torch
from diffusers.models.attention_processor import Attention
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint

_QUERY_CHUNK = 1024  # queries of reweighted attention at a time: bounds the N x N logits
# Of larger layers the logits are computed again in the backward pass: kept they are most of its memory.
_KEPT_TOKENS = 256


def reweighted_attention(
    query: Tensor, key: Tensor, value: Tensor, part_mask: Tensor, *, delta: float = 0.6, sigma: float = 0.3
) -> Tensor:
    """H' = softmax(A' * M') V', Eq. 6-7: keys of the parts that the target names gain, the others lose.

    The factor M' depends on the logit's sign and on the key's mask bit: inside the mask 1 + delta for positive and
    delta for negative logits, outside sigma and 1 + sigma.

    Args:
        query, key, value: (B, heads, N, d).
        part_mask: (B, N) bool, true at keys inside M.

    Returns:
        (B, heads, N, d).
    """
    if part_mask.dtype != torch.bool or part_mask.shape != (key.shape[0], key.shape[2]):
        raise ValueError(f"part_mask must be (B, N) bool, got {tuple(part_mask.shape)} {part_mask.dtype}")

    def attended(part: Tensor) -> Tensor:
        return reweighted_probabilities(part, key, part_mask, delta=delta, sigma=sigma) @ value

    if torch.is_grad_enabled() and key.shape[2] > _KEPT_TOKENS:
        attended = partial(checkpoint, attended, use_reentrant=False)
    return torch.cat([attended(part) for part in query.split(_QUERY_CHUNK, dim=2)], 2)


def reweighted_probabilities(query: Tensor, key: Tensor, part_mask: Tensor, *, delta: float, sigma: float) -> Tensor:
    """softmax(A' * M') of Eq. 7, (B, heads, n, N) for (B, heads, n, d) queries; see `reweighted_attention`."""
    inside = part_mask[:, None, None, :]  # (B, 1, 1, N)
    one = torch.ones((), dtype=query.dtype, device=query.device)
    positive = torch.where(inside, one * (1 + delta), one * sigma)
    negative = torch.where(inside, one * delta, one * (1 + sigma))
    # Scaled before the product, which half precision would overflow.
    logits = query * query.shape[-1] ** -0.5 @ key.transpose(-1, -2)
    return (logits.clamp_min(0) * positive + logits.clamp_max(0) * negative).softmax(-1)


def region_scores(query: Tensor, key: Tensor, region_masks: Tensor) -> Tensor:
    """Mean attention logit of each region over all queries, heads and the region's keys (Sec. 4.3).

    The mean of q.k over pairs is the product of the means, so no N x N matrix is formed.

    Args:
        query, key: (B, heads, N, d).
        region_masks: (B, M, N) bool.

    Returns:
        (B, M) float32; NaN for an absent region.
    """
    # Weighted before the sum, which half precision would overflow; 0 / 0 marks the absent.
    weights = (region_masks / region_masks.sum(-1, keepdim=True)).to(key.dtype)
    keys = torch.einsum("bmn,bhnd->bmhd", weights, key).float()
    mean_query = query.mean(2).float()  # (B, heads, d)
    return (mean_query[:, None] * keys).sum((2, 3)) * query.shape[-1] ** -0.5 / query.shape[1]


def lowest_regions(scores: Tensor, k: int = 2) -> Tensor:
    """The k regions with the lowest scores, lowest first; ties go to the lower index (Sec. 4.3).

    Args:
        scores: (B, M); NaN for an absent region.

    Returns:
        (B, k) int64 indices into M; -1 where fewer than k regions exist.
    """
    absent = scores.isnan()
    order = torch.where(absent, torch.inf, scores).sort(dim=1, stable=True).indices
    # Present regions scored +inf would sort among the absent: put the absent last by a second stable sort.
    order = order.gather(1, absent.gather(1, order).to(torch.uint8).sort(dim=1, stable=True).indices)
    order = F.pad(order[:, :k], (0, max(0, k - scores.shape[1])), value=-1)
    count = (~absent).sum(1, keepdim=True)
    return torch.where(torch.arange(k, device=scores.device) < count, order, -1)


@dataclass(frozen=True)
class LayerFeatures:
    """What SourceNet gives at one attention layer.

    Attributes:
        hidden_states: (B, N, C), F'_l, what the layer's self-attention reads.
        query, key, value: (B, heads, N, d), Q', K', V' of it.
    """

    hidden_states: Tensor
    query: Tensor
    key: Tensor
    value: Tensor


@dataclass(frozen=True)
class LayerContext:
    """What TargetNet attends to at one layer. Independent of the timestep, so computed once a source and pose.

    Attributes:
        key, value: (B, heads, N, d), K_h' and V_h' of Eq. 8.
        region_key, region_value: (B, heads, K, d), of Eq. 9; zeros for missing regions.
        region_present: (B, K) bool; all true where a sample has no region at all (its zeros then give zero).
    """

    key: Tensor
    value: Tensor
    region_key: Tensor
    region_value: Tensor
    region_present: Tensor

    def map(self, change) -> LayerContext:
        """The same with a function over every (B, ...) tensor."""
        return LayerContext(*(change(t) for t in vars(self).values()))


SourceFeatures = Mapping[str, LayerFeatures]
SourceContext = Mapping[str, LayerContext]


def split_heads(tensor: Tensor, heads: int) -> Tensor:
    """(B, N, heads * d) -> (B, heads, N, d)."""
    return tensor.unflatten(-1, (heads, -1)).transpose(1, 2)


def merge_heads(tensor: Tensor) -> Tensor:
    """(B, heads, N, d) -> (B, N, heads * d)."""
    return tensor.transpose(1, 2).flatten(2)


def project_out(attn: Attention, hidden_states: Tensor) -> Tensor:
    return attn.to_out[1](attn.to_out[0](hidden_states))


def self_attention(attn: Attention, hidden_states: Tensor) -> tuple[Tensor, LayerFeatures]:
    """Stock self-attention, with its query, key and value. hidden_states: (B, N, C)."""
    projected = (split_heads(to(hidden_states), attn.heads) for to in (attn.to_q, attn.to_k, attn.to_v))
    features = LayerFeatures(hidden_states, *projected)
    attended = F.scaled_dot_product_attention(features.query, features.key, features.value)
    return project_out(attn, merge_heads(attended)), features


class RecordingSelfAttention(nn.Module):
    """SourceNet's self-attention: stock, and its Q', K', V' are written to the `record` that the caller passed."""

    def __init__(self, layer: str):
        super().__init__()
        self.layer = layer

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, *, record: dict):
        attended, features = self_attention(attn, hidden_states)
        record[self.layer] = features
        return attended


class PlainCrossAttention(nn.Module):
    """SourceNet's cross-attention to the whole source's CLIP token: stock."""

    def __call__(self, attn, hidden_states, encoder_hidden_states, attention_mask=None, *, record: dict):
        query = split_heads(attn.to_q(hidden_states), attn.heads)
        key = split_heads(attn.to_k(encoder_hidden_states), attn.heads)
        value = split_heads(attn.to_v(encoder_hidden_states), attn.heads)
        return project_out(attn, merge_heads(F.scaled_dot_product_attention(query, key, value)))


class HumanParsingFusionAttention(nn.Module):
    """TargetNet's self-attention, then HPFA as a further residual cross-attention on its result (Eq. 6-8).

    W^Q, W^K, W^V start from the block's self-attention, the output projection from zero.

    Args:
        layer: name of the block.
        attn: its self-attention.
        delta, sigma: of Eq. 6.
    """

    def __init__(self, layer: str, attn: Attention, *, delta: float, sigma: float):
        super().__init__()
        self.layer = layer
        self.heads = attn.heads
        self.delta, self.sigma = delta, sigma
        width, inner = attn.to_q.in_features, attn.to_q.out_features
        self.to_q = nn.Linear(width, inner, bias=False)
        self.to_k = nn.Linear(inner, inner, bias=False)
        self.to_v = nn.Linear(inner, inner, bias=False)
        self.to_out = nn.Linear(inner, width)
        self.reset(attn)

    @torch.no_grad()
    def reset(self, attn: Attention) -> None:
        """Start from the block's self-attention weights, without effect."""
        for mine, theirs in ((self.to_q, attn.to_q), (self.to_k, attn.to_k), (self.to_v, attn.to_v)):
            mine.weight.copy_(theirs.weight)
        nn.init.zeros_(self.to_out.weight)
        nn.init.zeros_(self.to_out.bias)

    def keys_values(self, attn: Attention, source: LayerFeatures, part_mask: Tensor) -> tuple[Tensor, Tensor]:
        """K_h', V_h' (B, heads, N, d) of a source, for (B, N) bool M."""
        settings = {"delta": self.delta, "sigma": self.sigma}
        fused = reweighted_attention(source.query, source.key, source.value, part_mask, **settings)
        fused = merge_heads(fused)
        return split_heads(self.to_k(fused), self.heads), split_heads(self.to_v(fused), self.heads)

    def source_weights(
        self, query: Tensor, context: LayerContext, source: LayerFeatures, part_mask: Tensor
    ) -> tuple[Tensor, Tensor]:
        """How much of the source's values at each place reaches the target, through both softmaxes.

        Args:
            query: (B, heads, n, d), recorded in a pass with this context.
            context, source, part_mask: of the layer.

        Returns:
            (B, N) means over heads and queries, summing to 1; (B,) share of the attention that goes to the source, 1.
        """
        taken = _mean_attention(query, context.key)  # (B, heads, N) of H'
        settings = {"delta": self.delta, "sigma": self.sigma}
        where = torch.zeros_like(taken)
        for part, share in zip(source.query.split(_QUERY_CHUNK, 2), taken.split(_QUERY_CHUNK, 2), strict=True):
            spread = reweighted_probabilities(part, source.key, part_mask, **settings)  # (B, heads, n, N)
            where += torch.einsum("bhi,bhij->bhj", share, spread)
        return where.mean(1), query.new_ones(len(query))

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
        attended, _ = self_attention(attn, hidden_states)
        if context is None:
            # Zero features have zero values, so all that is left of HPFA is its bias.
            return attended + self.to_out.bias
        source = context[self.layer]
        query = split_heads(self.to_q(hidden_states + attended), self.heads)
        if queries is not None:
            queries[self.layer] = query
        fused = F.scaled_dot_product_attention(query, source.key, source.value)
        return attended + self.to_out(merge_heads(fused))


def _mean_attention(query: Tensor, key: Tensor) -> Tensor:
    """(B, heads, N) softmax attention to each key, its mean over the queries."""
    total = 0
    for part in query.split(_QUERY_CHUNK, dim=2):
        total = total + (part @ key.transpose(-1, -2) * query.shape[-1] ** -0.5).softmax(-1).sum(2)
    return total / query.shape[2]


class RegionCrossAttention(nn.Module):
    """TargetNet's cross-attention: stock, to the CLIP tokens of the layer's least attended regions (CAA, Eq. 9).

    Args:
        layer: name of the block.
        regions: K of Sec. 4.3.
    """

    def __init__(self, layer: str, regions: int):
        super().__init__()
        self.layer, self.regions = layer, regions

    def keys_values(
        self, attn: Attention, source: LayerFeatures, region_masks: Tensor, tokens: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """K^clip, V^clip (B, heads, K, d) of the layer's K regions, and which of these there are, (B, K) bool.

        Args:
            attn: the block's cross-attention.
            source: the layer's features.
            region_masks: (B, R, N) bool.
            tokens: (B, 1 + R, C), CLIP's, the whole source first.
        """
        chosen = lowest_regions(region_scores(source.query, source.key, region_masks), self.regions)
        present = chosen >= 0
        chosen = 1 + chosen.clamp_min(0)
        picked = tokens.gather(1, chosen[..., None].expand(-1, -1, tokens.shape[-1])) * present[..., None]
        return *token_keys_values(attn, picked), present | ~present.any(1, keepdim=True)

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
        if context is None:
            return attn.to_out[0].bias.expand_as(hidden_states)
        source = context[self.layer]
        query = split_heads(attn.to_q(hidden_states), attn.heads)
        mask = source.region_present[:, None, None, :]
        attended = F.scaled_dot_product_attention(query, source.region_key, source.region_value, attn_mask=mask)
        return project_out(attn, merge_heads(attended))


def token_keys_values(attn: Attention, tokens: Tensor) -> tuple[Tensor, Tensor]:
    """A cross-attention's keys and values (B, heads, K, d) of tokens (B, K, C)."""
    return split_heads(attn.to_k(tokens), attn.heads), split_heads(attn.to_v(tokens), attn.heads)
