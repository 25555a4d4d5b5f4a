"""The pose canvas: 18 joints to drag over the photo, in the browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData, GradioModel
from PIL import Image

from truepose.landmarks import Landmarks
from truepose.openpose_json import format_openpose, parse_openpose
from truepose.pose import COLORS, LIMBS, MIRRORED, NUM_KEYPOINTS, Keypoint, Skeleton
from truepose.presets import PRESETS, posed

from .assets import cached_picture, templates


@dataclass(frozen=True, eq=False)
class PoseScene:
    """What Python shows in the editor.

    Attributes:
        photo: RGB.
        skeleton: joints in the photo's pixels.
        key: names this opening of the photo; comes back with every edit of it.
        people: boxes (x0, y0, x1, y1) of everybody in the photo, pixels.
        person: the number of the one whose joints these are.
        landmarks: their face and hands, shown while the pose is the photo's.
        source: the photo's own pose, where `skeleton` is another.
    """

    photo: Image.Image
    skeleton: Skeleton
    key: str
    people: tuple[tuple[int, int, int, int], ...] = ()
    person: int = 0
    landmarks: Landmarks | None = None
    source: Skeleton | None = None


@dataclass(frozen=True, eq=False)
class PoseEdit:
    """What the editor tells Python.

    Attributes:
        skeleton: the joints in the photo's pixels; None before a photo is open.
        key: of the scene that the joints belong to; empty before a photo is open.
        upload: path of the picture file dropped last, until it is answered with a scene.
        upload_name: that file's name on the user's machine.
        chosen: the number of the person asked for last.
        lender: path of the picture whose pose was asked for last.
        corrected: the photo's own joints as the user put them right; None where they stand as read.
    """

    skeleton: Skeleton | None
    key: str
    upload: str | None
    upload_name: str | None
    chosen: int = 0
    lender: str | None = None
    corrected: Skeleton | None = None


class PresetValue(GradioModel):
    """A pose by name: rows as in `PoseValue.keypoints`."""

    name: str
    keypoints: list[list[float]]


class PoseValue(GradioModel):
    """What travels between browser and server.

    Attributes:
        key: of the scene.
        photo: the picture under the joints.
        width, height: of the photo that the joints are measured in, which may be larger than the picture.
        keypoints: 18 rows x, y, score, 1 or 0 for visible; empty without a photo.
        source: the photo's own pose, rows as in keypoints.
        presets: poses for this body.
        people: x0, y0, x1, y1 of everybody in the photo.
        person: whose joints these are, by number.
        chosen: whose are asked for.
        landmarks: x, y of the points of face and hands.
        upload: a picture file just dropped.
        lender: a picture file whose pose is asked for.
        corrected: the photo's own pose put right, rows as in keypoints; empty where it stands as read.
    """

    key: str = ""
    photo: FileData | None = None
    width: int = 0
    height: int = 0
    keypoints: list[list[float]] = []
    source: list[list[float]] = []
    presets: list[PresetValue] = []
    people: list[list[int]] = []
    person: int = 0
    chosen: int = 0
    landmarks: list[list[float]] = []
    upload: FileData | None = None
    lender: FileData | None = None
    corrected: list[list[float]] = []


def to_rows(skeleton: Skeleton) -> list[list[float]]:
    """18 rows x, y, score, visible. Unlike triplets, unseen joints keep their place."""
    rows = np.concatenate([skeleton.xy, skeleton.score[:, None], skeleton.visible[:, None]], 1)
    return [[round(float(v), 2) for v in row] for row in rows]


def from_rows(rows: list[list[float]]) -> Skeleton:
    """The skeleton of 18 rows x, y, score, visible.

    Raises:
        ValueError: not 18 rows of four numbers.
    """
    table = np.array(rows, np.float32) if all(len(row) == 4 for row in rows) else np.zeros(0)
    if table.shape != (NUM_KEYPOINTS, 4):
        raise ValueError(f"a pose has 18 rows x, y, score, visible, got {len(rows)} rows")
    return Skeleton(table[:, :2], table[:, 3] > 0, table[:, 2])


def read_pose(request: dict[str, Any]) -> dict[str, Any]:
    """Called by the browser: OpenPose JSON text to rows, or {"error": a plain message}."""
    try:
        size = (int(request["height"]), int(request["width"]))
        people = parse_openpose(str(request["text"]), size)
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"This file cannot be used: {error}."}
    if not people:
        return {"error": "This file holds no person: it has no visible joint."}
    return {"keypoints": to_rows(people[0])}


def write_pose(request: dict[str, Any]) -> dict[str, Any]:
    """Called by the browser: rows to an OpenPose document of 17, 18 or 25 joints."""
    try:
        size = (int(request["height"]), int(request["width"]))
        return format_openpose([from_rows(request["keypoints"])], size, joints=int(request.get("joints", 18)))
    except (ValueError, KeyError, TypeError) as error:
        return {"error": f"The pose cannot be saved: {error}."}


def presets_of(body: Skeleton) -> list[PresetValue]:
    """Every preset pose of a body."""
    return [PresetValue(name=preset.name, keypoints=to_rows(posed(preset, body))) for preset in PRESETS]


# The browser draws with the same tables as the pose map.
_ANATOMY = {
    "names": [keypoint.name.lower().replace("_", " ") for keypoint in Keypoint],
    "limbs": [[int(a), int(b)] for a, b in LIMBS],
    "colors": ["rgb({}, {}, {})".format(*color) for color in COLORS],
    "mirrored": [int(keypoint) for keypoint in MIRRORED],
}


_SCRIPTS = (
    "history.js", "joints.js", "live/rig.js", "live/skin.js", "live/stage.js", "limbs.js", "pose_editor.js", "view.js",
    "pose_pointer.js", "body_frame.js", "people.js", "files.js", "pose_files.js", "pose_sources.js",
    "correcting.js", "live/live.js", "adopting.js",
)  # fmt: skip


class PoseEditor(gr.HTML):
    """18 draggable joints over a photo; also takes the photo, by drop, choice or paste.

    Events: `upload` after a picture file was dropped, `release` after the user changed the pose, `select` after another
    person of the photo was asked for, `apply` after a picture was given to take its pose, `edit` after the photo's own
    joints were put right.
    """

    data_model = PoseValue

    def __init__(self, value: PoseScene | None = None, *, answer: int = 0, **kwargs):
        """
        Args:
            value: the photo and skeleton to start with.
            answer: a number that changes with every answer to an upload, also where nothing else does.
            kwargs: as for `gr.HTML`.
        """
        super().__init__(
            value,
            **templates("pose_editor", _SCRIPTS),
            apply_default_css=False,
            server_functions=[read_pose, write_pose],
            anatomy=_ANATOMY,
            answer=answer,
            **kwargs,
        )
        # Gradio's HTML takes any name that the script quotes for an event, where the component has no such attribute.
        self.answer = answer

    def preprocess(self, payload: PoseValue | None) -> PoseEdit:
        """
        Raises:
            gr.Error: the browser sent something that is no pose.
        """
        if payload is None:
            return PoseEdit(None, "", None, None)
        upload = payload.upload.path if payload.upload else None
        name = payload.upload.orig_name if payload.upload else None
        if not payload.keypoints:
            return PoseEdit(None, "", upload, name)
        try:
            skeleton = from_rows(payload.keypoints)
            corrected = from_rows(payload.corrected) if payload.corrected else None
        except ValueError as error:
            raise gr.Error(f"The pose cannot be read: {error}.", print_exception=False) from None
        lender = payload.lender.path if payload.lender else None
        return PoseEdit(skeleton, payload.key, upload, name, payload.chosen, lender, corrected)

    def postprocess(self, value: PoseScene | None) -> PoseValue:
        """An empty model, never None: the browser would send None back as an empty string."""
        if value is None:
            return PoseValue()
        width, height = value.photo.size
        source = value.source or value.skeleton
        return PoseValue(
            key=value.key,
            photo=cached_picture(value.photo, self.GRADIO_CACHE, "webp"),
            width=width,
            height=height,
            keypoints=to_rows(value.skeleton),
            source=to_rows(source),
            presets=presets_of(source) if source.visible.any() else [],
            people=[list(box) for box in value.people],
            person=value.person,
            chosen=value.person,
            landmarks=[] if value.landmarks is None else value.landmarks.seen().round(1).tolist(),
        )

    def api_info(self) -> dict[str, Any]:
        return PoseValue.model_json_schema()
