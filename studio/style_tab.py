"""The style tab: its layout, and which event runs which action."""

from __future__ import annotations

import random
from dataclasses import dataclass

import gradio as gr

from pose_editor import FLUSH_MASK, MaskPainter, ParsingEdit, ParsingViewer, RegionPicker, RunStatus
from truepose.pipeline import TruePosePipeline
from truepose.reading import PersonReader
from truepose.reading.hub.sam import ClickMasker, SharpenedReader

from .layout import examples_to_try, result_view
from .repose_tab import ONE_MODEL_RUN
from .serving import Serving
from .session import Session
from .settings import MAX_GUIDANCE_SCALE, MAX_SEED, MAX_STEPS
from .style import StyleActions, StyleSession

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
_SMART_HINT = "Start with --masks sam (or mobile-sam, or a file of weights) to select objects by a click"
_PAINTER = "tp-mask-painter"


@dataclass(frozen=True)
class _Widgets:
    """The components that events read or write."""

    samples: gr.Dataset
    from_repose: gr.Button
    painter: MaskPainter
    pictures: gr.ImageSlider
    status: RunStatus
    download: gr.DownloadButton
    generate: gr.Button
    stop: gr.Button
    picker: RegionPicker
    same_photo: gr.Button
    steps: gr.Slider
    guidance_scale: gr.Slider
    seed: gr.Number
    new_seed: gr.Button


@dataclass(frozen=True)
class RegionsOf:
    """Where regions are selected that can be painted here: the repose tab's viewer, and the tabs to switch."""

    viewer: ParsingViewer
    tabs: gr.Tabs


def build_style_tab(
    reader: PersonReader,
    serving: Serving,
    session: gr.State,
    repose: gr.State,
    examples: list[str],
    regions: RegionsOf,
) -> None:
    """Lay the tab out in the current Blocks and wire it.

    Args:
        reader: finds the people of a photo; where it has SAM, objects can be clicked.
        serving: holds the pipeline that transfers style.
        session: holds each browser tab's `StyleSession`.
        repose: holds its `Session` of the repose tab, whose photo can be taken over.
        examples: paths of photos to try.
        regions: where the mask can also come from.
    """
    masker = masker_of(reader)
    widgets = _layout(serving.pipeline, examples, masker is not None)
    actions = StyleActions(reader, serving, masker)
    _wire_photos(widgets, examples, actions, session, repose)
    _wire_regions(widgets, regions, actions, session, repose)
    _wire_generation(widgets, actions, session)


def masker_of(reader: PersonReader) -> ClickMasker | None:
    """The reader's SAM, where it has one."""
    return reader.masker if isinstance(reader, SharpenedReader) else None


def new_style_session() -> gr.State:
    """Each browser tab's `StyleSession`."""
    return gr.State(StyleSession(), delete_callback=StyleSession.close)


def _layout(pipeline: TruePosePipeline, examples: list[str], smart: bool) -> _Widgets:
    with gr.Row(elem_id="tp-style-header", elem_classes="tp-examples-row"):
        from_repose = gr.Button("Photo of the Repose tab", size="sm", elem_id="tp-from-repose")
        samples = examples_to_try(examples, "Try examples", "tp-style")
    with gr.Row(elem_id="tp-style-desk"):
        with gr.Column(elem_id="tp-style-reference"):
            painter = MaskPainter(smart=smart, smart_hint=_SMART_HINT, elem_id=_PAINTER)
        with gr.Column(elem_id="tp-style-result"):
            pictures, status, download = result_view("tp-style")
        with gr.Column(elem_id="tp-style-side"):
            generate = gr.Button("Generate", variant="primary", elem_id="tp-style-generate")
            stop = gr.Button("Stop", variant="stop", visible=False, elem_id="tp-style-stop")
            picker = RegionPicker(elem_id="tp-region-picker")
            same_photo = gr.Button("Same photo as the reference", size="sm", elem_id="tp-same-photo")
            settings = _settings(pipeline)
    return _Widgets(
        samples, from_repose, painter, pictures, status, download, generate, stop, picker, same_photo, *settings
    )


