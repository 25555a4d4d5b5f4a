"""Samples for the reader: augmented crops of labelled photos with their joints and parsing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from ..inputs import image_tensor
from ..parsing import IGNORE, BodyPart, mirror_parsing, person_mask
from ..pose import MIRRORED, Keypoint, Skeleton
from .augment import degrade, jitter_colors, occlude, studio_background, tone_skin
from .labelled import Labelled

_HEAD = [k for k in Keypoint if k.name in ("NOSE", "NECK") or k.name.endswith(("_EYE", "_EAR", "_SHOULDER"))]
_UPPER_BODY = [k for k in Keypoint if not k.name.endswith(("_KNEE", "_ANKLE"))]
_LOWER_BODY = [k for k in Keypoint if k.name.endswith(("_HIP", "_KNEE", "_ANKLE"))]


@dataclass(frozen=True, eq=False)
class _View:
    """A photo as one sample sees it: (h, w, 3) image, (h, w) parsing, (18, 2) joints, (18,) present."""

    image: np.ndarray
    parsing: np.ndarray
    xy: np.ndarray
    present: np.ndarray


class ReaderDataset(Dataset):
    """Endless augmented samples; sample i is a pure function of (seed, i).

    Each sample: image (3, H, W) float32 in [-1, 1]; xy (18, 2) joints in image pixels; present (18,) float32 1 seen in
    the image, 0 not in it, NaN unknown; parsing (H, W) int64 labels, 255 unknown.

    Args:
        groups: (share of the samples, photos) of each kind of photo.
        size: (height, width) of the samples, multiples of 32.
        length: number of samples.
        seed: decides all of them.
    """

    def __init__(
        self, groups: Sequence[tuple[float, Sequence[Labelled]]], size: tuple[int, int], *, length: int, seed: int
    ):
        groups = [(share, photos) for share, photos in groups if photos]
        if not groups:
            raise ValueError("there are no photos to train on")
        self.groups = [photos for _, photos in groups]
        self.shares = np.array([share for share, _ in groups]) / sum(share for share, _ in groups)
        self.mapped = [item for photos in self.groups for item in photos if item.mapped]
        self.size, self.length, self.seed = size, length, seed

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        if index >= self.length:
            raise IndexError(index)
        rng = np.random.default_rng((self.seed, index))
        photos = self.groups[rng.choice(len(self.groups), p=self.shares)]
        item = photos[rng.integers(len(photos))]
        view = self._view(item, rng)
        image = view.image
        if item.mapped:
            image = self._restage(view, rng)
        image = degrade(jitter_colors(image, rng), rng)
        if rng.random() < 0.15:
            image = occlude(image, rng)
        height, width = self.size
        inside = ((view.xy >= 0) & (view.xy <= (width - 1, height - 1))).all(1)
        return {
            "image": image_tensor(image),
            "xy": torch.from_numpy(view.xy.astype(np.float32)),
            "present": torch.from_numpy(np.where(inside, view.present, 0.0).astype(np.float32)),
            "parsing": torch.from_numpy(np.ascontiguousarray(view.parsing).astype(np.int64)),
        }

    def _view(self, item: Labelled, rng: np.random.Generator) -> _View:
        """A random crop, flipped half the time."""
        matrix = _random_crop(item.skeleton, item.photo.shape[:2], self.size, rng)
        flags = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": rng.integers(0, 256, 3).tolist()}
        if rng.random() < 0.5:
            flags = {"borderMode": cv2.BORDER_REPLICATE}
        height, width = self.size
        image = cv2.warpAffine(item.photo, matrix, (width, height), flags=cv2.INTER_AREA, **flags)
        parsing = cv2.warpAffine(item.parsing, matrix, (width, height), flags=cv2.INTER_NEAREST, borderValue=0)
        xy, present = item.skeleton.xy @ matrix[:, :2].T + matrix[:, 2], item.present
        if rng.random() < 0.5:
            image, parsing = np.ascontiguousarray(image[:, ::-1]), mirror_parsing(parsing)
            xy, present = (xy * (-1, 1) + (width - 1, 0))[list(MIRRORED)], present[list(MIRRORED)]
        return _View(image, parsing, xy, present)

    def _restage(self, view: _View, rng: np.random.Generator) -> np.ndarray:
        """The image with other skin, another background, or somebody else beside the person."""
        image = view.image
        if rng.random() < 0.15:
            image = tone_skin(image, view.parsing, rng)
        chance = rng.random()
        if chance < 0.3:
            image = _over(studio_background(self.size, rng), image, view.parsing)
        elif chance < 0.4:
            image = _over(self._street(rng), image, view.parsing)
        if rng.random() < 0.2:
            image = self._beside(image, view, rng)
        return image

    def _street(self, rng: np.random.Generator) -> np.ndarray:
        """A street without people: the side of another photo, drawn out to the whole picture."""
        other = self.mapped[rng.integers(len(self.mapped))]
        free = ~(person_mask(other.parsing) | (other.parsing == IGNORE)).any(0)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], free, [0]])))
        starts, ends = edges[::2], edges[1::2]
        if not len(starts) or (ends - starts).max() < 16:
            return studio_background(self.size, rng)
        widest = (ends - starts).argmax()
        strip = other.photo[:, starts[widest] : ends[widest]]
        return cv2.resize(strip, self.size[::-1], interpolation=cv2.INTER_LINEAR)

    def _beside(self, image: np.ndarray, view: _View, rng: np.random.Generator) -> np.ndarray:
        """Somebody behind the person, further from the middle or smaller: part of the background."""
        other = self.mapped[rng.integers(len(self.mapped))]
        theirs = person_mask(other.parsing)
        mine = person_mask(view.parsing)
        if not mine.any() or not theirs.any():
            return image
        height, width = self.size
        (_, middle), (tall, _) = _middle(mine), _extent(mine)
        (their_y, their_x), (their_tall, _) = _middle(theirs), _extent(theirs)
        scale = tall / their_tall * rng.uniform(0.4, 1.0)
        # On the side where the person is farther from: who stands in the middle is meant.
        side = 1 if middle < width / 2 else -1
        x = middle + side * rng.uniform(0.25, 0.8) * max(0.4 * tall, width / 2)
        y = _middle(mine)[0] + rng.normal(0, 0.05) * tall
        matrix = np.array([[scale, 0, x - scale * their_x], [0, scale, y - scale * their_y]])
        photo = cv2.warpAffine(other.photo, matrix, (width, height), flags=cv2.INTER_AREA)
        theirs = cv2.warpAffine(other.parsing, matrix, (width, height), flags=cv2.INTER_NEAREST)
        shown = person_mask(theirs) & (view.parsing == BodyPart.BACKGROUND)
        soft = cv2.GaussianBlur(shown.astype(np.float32), (0, 0), 0.8)[..., None]
        return (photo * soft + image * (1 - soft)).astype(np.uint8)


def _middle(mask: np.ndarray) -> tuple[float, float]:
    """(y, x) of a mask's middle."""
    rows, columns = mask.nonzero()
    return float(rows.mean()), float(columns.mean())


