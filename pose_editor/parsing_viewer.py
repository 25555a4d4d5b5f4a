"""The parsing viewer: the labels of the photo as a coloured layer over it, with a legend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData, GradioModel
from PIL import Image

from truepose.parsing import PALETTE, BodyPart, colorize, person_mask

from .assets import cached_picture, templates


@dataclass(frozen=True, eq=False)
class ParsingScene:
    """What the viewer shows: a photo and its (H, W) uint8 `BodyPart` labels."""

    photo: Image.Image
    parsing: np.ndarray


class LegendEntry(GradioModel):
    """One label of the legend: its name, its colour as CSS, its share of the person in percent."""

    name: str
    color: str
    percent: float


class ParsingValue(GradioModel):
    """What travels to the browser."""

    photo: FileData | None = None
    overlay: FileData | None = None
    legend: list[LegendEntry] = []


def legend_of(parsing: np.ndarray) -> list[LegendEntry]:
    """The labels present on the person, the largest first."""
    counts = np.bincount(parsing[person_mask(parsing)], minlength=len(BodyPart))
    present = sorted((part for part in BodyPart if counts[part]), key=lambda part: -counts[part])
    return [
        LegendEntry(
            name=part.label.replace("-", " "),
            color="rgb({}, {}, {})".format(*PALETTE[part]),
            percent=round(100 * float(counts[part]) / float(counts.sum()), 1),
        )
        for part in present
    ]


def overlay_of(parsing: np.ndarray) -> Image.Image:
    """RGBA picture of the labels, transparent where there is no person."""
    alpha = np.where(person_mask(parsing), 255, 0).astype(np.uint8)
    return Image.fromarray(np.dstack([colorize(parsing), alpha]))


class ParsingViewer(gr.HTML):
    """The photo under its parsing map, with an opacity slider and a legend of the labels present."""

    data_model = ParsingValue

    def __init__(self, value: ParsingScene | None = None, **kwargs):
        own = templates("parsing_viewer", ("parsing_viewer.js",))
        super().__init__(value, **own, apply_default_css=False, **kwargs)

    def preprocess(self, payload: ParsingValue | None) -> None:
        """The viewer only shows; it has nothing to tell."""
        return None

    def postprocess(self, value: ParsingScene | None) -> ParsingValue:
        if value is None:
            return ParsingValue()
        return ParsingValue(
            photo=cached_picture(value.photo, self.GRADIO_CACHE, "webp"),
            overlay=cached_picture(overlay_of(value.parsing), self.GRADIO_CACHE, "png"),
            legend=legend_of(value.parsing),
        )

    def api_info(self) -> dict[str, Any]:
        return ParsingValue.model_json_schema()
