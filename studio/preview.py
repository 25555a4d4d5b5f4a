"""The instant preview: the puppet warp over its plate, at the screen's size however large the photo is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from truepose.pose import Skeleton
from truepose.reading import Person
from truepose.warp import Puppet, composite, cut_puppet, warp_puppet

_SIDE = 1024  # the preview's longest side: a warp of this size takes a fifth of a second on two cores


@dataclass(frozen=True, eq=False)
class PreviewPuppet:
    """A small puppet that takes poses of the full photo.

    Attributes:
        puppet: cut from the photo at the preview's size.
        to_preview: (2, 3) matrix from the photo's pixels to the preview's.
    """

    puppet: Puppet
    to_preview: np.ndarray

    @classmethod
    def cut(cls, photo: Image.Image, person: Person) -> PreviewPuppet:
        """Cut the person out of the photo, once for all poses."""
        scale = min(1.0, _SIDE / max(photo.size))
        width, height = (max(1, round(side * scale)) for side in photo.size)
        x_scale, y_scale = width / photo.width, height / photo.height
        # Pixel centres stay pixel centres.
        matrix = np.array([[x_scale, 0, (x_scale - 1) / 2], [0, y_scale, (y_scale - 1) / 2]])
        pixels = cv2.resize(np.asarray(photo), (width, height), interpolation=cv2.INTER_AREA)
        parsing = cv2.resize(person.parsing, (width, height), interpolation=cv2.INTER_NEAREST)
        x0, y0, x1, y1 = person.box
        box = (
            int(x0 * x_scale), int(y0 * y_scale),
            min(width, int(np.ceil(x1 * x_scale))), min(height, int(np.ceil(y1 * y_scale))),
        )  # fmt: skip
        small = Person(person.skeleton.transformed(matrix), parsing, box)
        return cls(cut_puppet(pixels, small), matrix)

    def warp(self, target: Skeleton) -> Image.Image:
        """The person in the target pose, given in the photo's pixels; the picture has the preview's size."""
        warped = warp_puppet(self.puppet, target.transformed(self.to_preview))
        return Image.fromarray(composite(warped, self.puppet.plate))
