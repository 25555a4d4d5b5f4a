"""The crop that the network sees: a uniform scale and shift between a photo and the model's input."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .pose import Skeleton
from .resample import sample, sample_labels

Box = tuple[float, float, float, float]
_MARGIN = 0.06  # of the longer side, around the boxes


@dataclass(frozen=True)
class Frame:
    """A window of a photo, scaled alike in x and y; it may reach beyond the photo's edges.

    Attributes:
        scale: model pixels a photo pixel.
        offset: (x, y) such that model = photo * scale + offset, pixel centres at integers.
        size: (height, width) of the model's input.
    """

    scale: float
    offset: tuple[float, float]
    size: tuple[int, int]

    @classmethod
    def around(cls, boxes: list[Box], size: tuple[int, int]) -> Frame:
        """The smallest frame of the given size around all boxes (x0, y0, x1, y1, exclusive ends), with a margin."""
        x0, y0 = min(b[0] for b in boxes), min(b[1] for b in boxes)
        x1, y1 = max(b[2] for b in boxes), max(b[3] for b in boxes)
        margin = _MARGIN * max(x1 - x0, y1 - y0) + 1
        height, width = size
        scale = min(height / (y1 - y0 + 2 * margin), width / (x1 - x0 + 2 * margin))
        center = ((x0 + x1 - 1) / 2, (y0 + y1 - 1) / 2)
        offset = ((width - 1) / 2 - scale * center[0], (height - 1) / 2 - scale * center[1])
        return cls(scale, offset, size)

    @property
    def matrix(self) -> np.ndarray:
        """(2, 3) float64 affine matrix from photo to model pixels."""
        return np.array([[self.scale, 0, self.offset[0]], [0, self.scale, self.offset[1]]])

    def skeleton(self, skeleton: Skeleton) -> Skeleton:
        """The joints in model pixels."""
        return skeleton.transformed(self.matrix)

    def view(self, image: np.ndarray, *, border: int | None = None) -> np.ndarray:
        """What the frame shows of an (H, W[, C]) image: smoothly resampled, edges repeated or `border` outside."""
        return sample(image, self.matrix, self.size, border=border)

    def view_labels(self, labels: np.ndarray) -> np.ndarray:
        """What the frame shows of an (H, W) uint8 map: nearest labels, 0 outside."""
        return sample_labels(labels, self.matrix, self.size)

    def back(
        self,
        view: np.ndarray,
        size: tuple[int, int],
        interpolation: int = cv2.INTER_CUBIC,
        *,
        border: int | None = None,
    ) -> np.ndarray:
        """A model-sized (h, w[, C]) picture back in a photo of (height, width); outside `border`, or its edges."""
        mode = cv2.BORDER_REPLICATE if border is None else cv2.BORDER_CONSTANT
        settings = {
            "flags": interpolation | cv2.WARP_INVERSE_MAP,
            "borderMode": mode,
            "borderValue": (border or 0,) * 4,
        }
        return cv2.warpAffine(view, self.matrix, (size[1], size[0]), **settings)
