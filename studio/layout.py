"""What the tabs that make pictures have in common: examples, and the result under its status. Layout alone."""

from __future__ import annotations

import gradio as gr

from pose_editor import RunStatus


def examples_to_try(paths: list[str], label: str, prefix: str) -> gr.Dataset:
    """Photos to click, told by their number; the element's id is PREFIX-examples."""
    return gr.Dataset(
        components=[gr.Image(render=False)],
        samples=[[path] for path in paths],
        sample_labels=None,
        type="index",
        label=label,
        elem_id=f"{prefix}-examples",
        elem_classes="tp-examples",
    )


def result_view(prefix: str) -> tuple[gr.ImageSlider, RunStatus, gr.DownloadButton]:
    """The before/after slider under status and download; their ids are PREFIX-pictures, -status and -download."""
    with gr.Row(elem_classes="tp-result-bar"):
        status = RunStatus(elem_id=f"{prefix}-status")
        download = gr.DownloadButton(
            "Download PNG", interactive=False, elem_id=f"{prefix}-download", elem_classes="tp-download"
        )
    pictures = gr.ImageSlider(
        label="Before and after",
        show_label=False,
        container=False,
        interactive=False,
        buttons=["fullscreen"],
        slider_position=3,  # the new picture nearly whole; the handle at its left brings the old one in
        max_height=2000,  # the style sheet decides
        elem_id=f"{prefix}-pictures",
        elem_classes="tp-pictures",
    )
    return pictures, status, download
