"""From a person and a pose to a training picture: photo, exact skeleton, exact parsing map."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import numpy as np

from ...pose import COCO17, Skeleton
from ...pose import Keypoint as K
from .backdrops import BACKDROPS, paper_plate
from .camera import Camera
from .fabric import Color
from .figure import join
from .lighting import Lighting, studio_lighting
from .person import Person
from .poses import Pose, skin, solve
from .quality import FULL, Quality
from .renderer import Model, Renderer

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
def renderer_for(quality: Quality) -> Renderer:
    """The one renderer of this quality in this process."""
    return Renderer(quality)


class Sitting:
    """One person before the camera: uploaded once, photographed in any number of poses.

    Use it as a context manager: the graphics memory is given back at the end.
    """

    def __init__(self, person: Person, quality: Quality = FULL):
        body = person.body
        self.person, self.figure, self.quality = person, join(person.pieces), quality
        self.height = float(self.figure.points[self.figure.shown, 2].max() - person.sole)  # metres
        self._renderer = renderer_for(quality)
        self._model = Model(self._renderer, self.figure)
        chosen = body.joint_vertices
        self._joints = person.shape.vertices[chosen], body.skin_weights[chosen], body.joint_weights[:, chosen]

    def __enter__(self) -> Sitting:
        return self

    def __exit__(self, *_) -> None:
        self._model.release()

    def photograph(self, pose: Pose, light: Lighting, plate: np.ndarray, camera: Camera | None = None) -> Rendered:
        """The person in a pose, before a plate, which is a (H, W, 3) uint8 picture.

        Args:
            pose: how they stand.
            light: as many lights as the quality has.
            plate: (H, W, 3) uint8 RGB, what is behind; it gives the photo its size.
            camera: where from; by default framed to the whole person.
        """
        size = plate.shape[:2]
        transforms = solve(self.person.body, self.person.shape, pose, self.person.sole)
        points = self.figure.pose(transforms)
        camera = camera or framing(points[self.figure.shown], size)
        frame = self._renderer.draw(self._model, points, camera, size, light)
        rest, weights, regressor = self._joints
        joints = dict(zip(self.person.body.joint_labels, regressor @ skin(rest, weights, transforms), strict=True))
        return Rendered(frame.over(plate), skeleton_of(joints, camera, size, frame.depth), frame.labels)


def render(
    person: Person,
    pose: Pose,
    camera: Camera | None = None,
    size: tuple[int, int] = (960, 640),
    light: Lighting | None = None,
    paper: Color = BACKDROPS[0],
    supersample: int = 2,
) -> Rendered:
    """Pose and photograph a person, once and in full quality.

    Args:
        person: who.
        pose: how they stand.
        camera: where from; by default framed to the whole person.
        size: (height, width).
        light: the studio's lights, by default the same 24 for every picture.
        paper: RGB of the backdrop.
        supersample: pixels drawn for each of the photo's, along a side.
    """
    light = light or studio_lighting(np.random.default_rng(0))
    quality = replace(FULL, lights=len(light.directions), supersample=supersample)
    with Sitting(person, quality) as sitting:
        return sitting.photograph(pose, light, paper_plate(paper, size), camera)


def framing(shown: np.ndarray, size: tuple[int, int], distance: float = 4.6) -> Camera:
    """A camera at chest height that shows all of the (N, 3) points with some air around."""
    low, high = shown.min(0), shown.max(0)
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
