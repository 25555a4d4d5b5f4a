"""Photos whose joints and parsing are known, or partly known: what the reader learns from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..openpose_json import load_pose
from ..parsing import IGNORE, BodyPart
from ..photo import open_parsing, open_photo
from ..pose import COCO17, Keypoint, Skeleton
from .street import StreetPhoto

# Labels between these scores are neither trusted nor denied.
_SEEN, _UNSEEN = 0.3, 0.15
_FACE_JOINTS = [Keypoint.NOSE, Keypoint.LEFT_EYE, Keypoint.RIGHT_EYE, Keypoint.LEFT_EAR, Keypoint.RIGHT_EAR]
_LEG_JOINTS = (Keypoint.RIGHT_KNEE, Keypoint.LEFT_KNEE, Keypoint.RIGHT_ANKLE, Keypoint.LEFT_ANKLE)


@dataclass(frozen=True, eq=False)
class Labelled:
    """One photo of height H and width W.

    Attributes:
        photo: (H, W, 3) uint8 RGB.
        parsing: (H, W) uint8 labels, 255 unknown.
        skeleton: where the joints are.
        present: (18,) float32, 1 seen, 0 not to be seen, NaN unknown.
    """

    photo: np.ndarray
    parsing: np.ndarray
    skeleton: Skeleton
    present: np.ndarray

    @property
    def mapped(self) -> bool:
        """Whether the parsing says anything."""
        return bool((self.parsing != IGNORE).any())


def from_street(street: StreetPhoto, pseudo_maps: Path | None = None) -> Labelled:
    """A street photo.

    Args:
        street: the photo and its labels.
        pseudo_maps: folder of maps made by a reader, NAME.png, for photos that have none of their own.
    """
    photo, parsing = street.photo(), street.parsing()
    if parsing is None and pseudo_maps is not None:
        parsing = open_parsing(pseudo_maps / f"{street.name}.png", photo.shape[:2])
    if parsing is None:
        parsing = np.full(photo.shape[:2], IGNORE, np.uint8)
    scores = np.zeros(len(Keypoint), np.float32)
    scores[list(COCO17)] = street.triplets[:, 2]
    scores[Keypoint.NECK] = scores[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].min()
    present = np.where(scores > _SEEN, 1.0, np.where(scores < _UNSEEN, 0.0, np.nan))
    return Labelled(photo, parsing, street.skeleton, present.astype(np.float32))


def load_rendered(folder: str | Path) -> list[Labelled]:
    """Every picture that `python -m truepose.data.rendered` wrote to a folder, in name order.

    Raises:
        ValueError: the folder holds none, or files of a picture are missing.
    """
    return [item for _, item in rendered_pictures(folder)]


def rendered_pictures(folder: str | Path, count: int | None = None) -> Iterator[tuple[Path, Labelled]]:
    """The pictures of `load_rendered` with their paths, opened one by one, at most `count`."""
    paths = sorted(path for path in Path(folder).glob("*.webp") if path.stem != "sheet")
    if not paths:
        raise ValueError(f"no rendered people in {folder}: NAME.webp, NAME.json and NAME.png are needed")
    yield from ((path, _rendered(path)) for path in paths[:count])


def _rendered(path: Path) -> Labelled:
    photo = np.asarray(open_photo(path))
    skeleton = load_pose(path.with_suffix(".json"), photo.shape[:2])
    # A nose behind the head is not to be seen; a wrist behind the back is there all the same, somewhere.
    present = np.where(skeleton.visible, 1.0, np.nan)
    present[_FACE_JOINTS] = skeleton.visible[_FACE_JOINTS]
    parsing = open_parsing(path.with_suffix(".png"), photo.shape[:2])
    for joint in _LEG_JOINTS:
        if present[joint] == 1 and under_skirt(parsing, skeleton.xy[joint]):
            present[joint] = np.nan
    return Labelled(photo, parsing, skeleton, present.astype(np.float32))


def under_skirt(parsing: np.ndarray, xy: np.ndarray) -> bool:
    """Whether the joint at (2,) xy pixels lies on a skirt or dress: the renderer knows it there, no one can see it."""
    row, column = (int(np.clip(v, 0, size - 1)) for v, size in zip(np.rint(xy[::-1]), parsing.shape, strict=True))
    return parsing[row, column] in (BodyPart.SKIRT, BodyPart.DRESS)
