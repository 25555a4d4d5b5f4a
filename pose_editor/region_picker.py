"""The region picker: a photo whose garments can be clicked, in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr

from truepose.parsing import BodyPart

from .assets import templates
from .label_grid import PhotoScene, PhotoValue, photo_fields


@dataclass(frozen=True, eq=False)
class RegionEdit:
    """What the picker tells Python.

    Attributes:
        key: of the scene that is shown; empty before a photo is open.
        region: the label clicked; None for the kind that fits.
        upload: path of the picture file dropped last, until it is answered with a scene.
        upload_name: that file's name on the user's machine.
        chosen: the number of the person asked for last.
    """

    key: str = ""
    region: BodyPart | None = None
    upload: str | None = None
    upload_name: str | None = None
    chosen: int = 0


class RegionValue(PhotoValue):
    """What travels between browser and Python; `region` 0 is none."""

    region: int = 0


class RegionPicker(gr.HTML):
    """A photo, with its regions to choose from.

    Events: `upload` after a picture file was dropped, `select` after another person of the photo was asked for.
    """

    data_model = RegionValue

    def __init__(self, value: PhotoScene | None = None, *, answer: int = 0, **kwargs):
        """
        Args:
            value: the photo to start with.
            answer: a number that changes with every answer to an upload, also where nothing else does.
            kwargs: as for `gr.HTML`.
        """
        scripts = ("brush.js", "label_map.js", "files.js", "photo_drop.js", "region_picker.js")
        super().__init__(
            value,
            **templates("region_picker", scripts, ("over_photo.css",)),
            apply_default_css=False,
            answer=answer,
            **kwargs,
        )
        # Gradio's HTML takes any name that the script quotes for an event, where the component has no such attribute.
        self.answer = answer

    def preprocess(self, payload: RegionValue | None) -> RegionEdit:
        """
        Raises:
            gr.Error: the browser sent something that is no region.
        """
        if payload is None:
            return RegionEdit()
        if not 0 <= payload.region < len(BodyPart):
            raise gr.Error(f"There is no region {payload.region}.", print_exception=False)
        return RegionEdit(
            key=payload.key,
            region=BodyPart(payload.region) if payload.region else None,
            upload=payload.upload.path if payload.upload else None,
            upload_name=payload.upload.orig_name if payload.upload else None,
            chosen=payload.chosen,
        )

    def postprocess(self, value: PhotoScene | None) -> RegionValue:
        """An empty model, never None: the browser would send None back as an empty string."""
        return RegionValue() if value is None else RegionValue(**photo_fields(value, self.GRADIO_CACHE))

    def api_info(self) -> dict[str, Any]:
        return RegionValue.model_json_schema()
