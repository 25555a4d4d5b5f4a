"""The result strip: the session's results as thumbnails in one row, the newest first, to click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.data_classes import FileData, GradioModel
from PIL import Image

from .assets import cached_picture, templates

_SIDE = 160  # pixels of a thumbnail: twice what is shown, for dense screens


@dataclass(frozen=True)
class Thumb:
    """One result: its number, its picture, a short caption, and what the pointer shows."""

    number: int
    picture: Path
    caption: str
    title: str


@dataclass(frozen=True)
class StripEdit:
    """The number of the result clicked last; 0 before any."""

    chosen: int = 0


class ThumbValue(GradioModel):
    """A `Thumb` on its way to the browser."""

    number: int
    picture: FileData
    caption: str
    title: str


class StripValue(GradioModel):
    """What travels between browser and Python; `chosen` 0 is none."""

    thumbs: list[ThumbValue] = []
    chosen: int = 0


class ResultStrip(gr.HTML):
    """Thumbnails in a row. Event: `select` after one was clicked."""

    data_model = StripValue

    def __init__(self, value: tuple[Sequence[Thumb], int | None] | None = None, **kwargs):
        own = templates("result_strip", ("result_strip.js",))
        super().__init__(value, **own, apply_default_css=False, **kwargs)

    @staticmethod
    def showing(thumbs: Sequence[Thumb], chosen: int | None) -> tuple[Sequence[Thumb], int | None]:
        """The value that shows these results, one of them marked."""
        return thumbs, chosen

    def preprocess(self, payload: StripValue | None) -> StripEdit:
        return StripEdit(payload.chosen if payload else 0)

    def postprocess(self, value: tuple[Sequence[Thumb], int | None] | None) -> StripValue:
        thumbs, chosen = value or ((), None)
        return StripValue(thumbs=[self._sent(thumb) for thumb in thumbs], chosen=chosen or 0)

    def _sent(self, thumb: Thumb) -> ThumbValue:
        with Image.open(thumb.picture) as image:
            image.thumbnail((4 * _SIDE, _SIDE))
            picture = cached_picture(image, self.GRADIO_CACHE, "webp")
        return ThumbValue(number=thumb.number, picture=picture, caption=thumb.caption, title=thumb.title)

    def api_info(self) -> dict[str, Any]:
        return StripValue.model_json_schema()
