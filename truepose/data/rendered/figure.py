"""A dressed person as one mesh: what a pose moves, apart from what stays with the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .piece import Piece
from .poses import skin

NOWHERE = -9.0  # a coordinate outside every print
_STEP = 1 / 16384  # coordinates that differ by less are one


@dataclass(frozen=True, eq=False)
class Figure:
    """Pieces joined, their corners shared wherever the shaders read the same at them.

    Attributes:
        pieces: what was joined, in drawing order.
        spans: of each piece, (first corner, number of corners).
        points: (V, 3) float32, metres, at rest; weights: (V, B) sparse bone weights.
        triangles: (F, 3) int32 into the points.
        index: (F * 3,) int32 into the N drawn vertices.
        vertex: (N,) int, the point that each drawn vertex is.
        fixed: (N, 8) float32: uv, decal_uv, fold_uv, cut, label.
        shown: (M,) int, points that are drawn.
    """

    pieces: tuple[Piece, ...]
    spans: tuple[tuple[int, int], ...]
    points: np.ndarray
    weights: sparse.csr_matrix
    triangles: np.ndarray
    index: np.ndarray
    vertex: np.ndarray
    fixed: np.ndarray
    shown: np.ndarray
    _around: sparse.csr_matrix  # (V, F): adds up the triangles around each point
    _smooth: tuple[sparse.csr_matrix, ...]  # (V, V): one step of smoothing each

    def pose(self, transforms: np.ndarray) -> np.ndarray:
        """(V, 3) float32 the points posed by (B, 4, 4) bone transforms; cloth is smoothed where joints creased it."""
        points = skin(self.points, self.weights, transforms)
        for step in self._smooth:
            points = step @ points
        return points

    def normals(self, points: np.ndarray) -> np.ndarray:
        """(V, 3) float32 unit normals of posed points: the same as `vertex_normals`."""
        a, b, c = (points[self.triangles[:, i]] for i in range(3))
        total = self._around @ _cross(b - a, c - a)
        length = np.sqrt(np.einsum("vi,vi->v", total, total))
        return total / np.maximum(length, 1e-12)[:, None]

    def moving(self, points: np.ndarray) -> np.ndarray:
        """(N, 6) float32 position and normal of every drawn vertex, for posed (V, 3) points."""
        return np.concatenate([points, self.normals(points)], axis=1)[self.vertex]


def join(pieces: Sequence[Piece]) -> Figure:
    """The figure of these pieces."""
    counts = [len(piece.points) if piece.relax else len(np.unique(piece.triangles)) for piece in pieces]
    starts = np.cumsum([0, *counts])
    kept = [_kept(piece) for piece in pieces]
    triangles = [numbers[piece.triangles] + at for piece, (_, numbers), at in zip(pieces, kept, starts, strict=False)]
    corners = [_corners(piece) for piece in pieces]
    sizes = np.cumsum([0, *(len(first) for first, _, _ in corners)])
    joined = np.concatenate(triangles).astype(np.int32)
    flat = [t.ravel()[first] for t, (first, _, _) in zip(triangles, corners, strict=True)]
    ends = np.cumsum([0, *(t.size for t in triangles)])
    shown = [numbers[drawn_vertices(piece)] + at for piece, (_, numbers), at in zip(pieces, kept, starts, strict=False)]
    around = sparse.csr_matrix(
        (np.ones(joined.size, np.float32), (joined.ravel(), np.arange(joined.size) // 3)), (starts[-1], len(joined))
    )
    return Figure(
        pieces=tuple(pieces),
        spans=tuple((int(a), int(b - a)) for a, b in zip(ends[:-1], ends[1:], strict=True)),
        points=np.concatenate([piece.points[used] for piece, (used, _) in zip(pieces, kept, strict=True)]),
        weights=sparse.vstack([piece.weights[used] for piece, (used, _) in zip(pieces, kept, strict=True)], "csr"),
        triangles=joined,
        index=np.concatenate([i + at for (_, i, _), at in zip(corners, sizes, strict=False)]).astype(np.int32),
        vertex=np.concatenate(flat),
        fixed=np.concatenate([fixed for _, _, fixed in corners]),
        shown=np.concatenate(shown),
        _around=around,
        _smooth=_smoothing(pieces, counts),
    )


def drawn_vertices(piece: Piece) -> np.ndarray:
    """The numbers of a piece's vertices that show."""
    used = np.flatnonzero(np.bincount(piece.triangles.ravel(), minlength=len(piece.points)))
    return used if piece.cut is None else used[piece.cut[used] <= 0]


def corner_values(piece: Piece) -> np.ndarray:
    """(F * 3, 8) float32 what the shaders read at each corner whatever the pose: uv, decal, folds, cut, label."""
    count = len(piece.triangles) * 3
    values = np.zeros((count, 8), np.float32)
    values[:, 0:2] = piece.uv.reshape(-1, 2)
    values[:, 2:4] = NOWHERE if piece.decal_uv is None else piece.decal_uv.reshape(-1, 2)
    values[:, 4:6] = 0 if piece.fold_uv is None else piece.fold_uv.reshape(-1, 2)
    values[:, 6] = -1 if piece.cut is None else piece.cut[piece.triangles].ravel()
    values[:, 7] = np.repeat(piece.labels, 3)
    return values


def _kept(piece: Piece) -> tuple[np.ndarray, np.ndarray]:
    """The vertices to pose (smoothing needs all), and each vertex's new number."""
    count = len(piece.points)
    if piece.relax:
        return np.arange(count), np.arange(count)
    used = np.flatnonzero(np.bincount(piece.triangles.ravel(), minlength=count))
    numbers = np.zeros(count, int)
    numbers[used] = np.arange(len(used))
    return used, numbers


def _corners(piece: Piece) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners that can share a drawn vertex do.

    Returns:
        (N,) one corner of each drawn vertex, (F * 3,) the drawn vertex of each corner, (N, 8) their values.
    """
    values = corner_values(piece)
    # The cut follows from the vertex; the rest is compared in steps, as charts carry rounding noise.
    steps = np.rint(values[:, [0, 1, 2, 3, 4, 5, 7]] / _STEP).astype(np.int64)
    keys = np.column_stack([piece.triangles.reshape(-1, 1), steps]).astype(np.uint64)
    factors = np.random.default_rng(0).integers(1, 2**63, keys.shape[1], np.uint64) | np.uint64(1)
    _, first, index = np.unique((keys * factors).sum(1, dtype=np.uint64), return_index=True, return_inverse=True)
    return first, index, values[first]


def _smoothing(pieces: Sequence[Piece], counts: list[int]) -> tuple[sparse.csr_matrix, ...]:
    """The steps of smoothing of all pieces together; a piece that has had all of its own stays as it is."""
    steps = []
    for i in range(max(piece.relax for piece in pieces)):
        blocks = [
            _relaxed(piece) if piece.relax > i else sparse.identity(count, np.float32, "csr")
            for piece, count in zip(pieces, counts, strict=True)
        ]
        steps.append(sparse.block_diag(blocks, "csr", np.float32))
    return tuple(steps)


def _relaxed(piece: Piece) -> sparse.csr_matrix:
    count = len(piece.points)
    return 0.6 * sparse.identity(count, np.float32, "csr") + 0.4 * piece.neighbours.astype(np.float32)


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(F, 3) cross products, without the checks that make numpy's slow."""
    out = np.empty_like(a)
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        out[:, i] = a[:, j] * b[:, k] - a[:, k] * b[:, j]
    return out