def _extent(mask: np.ndarray) -> tuple[int, int]:
    """(height, width) of a mask's box."""
    return int(np.ptp(mask.any(1).nonzero()[0])) + 1, int(np.ptp(mask.any(0).nonzero()[0])) + 1


def _over(background: np.ndarray, image: np.ndarray, parsing: np.ndarray) -> np.ndarray:
    """The person before another background. Unlabelled pixels keep the photo: nobody knows which side they are on."""
    person = cv2.GaussianBlur(person_mask(parsing).astype(np.float32), (0, 0), 0.8)[..., None]
    person = np.where((parsing == IGNORE)[..., None], 1, person)
    return (image * person + background * (1 - person)).astype(np.uint8)


def _random_crop(skeleton: Skeleton, photo_size, size, rng) -> np.ndarray:
    """(2, 3) matrix from photo to crop: whole or half bodies, large or small in the frame, tilted, off-centre."""
    height, width = size
    points = skeleton.xy[skeleton.visible]
    chance = rng.random()
    if chance < 0.36:
        group = _UPPER_BODY if chance < 0.14 else _LOWER_BODY if chance < 0.27 else _HEAD
        shown = [k for k in group if skeleton.visible[k]]
        points = skeleton.xy[shown] if len(shown) >= 3 else points
    if len(points) < 3:
        points = np.array([(0, 0), (photo_size[1], photo_size[0])], np.float32)
    low, high = points.min(0), points.max(0)
    center, extent = (low + high) / 2, max(high[1] - low[1], 1.2 * (high[0] - low[0]), 20)
    # The joints span about 0.85 of a person's height. One crop in four plays the first pass: somebody far away.
    share = rng.uniform(0.15, 0.6) if rng.random() < 0.25 else rng.uniform(0.55, 0.95)
    scale = share * height / extent
    angle = rng.normal(0, 10) if rng.random() < 0.6 else 0.0
    room = max(0.05, 1 - share) / 2
    to = np.array([width, height]) * (0.5 + rng.uniform(-room, room, 2))
    matrix = cv2.getRotationMatrix2D((float(center[0]), float(center[1])), angle, scale)
    matrix[:, 2] += to - center
    return matrix
