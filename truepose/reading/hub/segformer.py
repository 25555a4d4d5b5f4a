"""The SegFormer clothes parser by `transformers`: "mattmdjaga/segformer_b2_clothes", or one of the same labels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch.nn import functional as F

from ...parsing import BodyPart
from ..person import Candidate
from .weights import reading_weights, weights_file

FILES = ("config.json", "preprocessor_config.json", "model.safetensors")
_MARGIN = 0.1  # of the person's box, on each side
_LARGEST = 1024  # side at which labels are decided; larger crops scale them up

_PART_OF_NAME = {part.name: part for part in BodyPart}


class SegformerParser:
    """A `Parser`.

    Args:
        model: a `SegformerForSemanticSegmentation`, whose config names its labels.
        processor: its image processor, which makes any picture a square of the network's size.

    Raises:
        ValueError: a label that is no `BodyPart`, or no background.
    """

    def __init__(self, model, processor):
        self.model, self.processor = model.eval(), processor
        self._part_of_label = _parts_by_name(model.config.id2label)
        self._fill = tuple(round(255 * value) for value in processor.image_mean)

    @classmethod
    def from_pretrained(cls, place: str | Path, *, download: bool = False, device: str = "cpu") -> SegformerParser:
        """From a folder in the layout of `transformers`, or a hub id; safetensors only.

        Raises:
            WeightsMissing: a file is not there.
            ValueError: a file is damaged, or holds another kind of network.
        """
        from transformers import SegformerForSemanticSegmentation, SegformerImageProcessor

        folder = [weights_file(place, name, download=download).parent for name in FILES][0]
        with reading_weights(folder, "a SegFormer clothes parser"):
            options = {"local_files_only": True, "use_safetensors": True}
            model, report = SegformerForSemanticSegmentation.from_pretrained(
                folder, output_loading_info=True, **options
            )
            if report["missing_keys"] or report["unexpected_keys"] or report["mismatched_keys"]:
                raise ValueError(f"keys differ: {report}")
            processor = SegformerImageProcessor.from_pretrained(folder, local_files_only=True)
        return cls(model.to(device), processor)

    def parse(self, photo: np.ndarray, person: Candidate) -> np.ndarray:
        """(H, W) uint8 `BodyPart` labels of an (H, W, 3) uint8 RGB photo; background beyond the person's crop."""
        height, width = photo.shape[:2]
        x0, y0, x1, y1 = person.box
        mx, my = (max(1, round(_MARGIN * side)) for side in (x1 - x0, y1 - y0))
        x0, y0, x1, y1 = max(0, x0 - mx), max(0, y0 - my), min(width, x1 + mx), min(height, y1 + my)
        labels = np.zeros((height, width), np.uint8)
        labels[y0:y1, x0:x1] = self.label_crop(photo[y0:y1, x0:x1])
        return labels

    @torch.inference_mode()
    def label_crop(self, crop: np.ndarray) -> np.ndarray:
        """(h, w) uint8 `BodyPart` labels of an (h, w, 3) uint8 RGB crop.

        The crop is padded to a square first, because the processor would stretch it to one.
        """
        height, width = crop.shape[:2]
        side = max(height, width)
        top, left = (side - height) // 2, (side - width) // 2
        square = cv2.copyMakeBorder(
            crop, top, side - height - top, left, side - width - left, cv2.BORDER_CONSTANT, value=self._fill
        )
        inputs = self.processor(images=square, return_tensors="pt")["pixel_values"]
        logits = self.model(pixel_values=inputs.to(self.model.device)).logits.float()  # (1, labels, h / 4, w / 4)
        decided = min(side, _LARGEST)
        best = F.interpolate(logits, (decided, decided), mode="bilinear", align_corners=False).argmax(1)[0]
        labels = self._part_of_label[best.cpu().numpy()]  # (decided, decided)
        if decided != side:
            labels = cv2.resize(labels, (side, side), interpolation=cv2.INTER_NEAREST_EXACT)
        return labels[top : top + height, left : left + width]


def _parts_by_name(names: dict[int, str]) -> np.ndarray:
    """A table (labels,) uint8 from the network's indices to `BodyPart`, by what the labels are called.

    Raises:
        ValueError: a name that is no `BodyPart`, or no background.
    """
    table = np.zeros(len(names), np.uint8)
    for index in range(len(names)):
        name = str(names.get(index)).strip()
        part = _PART_OF_NAME.get(name.upper().replace("-", "_").replace(" ", "_"))
        if part is None:
            raise ValueError(f'the parser\'s labels must be the 18 of ATR ("Upper-clothes", ...), got "{name}"')
        table[index] = part
    if BodyPart.BACKGROUND not in table:
        raise ValueError(f"the parser has no background among its labels, got {list(names.values())}")
    return table
