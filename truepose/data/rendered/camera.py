"""A pinhole camera: world metres to pixels, and the matrices that the renderer draws with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_NEAR, _FAR = 0.3, 30.0


@dataclass(frozen=True)
class Camera:
    """Where the photo is taken from. World: z up, the person stands at the origin and faces -y.

    Attributes:
        eye, target: (x, y, z) metres; the target is the photo's middle.
        fov: vertical angle of view, degrees.
    """

    eye: tuple[float, float, float] = (0.0, -4.6, 1.15)
    target: tuple[float, float, float] = (0.0, 0.0, 0.88)
    fov: float = 25.5

    def view(self) -> np.ndarray:
        """(4, 4) world to camera: x right, y up, the camera looks along -z."""
        eye, target = np.array(self.eye, float), np.array(self.target, float)
        back = (eye - target) / np.linalg.norm(eye - target)
        right = np.cross([0, 0, 1], back)
        right /= np.linalg.norm(right)
        axes = np.stack([right, np.cross(back, right), back])
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = axes, -axes @ eye
        return matrix

    def projection(self, size: tuple[int, int]) -> np.ndarray:
        """(4, 4) camera to clip space for a photo of (height, width)."""
        height, width = size
        f = 1 / np.tan(np.radians(self.fov) / 2)
        matrix = np.zeros((4, 4))
        matrix[0, 0], matrix[1, 1] = f * height / width, f
        matrix[2, 2], matrix[2, 3] = (_FAR + _NEAR) / (_NEAR - _FAR), 2 * _FAR * _NEAR / (_NEAR - _FAR)
        matrix[3, 2] = -1
        return matrix

    def project(self, points: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Pixels of world points.

        Args:
            points: (N, 3) metres.
            size: (height, width).

        Returns:
            (N, 2) pixels, the middle of the top left pixel being (0, 0), and (N,) depth along the view, metres.
        """
        height, width = size
        seen = np.asarray(points, float) @ self.view()[:3, :3].T + self.view()[:3, 3]
        depth = -seen[:, 2]
        f = 0.5 * height / np.tan(np.radians(self.fov) / 2)
        x = width / 2 + f * seen[:, 0] / depth - 0.5
        y = height / 2 - f * seen[:, 1] / depth - 0.5
        return np.stack([x, y], axis=1), depth
