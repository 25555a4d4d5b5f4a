"""The embedded reader: find the person at low resolution, then read joints and parsing from the crop."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

from ..checkpoint import WEIGHTS_NAME, load_config, load_weights
from ..parsing import BodyPart, person_mask
from ..pose import LIMBS, NUM_KEYPOINTS, Skeleton, torso_length
from .border import clear_gaps, refine_border
from .network import MULTIPLE, STRIDE, ReaderConfig, ReaderNet, joint_probabilities
from .person import NoPersonFound, Person

_JOINT_SEEN = 0.3  # score above which a joint counts as visible
_FEWEST_JOINTS = 3
_SMALLEST_PERSON = 0.003  # of the photo's area
_LARGEST_PARSING = 1024  # longer side at which labels are decided; larger photos scale them up
_MARGIN = 0.12  # of the found box, on each side

Box = tuple[float, float, float, float]


class EmbeddedReader:
    """The network shipped in `checkpoints/reader`, trained on street photos."""

    def __init__(self, net: ReaderNet):
        self.net = net.eval()

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> EmbeddedReader:
        """Load a reader's folder (config.json + model.safetensors), strictly.

        Raises:
            ValueError: the folder holds no reader, or one that does not fit.
        """
        net = ReaderNet(load_config(ReaderConfig, folder))
        load_weights(net, Path(folder) / WEIGHTS_NAME)
        return cls(net.to(memory_format=torch.channels_last))

    def read(self, image: Image.Image) -> Person:
        """The main person of an RGB image.

        Raises:
            NoPersonFound: nobody is found.
        """
        photo = np.asarray(image.convert("RGB"))
        height, width = photo.shape[:2]
        config = self.net.config
        first, labels = self._look(photo, (0, 0, width, height), config.find_size)
        box = _person_box(first, labels, (height, width))
        x0, y0, x1, y1 = box
        mx, my = _MARGIN * (x1 - x0), _MARGIN * (y1 - y0)
        crop = (max(0, x0 - mx), max(0, y0 - my), min(width, x1 + mx), min(height, y1 + my))
        skeleton, labels = self._look(photo, crop, config.read_height)
        if skeleton.visible.sum() < _FEWEST_JOINTS:
            raise NoPersonFound("no person was found in the photo: choose one where the body is clearly visible")
        labels = refine_border(photo, clear_gaps(photo, _only_this_person(labels, skeleton)))
        mask = person_mask(labels)
        if mask.mean() < _SMALLEST_PERSON:
            raise NoPersonFound("no person was found in the photo: choose one where the person is larger")
        rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
        found = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        return Person(skeleton, labels, found)

    @torch.inference_mode()
    def _look(self, photo: np.ndarray, crop: Box, longer_side: int) -> tuple[Skeleton, np.ndarray]:
        """Skeleton in the photo's pixels and (H, W) labels of the photo, read from one crop of it."""
        x0, y0, x1, y1 = crop
        scale = longer_side / max(x1 - x0, y1 - y0)
        size = [max(MULTIPLE, -(-round(side * scale) // MULTIPLE) * MULTIPLE) for side in (y1 - y0, x1 - x0)]
        # Centres of pixels sit on integers, so the crop's corner lies half a pixel before the first centre.
        matrix = np.array([[scale, 0, (0.5 - x0) * scale - 0.5], [0, scale, (0.5 - y0) * scale - 0.5]])
        view = _sample(photo, matrix, (size[0], size[1]))
        tensor = torch.from_numpy(view).permute(2, 0, 1)[None].float() / 127.5 - 1
        reading = self.net(tensor.contiguous(memory_format=torch.channels_last))
        back = cv2.invertAffineTransform(matrix)
        skeleton = _decode_joints(*joint_probabilities(reading)).transformed(back)
        labels = _decode_parsing(reading.parsing, photo.shape[:2], matrix)
        return skeleton, labels


def _sample(photo: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The photo through an affine matrix; shrunk first by areas where it is much larger, so that nothing aliases."""
    scale = matrix[0, 0]
    if scale < 0.5:
        small = cv2.resize(photo, None, fx=2 * scale, fy=2 * scale, interpolation=cv2.INTER_AREA)
        fy, fx = small.shape[0] / photo.shape[0], small.shape[1] / photo.shape[1]
        matrix = matrix @ np.array([[1 / fx, 0, 0.5 / fx - 0.5], [0, 1 / fy, 0.5 / fy - 0.5], [0, 0, 1]])
        photo = small
    return cv2.warpAffine(photo, matrix, (size[1], size[0]), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def _decode_joints(places: torch.Tensor, present: torch.Tensor) -> Skeleton:
    """Each joint at the mean of the 5x5 cells around its best one, scored by the probability in them.

    Args:
        places: (1, 18, h, w) probabilities.
        present: (1, 18) probabilities.
    """
    width = places.shape[-1]
    nearby = F.avg_pool2d(places, 5, 1, 2, count_include_pad=True) * 25  # mass around each cell
    best = nearby[0].flatten(1).argmax(1)
    score = nearby[0].flatten(1).amax(1)
    padded = F.pad(places[0], (2, 2, 2, 2))
    xy = np.zeros((NUM_KEYPOINTS, 2), np.float32)
    offsets = torch.arange(-2, 3).float()
    for joint in range(NUM_KEYPOINTS):
        row, column = divmod(int(best[joint]), width)
        window = padded[joint, row : row + 5, column : column + 5]
        total = window.sum().clamp_min(1e-9)
        xy[joint] = (
            column + float((window.sum(0) * offsets).sum() / total),
            row + float((window.sum(1) * offsets).sum() / total),
        )
    score = torch.minimum(score, present[0]).numpy()
    return Skeleton((xy + 0.5) * STRIDE - 0.5, score > _JOINT_SEEN, score)


def _decode_parsing(logits: torch.Tensor, photo_size: tuple[int, int], matrix: np.ndarray) -> np.ndarray:
    """(H, W) uint8 labels of the photo from the crop's (1, 18, h, w) logits; background outside the crop."""
    height, width = photo_size
    shrink = min(1.0, _LARGEST_PARSING / max(height, width))
    size = (max(1, round(height * shrink)), max(1, round(width * shrink)))
    maps = logits[0].float().permute(1, 2, 0).numpy()
    # Photo (shrunk) pixel -> photo pixel -> crop pixel -> heatmap cell.
    to_photo = np.array([[1 / shrink, 0, 0.5 / shrink - 0.5], [0, 1 / shrink, 0.5 / shrink - 0.5], [0, 0, 1]])
    to_cell = np.array([[1 / STRIDE, 0, 0.5 / STRIDE - 0.5], [0, 1 / STRIDE, 0.5 / STRIDE - 0.5], [0, 0, 1]])
    chain = (to_cell @ np.vstack([matrix, (0, 0, 1)]) @ to_photo)[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    best = np.full(size, -np.inf, np.float32)
    labels = np.zeros(size, np.uint8)
    for part in BodyPart:
        plane = cv2.warpAffine(
            np.ascontiguousarray(maps[..., part]), chain, (size[1], size[0]), flags=flags,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        higher = plane > best
        labels[higher] = part
        np.maximum(best, plane, out=best)
    inside = cv2.warpAffine(
        np.ones(maps.shape[:2], np.uint8), chain, (size[1], size[0]), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    )
    labels *= inside
    return labels if size == (height, width) else cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST)


def _person_box(skeleton: Skeleton, labels: np.ndarray, size: tuple[int, int]) -> Box:
    """The first pass's person: its joints and the parsing around them.

    Raises:
        NoPersonFound: too few joints.
    """
    if skeleton.visible.sum() < _FEWEST_JOINTS:
        raise NoPersonFound("no person was found in the photo: choose one where the body is clearly visible")
    x0, y0, x1, y1 = skeleton.box()
    mask = person_mask(_only_this_person(labels, skeleton))
    rows, columns = mask.any(1).nonzero()[0], mask.any(0).nonzero()[0]
    if len(rows):
        x0, x1 = min(x0, columns[0]), max(x1, columns[-1] + 1)
        y0, y1 = min(y0, rows[0]), max(y1, rows[-1] + 1)
    grow = 0.05 * max(x1 - x0, y1 - y0) + 2
    return max(0, x0 - grow), max(0, y0 - grow), min(size[1], x1 + grow), min(size[0], y1 + grow)


def _only_this_person(labels: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Drop the connected parts of the map that no bone of the skeleton comes near: other people, noise."""
    count, components = cv2.connectedComponents(person_mask(labels).astype(np.uint8))
    if count <= 2:
        return labels
    x0, y0, x1, y1 = skeleton.box()
    reach = max(2, round(0.15 * (torso_length(skeleton) or 0.35 * max(x1 - x0, y1 - y0))))
    near = np.zeros(labels.shape, np.uint8)
    for a, b in LIMBS:
        if skeleton.visible[a] and skeleton.visible[b]:
            start, end = (tuple(int(v) for v in skeleton.xy[k].round()) for k in (a, b))
            cv2.line(near, start, end, 1, 2 * reach)
    kept = np.zeros(count, bool)
    kept[np.unique(components[near > 0])] = True
    kept[0] = True
    return np.where(kept[components], labels, BodyPart.BACKGROUND).astype(np.uint8)
