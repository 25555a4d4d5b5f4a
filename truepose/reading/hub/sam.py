"""Masks by Segment Anything: from clicks, or around a person to sharpen a parsing map's outline."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ...parsing import BodyPart, person_mask
from ..border import fill_labels
from ..people import box_of
from ..person import Candidate, Person, PersonReader
from .weights import reading_weights

if TYPE_CHECKING:
    from segment_anything.modeling import Sam

_BAND = 0.02  # of the person's height: how far an outline may move
_SAME_PERSON = 0.6  # intersection over union below which the mask is of something else


@dataclass(frozen=True, eq=False)
class EncodedPhoto:
    """A photo as SAM sees it: made once, asked many times.

    Attributes:
        features: (1, 256, 64, 64) float32.
        seen_size: (height, width) to which the photo was scaled, the longer side 1024.
        size: (height, width) of the photo.
    """

    features: Tensor
    seen_size: tuple[int, int]
    size: tuple[int, int]


class ClickMasker:
    """Masks from points or a box. Holds the network, no photo.

    Args:
        sam: `Sam` of `segment_anything`, or of `controlnet_aux.segment_anything` (MobileSAM).
    """

    def __init__(self, sam: Sam):
        self.sam = sam.eval()

    @torch.inference_mode()
    def encode(self, photo: np.ndarray) -> EncodedPhoto:
        """Run the image encoder, the slow part, on an (H, W, 3) uint8 RGB photo."""
        from segment_anything.utils.transforms import ResizeLongestSide

        scaled = ResizeLongestSide(self.sam.image_encoder.img_size).apply_image(photo)
        pixels = torch.from_numpy(scaled).to(self.sam.device).permute(2, 0, 1)[None]  # (1, 3, h, w)
        features = self.sam.image_encoder(self.sam.preprocess(pixels))
        return EncodedPhoto(features, scaled.shape[:2], photo.shape[:2])

    def mask(self, encoded: EncodedPhoto, points: np.ndarray, positive: np.ndarray) -> np.ndarray:
        """What the clicks mean.

        Args:
            encoded: from `encode`.
            points: (N, 2) x, y in the photo's pixels.
            positive: (N,) bool, whether a point is inside or outside.

        Returns:
            (H, W) bool.

        Raises:
            ValueError: no points, or not as many signs.
        """
        points, positive = np.asarray(points, np.float32), np.asarray(positive, bool)
        if points.ndim != 2 or points.shape[1:] != (2,) or positive.shape != points.shape[:1] or not len(points):
            raise ValueError(f"points must be (N, 2) with (N,) signs, got {points.shape} and {positive.shape}")
        xy = self._seen(encoded, points)[None]  # (1, N, 2)
        signs = torch.from_numpy(positive).int().to(xy.device)[None]  # (1, N)
        return self._decode(encoded, points=(xy, signs), boxes=None, ambiguous=len(points) == 1)

    def mask_in_box(self, encoded: EncodedPhoto, box: tuple[int, int, int, int]) -> np.ndarray:
        """(H, W) bool: the thing inside a box (x0, y0, x1, y1), pixels, x1 and y1 exclusive."""
        corners = np.float32(box).reshape(2, 2) - 0.5  # edges of pixels, where centres sit on integers
        return self._decode(encoded, points=None, boxes=self._seen(encoded, corners).reshape(1, 4), ambiguous=False)

    def _seen(self, encoded: EncodedPhoto, points: np.ndarray) -> Tensor:
        """(N, 2) places of the photo in the scaled one; SAM, too, counts from the first pixel's centre."""
        scale = np.float32(encoded.seen_size[::-1]) / np.float32(encoded.size[::-1])
        return torch.from_numpy((points + 0.5) * scale - 0.5).to(self.sam.device)

    @torch.inference_mode()
    def _decode(self, encoded: EncodedPhoto, points, boxes, ambiguous: bool) -> np.ndarray:
        """With `ambiguous`, three masks are made (part, whole, all of it) and the one that SAM trusts most is taken."""
        sparse, dense = self.sam.prompt_encoder(points=points, boxes=boxes, masks=None)
        logits, quality = self.sam.mask_decoder(
            image_embeddings=encoded.features,
            image_pe=self.sam.prompt_encoder.get_dense_pe(),
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            multimask_output=ambiguous,
        )  # (1, 1 or 3, 256, 256), (1, 1 or 3)
        best = int(quality[0].argmax())
        logits = self.sam.postprocess_masks(logits[:, best : best + 1], encoded.seen_size, encoded.size)
        return (logits[0, 0] > self.sam.mask_threshold).cpu().numpy()


def sharpen_outline(masker: ClickMasker, photo: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Move the outline between person and background to SAM's, in a band along it.

    Args:
        masker: is asked for the person's box.
        photo: (H, W, 3) uint8 RGB.
        labels: (H, W) uint8 `BodyPart` of one person.

    Returns:
        (H, W) uint8; pixels that join the person take the nearest label. The same map where SAM sees something else.
    """
    mask = person_mask(labels)
    if not mask.any():
        return labels
    box = box_of(mask)
    seen = masker.mask_in_box(masker.encode(photo), box)
    if (seen & mask).sum() < _SAME_PERSON * (seen | mask).sum():
        return labels
    reach = max(1, round(_BAND * (box[3] - box[1])))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    whole = mask.astype(np.uint8)
    band = cv2.dilate(whole, kernel) > cv2.erode(whole, kernel)
    inside = np.where(band, seen, mask)
    kept = np.where(inside, labels, BodyPart.BACKGROUND).astype(np.uint8)
    return fill_labels(kept, inside & ~mask)


class SharpenedReader:
    """A `PersonReader` whose parsing maps have SAM's outline."""

    def __init__(self, reader: PersonReader, masker: ClickMasker):
        self.reader, self.masker = reader, masker

    def find(self, photo: Image.Image) -> list[Candidate]:
        """Everybody, as the reader finds them.

        Raises:
            NoPersonFound: nobody is found.
        """
        return self.reader.find(photo)

    def read(self, photo: Image.Image, candidate: Candidate | None = None) -> Person:
        """One person, as the reader reads them, with a sharper outline.

        Raises:
            NoPersonFound: nobody is found.
        """
        person = self.reader.read(photo, candidate)
        labels = sharpen_outline(self.masker, np.asarray(photo.convert("RGB")), person.parsing)
        return replace(person, parsing=labels, box=box_of(person_mask(labels)))


def load_sam(path: Path) -> Sam:
    """SAM with its smaller encoder (vit_b), from sam_vit_b_01ec64.pth.

    Raises:
        ValueError: the file is damaged, or holds other weights.
    """
    from segment_anything import sam_model_registry

    with reading_weights(path, "SAM vit_b"):
        return sam_model_registry["vit_b"](checkpoint=str(path))


def load_mobile_sam(path: Path) -> Sam:
    """MobileSAM (vit_t), from mobile_sam.pt.

    Raises:
        ValueError: the file is damaged, or holds other weights.
    """
    with warnings.catch_warnings():  # of annotators that we do not use, and of their old imports
        warnings.simplefilter("ignore")
        from controlnet_aux.segment_anything import sam_model_registry

    with reading_weights(path, "MobileSAM"):
        return sam_model_registry["vit_t"](checkpoint=str(path))
