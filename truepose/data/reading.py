"""Samples for the reader: augmented crops of street photos with their joints and parsing."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from ..inputs import image_tensor
from ..parsing import IGNORE, mirror_parsing, person_mask
from ..pose import COCO17, MIRRORED, Keypoint, Skeleton
from .augment import degrade, jitter_colors, occlude, studio_background
from .street import StreetPhoto

# Labels between these scores are neither trusted nor denied: no loss there.
_SEEN, _UNSEEN = 0.3, 0.15
_UPPER_BODY = [k for k in Keypoint if "KNEE" not in k.name and "ANKLE" not in k.name]


class ReaderDataset(Dataset):
    """Endless augmented samples; sample i is a pure function of (seed, i).

    Each sample: image (3, H, W) float32 in [-1, 1]; xy (18, 2) joints in image pixels; present (18,) float32 1 seen in
    the image, 0 not in it, NaN unknown; parsing (H, W) int64 labels, 255 unknown.
    """

    def __init__(self, photos: list[StreetPhoto], size: tuple[int, int], *, length: int, seed: int):
        self.size, self.length, self.seed = size, length, seed
        # Decoded once: a photo costs 10 ms to open and is seen many times.
        self.photos = [(p.photo(), p.parsing(), p.skeleton, _neck(p.triplets)) for p in photos]
        self.labelled = [i for i, photo in enumerate(self.photos) if photo[1] is not None]

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        if index >= self.length:
            raise IndexError(index)
        rng = np.random.default_rng((self.seed, index))
        # The parsing has half the labels, so its photos are shown more often.
        chosen = rng.choice(self.labelled) if rng.random() < 0.35 else rng.integers(len(self.photos))
        photo, parsing, skeleton, scores = self.photos[chosen]
        if parsing is None:
            parsing = np.full(photo.shape[:2], IGNORE, np.uint8)
        elif rng.random() < 0.3:
            photo, parsing = self._other_background(photo, parsing, rng)
        matrix = _random_crop(skeleton, photo.shape[:2], self.size, rng)
        flags = {"borderMode": cv2.BORDER_CONSTANT, "borderValue": rng.integers(0, 256, 3).tolist()}
        if rng.random() < 0.5:
            flags = {"borderMode": cv2.BORDER_REPLICATE}
        height, width = self.size
        image = cv2.warpAffine(photo, matrix, (width, height), flags=cv2.INTER_AREA, **flags)
        labels = cv2.warpAffine(parsing, matrix, (width, height), flags=cv2.INTER_NEAREST, borderValue=0)
        xy = skeleton.xy @ matrix[:, :2].T + matrix[:, 2]
        if rng.random() < 0.5:
            image, labels = image[:, ::-1], mirror_parsing(labels)
            xy, scores = (xy * (-1, 1) + (width - 1, 0))[list(MIRRORED)], scores[list(MIRRORED)]
        image = degrade(jitter_colors(image, rng), rng)
        if rng.random() < 0.15:
            image = occlude(image, rng)
        inside = ((xy >= 0) & (xy <= (width - 1, height - 1))).all(1)
        present = np.where(scores > _SEEN, 1.0, np.where(scores < _UNSEEN, 0.0, np.nan))
        return {
            "image": image_tensor(image),
            "xy": torch.from_numpy(xy.astype(np.float32)),
            "present": torch.from_numpy(np.where(inside, present, 0.0).astype(np.float32)),
            "parsing": torch.from_numpy(np.ascontiguousarray(labels).astype(np.int64)),
        }

    def _other_background(self, photo, parsing, rng) -> tuple[np.ndarray, np.ndarray]:
        """The person before a studio wall or before another photo's street."""
        person = cv2.GaussianBlur(person_mask(parsing).astype(np.float32), (0, 0), 1.2)[..., None]
        # Unlabelled pixels keep the photo, since nobody knows which side they are on.
        person = np.where((parsing == IGNORE)[..., None], 1, person)
        wall = studio_background(photo.shape[:2], rng)
        return (photo * person + wall * (1 - person)).astype(np.uint8), parsing


def _neck(triplets: np.ndarray) -> np.ndarray:
    """(18,) scores of the labels, before any threshold; the neck takes the weaker shoulder's."""
    scores = np.zeros(len(Keypoint), np.float32)
    scores[list(COCO17)] = triplets[:, 2]
    scores[Keypoint.NECK] = scores[[Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER]].min()
    return scores


def _random_crop(skeleton: Skeleton, photo_size, size, rng) -> np.ndarray:
    """(2, 3) matrix from photo to crop: whole or half bodies, large or small in the frame, tilted, off-centre."""
    height, width = size
    points = skeleton.xy[skeleton.visible]
    if rng.random() < 0.2:
        upper = [k for k in _UPPER_BODY if skeleton.visible[k]]
        points = skeleton.xy[upper] if len(upper) >= 3 else points
    if len(points) < 3:
        points = np.array([(0, 0), (photo_size[1], photo_size[0])], np.float32)
    low, high = points.min(0), points.max(0)
    center, extent = (low + high) / 2, max(high[1] - low[1], 1.2 * (high[0] - low[0]), 20)
    # The joints span about 0.85 of a person's height. One crop in four plays the first pass: somebody far away.
    share = rng.uniform(0.2, 0.6) if rng.random() < 0.25 else rng.uniform(0.55, 0.95)
    scale = share * height / extent
    angle = rng.normal(0, 10) if rng.random() < 0.6 else 0.0
    room = max(0.05, 1 - share) / 2
    to = np.array([width, height]) * (0.5 + rng.uniform(-room, room, 2))
    matrix = cv2.getRotationMatrix2D((float(center[0]), float(center[1])), angle, scale)
    matrix[:, 2] += to - center
    return matrix
