"""The repose tab: its layout, and which event runs which action."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from pose_editor import LivePuppet, ParsingViewer, PoseEditor, ResultStrip, RunStatus
from truepose.model.config import TruePoseConfig
from truepose.reading import PersonReader

from .layout import examples_to_try, result_view
from .looking import LookActions
from .posing import PosingActions
from .repose import ReposeActions
from .results import ResultActions
from .serving import Serving
from .session import Session
from .settings import MAX_COUNT, MAX_GUIDANCE_SCALE, MAX_SEED, MAX_STEPS, NATIVE, SIDES, preset_name, presets_of

# One model run at a time: two would each take twice as long. Previews are short and do not wait for it.
ONE_MODEL_RUN = {"concurrency_limit": 1, "concurrency_id": "gpu"}
_PREVIEW = {"concurrency_limit": 2, "concurrency_id": "preview"}
# Generate, Stop and "Where did it look?" while the model runs.
_RUNNING = (gr.update(visible=False), gr.update(visible=True), gr.update(interactive=False))
# Where it looked is shown under the desk, perhaps below the window.
_TO_LOOK = "() => document.getElementById('tp-look')?.scrollIntoView({ behavior: 'smooth', block: 'nearest' })"
_QUIET = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class _Settings:
    """The fields of one press of Generate, and what fills them."""

    preset: gr.Radio
    count: gr.Radio
    seed: gr.Number
    new_seed: gr.Button
    steps: gr.Slider
    guidance_scale: gr.Slider
    strength: gr.Slider
    side: gr.Dropdown
    refine: gr.Checkbox

    @property
    def inputs(self) -> list:
        """As `ReposeSettings.checked` takes them."""
        return [self.steps, self.guidance_scale, self.seed, self.count, self.strength, self.side]

    @property
    def restored(self) -> list:
        """As `ReposeActions.open_upload` gives them."""
        return [self.preset, self.steps, self.guidance_scale, self.seed, self.strength, self.side]


@dataclass(frozen=True)
class _Look:
    """What asks where the network looked, and what shows it."""

    button: gr.Button
    panel: gr.Column
    picture: gr.Image
    text: gr.Markdown


@dataclass(frozen=True)
class _Widgets:
    """The components that events read or write."""

    editor: PoseEditor
    live: LivePuppet
    pictures: gr.ImageSlider
    status: RunStatus
    download: gr.DownloadButton
    strip: ResultStrip
    parsing: ParsingViewer
    generate: gr.Button
    stop: gr.Button
    settings: _Settings
    look: _Look

    @property
    def opened(self) -> list:
        """What opening a photo writes."""
        shown = [self.editor, self.parsing, self.pictures, self.status, self.download, self.strip]
        return [*shown, *self.settings.restored]


def build_repose_tab(reader: PersonReader, serving: Serving, session: gr.State, examples: list[str]) -> ParsingViewer:
    """Lay the tab out in the current Blocks and wire it.

    Args:
        reader: finds the person of a photo.
        serving: holds the pipeline that puts the person into a pose.
        session: holds each browser tab's `Session`.
        examples: paths of photos to try.

    Returns:
        The parsing viewer, whose selection other tabs can take.
    """
    samples = _header(examples)
    widgets = _layout(serving.pipeline.defaults)
    actions = ReposeActions(reader, serving)
    results = ResultActions(actions, serving)
    posing = PosingActions(reader)
    opened = _wire_photos(widgets, samples, examples, actions, results, posing, session)
    _wire_corrections(widgets, actions, posing, session)
    shown = _wire_generation(widgets, results, session)
    _wire_look(widgets, LookActions(serving), session, [*opened, *shown])
    _wire_settings(widgets.settings, serving)
    return widgets.parsing


def _header(examples: list[str]) -> gr.Dataset:
    with gr.Row(elem_id="tp-header", elem_classes="tp-examples-row"):
        return examples_to_try(examples, "Try an example", "tp")


def _layout(defaults: TruePoseConfig) -> _Widgets:
    with gr.Row(elem_id="tp-desk"):
        with gr.Column(elem_id="tp-pose"):
            editor = PoseEditor(elem_id="tp-pose-editor")
            live = LivePuppet(elem_id="tp-live-puppet")
        with gr.Column(elem_id="tp-result"):
            pictures, status, download = result_view("tp")
            with gr.Row(elem_id="tp-results-bar", elem_classes="tp-results-bar"):
                strip = ResultStrip(elem_id="tp-result-strip")
                look_button = gr.Button(
                    "Where did it look?", interactive=False, elem_id="tp-look-button", elem_classes="tp-download"
                )
        with gr.Column(elem_id="tp-action"):
            generate = gr.Button("Generate", variant="primary", elem_id="tp-generate")
            stop = gr.Button("Stop", variant="stop", visible=False, elem_id="tp-stop")
        with gr.Column(elem_id="tp-settings", elem_classes="tp-settings"):
            settings = _settings(defaults)
        look = _look_panel(look_button)
        with gr.Column(elem_id="tp-reading"):
            parsing = ParsingViewer(elem_id="tp-parsing-viewer")
    return _Widgets(editor, live, pictures, status, download, strip, parsing, generate, stop, settings, look)


def _look_panel(button: gr.Button) -> _Look:
    with gr.Column(visible=False, elem_id="tp-look") as panel:
        picture = gr.Image(
            label="Where it looked",
            show_label=False,
            container=False,
            interactive=False,
            buttons=["fullscreen"],
            elem_id="tp-look-picture",
            elem_classes="tp-pictures",
        )
        text = gr.Markdown(elem_id="tp-look-text")
    return _Look(button, panel, picture, text)


def _settings(defaults: TruePoseConfig) -> _Settings:
    names = [preset.name for preset in presets_of(defaults)]
    chosen = preset_name(defaults, defaults.steps, defaults.guidance_scale)
    preset = gr.Radio(names, value=chosen, label="Quality", elem_id="tp-preset", elem_classes="tp-choices")
    counts = list(range(1, MAX_COUNT + 1))
    count = gr.Radio(counts, value=1, label="Pictures", elem_id="tp-count", elem_classes="tp-choices")
    with gr.Row(elem_id="tp-seed-row", elem_classes="tp-seed-row"):
        seed = gr.Number(0, precision=0, minimum=0, maximum=MAX_SEED, label="Seed", elem_id="tp-seed")
        new_seed = gr.Button("New seed", size="sm", elem_id="tp-new-seed", elem_classes="tp-new-seed")
    refine = gr.Checkbox(False, label="Refine as I drag", elem_id="tp-refine")
    with gr.Accordion("Advanced", open=False, elem_id="tp-advanced"):
        steps = gr.Slider(1, MAX_STEPS, defaults.steps, step=1, label="Steps", elem_id="tp-steps")
        guidance_scale = gr.Slider(
            0, MAX_GUIDANCE_SCALE, defaults.guidance_scale, step=0.1, label="Guidance", elem_id="tp-guidance"
        )
        strength = gr.Slider(0, 1, 1, step=0.05, label="Strength", elem_id="tp-strength")
        sizes = [("The photo's own" if side == NATIVE else f"At most {side} px", side) for side in SIDES]
        side = gr.Dropdown(sizes, value=NATIVE, label="Size", elem_id="tp-size")
    return _Settings(preset, count, seed, new_seed, steps, guidance_scale, strength, side, refine)


def _wire_photos(
    widgets: _Widgets,
    samples: gr.Dataset,
    paths: list[str],
    actions: ReposeActions,
    results: ResultActions,
    posing: PosingActions,
    session: gr.State,
) -> list:
    """Returns the events after which another photo is open."""
    shown = [widgets.pictures, widgets.status]
    edit = [widgets.editor, session]
    opening = {"outputs": widgets.opened, **ONE_MODEL_RUN, **_QUIET}

    def open_example(index: int, session: Session) -> tuple:
        return actions.open_file(paths[index], Path(paths[index]).name, session)

    uploads = widgets.editor.upload(results.open_upload, edit, **opening)
    clicks = samples.click(open_example, [samples, session], **opening)
    chosen = widgets.editor.select(actions.choose, edit, **opening)
    for opened in (uploads, clicks, chosen):
        cut = opened.then(actions.cut, edit, shown, **_PREVIEW, **_QUIET)
        cut.then(posing.live, session, widgets.live, **_PREVIEW, **_QUIET)
        cut.then(actions.encode, session, None, **ONE_MODEL_RUN, **_QUIET)
    borrowed = widgets.editor.apply(posing.borrow, edit, widgets.editor, **ONE_MODEL_RUN, **_QUIET)
    borrowed.then(actions.preview, edit, shown, **_PREVIEW, **_QUIET)
    released = widgets.editor.release(actions.preview, edit, shown, trigger_mode="always_last", **_PREVIEW, **_QUIET)
    refining = [widgets.editor, widgets.parsing, widgets.settings.refine, *widgets.settings.inputs, session]
    released.then(results.refine, refining, shown, trigger_mode="always_last", **ONE_MODEL_RUN, **_QUIET)
    return [uploads, clicks, chosen]


def _wire_corrections(widgets: _Widgets, actions: ReposeActions, posing: PosingActions, session: gr.State) -> None:
    corrected = [widgets.parsing, widgets.pictures, widgets.status]
    inputs = [widgets.parsing, widgets.editor, session]
    labels = widgets.parsing.apply(actions.apply_labels, inputs, corrected, **_PREVIEW, **_QUIET)
    inputs, outputs = [widgets.editor, session], [widgets.editor, *corrected]
    joints = widgets.editor.edit(actions.apply_joints, inputs, outputs, **_PREVIEW, **_QUIET)
    for applied in (labels, joints):
        applied.then(posing.live, session, widgets.live, **_PREVIEW, **_QUIET)
        applied.then(actions.encode, session, None, **ONE_MODEL_RUN, **_QUIET)


def _wire_generation(widgets: _Widgets, results: ResultActions, session: gr.State) -> list:
    """Returns the events after which another result is shown."""
    buttons = [widgets.generate, widgets.stop]
    inputs = [widgets.editor, widgets.parsing, *widgets.settings.inputs, session]
    outputs = [widgets.pictures, widgets.status, widgets.download, widgets.strip]

    def check(*values) -> tuple:
        results.check(*values)
        return *_RUNNING, "Waiting for the model"

    waiting = [*buttons, widgets.look.button, widgets.status]
    checked = widgets.generate.click(check, inputs, waiting, concurrency_limit=None, **_QUIET)
    run = checked.success(results.generate, inputs, outputs, **ONE_MODEL_RUN, **_QUIET)
    run.then(_rest, None, buttons, queue=False, **_QUIET)
    widgets.stop.click(results.request_stop, session, widgets.status, queue=False, **_QUIET)
    recalled = widgets.strip.select(
        results.recall, [widgets.strip, session], widgets.opened, trigger_mode="always_last", queue=False, **_QUIET
    )
    return [run, recalled]


def _wire_look(widgets: _Widgets, looks: LookActions, session: gr.State, changes: list) -> None:
    look, marked = widgets.look, [widgets.strip, session]

    def check(*values) -> tuple:
        looks.check(*values)
        return *_RUNNING, "Waiting for the model"

    buttons = [widgets.generate, widgets.stop]
    waiting = [*buttons, look.button, widgets.status]
    checked = look.button.click(check, marked, waiting, concurrency_limit=None, **_QUIET)
    outputs = [widgets.status, look.panel, look.picture, look.text]
    run = checked.success(looks.look, marked, outputs, **ONE_MODEL_RUN, **_QUIET)
    run.success(None, None, None, js=_TO_LOOK, **_QUIET)
    run.then(_rest, None, buttons, queue=False, **_QUIET)
    run.then(lambda: gr.update(interactive=True), None, look.button, queue=False, **_QUIET)
    for change in changes:
        change.then(looks.offer, marked, [look.button, look.panel], queue=False, **_QUIET)


def _rest() -> tuple:
    """Generate in the place of Stop."""
    return gr.update(visible=True), gr.update(visible=False)


def _wire_settings(settings: _Settings, serving: Serving) -> None:
    sliders = [settings.steps, settings.guidance_scale]

    def fill(name: str | None) -> tuple:
        chosen = next((each for each in presets_of(serving.pipeline.defaults) if each.name == name), None)
        return (chosen.steps, chosen.guidance_scale) if chosen else (gr.skip(), gr.skip())

    def named(steps: float, guidance_scale: float) -> str | None:
        return preset_name(serving.pipeline.defaults, steps, guidance_scale)

    settings.preset.input(fill, settings.preset, sliders, queue=False, **_QUIET)
    for slider in sliders:
        slider.input(named, sliders, settings.preset, queue=False, **_QUIET)
    settings.new_seed.click(lambda: random.randint(0, MAX_SEED), None, settings.seed, queue=False, **_QUIET)
