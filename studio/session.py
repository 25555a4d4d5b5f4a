"""What one browser tab works on."""

from __future__ import annotations

import tempfile
import threading
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from pose_editor.assets import SCREEN_SIDE
from truepose.pipeline import Source, TruePosePipeline
from truepose.reading import Candidate, Person

from .preview import PreviewPuppet


def new_key() -> str:
    """Unlike any other, and not to be guessed."""
    return uuid.uuid4().hex


@dataclass(frozen=True, eq=False)
class Work:
    """An open photo.

    Attributes:
        photo: RGB, as opened.
        name: the photo's file name without ending.
        people: whom the reader found in it, the likeliest subject first.
        number: which of them is edited.
        person: that one, as read.
        puppet: what previews are made of; None until it is cut.
        source: what the pipeline keeps of it; None until it is encoded.
        encoder: the pipeline that encoded it, whose alone the source is.
        key: tells this opening from any other.
    """

    photo: Image.Image
    name: str
    people: tuple[Candidate, ...]
    number: int
    person: Person
    puppet: PreviewPuppet | None = None
    source: Source | None = None
    encoder: TruePosePipeline | None = None
    key: str = field(default_factory=new_key)


class Session:
    """The open photo of one browser tab, its running generation, and a folder for its pictures.

    The work is replaced as a whole, so a handler that took it keeps a consistent one.
    """

    def __init__(self):
        self.work: Work | None = None
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="truepose-")

    def __deepcopy__(self, memo) -> Session:
        # Gradio copies a state's initial value for every browser tab.
        return Session()

    def complete(self, work: Work, **parts) -> None:
        """Add what was made for a work, unless another photo was opened meanwhile."""
        with self._lock:
            if self.work is not None and self.work.key == work.key:
                self.work = replace(self.work, **parts)

    def path(self, file_name: str) -> Path:
        """Where to put a picture; gone when the session ends."""
        return Path(self._folder.name) / file_name

    def close(self) -> None:
        """Stop what runs and delete the pictures."""
        self.stop.set()
        self.work = None
        self._folder.cleanup()


def write_screen_picture(image: Image.Image, path: Path) -> str:
    """Write a JPEG no larger than a screen needs; quick, for pictures that follow the hand."""
    pixels = np.asarray(image.convert("RGB"))
    scale = SCREEN_SIDE / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    written, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 93])
    if not written:
        raise OSError(f"cannot encode a picture of {image.size}")
    path.write_bytes(data.tobytes())
    return str(path)
