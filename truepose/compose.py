"""The result at the photo's own resolution: source pixels where the warp is right, the model's where it is not.

No harm by construction: where the keep map is 1 the picture is the warp, whose valid pixels are the source's own, and
outside both silhouettes it is the photo, bit for bit. The worst the network can do is confined to the warp's defects.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .frame import Frame
from .parsing import BodyPart, part_mask
from .pose import Skeleton
from .warp import Puppet, composite, warp_puppet

_AGREE = 14.0  # grey levels: a larger correction means that the warp's detail is of something else
_FADE = 2.0  # model pixels over which the network's part grows from what is kept


@dataclass(frozen=True)
class Preview:
    """The warp on its plate in the photo's frame, and where it can be kept.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        keep: (H, W) float32 in [0, 1]; 1 where the pixel is the photo's own, or locked.
        alpha: (H, W) uint8, the warped person.
    """

    image: np.ndarray
    keep: np.ndarray
    alpha: np.ndarray


def preview(puppet: Puppet, target: Skeleton, locked: frozenset[BodyPart] = frozenset()) -> Preview:
    """The instant preview: the puppet warped into a pose, over its plate.

    Args:
        puppet: of the photo.
        target: joints in the photo's pixels.
        locked: parts that are kept as the warp shows them, however well it does.

    Raises:
        ValueError: the target has no visible joint.
    """
    warped = warp_puppet(puppet, target)
    keep = np.where(part_mask(warped.parsing, locked), np.float32(1), warped.validity) if locked else warped.validity
    return Preview(composite(warped, puppet.plate), keep, warped.rgba[..., 3])


def compose(shown: Preview, generated: np.ndarray, frame: Frame, strength: float = 1.0) -> np.ndarray:
    """Merge the network's picture into the preview by a frequency split.

    The network gives the low frequencies of what is not kept, at its own resolution; the warp's fill gives the
    high ones, as far as the two agree on what is there. The network's part fades out towards the keep map's border from
    within, so that no seam shows and no pixel changes where the map is 1.

    Args:
        shown: the preview in the photo's frame.
        generated: (h, w, 3) float32 in [0, 255], the network's picture of the frame.
        frame: where that picture lies in the photo.
        strength: in [0, 1], how much of the network's correction is applied: 0 gives the bare warp, 1 what the keep
            map leaves to the network.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ValueError: strength is out of range.
    """
    if not 0 <= strength <= 1:
        raise ValueError(f"strength must be in [0, 1], got {strength}")
    size = shown.image.shape[:2]
    rows, columns = _window(frame, size)
    if rows.start == rows.stop or columns.start == columns.stop:
        return shown.image.copy()
    doubt = strength * _faded(shown.keep, frame)[rows, columns]
    image = shown.image[rows, columns].astype(np.float32)
    seen = frame.view(shown.image).astype(np.float32)
    correction = frame.back(generated - seen, size)[rows, columns]
    detail = image - frame.back(seen, size)[rows, columns]
    disagreement = cv2.GaussianBlur(np.abs(correction).mean(-1), (0, 0), max(0.5, 1 / frame.scale))
    trust = np.exp(-((disagreement / _AGREE) ** 2))[..., None]
    invented = image + correction - (1 - trust) * detail
    merged = image + doubt[..., None] * (invented - image)
    result = shown.image.copy()
    touched = doubt > 0
    result[rows, columns][touched] = np.clip(merged.round(), 0, 255).astype(np.uint8)[touched]
    return result


def _faded(keep: np.ndarray, frame: Frame) -> np.ndarray:
    """(H, W) float32 weight of the network: the doubt, growing over some model pixels from what is surely kept."""
    depth = cv2.distanceTransform((keep < 1).astype(np.uint8), cv2.DIST_L2, 3)
    return (1 - keep) * np.minimum(1, depth * frame.scale / _FADE).astype(np.float32)


def _window(frame: Frame, size: tuple[int, int]) -> tuple[slice, slice]:
    """The part of the photo that the frame shows, as row and column slices."""
    height, width = size
    x0, y0 = (-frame.offset[0] - 0.5) / frame.scale, (-frame.offset[1] - 0.5) / frame.scale
    x1, y1 = x0 + frame.size[1] / frame.scale, y0 + frame.size[0] / frame.scale
    rows = slice(min(height, max(0, int(y0))), min(height, max(0, int(np.ceil(y1)))))
    columns = slice(min(width, max(0, int(x0))), min(width, max(0, int(np.ceil(x1)))))
    return rows, columns