def _settings(pipeline: TruePosePipeline) -> tuple[gr.Slider, gr.Slider, gr.Number, gr.Button]:
    defaults = pipeline.defaults
    with gr.Column(elem_id="tp-style-settings", elem_classes="tp-settings"):
        steps = gr.Slider(1, MAX_STEPS, defaults.steps, step=1, label="Steps", elem_id="tp-style-steps")
        guidance_scale = gr.Slider(0, MAX_GUIDANCE_SCALE, defaults.guidance_scale, step=0.1, label="Guidance")
        with gr.Row(elem_classes="tp-seed-row"):
            seed = gr.Number(0, precision=0, minimum=0, maximum=MAX_SEED, label="Seed")
            new_seed = gr.Button("New seed", size="sm", elem_classes="tp-new-seed")
    return steps, guidance_scale, seed, new_seed


def _wire_photos(widgets: _Widgets, paths: list[str], actions: StyleActions, session: gr.State, repose: gr.State):
    reading = {**ONE_MODEL_RUN, **_QUIET}
    reference = [widgets.painter, widgets.pictures, widgets.status, widgets.download]
    source = [widgets.picker, widgets.status]
    painter, picker = widgets.painter, widgets.picker

    def open_example(index: int, session: StyleSession) -> tuple:
        return actions.open_example(paths[index], session)

    painter.upload(actions.open_reference, [painter, session], reference, **reading)
    painter.select(actions.choose_reference, [painter, session], reference, **reading)
    painter.edit(actions.find_object, [painter, session], painter, trigger_mode="always_last", **reading)
    picker.upload(actions.open_source, [picker, session], source, **reading)
    picker.select(actions.choose_source, [picker, session], source, **reading)
    widgets.from_repose.click(actions.repose_photo, [repose, session], reference, **reading)
    widgets.same_photo.click(actions.reference_photo, session, source, **reading)
    widgets.samples.click(open_example, [widgets.samples, session], [*reference, picker], **reading)


def _wire_regions(
    widgets: _Widgets, regions: RegionsOf, actions: StyleActions, session: gr.State, repose: gr.State
) -> None:
    reference = [widgets.painter, widgets.pictures, widgets.status, widgets.download]

    def take(edit: ParsingEdit, repose: Session, session: StyleSession) -> tuple:
        return gr.Tabs(selected="style"), *actions.repose_regions(edit, repose, session)

    inputs, outputs = [regions.viewer, repose, session], [regions.tabs, *reference]
    regions.viewer.submit(take, inputs, outputs, **ONE_MODEL_RUN, **_QUIET)


def _wire_generation(widgets: _Widgets, actions: StyleActions, session: gr.State) -> None:
    buttons = [widgets.generate, widgets.stop]
    inputs = [widgets.painter, widgets.picker, widgets.steps, widgets.guidance_scale, widgets.seed, session]

    def check(*values) -> tuple:
        actions.check(*values)
        return gr.update(visible=False), gr.update(visible=True), "Waiting for the model"

    def rest() -> tuple:
        return gr.update(visible=True), gr.update(visible=False)

    checked = widgets.generate.click(
        check, inputs, [*buttons, widgets.status], js=FLUSH_MASK % _PAINTER, concurrency_limit=None, **_QUIET
    )
    run = checked.success(
        actions.generate, inputs, [widgets.pictures, widgets.status, widgets.download], **ONE_MODEL_RUN, **_QUIET
    )
    run.then(rest, None, buttons, queue=False, **_QUIET)
    widgets.stop.click(actions.request_stop, session, widgets.status, queue=False, **_QUIET)
    widgets.new_seed.click(lambda: random.randint(0, MAX_SEED), None, widgets.seed, queue=False, **_QUIET)
