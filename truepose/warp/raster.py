"""Draw deformed triangle meshes: for every output pixel, the source place it shows."""

from __future__ import annotations

import numpy as np

_SAMPLES = 1 << 20  # pixels tested at once: bounds the memory


def grid_mesh(support: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """A mesh of square cells, each cut in two, over the True pixels of a mask.

    Args:
        support: (h, w) bool.
        step: side of a cell in pixels.

    Returns:
        ((N, 2) float32 vertices (x, y), (M, 3) int32 triangles); both empty where the mask is.
    """
    height, width = support.shape
    columns, rows = (max(1, int(np.ceil(size / step))) for size in (width, height))
    ys, xs = support.nonzero()
    cells = np.zeros((rows, columns), bool)
    # A pixel reaches half a pixel beyond its centre: both neighbours of a border are covered.
    for dy in (-0.5, 0.5):
        for dx in (-0.5, 0.5):
            row = np.clip(((ys + 0.5 + dy) * rows / height).astype(np.int32), 0, rows - 1)
            column = np.clip(((xs + 0.5 + dx) * columns / width).astype(np.int32), 0, columns - 1)
            cells[row, column] = True
    row, column = cells.nonzero()
    corner = row * (columns + 1) + column
    a, b, c, d = corner, corner + 1, corner + columns + 1, corner + columns + 2
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([b, d, c], 1)])
    used, triangles = np.unique(triangles, return_inverse=True)
    y, x = np.divmod(used, columns + 1)
    vertices = np.stack([x * width / columns, y * height / rows], 1).astype(np.float32) - 0.5
    return vertices, triangles.reshape(-1, 3).astype(np.int32)


def rasterize(
    source: np.ndarray, target: np.ndarray, triangles: np.ndarray, size: tuple[int, int], near: np.ndarray
) -> tuple[np.ndarray, tuple[int, int]] | None:
    """Interpolate source places over the deformed triangles.

    Args:
        source, target: (N, 2) vertices before and after, pixels.
        triangles: (M, 3) int.
        size: (height, width) of the output frame.
        near: (N,) bool vertices; where the mesh folds over itself, their triangles cover the others.

    Returns:
        ((h, w, 2) float32 source (x, y), NaN where no triangle lies; (x0, y0) of this window in the frame), or None
        where nothing falls into the frame.
    """
    height, width = size
    corners = np.clip(target, -1e6, 1e6)[triangles]  # (M, 3, 2)
    low = np.ceil(corners.min(1)).astype(np.int64)
    high = np.floor(corners.max(1)).astype(np.int64)
    low, high = np.maximum(low, 0), np.minimum(high, (width - 1, height - 1))
    area = _double_area(corners)
    kept = (low <= high).all(1) & (abs(area) > 1e-9)
    if not kept.any():
        return None
    low, extent = low[kept], (high - low + 1)[kept]
    window = low.min(0)
    x1, y1 = (low + extent).max(0)
    field = np.full((y1 - window[1], x1 - window[0], 2), np.nan, np.float32)
    coefficients = _coefficients(source[triangles[kept]], corners[kept], low, area[kept])
    classes = np.ceil(np.log2(np.maximum(extent, 2)) * 2).astype(int)
    keys = near[triangles[kept, 0]] * 4096 + classes[:, 0] * 64 + classes[:, 1]
    for key in np.unique(keys):
        members = np.flatnonzero(keys == key)
        w, h = extent[members].max(0)
        chunk = max(1, _SAMPLES // int(w * h))
        for first in range(0, len(members), chunk):
            some = members[first : first + chunk]
            _fill(field, low[some] - window, int(w), int(h), coefficients[some])
    return field, (int(window[0]), int(window[1]))


def _double_area(corners: np.ndarray) -> np.ndarray:
    edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return edge1[:, 0] * edge2[:, 1] - edge1[:, 1] * edge2[:, 0]


def _coefficients(place: np.ndarray, corners: np.ndarray, low: np.ndarray, area: np.ndarray) -> np.ndarray:
    """(M, 12) float32: each triangle's barycentric functions u, v of the offset from `low`, and its source corners."""
    edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    slopes = np.stack([edge2[:, 1], -edge2[:, 0], -edge1[:, 1], edge1[:, 0]], 1) / area[:, None]
    start = low - corners[:, 0]
    u0 = slopes[:, 0] * start[:, 0] + slopes[:, 1] * start[:, 1]
    v0 = slopes[:, 2] * start[:, 0] + slopes[:, 3] * start[:, 1]
    place = place.astype(np.float64)
    side1, side2 = place[:, 1] - place[:, 0], place[:, 2] - place[:, 0]
    return np.concatenate([np.stack([u0, v0], 1), slopes, place[:, 0], side1, side2], 1).astype(np.float32)


def _fill(field: np.ndarray, low: np.ndarray, w: int, h: int, coefficients: np.ndarray) -> None:
    """Draw triangles whose bounding boxes start at (M, 2) `low` and are at most w × h."""
    c = coefficients.T[:, :, None, None]  # (12, M, 1, 1)
    dx, dy = np.arange(w, dtype=np.float32), np.arange(h, dtype=np.float32)[:, None]
    u = (c[0] + c[3] * dy) + c[2] * dx  # (M, h, w)
    v = (c[1] + c[5] * dy) + c[4] * dx
    inside = (u >= -1e-4) & (v >= -1e-4) & (u + v <= 1 + 1e-4)
    triangle, row, column = inside.nonzero()
    u, v = u[inside], v[inside]
    rows, columns = row + low[triangle, 1], column + low[triangle, 0]
    fits = (rows < field.shape[0]) & (columns < field.shape[1])
    if not fits.all():
        triangle, rows, columns, u, v = (a[fits] for a in (triangle, rows, columns, u, v))
    p = coefficients[triangle, 6:].T
    field[rows, columns, 0] = p[0] + u * p[2] + v * p[4]
    field[rows, columns, 1] = p[1] + u * p[3] + v * p[5]
