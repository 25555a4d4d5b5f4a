"""MakeHuman proxies: an .obj mesh, and the .mhclo file that ties each of its vertices to three of the base mesh."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

# .mhclo has y up and z to the front; ours is z up and -y to the front.
_AXES = (0, 2, 1)
_SIGNS = np.array([1, -1, 1], np.float32)


@dataclass(frozen=True, eq=False)
class Proxy:
    """A garment, pair of shoes or head of hair, before it is fitted.

    Attributes:
        quads: (F, 4) int; a triangle repeats its last vertex.
        uv: (F, 4, 2) float32 texture coordinates, v up.
        reference: (V, 3) int vertices of the base mesh; (V, 3) weights and (V, 3) offsets go with them.
        scale: for x, y, z in our axes: (base vertex, base vertex, their distance on the maker's body in offset units).
        hidden: base vertices that the proxy covers.
    """

    quads: np.ndarray
    uv: np.ndarray
    reference: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    scale: tuple[tuple[int, int, float], ...]
    hidden: np.ndarray

    def fit(self, base: np.ndarray) -> np.ndarray:
        """(V, 3) the proxy's vertices on a body's (N, 3) base vertices at rest, metres."""
        factor = [abs(base[a, i] - base[b, i]) / length for i, (a, b, length) in enumerate(self.scale)]
        tied = np.einsum("vk,vkd->vd", self.weights, base[self.reference])
        return (tied + self.offsets * np.array(factor, np.float32)).astype(np.float32)

    def bone_weights(self, base: sparse.csr_matrix) -> sparse.csr_matrix:
        """(V, B) skinning weights, from the (N, B) weights of the base mesh."""
        rows = np.repeat(np.arange(len(self.reference)), 3)
        shape = (len(self.reference), base.shape[0])
        tied = sparse.csr_matrix((np.clip(self.weights, 0, None).ravel(), (rows, self.reference.ravel())), shape)
        mixed = tied @ base
        total = np.asarray(mixed.sum(1)).ravel()
        return (sparse.diags(1 / total) @ mixed).astype(np.float32).tocsr()


def load_proxy(folder: str | Path) -> Proxy:
    """The proxy of a folder that holds one .mhclo and its .obj.

    Raises:
        ValueError: a file is missing, or the two do not belong together.
    """
    folder = Path(folder)
    found = [sorted(folder.glob(f"*.{kind}")) for kind in ("mhclo", "obj")]
    if not all(found):
        raise ValueError(f"{folder} must hold an .mhclo and an .obj file, got {[p.name for p in folder.glob('*')]}")
    reference, weights, offsets, scale, hidden = _read_mhclo(found[0][0])
    quads, uv, count = _read_obj(found[1][0])
    if count != len(reference):
        raise ValueError(f"{folder} has {count} vertices in its .obj, got {len(reference)} in its .mhclo")
    return Proxy(quads, uv, reference, weights, offsets, scale, hidden)


def _read_mhclo(path: Path):
    scale, rows, hidden, section = {}, [], [], None
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if words[0] in ("x_scale", "y_scale", "z_scale"):
            scale[words[0][0]] = (int(words[1]), int(words[2]), float(words[3]))
        elif words[0] in ("verts", "delete_verts"):
            section = words[0]
        elif section == "verts" and words[0].isdigit() and len(words) in (1, 9):
            rows.append([float(w) for w in (words if len(words) == 9 else [words[0]] * 3 + [1, 0, 0] + [0, 0, 0])])
        elif section == "delete_verts":
            hidden += _numbers(words)
    table = np.array(rows, np.float32).reshape(-1, 9)
    offsets = table[:, 6:][:, _AXES] * _SIGNS
    ours = tuple(scale["xyz"[axis]] for axis in _AXES)
    return table[:, :3].astype(int), table[:, 3:6], offsets, ours, np.array(sorted(set(hidden)), int)


def _numbers(words: list[str]) -> list[int]:
    """Vertex numbers of a list such as "1 4 - 6": 1, 4, 5, 6."""
    numbers: list[int] = []
    for i, word in enumerate(words):
        if word == "-":
            numbers += range(int(words[i - 1]) + 1, int(words[i + 1]))
        else:
            numbers.append(int(word))
    return numbers


def _read_obj(path: Path) -> tuple[np.ndarray, np.ndarray, int]:
    points, texture, corners, texture_corners = 0, [], [], []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            points += 1
        elif words[0] == "vt":
            texture.append((float(words[1]), float(words[2])))
        elif words[0] == "f":
            pairs = [tuple(int(n or 1) - 1 for n in word.split("/")[:2]) for word in words[1:]]
            pairs = pairs + pairs[-1:] * (4 - len(pairs))
            corners.append([p[0] for p in pairs[:4]])
            texture_corners.append([p[1] if len(p) > 1 else 0 for p in pairs[:4]])
    texture = np.array(texture or [(0, 0)], np.float32)
    return np.array(corners, int), texture[np.array(texture_corners, int)], points
