"""From a person and a pose to a training picture: photo, exact skeleton, exact parsing map."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from ...pose import COCO17, Skeleton
from ...pose import Keypoint as K
from .camera import Camera
from .fabric import Color
from .lighting import BACKDROPS, Lighting, studio_lighting
from .person import Person
from .piece import Piece
from .poses import Pose, skin, solve
from .renderer import Renderer

# How far behind the drawn surface a joint may lie, metres, and still count as seen: half a limb's thickness.
_DEPTH: dict[K, float] = {
    **dict.fromkeys((K.NOSE, K.LEFT_EYE, K.RIGHT_EYE), 0.06),
    **dict.fromkeys((K.LEFT_EAR, K.RIGHT_EAR), 0.05),
    **dict.fromkeys((K.LEFT_WRIST, K.RIGHT_WRIST, K.LEFT_ELBOW, K.RIGHT_ELBOW), 0.10),
    **dict.fromkeys((K.LEFT_HIP, K.RIGHT_HIP, K.LEFT_SHOULDER, K.RIGHT_SHOULDER, K.NECK), 0.17),
    **dict.fromkeys((K.LEFT_KNEE, K.RIGHT_KNEE, K.LEFT_ANKLE, K.RIGHT_ANKLE), 0.13),
}


@dataclass(frozen=True, eq=False)
class Rendered:
    """One picture.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        skeleton: the 18 joints in pixels; `xy` is exact for unseen joints too.
        parsing: (H, W) uint8 BodyPart.
    """

    image: np.ndarray
    skeleton: Skeleton
    parsing: np.ndarray


@functools.cache
def _renderer(lights: int, supersample: int) -> Renderer:
    return Renderer(lights, supersample)


def render(
    person: Person,
    pose: Pose,
    camera: Camera | None = None,
    size: tuple[int, int] = (960, 640),
    light: Lighting | None = None,
    paper: Color = BACKDROPS[0],
    supersample: int = 2,
) -> Rendered:
    """Pose and photograph a person.

    Args:
        person: who.
        pose: how they stand.
        camera: where from; by default framed to the whole person.
        size: (height, width).
        light: the studio's lights, by default the same 24 for every picture.
        paper: RGB of the backdrop.
        supersample: pixels drawn for each of the photo's, along a side.
    """
    transforms = solve(person.body, person.shape, pose, person.sole)
    light = light or studio_lighting(np.random.default_rng(0))
    posed = [(piece, posed_points(piece, transforms)) for piece in person.pieces]
    base = skin(person.shape.vertices, person.body.weights, transforms)
    camera = camera or framing(posed, size)
    frame = _renderer(len(light.directions), supersample).draw(posed, camera, size, light, paper)
    joints = dict(zip(person.body.joint_labels, person.body.joint_weights @ base, strict=True))
    return Rendered(frame.image, skeleton_of(joints, camera, size, frame.depth), frame.labels)


def posed_points(piece: Piece, transforms: np.ndarray) -> np.ndarray:
    """(V, 3) float32 the piece's points in the pose, metres; cloth is smoothed where the joints creased it."""
    points = skin(piece.points, piece.weights, transforms)
    for _ in range(piece.relax):
        points = points + 0.4 * (piece.neighbours @ points - points)
    return points.astype(np.float32)


def drawn_vertices(piece: Piece) -> np.ndarray:
    """The numbers of the vertices that show."""
    used = np.unique(piece.triangles)
    return used if piece.cut is None else used[piece.cut[used] <= 0]


def framing(posed: list[tuple[Piece, np.ndarray]], size: tuple[int, int], distance: float = 4.6) -> Camera:
    """A camera at chest height that shows the whole person with some air around."""
    drawn = np.concatenate([points[drawn_vertices(piece)] for piece, points in posed])
    low, high = drawn.min(0), drawn.max(0)
    middle = (low + high) / 2
    half = max((high[2] - low[2]) / 2 * 1.13, (high[0] - low[0]) / 2 * 1.25 * size[0] / size[1])
    fov = 2 * np.degrees(np.arctan(half / (distance + middle[1])))
    target = (float(middle[0]), 0.0, float(middle[2]) - 0.01)
    return Camera((float(middle[0]), -distance, float(middle[2]) + 0.22), target, float(fov))


def skeleton_of(joints: dict[str, np.ndarray], camera: Camera, size: tuple[int, int], depth: np.ndarray) -> Skeleton:
    """The joints in pixels; seen where nothing is drawn well in front of them.

    Args:
        joints: COCO name -> (3,) metres, posed.
        camera, size: as drawn; size is (height, width).
        depth: (height, width) metres to what was drawn.
    """
    points = {keypoint: joints[keypoint.name.lower()] for keypoint in COCO17}
    points[K.NECK] = (points[K.LEFT_SHOULDER] + points[K.RIGHT_SHOULDER]) / 2
    xy, away = camera.project(np.stack([points[k] for k in K]), size)
    column, row = np.rint(xy).astype(int).T
    inside = (column >= 0) & (row >= 0) & (column < size[1]) & (row < size[0])
    visible = inside.copy()
    for k in K:
        if inside[k]:
            visible[k] = away[k] - depth[row[k], column[k]] < _DEPTH[k]
    return Skeleton(xy, visible, visible.astype(np.float32))
