"""Fewer triangles for small pictures: short edges of a mesh are collapsed, its texture coordinates kept."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from .geometry import vertex_normals

_ROUNDS = 60
_ALIKE = 0.8  # cosine: how near a triangle's normal stays to those that its vertices had


def simplify(
    points: np.ndarray, triangles: np.ndarray, uv_triangles: np.ndarray, length: float
) -> tuple[np.ndarray, np.ndarray]:
    """Move vertices onto a neighbour while an edge is shorter than `length`; vertices stay where they are.

    Args:
        points: (V, 3) metres.
        triangles: (F, 3) vertex numbers; uv_triangles: (F, 3) numbers of the corners' texture coordinates.
        length: metres.

    Returns:
        (F', 3) triangles and (F', 3) uv_triangles, into the same vertices and texture coordinates. Borders and seams
        of the texture are kept.
    """
    locked = _locked(triangles, uv_triangles, len(points))
    normals = vertex_normals(points, triangles)
    for _ in range(_ROUNDS):
        moves = _moves(points, triangles, locked, length)
        if not len(moves):
            break
        harmful = _harmful(points, normals, triangles, moves)
        # What cannot move now stays, so that it does not stand in its neighbours' way.
        locked[moves[harmful, 0]] = True
        triangles, uv_triangles = _collapsed(triangles, uv_triangles, moves[~harmful], len(points))
    return triangles, uv_triangles


def _edges(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(E, 2) edges, the smaller number first, and how many triangles have each."""
    sides = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1).astype(np.int64)
    keys, uses = np.unique(sides[:, 0] << 32 | sides[:, 1], return_counts=True)
    return np.stack([keys >> 32, keys & 0xFFFFFFFF], axis=1), uses


def _locked(triangles: np.ndarray, uv_triangles: np.ndarray, count: int) -> np.ndarray:
    """(V,) bool: vertices on a border, or with several texture coordinates."""
    edges, uses = _edges(triangles)
    locked = np.zeros(count, bool)
    locked[edges[uses != 2]] = True
    pairs = np.unique(triangles.astype(np.int64).ravel() << 32 | uv_triangles.ravel())
    return locked | (np.bincount(pairs >> 32, minlength=count) > 1)


def _moves(points: np.ndarray, triangles: np.ndarray, locked: np.ndarray, length: float) -> np.ndarray:
    """(M, 2) vertices to move and where to, no two of the first neighbours: their surroundings' shortest edges."""
    edges, _ = _edges(triangles)
    both = np.concatenate([edges, edges[:, ::-1]])
    long = np.linalg.norm(points[both[:, 0]] - points[both[:, 1]], axis=1)
    short = both[(long < length) & ~locked[both[:, 0]]]
    order = np.argsort(long[(long < length) & ~locked[both[:, 0]]], kind="stable")
    short = short[order]
    movers, first = np.unique(short[:, 0], return_index=True)
    rank = np.full(len(points), len(short), int)
    rank[movers] = first
    around = rank.copy()
    np.minimum.at(around, both[:, 0], rank[both[:, 1]])
    chosen = (around == rank) & (rank < len(short))
    moves = short[rank[chosen]]
    # Of an edge both of whose ends could move, one does.
    moving = np.zeros(len(points), bool)
    moving[moves[:, 0]] = True
    return moves[~(moving[moves[:, 1]] & (moves[:, 0] > moves[:, 1]))]


def _harmful(points: np.ndarray, normals: np.ndarray, triangles: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """(M,) bool: moves that would flatten a lip or an ear, fold the surface over, or pinch it."""
    to = np.arange(len(points))
    to[moves[:, 0]] = moves[:, 1]
    after = to[triangles]
    kept = (after[:, 0] != after[:, 1]) & (after[:, 1] != after[:, 2]) & (after[:, 2] != after[:, 0])
    was, now = (_agreement(points, normals, t) for t in (triangles, after))
    turned = kept & (after != triangles).any(1) & (now < np.minimum(_ALIKE, was))
    bad = np.zeros(len(points), bool)
    bad[triangles[turned]] = True
    edges, _ = _edges(triangles)
    ends = np.concatenate([edges, edges[:, ::-1]])
    near = sparse.csr_matrix((np.ones(len(ends), np.int32), ends.T), (len(points), len(points)))
    shared = np.asarray(near[moves[:, 0]].multiply(near[moves[:, 1]]).sum(1)).ravel()
    return bad[moves[:, 0]] | (shared != 2)


def _agreement(points: np.ndarray, normals: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(F,) the least cosine between a triangle's normal and those of its vertices."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    face /= np.maximum(np.linalg.norm(face, axis=1, keepdims=True), 1e-12)
    return np.einsum("fi,fki->fk", face, normals[triangles]).min(1)


def _collapsed(triangles: np.ndarray, uv_triangles: np.ndarray, moves: np.ndarray, count: int):
    """The mesh after the moves; a moved corner takes the texture coordinate that its new place has beside it."""
    to = np.arange(count)
    to[moves[:, 0]] = moves[:, 1]
    uv_of = np.full(count, -1)
    for i in range(3):
        for j in ((i + 1) % 3, (i + 2) % 3):
            beside = (to[triangles[:, i]] == triangles[:, j]) & (triangles[:, i] != triangles[:, j])
            uv_of[triangles[beside, i]] = uv_triangles[beside, j]
    moved = to[triangles] != triangles
    uv_triangles = np.where(moved, uv_of[triangles], uv_triangles)
    triangles = to[triangles]
    a, b, c = triangles.T
    kept = (a != b) & (b != c) & (c != a)
    return triangles[kept], uv_triangles[kept]
