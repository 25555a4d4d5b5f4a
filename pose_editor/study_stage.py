"""The study stage: one picture to call real or generated, or several to choose the best of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np
from gradio.data_classes import FileData, GradioModel
from PIL import Image

from .assets import cached_picture, templates


@dataclass(frozen=True)
class StudyScene:
    """What is asked.

    Attributes:
        number: of this question, from 0; it comes back with the answer.
        total: how many questions there are; all are answered where `number` reaches it.
        pictures: RGB; one to be judged, or several to choose among.
        beside: (caption, RGB) of the case, shown with the choice.
        back: whether the last answer may be taken back.
    """

    number: int
    total: int
    pictures: Sequence[Image.Image] = ()
    beside: Sequence[tuple[str, Image.Image]] = ()
    back: bool = False


@dataclass(frozen=True)
class StudyAnswer:
    """Which question was answered, and with what: 0 real, 1 generated; or the place of the best picture."""

    number: int = -1
    answer: int = -1


class StageValue(GradioModel):
    """A `StudyScene` on its way to the browser, and the answer on its way back."""

    number: int = -1
    total: int = 0
    pictures: list[FileData] = []
    beside: list[FileData] = []
    captions: list[str] = []
    back: bool = False
    answer: int = -1


class StudyStage(gr.HTML):
    """Pictures to judge. Events: `select` after an answer, `undo` to take the last one back, `clear` for a new rater.

    What the browser gets names no file and no method: pictures are encoded anew, without what their files say.
    """

    data_model = StageValue

    def __init__(self, value: StudyScene | None = None, **kwargs):
        own = templates("study_stage", ("study_stage.js",))
        super().__init__(value, **own, apply_default_css=False, **kwargs)

    def preprocess(self, payload: StageValue | None) -> StudyAnswer:
        return StudyAnswer(payload.number, payload.answer) if payload else StudyAnswer()

    def postprocess(self, value: StudyScene | None) -> StageValue:
        if value is None:
            return StageValue()
        return StageValue(
            number=value.number,
            total=value.total,
            pictures=[self._sent(picture) for picture in value.pictures],
            beside=[self._sent(picture) for _, picture in value.beside],
            captions=[caption for caption, _ in value.beside],
            back=value.back,
        )

    def _sent(self, picture: Image.Image) -> FileData:
        # Pixels alone, and without loss: neither a file's notes nor its compression may tell whose it is.
        return cached_picture(Image.fromarray(np.asarray(picture)), self.GRADIO_CACHE, "png")

    def api_info(self) -> dict[str, Any]:
        return StageValue.model_json_schema()
