"""The help panel: gestures and keys, behind a "?" in the header."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

_FOLDER = Path(__file__).parent


def build_help() -> gr.HTML:
    """Add the button and its dialog to the current Blocks; `help.css` goes with the page's styles."""
    page, script = ((_FOLDER / f"help.{ending}").read_text(encoding="utf-8") for ending in ("html", "js"))
    return gr.HTML(html_template=page, js_on_load=script, apply_default_css=False, elem_id="tp-help")
