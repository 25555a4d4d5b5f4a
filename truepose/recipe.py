"""How a picture was made, kept in the picture: settings and pose as JSON in a text chunk of the PNG."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .correction import Correction
from .openpose_json import format_openpose, parse_openpose
from .parsing import BodyPart, locked_parts
from .photo import open_parsing
from .pose import Skeleton

CHUNK = "truepose"
_FORMAT = 1
# Characters: joints and numbers need two thousand, labels as people paint them up to ten, noise all over 150.
_LONGEST = 1_000_000
_LARGEST_SIDE = 100_000


class RecipeError(ValueError):
    """A PNG says how it was made, but what it says cannot be used; the message says why."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """Everything that makes a re-posed picture again, but the photo itself.

    Attributes:
        photo: `photo_mark` of the original.
        photo_size: its (height, width).
        person: who of it, 1 is the likeliest subject.
        model: what the model is called.
        pose: joints in the photo's pixels.
        steps, guidance_scale, seed, strength, locked: as for `TruePosePipeline.repose`.
        side: pixels of the saved picture's longest side at most; None for the photo's own size.
        correction: what the user put right of the person as read; None where nothing.
    """

    photo: str
    photo_size: tuple[int, int]
    person: int
    model: str
    pose: Skeleton
    steps: int
    guidance_scale: float
    seed: int
    strength: float = 1.0
    locked: frozenset[BodyPart] = frozenset()
    side: int | None = None
    correction: Correction | None = None


def photo_mark(photo: Image.Image) -> str:
    """A hash of the photo's pixels, by which it is recognized however its file is named."""
    return hashlib.sha256(photo.tobytes()).hexdigest()


def png_info(recipe: Recipe) -> PngInfo:
    """The text chunk, for `Image.save(..., pnginfo=...)`."""
    info = PngInfo()
    info.add_itxt(CHUNK, json.dumps(_document(recipe)))
    return info


def read_recipe(path: str | Path) -> Recipe | None:
    """What a picture file says of its making; None where it says nothing, or is no PNG at all.

    Raises:
        RecipeError: there is something, but it is damaged.
    """
    try:
        with Image.open(path, formats=("PNG",)) as image:
            text = image.info.get(CHUNK)
    except Exception:  # who opens it as a photo says what is wrong with it
        return None
    if text is None:
        return None
    try:
        if len(text) > _LONGEST:
            raise ValueError(f"they are {len(text)} characters long")
        return _recipe(json.loads(text))
    except (ValueError, RecursionError) as error:
        said = "they are not JSON" if isinstance(error, json.JSONDecodeError | RecursionError) else str(error)
        raise RecipeError(f"the settings in this PNG are damaged: {said}") from None


def _document(recipe: Recipe) -> dict[str, Any]:
    height, width = recipe.photo_size
    document = {
        "app": "TruePose",
        "format": _FORMAT,
        "model": recipe.model,
        "photo": {"sha256": recipe.photo, "height": height, "width": width, "person": recipe.person},
        "settings": {
            "steps": recipe.steps,
            "guidance_scale": recipe.guidance_scale,
            "seed": recipe.seed,
            "strength": recipe.strength,
            "locked": sorted(part.label for part in recipe.locked),
            "side": recipe.side,
        },
        "pose": format_openpose([recipe.pose], recipe.photo_size),
    }
    if recipe.correction is not None:
        document["correction"] = _correction_document(recipe.correction, recipe.photo_size)
    return document


def _correction_document(correction: Correction, photo_size: tuple[int, int]) -> dict[str, Any]:
    document = {}
    if correction.labels is not None:
        (x, y), (height, width) = correction.corner, correction.labels.shape
        png = io.BytesIO()
        Image.fromarray(correction.labels).save(png, "PNG", optimize=True)
        text = base64.b64encode(png.getvalue()).decode()
        document["labels"] = {"x": x, "y": y, "height": height, "width": width, "png": text}
    if correction.joints is not None:
        document["joints"] = format_openpose([correction.joints], photo_size)
    return document


def _recipe(document: Any) -> Recipe:
    """
    Raises:
        ValueError: a field is missing, of the wrong kind or out of range.
    """
    document = _section(document, "document")
    photo, settings = _section(document.get("photo"), "photo"), _section(document.get("settings"), "settings")
    size = tuple(int(_number(photo, name, 1, _LARGEST_SIDE, whole=True)) for name in ("height", "width"))
    side = None
    if settings.get("side") is not None:
        side = int(_number(settings, "side", 1, _LARGEST_SIDE, whole=True))
    return Recipe(
        photo=_text(photo, "sha256"),
        photo_size=size,
        person=int(_number(photo, "person", 1, 10_000, whole=True)),
        model=_text(document, "model"),
        pose=_pose(document.get("pose"), size),
        steps=int(_number(settings, "steps", 1, 1000, whole=True)),
        guidance_scale=float(_number(settings, "guidance_scale", 0, 100)),
        seed=int(_number(settings, "seed", 0, 2**32 - 1, whole=True)),
        strength=float(_number(settings, "strength", 0, 1)),
        locked=locked_parts(settings.get("locked", [])),
        side=side,
        correction=_correction(document.get("correction"), size),
    )


def _pose(data: Any, size: tuple[int, int]) -> Skeleton:
    poses = parse_openpose(data, size)
    if not poses:
        raise ValueError("the pose holds no visible joint")
    return poses[0]


def _correction(section: Any, size: tuple[int, int]) -> Correction | None:
    """
    Raises:
        ValueError: there is a correction, but not of a photo of this (height, width).
    """
    if section is None:
        return None
    section = _section(section, "correction")
    joints = _pose(section["joints"], size) if "joints" in section else None
    if "labels" not in section:
        return Correction(joints=joints)
    labels = _section(section["labels"], "labels")
    x, y = (int(_number(labels, name, 0, _LARGEST_SIDE, whole=True)) for name in ("x", "y"))
    rows, columns = (
        int(_number(labels, name, 1, side - start, whole=True))
        for name, side, start in (("height", size[0], y), ("width", size[1], x))
    )
    try:
        png = base64.b64decode(labels.get("png"))
    except (TypeError, ValueError):
        raise ValueError(f"png must be base64, got {str(labels.get('png'))[:40]}") from None
    return Correction(open_parsing(png, (rows, columns)), (x, y), joints)


def _section(value: Any, name: str) -> dict:
    if not isinstance(value, dict):
        raise ValueError(f"{name} must be an object, got {type(value).__name__}")
    return value


def _number(section: dict, name: str, low: float, high: float, *, whole: bool = False) -> float:
    value = section.get(name)
    fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not fits or not low <= value <= high or (whole and value != int(value)):
        raise ValueError(f"{name} must be a number from {low} to {high}, got {str(value)[:40]}")
    return value


def _text(section: dict, name: str) -> str:
    value = section.get(name)
    if not isinstance(value, str) or len(value) > 200:
        raise ValueError(f"{name} must be a short text, got {str(value)[:40]}")
    return value
