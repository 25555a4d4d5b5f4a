"""Meshes as arrays: subdivision, normals, smoothing, rotations. Metres, x to the person's left, z up, facing -y."""

from __future__ import annotations

import numpy as np
from scipy import sparse


def triangulate(quads: np.ndarray) -> np.ndarray:
    """(F, 4) polygons as (2F, 3) triangles, the two of a quad side by side."""
    return quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)


def vertex_normals(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """(V, 3) unit normals, each the area-weighted mean of the triangles around a vertex."""
    a, b, c = (points[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    corners = triangles.ravel()
    spread = np.repeat(face, 3, axis=0)
    total = np.stack([np.bincount(corners, spread[:, i], len(points)) for i in range(3)], axis=1)
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def catmull_clark(quads: np.ndarray, count: int) -> tuple[np.ndarray, sparse.csr_matrix]:
    """One step of Catmull-Clark subdivision of a mesh of quads, open borders kept as smooth curves.

    Args:
        quads: (F, 4) vertex numbers.
        count: number of vertices V.

    Returns:
        (4F, 4) new quads and the (V', V) matrix that makes the new vertices, or anything linear on them, of the old.
    """
    faces = len(quads)
    sides = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    edges, edge_of_side, uses = np.unique(np.sort(sides, axis=1), axis=0, return_inverse=True, return_counts=True)
    edge_of_side = edge_of_side.reshape(faces, 4)
    rows = np.repeat(np.arange(faces), 4)
    face_points = sparse.csr_matrix((np.full(4 * faces, 0.25), (rows, quads.ravel())), (faces, count))
    ends = sparse.csr_matrix(
        (np.full(2 * len(edges), 0.5), (np.repeat(np.arange(len(edges)), 2), edges.ravel())), (len(edges), count)
    )
    touching = sparse.csr_matrix((np.ones(4 * faces), (edge_of_side.ravel(), rows)), (len(edges), faces))
    inner = uses == 2
    mean_face = sparse.diags(1 / uses) @ touching @ face_points
    edge_points = sparse.diags(np.where(inner, 0.5, 1.0)) @ ends + sparse.diags(np.where(inner, 0.5, 0.0)) @ mean_face
    old = _moved_vertices(quads, edges, inner, ends, face_points, count)
    centre = count + len(edges) + np.arange(faces)
    corner = [
        np.stack([quads[:, i], count + edge_of_side[:, i], centre, count + edge_of_side[:, i - 1]], axis=1)
        for i in range(4)
    ]
    matrix = sparse.vstack([old, edge_points, face_points]).tocsr()
    return np.stack(corner, axis=1).reshape(-1, 4), matrix


def _moved_vertices(quads, edges, inner, ends, face_points, count: int) -> sparse.csr_matrix:
    """(V, V) where Catmull-Clark puts the old vertices."""
    faces = len(quads)
    at_face = sparse.csr_matrix((np.ones(4 * faces), (quads.ravel(), np.repeat(np.arange(faces), 4))), (count, faces))
    at_edge = sparse.csr_matrix(
        (np.ones(2 * len(edges)), (edges.ravel(), np.repeat(np.arange(len(edges)), 2))), (count, len(edges))
    )
    valence = np.maximum(np.asarray(at_face.sum(1)).ravel(), 1)
    border = sparse.diags((~inner).astype(float))
    on_border = np.asarray((at_edge @ border).sum(1)).ravel() > 0
    smooth = (
        sparse.diags(1 / valence**2) @ at_face @ face_points
        + sparse.diags(2 / (valence * np.maximum(np.asarray(at_edge.sum(1)).ravel(), 1))) @ at_edge @ ends
        + sparse.diags((valence - 3) / valence)
    )
    along = 0.25 * at_edge @ border @ ends + sparse.diags(np.full(count, 0.5))
    return sparse.diags((~on_border).astype(float)) @ smooth + sparse.diags(on_border.astype(float)) @ along


def smoothing_matrix(quads: np.ndarray, count: int) -> sparse.csr_matrix:
    """(V, V) the mean of each vertex's neighbours along the edges; a vertex without any stays."""
    sides = np.stack([quads, np.roll(quads, -1, axis=1)], axis=2).reshape(-1, 2)
    pairs = np.concatenate([sides, sides[:, ::-1]])
    adjacency = sparse.csr_matrix((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), (count, count))
    adjacency.data[:] = 1
    degree = np.asarray(adjacency.sum(1)).ravel()
    return sparse.diags(1 / np.maximum(degree, 1)) @ adjacency + sparse.diags((degree == 0).astype(float))


def rotation(axis, degrees: float) -> np.ndarray:
    """(3, 3) rotation about an axis, right-handed."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.radians(degrees)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def arc(start, end) -> np.ndarray:
    """(3, 3) the shortest rotation that turns direction `start` to direction `end`."""
    start = np.asarray(start, float) / np.linalg.norm(start)
    end = np.asarray(end, float) / np.linalg.norm(end)
    axis = np.cross(start, end)
    sine = np.linalg.norm(axis)
    if sine < 1e-9:
        return np.eye(3) if start @ end > 0 else rotation(np.cross(start, [0.3, 0.9, 0.1]), 180)
    return rotation(axis, np.degrees(np.arctan2(sine, start @ end)))


def bend(root, target, lengths: tuple[float, float], pole) -> np.ndarray:
    """The middle joint of a two-bone chain (hip-knee-ankle) that reaches from root to target.

    Args:
        root, target: (3,) the ends, metres; a target out of reach is approached along the line to it.
        lengths: of the two bones, metres.
        pole: (3,) direction that the middle joint points to.

    Returns:
        (3,) the middle joint.
    """
    root, target = np.asarray(root, float), np.asarray(target, float)
    line = target - root
    reach = min(np.linalg.norm(line), sum(lengths) * 0.9995)
    line /= np.linalg.norm(line)
    along = (lengths[0] ** 2 - lengths[1] ** 2 + reach**2) / (2 * reach)
    side = np.asarray(pole, float) - line * (line @ pole)
    side /= np.linalg.norm(side)
    return root + line * along + side * np.sqrt(max(lengths[0] ** 2 - along**2, 0))
