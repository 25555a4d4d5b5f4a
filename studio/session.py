"""What one browser tab works on."""

from __future__ import annotations

import tempfile
import threading
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path

from PIL import Image

from truepose.pipeline import Source, TruePosePipeline
from truepose.reading import Candidate, Person

from .history import History
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
        as_read: that one, as the reader gave it.
        person: the same with the user's corrections.
        puppet: what previews are made of; None until it is cut.
        source: what the pipeline keeps of it; None until it is encoded.
        encoder: the pipeline that encoded it, whose alone the source is.
        key: tells this opening from any other.
    """

    photo: Image.Image
    name: str
    people: tuple[Candidate, ...]
    number: int
    as_read: Person
    person: Person
    puppet: PreviewPuppet | None = None
    source: Source | None = None
    encoder: TruePosePipeline | None = None
    key: str = field(default_factory=new_key)


class Session:
    """The open photo of one browser tab, its running generation, its results, and a folder for its pictures.

    The work is replaced as a whole, so a handler that took it keeps a consistent one.
    """

    def __init__(self):
        self.work: Work | None = None
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="truepose-")
        self.history = History(self.path("results"))

    def __deepcopy__(self, memo) -> Session:
        # Gradio copies a state's initial value for every browser tab.
        return Session()

    def complete(self, work: Work, **parts) -> None:
        """Add what was made for a work, unless another photo was opened or its person corrected meanwhile."""
        with self._lock:
            held = self.work
            if held is not None and held.key == work.key and held.person is work.person:
                self.work = replace(held, **parts)

    def source(self, work: Work, pipeline: TruePosePipeline) -> Source:
        """The work's photo as the pipeline sees it, made once."""
        if work.source is not None and work.encoder is pipeline:
            return work.source
        source = pipeline.encode_source(work.photo, work.person)
        self.complete(work, source=source, encoder=pipeline)
        return source

    def path(self, file_name: str) -> Path:
        """Where to put a picture; gone when the session ends."""
        return Path(self._folder.name) / file_name

    def close(self) -> None:
        """Stop what runs and delete the pictures."""
        self.stop.set()
        self.work = None
        self._folder.cleanup()
