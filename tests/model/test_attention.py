"""The attention functions against a literal N x N transcription of Eq. 6-9."""

from __future__ import annotations

import pytest
import torch

import truepose.model.attention as attention
from truepose.model.attention import lowest_regions, region_scores, reweighted_attention


def qkv(batch=2, heads=3, tokens=20, width=8):
    return (torch.randn(batch, heads, tokens, width) for _ in range(3))


def literal_reweighted(query, key, value, mask, delta, sigma):
    """Eq. 6-7, cell by cell."""
    logits = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5
    batch, heads, rows, columns = logits.shape
    factor = torch.empty_like(logits)
    for b in range(batch):
        for j in range(columns):
            for positive in (True, False):
                table = {(True, True): 1 + delta, (True, False): delta, (False, True): sigma, (False, False): 1 + sigma}
                column = logits[b, :, :, j]
                chosen = column > 0 if positive else column <= 0
                factor[b, :, :, j][chosen] = table[bool(mask[b, j]), positive]
    return (logits * factor).softmax(-1) @ value


@pytest.mark.parametrize(("delta", "sigma"), [(0.6, 0.3), (0.1, 0.9)])
def test_reweighted_attention_is_equation_6_and_7(delta, sigma):
    query, key, value = qkv()
    mask = torch.rand(2, 20) > 0.5
    ours = reweighted_attention(query, key, value, mask, delta=delta, sigma=sigma)
    torch.testing.assert_close(ours, literal_reweighted(query, key, value, mask, delta, sigma))


def test_reweighted_attention_is_the_same_in_chunks(monkeypatch):
    query, key, value = qkv(tokens=50)
    mask = torch.rand(2, 50) > 0.5
    whole = reweighted_attention(query, key, value, mask)
    monkeypatch.setattr(attention, "_QUERY_CHUNK", 7)
    torch.testing.assert_close(reweighted_attention(query, key, value, mask), whole)


def test_gradients_are_the_same_where_logits_are_computed_again(monkeypatch):
    mask = torch.rand(2, 20) > 0.5
    gradients = []
    inputs = [tensor.requires_grad_() for tensor in qkv()]
    for kept in (100, 10):
        monkeypatch.setattr(attention, "_KEPT_TOKENS", kept)
        loss = reweighted_attention(*inputs, mask).pow(2).sum()
        gradients.append(torch.autograd.grad(loss, inputs))
    for plain, again in zip(*gradients, strict=True):
        torch.testing.assert_close(again, plain)


def test_reweighted_attention_refuses_masks_of_other_shapes_and_types():
    query, key, value = qkv()
    with pytest.raises(ValueError, match="part_mask"):
        reweighted_attention(query, key, value, torch.ones(2, 20))
    with pytest.raises(ValueError, match="part_mask"):
        reweighted_attention(query, key, value, torch.ones(2, 19, dtype=torch.bool))


def test_region_scores_are_means_of_the_full_logit_matrix():
    query, key, _ = qkv()
    masks = torch.rand(2, 5, 20) > 0.6
    masks[0, 3] = False
    scores = region_scores(query, key, masks)
    logits = query @ key.transpose(-1, -2) / 8**0.5
    for b in range(2):
        for m in range(5):
            if masks[b, m].any():
                torch.testing.assert_close(scores[b, m], logits[b, :, :, masks[b, m]].mean(), atol=1e-6, rtol=1e-5)
            else:
                assert scores[b, m].isnan()


def test_lowest_regions_orders_ties_by_index_and_marks_the_missing():
    nan, inf = float("nan"), float("inf")
    scores = torch.tensor(
        [
            [3.0, 1.0, 2.0, 1.0],
            [nan, 5.0, nan, nan],
            [nan, nan, nan, nan],
            [nan, inf, 1.0, nan],
        ]
    )
    assert lowest_regions(scores, 2).tolist() == [[1, 3], [1, -1], [-1, -1], [2, 1]]
    assert lowest_regions(scores, 1).tolist() == [[1], [1], [-1], [2]]
    assert lowest_regions(scores[:1, :1], 3).tolist() == [[0, -1, -1]]


def test_half_precision_neither_overflows_nor_loses_a_region():
    """Sums over a large layer's keys, and logits before their scale, are beyond float16's 65504."""
    query = torch.full((1, 1, 4, 64), 40.0)
    key = torch.full((1, 1, 4096, 64), 40.0)
    masks = torch.stack([torch.ones(4096, dtype=torch.bool), torch.arange(4096) < 4, torch.zeros(4096).bool()])[None]
    scores = region_scores(query.half(), key.half(), masks)
    torch.testing.assert_close(scores[0, :2], torch.full((2,), 40.0**2 * 8), rtol=1e-3, atol=0)
    assert scores[0, 2].isnan()
    value = torch.randn(1, 1, 4096, 64)
    mask = torch.ones(1, 4096, dtype=torch.bool)
    attended = reweighted_attention(query.half(), key.half(), value.half(), mask)
    torch.testing.assert_close(attended[0, 0, 0].float(), value[0, 0].mean(0), rtol=0, atol=1e-2)
