"""What the layers of a puppet are, and the small geometry that all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from ..pose import Keypoint as K


class Kind(Enum):
    """What a layer is."""

    HEAD = "head"
    TRUNK = "trunk"
    ARM = "arm"
    LEG = "leg"
    CARRIED = "carried"


@dataclass(frozen=True)
class Role:
    """Which bones a layer follows.

    Attributes:
        kind: what it is.
        limb: index into `LIMB_CHAINS`, for arms, legs and what an arm carries.
        joint: the joint a carried thing is fixed to; None fixes it to the chest.
        hanging: it hangs from its joint, upright, rather than turning with the forearm.
        divided: a trunk that ends in the two legs of trousers rather than in a skirt.
    """

    kind: Kind
    limb: int = 0
    joint: K | None = None
    hanging: bool = False
    divided: bool = False


def smoothstep(x: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def segment_distance(points: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances of (..., 2) points to the segment ab, and the nearest place on it as a fraction in [0, 1]."""
    (ax, ay), (dx, dy) = a.tolist(), (b - a).tolist()
    x, y = points[..., 0] - ax, points[..., 1] - ay  # by components: numpy is slow along an axis of length 2
    t = np.clip((x * dx + y * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    return np.hypot(x - t * dx, y - t * dy), t


def along(points: np.ndarray, origin: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """(...) how far (..., 2) points lie from the origin along an axis, times the axis length."""
    (x, y), (dx, dy) = origin.tolist(), axis.tolist()
    return (points[..., 0] - x) * dx + (points[..., 1] - y) * dy
