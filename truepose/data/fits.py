"""How a photo that was read is brought to a data set's size: each takes and gives a `Picture`."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image

from ..frame import Frame
from .pair import person_box
from .picture_pairs import Picture

_ROOM = 0.3  # of the person's longer side, around it: for pseudo-pairs to frame anew


def stretch(picture: Picture, size: tuple[int, int]) -> Picture:
    """The whole picture at (H, W), both sides by their own factor, bicubic: what CFLD and PCDM do with DeepFashion."""
    height, width = picture.image.shape[:2]
    image = np.asarray(Image.fromarray(picture.image).resize(size[::-1], Image.Resampling.BICUBIC))
    parsing = cv2.resize(picture.parsing, size[::-1], interpolation=cv2.INTER_NEAREST)
    skeleton = picture.skeleton.transformed([[size[1] / width, 0, 0], [0, size[0] / height, 0]])
    return Picture(image, skeleton.inside(size), parsing)


def around_person(picture: Picture, size: tuple[int, int]) -> Picture:
    """The person in a `Frame` of (H, W): for pictures of any shape that share no camera."""
    return _seen(picture, Frame.around([person_box(picture.parsing)], size))


def show_whole(picture: Picture, size: tuple[int, int]) -> Picture:
    """The whole picture centred in (H, W), its edges repeated where the shapes differ.

    Photos of one size are seen through one frame: what stays where it is between two shots of one camera must stay.
    """
    (h, w), (height, width) = picture.image.shape[:2], size
    scale = min(height / h, width / w)
    offset = (width - 1) / 2 - scale * (w - 1) / 2, (height - 1) / 2 - scale * (h - 1) / 2
    return _seen(picture, Frame(scale, offset, size))


def crop_loosely(picture: Picture, size: tuple[int, int]) -> Picture:
    """The person with room around it, in its own shape, made smaller where it has more pixels than (H, W) can show."""
    height, width = picture.parsing.shape
    x0, y0, x1, y1 = person_box(picture.parsing)
    scale = min(1.0, size[0] / (y1 - y0), size[1] / (x1 - x0))
    room = round(_ROOM * max(x1 - x0, y1 - y0))
    x0, y0, x1, y1 = max(0, x0 - room), max(0, y0 - room), min(width, x1 + room), min(height, y1 + room)
    shape = max(1, round(scale * (y1 - y0))), max(1, round(scale * (x1 - x0)))
    return _seen(picture, Frame(scale, ((scale - 1) / 2 - scale * x0, (scale - 1) / 2 - scale * y0), shape))


def _seen(picture: Picture, frame: Frame) -> Picture:
    skeleton = frame.skeleton(picture.skeleton).inside(frame.size)
    return Picture(frame.view(picture.image), skeleton, frame.view_labels(picture.parsing))
