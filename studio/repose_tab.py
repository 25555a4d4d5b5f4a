"""The repose tab: its layout, and which event runs which action."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from pose_editor import LivePuppet, ParsingViewer, PoseEditor, RunStatus
from truepose.pipeline import TruePosePipeline
from truepose.reading import PersonReader

from .posing import PosingActions
from .repose import MAX_GUIDANCE_SCALE, MAX_SEED, MAX_STEPS, ReposeActions
from .serving import Serving
from .session import Session

# One model run at a time: two would each take twice as long. Previews are short and do not wait for it.
ONE_MODEL_RUN = {"concurrency_limit": 1, "concurrency_id": "gpu"}
_PREVIEW = {"concurrency_limit": 2, "concurrency_id": "preview"}
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class _Widgets:
    """The components that events read or write."""

    editor: PoseEditor
    live: LivePuppet
    pictures: gr.ImageSlider
    status: RunStatus
    parsing: ParsingViewer
    generate: gr.Button
    stop: gr.Button
    steps: gr.Slider
    guidance_scale: gr.Slider
    seed: gr.Number
    new_seed: gr.Button
    download: gr.DownloadButton


def build_repose_tab(reader: PersonReader, serving: Serving, session: gr.State, examples: list[str]) -> None:
    """Lay the tab out in the current Blocks and wire it.

    Args:
        reader: finds the person of a photo.
        serving: holds the pipeline that puts the person into a pose.
        session: holds each browser tab's `Session`.
        examples: paths of photos to try.
    """
    samples = _header(examples)
    widgets = _layout(serving.pipeline)
    actions = ReposeActions(reader, serving)
    posing = PosingActions(reader)
    _wire_photos(widgets, samples, examples, actions, posing, session)
    _wire_generation(widgets, actions, session)


def _header(examples: list[str]) -> gr.Dataset:
    with gr.Row(elem_id="tp-header", elem_classes="tp-examples-row"):
        return gr.Dataset(
            components=[gr.Image(render=False)],
            samples=[[path] for path in examples],
            sample_labels=None,
            type="index",
            label="Try an example",
            elem_id="tp-examples",
            elem_classes="tp-examples",
        )


def _layout(pipeline: TruePosePipeline) -> _Widgets:
    with gr.Row(elem_id="tp-desk"):
        with gr.Column(elem_id="tp-pose"):
            editor = PoseEditor(elem_id="tp-pose-editor")
            live = LivePuppet(elem_id="tp-live-puppet")
        with gr.Column(elem_id="tp-result"):
            with gr.Row(elem_id="tp-result-bar", elem_classes="tp-result-bar"):
                status = RunStatus(elem_id="tp-run-status")
                download = gr.DownloadButton(
                    "Download PNG", interactive=False, elem_id="tp-download", elem_classes="tp-download"
                )
            pictures = gr.ImageSlider(
                label="Before and after",
                show_label=False,
                container=False,
                interactive=False,
                buttons=["fullscreen"],
                slider_position=3,  # the new picture nearly whole; the handle at its left brings the old one in
                max_height=2000,  # the style sheet decides
                elem_id="tp-pictures",
                elem_classes="tp-pictures",
            )
        with gr.Column(elem_id="tp-action"):
            generate = gr.Button("Generate", variant="primary", elem_id="tp-generate")
            stop = gr.Button("Stop", variant="stop", visible=False, elem_id="tp-stop")
        with gr.Column(elem_id="tp-settings", elem_classes="tp-settings"):
            steps = gr.Slider(1, MAX_STEPS, pipeline.defaults.steps, step=1, label="Steps", elem_id="tp-steps")
            guidance_scale = gr.Slider(
                0, MAX_GUIDANCE_SCALE, pipeline.defaults.guidance_scale, step=0.1, label="Guidance",
                elem_id="tp-guidance",
            )  # fmt: skip
            with gr.Row(elem_id="tp-seed-row", elem_classes="tp-seed-row"):
                seed = gr.Number(0, precision=0, minimum=0, maximum=MAX_SEED, label="Seed", elem_id="tp-seed")
                new_seed = gr.Button("New seed", size="sm", elem_id="tp-new-seed", elem_classes="tp-new-seed")
        with gr.Column(elem_id="tp-reading"):
            parsing = ParsingViewer(elem_id="tp-parsing-viewer")
    return _Widgets(
        editor, live, pictures, status, parsing, generate, stop, steps, guidance_scale, seed, new_seed, download
    )


def _wire_photos(
    widgets: _Widgets,
    samples: gr.Dataset,
    paths: list[str],
    actions: ReposeActions,
    posing: PosingActions,
    session: gr.State,
) -> None:
    opened = [widgets.editor, widgets.parsing, widgets.pictures, widgets.status, widgets.download]
    shown = [widgets.pictures, widgets.status]

    def open_example(index: int, session: Session) -> tuple:
        return actions.open_file(paths[index], Path(paths[index]).name, session)

    uploads = widgets.editor.upload(actions.open_upload, [widgets.editor, session], opened, **ONE_MODEL_RUN, **_QUIET)
    clicks = samples.click(open_example, [samples, session], opened, **ONE_MODEL_RUN, **_QUIET)
    chosen = widgets.editor.select(actions.choose, [widgets.editor, session], opened, **ONE_MODEL_RUN, **_QUIET)
    for opening in (uploads, clicks, chosen):
        cut = opening.then(actions.cut, [widgets.editor, session], shown, **_PREVIEW, **_QUIET)
        cut.then(posing.live, session, widgets.live, **_PREVIEW, **_QUIET)
        cut.then(actions.encode, session, None, **ONE_MODEL_RUN, **_QUIET)
    borrowed = widgets.editor.apply(posing.borrow, [widgets.editor, session], widgets.editor, **ONE_MODEL_RUN, **_QUIET)
    borrowed.then(actions.preview, [widgets.editor, session], shown, **_PREVIEW, **_QUIET)
    widgets.editor.release(
        actions.preview, [widgets.editor, session], shown, trigger_mode="always_last", **_PREVIEW, **_QUIET
    )


def _wire_generation(widgets: _Widgets, actions: ReposeActions, session: gr.State) -> None:
    buttons = [widgets.generate, widgets.stop]
    inputs = [widgets.editor, widgets.steps, widgets.guidance_scale, widgets.seed, session]

    def check(*values) -> tuple:
        actions.check(*values)
        return gr.update(visible=False), gr.update(visible=True), "Waiting for the model"

    def rest() -> tuple:
        return gr.update(visible=True), gr.update(visible=False)

    checked = widgets.generate.click(check, inputs, [*buttons, widgets.status], concurrency_limit=None, **_QUIET)
    run = checked.success(
        actions.generate, inputs, [widgets.pictures, widgets.status, widgets.download], **ONE_MODEL_RUN, **_QUIET
    )
    run.then(rest, None, buttons, queue=False, **_QUIET)
    widgets.stop.click(actions.request_stop, session, widgets.status, queue=False, **_QUIET)
    widgets.new_seed.click(lambda: random.randint(0, MAX_SEED), None, widgets.seed, queue=False, **_QUIET)
