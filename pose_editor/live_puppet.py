"""The puppet in the browser: textures, mesh and skin of a photo, sent once, so that the person follows the hand."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData, GradioModel
from gradio.processing_utils import save_bytes_to_cache
from PIL import Image

from truepose.warp import Puppet
from truepose.warp.order import ARM, ARM_BEFORE_FACE, BEHIND, depth_of
from truepose.warp.puppet import Layer
from truepose.warp.skin import Hinge

from .assets import cached_picture, templates

_GAP = 2  # pixels between two pieces of the atlas, so that none bleeds into the next
_WIDTH = 2048  # of the atlas: every browser's graphics can hold it


@dataclass(frozen=True, eq=False)
class LiveScene:
    """What the browser warps.

    Attributes:
        key: of the editor's scene that it belongs to.
        puppet: cut from the photo at the size that the browser shows.
        to_puppet: (2, 3) matrix from the photo's pixels to the puppet's.
    """

    key: str
    puppet: Puppet
    to_puppet: np.ndarray


class LiveValue(GradioModel):
    """What travels: the background and the pieces as pictures, and how they move as a JSON file."""

    key: str = ""
    plate: FileData | None = None
    atlas: FileData | None = None
    mesh: FileData | None = None


def pack_atlas(layers: tuple[Layer, ...]) -> tuple[Image.Image, list[tuple[int, int]]]:
    """All layers' textures in one RGBA picture, and where (x, y) each begins; tall ones first, in shelves."""
    order = sorted(range(len(layers)), key=lambda i: -layers[i].pixels.shape[0])
    width = max(_WIDTH, *(layer.pixels.shape[1] for layer in layers)) if layers else 1
    places, x, y, shelf = {}, 0, 0, 0
    for i in order:
        h, w = layers[i].pixels.shape[:2]
        if x + w > width:
            x, y = 0, y + shelf + _GAP
            shelf = 0
        places[i] = (x, y)
        x, shelf = x + w + _GAP, max(shelf, h)
    atlas = np.zeros((max(1, y + shelf), width, 4), np.uint8)
    for i, (left, top) in places.items():
        h, w = layers[i].pixels.shape[:2]
        atlas[top : top + h, left : left + w] = layers[i].pixels
    return Image.fromarray(atlas), [places[i] for i in range(len(layers))]


def describe_mesh(scene: LiveScene, places: list[tuple[int, int]]) -> dict[str, Any]:
    """Everything that `live/*.js` needs to move the layers, as plain JSON values; lengths in the puppet's pixels."""
    puppet, body = scene.puppet, scene.puppet.body
    layers = [_layer(layer, place, puppet) for layer, place in zip(puppet.layers, places, strict=True)]
    return {
        "size": [puppet.photo.shape[1], puppet.photo.shape[0]],
        "to_puppet": scene.to_puppet.tolist(),
        "body": {"xy": body.xy.tolist(), "known": body.known.tolist(), "unit": body.unit},
        "heights": {"behind": BEHIND, "arm": ARM, "before_face": ARM_BEFORE_FACE},
        "layers": layers,
    }


def _layer(layer: Layer, place: tuple[int, int], puppet: Puppet) -> dict[str, Any]:
    skin, role = layer.skin, layer.skin.role
    # What folds over the rest of its limb is drawn after it.
    triangles = layer.triangles[np.argsort(skin.outer[layer.triangles[:, 0]], kind="stable")]
    shift = np.array(place) - layer.origin
    return {
        "role": {"kind": role.kind.value, "limb": role.limb, "joint": None if role.joint is None else int(role.joint),
                 "hanging": role.hanging, "divided": role.divided},
        "depth": asdict(depth_of(layer.owner, puppet.parts, puppet.body)),
        "points": _flat(skin.points, 2),
        "texels": _flat(skin.points + shift, 2),
        "head": _flat(skin.head), "chest": _flat(skin.chest), "pelvis": _flat(skin.pelvis),
        "hinges": [_hinge(hinge) for hinge in skin.hinges],
        "triangles": triangles.ravel().tolist(),
    }  # fmt: skip


def _hinge(hinge: Hinge) -> dict[str, Any]:
    flat = {name: _flat(getattr(hinge, name)) for name in ("weight", "bend", "root")}
    return {"limb": hinge.limb} | flat


def _flat(values: np.ndarray, digits: int = 4) -> list[float]:
    return np.round(values.ravel(), digits).tolist()


class LivePuppet(gr.HTML):
    """Shows nothing itself: it hands the puppet to the pose editor of the page that shows the same photo."""

    data_model = LiveValue

    def __init__(self, value: LiveScene | None = None, **kwargs):
        own = templates("live_puppet", ("live/sending.js",))
        super().__init__(value, **own, apply_default_css=False, **kwargs)

    def preprocess(self, payload: LiveValue | None) -> None:
        """It has nothing to tell."""
        return None

    def postprocess(self, value: LiveScene | None) -> LiveValue:
        if value is None:
            return LiveValue()
        atlas, places = pack_atlas(value.puppet.layers)
        mesh = json.dumps(describe_mesh(value, places), separators=(",", ":"))
        return LiveValue(
            key=value.key,
            plate=cached_picture(Image.fromarray(value.puppet.plate), self.GRADIO_CACHE, "webp"),
            atlas=self._cached(atlas),
            mesh=FileData(path=save_bytes_to_cache(mesh.encode(), "mesh.json", self.GRADIO_CACHE)),
        )

    def _cached(self, atlas: Image.Image) -> FileData:
        """As WebP that keeps the colours under transparent pixels: soft borders are drawn from them."""
        data = BytesIO()
        atlas.save(data, "WEBP", quality=90, method=1, exact=True)
        return FileData(path=save_bytes_to_cache(data.getvalue(), "atlas.webp", self.GRADIO_CACHE))

    def api_info(self) -> dict[str, Any]:
        return LiveValue.model_json_schema()
