from __future__ import annotations

import numpy as np

from truepose.warp.seam import cheapest_path, seam_between


def strip(height: int = 96, width: int = 60):
    """Places of a straight strip's pixels: along 0 to 2, across 0 to 1.5 radii."""
    rows, columns = np.mgrid[:height, :width]
    return (rows / height * 2).ravel().astype(np.float32), (columns / width * 1.5).ravel().astype(np.float32)


def test_without_edges_the_cut_runs_where_the_score_changes_sign():
    along, across = strip()
    score = (0.8 - across).astype(np.float32)
    taken = seam_between(score, np.zeros_like(score), along, across, 1.5)
    assert (taken == (across < 0.8)).mean() > 0.95


def test_the_cut_moves_to_an_edge_nearby_and_stays_from_one_far_away():
    along, across = strip()
    score = (2 * (0.8 - across)).astype(np.float32)
    for place, moves in ((1.0, True), (1.45, False)):
        edges = np.exp(-(((across - place) / 0.05) ** 2)).astype(np.float32)
        taken = seam_between(score, edges, along, across, 1.5)
        assert bool((taken == (across < place)).mean() > 0.93) == moves


def test_a_gap_in_the_edge_is_bridged():
    along, across = strip()
    score = (2 * (0.8 - across)).astype(np.float32)
    edges = (np.exp(-(((across - 1.0) / 0.05) ** 2)) * ((along < 0.8) | (along > 1.0))).astype(np.float32)
    taken = seam_between(score, edges, along, across, 1.5)
    gap = (along > 0.85) & (along < 0.95)
    assert (taken == (across < 1.0))[gap].mean() > 0.9


def test_the_cheapest_path_is_the_cheapest_of_all():
    cost = np.random.default_rng(0).uniform(0, 0.3, (5, 4)).astype(np.float32)
    ways = np.stack(np.meshgrid(*[range(4)] * 5, indexing="ij"), -1).reshape(-1, 5)
    total = cost[np.arange(5), ways].sum(1) + 0.05 * np.abs(np.diff(ways)).sum(1)
    np.testing.assert_array_equal(cheapest_path(cost), ways[total.argmin()])
