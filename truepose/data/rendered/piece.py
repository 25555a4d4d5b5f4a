"""A piece: one mesh that is posed and drawn with one texture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from scipy import sparse


class Surface(IntEnum):
    """How a piece takes the light; the shader's numbers."""

    SKIN = 0
    CLOTH = 1
    HAIR = 2
    LEATHER = 3
    EYE = 4


@dataclass(frozen=True, eq=False)
class Piece:
    """Part of a dressed person, at rest.

    Attributes:
        points: (V, 3) float32, metres.
        weights: (V, B) float32 sparse bone weights.
        triangles: (F, 3) int.
        uv: (F, 3, 2) float32 texture coordinates of the corners, v up; they repeat.
        labels: (F,) uint8 BodyPart of each triangle.
        texture: (H, W, 3 or 4) uint8, the first row at v = 1.
        surface: how it is lit.
        cut: (V,) float32, metres past the garment's edge: nothing is drawn where positive. None draws all.
        decal: (H, W, 4) uint8 picture over the texture, at the corner coordinates decal_uv (F, 3, 2) in 0-1.
        fold_uv: (F, 3, 2) float32 metres along the cloth, for the wrinkles.
        folds: depth of the wrinkles, metres; grain: strength of the fine relief.
        trim: (width in metres, RGB) of the band along the edges, or None.
        relax: how many times the posed mesh is smoothed, with `neighbours` (V, V) sparse.
    """

    points: np.ndarray
    weights: sparse.csr_matrix
    triangles: np.ndarray
    uv: np.ndarray
    labels: np.ndarray
    texture: np.ndarray
    surface: Surface
    cut: np.ndarray | None = None
    decal: np.ndarray | None = None
    decal_uv: np.ndarray | None = None
    fold_uv: np.ndarray | None = None
    folds: float = 0.0
    grain: float = 0.0
    trim: tuple[float, tuple[int, int, int]] | None = None
    relax: int = 0
    neighbours: sparse.csr_matrix | None = None
