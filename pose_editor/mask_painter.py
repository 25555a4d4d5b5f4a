"""The mask painter: brush, regions and found objects over a photo, in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import gradio as gr
import numpy as np
from gradio.data_classes import FileData
from PIL import Image

from .assets import cached_picture, templates
from .label_grid import PhotoScene, PhotoValue, photo_fields

# Put before an event that needs the mask: the painter, its first input, uploads what was painted since the last time.
FLUSH_MASK = """async (...values) => {
  const painter = document.querySelector('#%s [data-part="painter"]');
  if (painter) values[0] = await painter.flushMask();
  return values;
}"""


@dataclass(frozen=True, eq=False)
class MaskEdit:
    """What the painter tells Python.

    Attributes:
        key: of the scene that is painted on; empty before a photo is open.
        mask: path of the mask, a grey PNG on the browser's grid, white where painted; None if nothing is painted.
        pick: (x, y) of the object asked for last, in the photo's pixels.
        removes: whether that object shall be taken away.
        upload: path of the picture file dropped last, until it is answered with a scene.
        upload_name: that file's name on the user's machine.
        chosen: the number of the person asked for last.
    """

    key: str = ""
    mask: str | None = None
    pick: tuple[float, float] | None = None
    removes: bool = False
    upload: str | None = None
    upload_name: str | None = None
    chosen: int = 0


class MaskValue(PhotoValue):
    """What travels between browser and Python: the photo, and of the edit what `MaskEdit` says."""

    mask: FileData | None = None
    pick: list[float] = []
    removes: bool = False


def runs_of(mask: np.ndarray) -> list[int]:
    """An (h, w) bool mask as lengths of runs, alternately outside and inside, row by row."""
    flat = mask.reshape(-1)
    turns = np.flatnonzero(np.diff(flat, prepend=False, append=False))
    return np.diff(turns, prepend=0).tolist()


class MaskPainter(gr.HTML):
    """A photo and a mask over it.

    Events: `upload` after a picture file was dropped, `select` after another person of the photo was asked for, `edit`
    after an object was clicked; it is answered by `picked`. Strokes cause none: the mask comes with `FLUSH_MASK`.
    """

    data_model = MaskValue

    def __init__(
        self,
        value: PhotoScene | None = None,
        *,
        smart: bool = False,
        smart_hint: str = "",
        answer: int = 0,
        picked: dict[str, Any] | None = None,
        **kwargs,
    ):
        """
        Args:
            value: the photo to start with.
            smart: whether clicks on objects are answered.
            smart_hint: what to do where they are not.
            answer: a number that changes with every answer to an upload, also where nothing else does.
            picked: the object clicked last: its scene's `key`, its `runs` on the grid (see `runs_of`), `removes`, and
                a `number` that changes.
            kwargs: as for `gr.HTML`.
        """
        scripts = (
            "history.js",
            "brush.js",
            "label_map.js",
            "mask_ops.js",
            "mask_painter.js",
            "files.js",
            "photo_drop.js",
            "mask_tools.js",
        )
        own = {"smart": smart, "smart_hint": smart_hint, "answer": answer, "picked": picked or {}}
        super().__init__(
            value,
            **templates("mask_painter", (*scripts, "mask_files.js"), ("over_photo.css",)),
            apply_default_css=False,
            **own,
            **kwargs,
        )
        # Gradio's HTML takes any name that the script quotes for an event, where the component has no such attribute.
        self.smart, self.smart_hint, self.answer, self.picked = smart, smart_hint, answer, picked or {}

    def preprocess(self, payload: MaskValue | None) -> MaskEdit:
        """
        Raises:
            gr.Error: the browser sent a click that is no place.
        """
        if payload is None:
            return MaskEdit()
        if len(payload.pick) not in (0, 2):
            raise gr.Error("The click cannot be read: it has no x and y.", print_exception=False)
        return MaskEdit(
            key=payload.key,
            mask=payload.mask.path if payload.mask else None,
            pick=tuple(payload.pick) or None,
            removes=payload.removes,
            upload=payload.upload.path if payload.upload else None,
            upload_name=payload.upload.orig_name if payload.upload else None,
            chosen=payload.chosen,
        )

    def postprocess(self, value: PhotoScene | None) -> MaskValue:
        """An empty model, never None: the browser would send None back as an empty string."""
        if value is None:
            return MaskValue()
        sent = MaskValue(**photo_fields(value, self.GRADIO_CACHE))
        if value.mask is not None:
            small = cv2.resize(value.mask.astype(np.float32), tuple(sent.grid), interpolation=cv2.INTER_AREA)
            grey = Image.fromarray((255 * small).round().astype(np.uint8))
            sent.mask = cached_picture(grey, self.GRADIO_CACHE, "png")
        return sent

    def api_info(self) -> dict[str, Any]:
        return MaskValue.model_json_schema()
