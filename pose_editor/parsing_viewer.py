"""The parsing viewer: the labels of the photo as a coloured layer over it, to select, to lock and to correct."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData
from PIL import Image

from truepose.parsing import PALETTE, BodyPart

from .assets import templates
from .label_grid import PhotoScene, PhotoValue, photo_fields


@dataclass(frozen=True, eq=False)
class ParsingScene:
    """What the viewer shows.

    Attributes:
        photo: RGB.
        parsing: its (H, W) uint8 `BodyPart` labels.
        key: names this opening of the photo; comes back with every edit of it.
        locked: the parts that are marked as locked; None leaves that to the browser.
    """

    photo: Image.Image
    parsing: np.ndarray
    key: str
    locked: frozenset[BodyPart] | None = None


@dataclass(frozen=True, eq=False)
class ParsingEdit:
    """What the viewer tells Python.

    Attributes:
        key: of the scene that is shown; empty before a photo is open.
        selected: the parts that are selected.
        locked: the parts that the network may not change.
        corrected: path of the labels as painted, a PNG on the browser's grid (see `read_labels`); None where the
            user has not asked for them to be applied.
    """

    key: str = ""
    selected: frozenset[BodyPart] = frozenset()
    locked: frozenset[BodyPart] = frozenset()
    corrected: str | None = None


class ParsingValue(PhotoValue):
    """What travels between browser and Python: the photo, and of the edit what `ParsingEdit` says."""

    selected: list[int] = []
    locked: list[int] | None = None
    corrected: FileData | None = None


# The browser paints with the same colours as `parsing_image`.
_PARTS = [
    {
        "number": int(part),
        "name": part.label.replace("-", " ").capitalize(),
        "color": list(PALETTE[part]),
    }
    for part in BodyPart
    if part is not BodyPart.BACKGROUND
]


class ParsingViewer(gr.HTML):
    """The photo under its parsing map.

    Events: `apply` after corrected labels were sent, `submit` when the selection is wanted as a mask elsewhere.
    Selecting and locking cause none: they come with the value.
    """

    data_model = ParsingValue

    def __init__(self, value: ParsingScene | None = None, *, answer: int = 0, **kwargs):
        """
        Args:
            value: the photo and labels to start with.
            answer: a number that changes with every answer to `apply`, also where nothing else does.
            kwargs: as for `gr.HTML`.
        """
        scripts = ("history.js", "brush.js", "label_map.js", "label_layers.js", "files.js")
        super().__init__(
            value,
            **templates("parsing_viewer", (*scripts, "parsing_viewer.js", "parsing_paint.js"), ("over_photo.css",)),
            apply_default_css=False,
            parts=_PARTS,
            answer=answer,
            **kwargs,
        )
        # Gradio's HTML takes any name that the script quotes for an event, where the component has no such attribute.
        self.parts, self.answer = _PARTS, answer

    def preprocess(self, payload: ParsingValue | None) -> ParsingEdit:
        """
        Raises:
            gr.Error: the browser sent something that is no label.
        """
        if payload is None:
            return ParsingEdit()
        corrected = payload.corrected.path if payload.corrected else None
        return ParsingEdit(payload.key, _parts(payload.selected), _parts(payload.locked or []), corrected)

    def postprocess(self, value: ParsingScene | None) -> ParsingValue:
        """An empty model, never None: the browser would send None back as an empty string."""
        if value is None:
            return ParsingValue()
        fields = photo_fields(PhotoScene(value.photo, value.parsing, value.key), self.GRADIO_CACHE)
        locked = None if value.locked is None else sorted(int(part) for part in value.locked)
        return ParsingValue(**fields, locked=locked)

    def api_info(self) -> dict[str, Any]:
        return ParsingValue.model_json_schema()


def _parts(numbers: list[int]) -> frozenset[BodyPart]:
    wrong = [number for number in numbers if not 0 < number < len(BodyPart)]
    if wrong:
        raise gr.Error(f"There is no region {wrong[0]}.", print_exception=False)
    return frozenset(BodyPart(number) for number in numbers)
