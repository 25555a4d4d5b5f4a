"""The run status: one line of text and a thin bar that fills step by step."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.data_classes import GradioModel

from .assets import templates


class StatusValue(GradioModel):
    """What travels to the browser: the line, and how far the run is; no run without steps."""

    text: str = ""
    step: int = 0
    steps: int = 0


class RunStatus(gr.HTML):
    """Says what the picture beside it is, or how far its making has come."""

    data_model = StatusValue

    def __init__(self, value: str = "", **kwargs):
        super().__init__(value, **templates("run_status", ("run_status.js",)), apply_default_css=False, **kwargs)

    def preprocess(self, payload: StatusValue | None) -> str:
        return payload.text if payload else ""

    def postprocess(self, value: str | StatusValue | None) -> StatusValue:
        return value if isinstance(value, StatusValue) else StatusValue(text=value or "")

    @staticmethod
    def at(step: int, steps: int, text: str) -> StatusValue:
        """The value that shows a run after `step` of `steps`."""
        return StatusValue(text=text, step=step, steps=steps)

    def api_info(self) -> dict[str, Any]:
        return StatusValue.model_json_schema()
