"""The Train tab: its layout, and which event runs which action."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import gradio as gr

from pose_editor import RunStatus
from truepose.reading import PersonReader

from .serving import Serving
from .train import MAX_BATCH, MAX_STEPS, SHIPPED, TrainActions
from .watch import WatchActions

_QUIET = {"show_progress": "hidden", "api_visibility": "private"}
# Its own places in the queue: photos are checked and runs measured while other tabs are used.
_CHECK = {"concurrency_limit": 1, "concurrency_id": "check"}
_ESTIMATE = {"concurrency_limit": 1, "concurrency_id": "estimate"}
_LOOK_EVERY = 2  # seconds
_CONFIG = "compact"
_LESSON = """### Teach it your photos

1. **Photos**: ten or more, one person in each. *Check* says which are left out, and why.
2. **Estimate** measures how long the run takes here, and how much memory.
3. **Start training**: the curves and a sheet of results grow here. The run goes on when you close this page.
4. **Use this one now** puts what was learnt to work in every tab.
"""


@dataclass(frozen=True)
class _Photos:
    """What the photos are chosen and checked with."""

    folder: gr.Textbox
    upload: gr.UploadButton
    check: gr.Button
    status: RunStatus
    report: gr.Markdown
    problems: gr.Dataframe


@dataclass(frozen=True)
class _Settings:
    """What a run is described with."""

    config: gr.Dropdown
    start: gr.Dropdown
    steps: gr.Number
    batch_size: gr.Number
    learning_rate: gr.Number
    name: gr.Textbox
    estimate: gr.Button
    measured: gr.Markdown
    go: gr.Button


@dataclass(frozen=True)
class _Watch:
    """What a run is followed with."""

    run: gr.Dropdown
    status: RunStatus
    stop: gr.Button
    resume: gr.Button
    loss: gr.LinePlot
    validation: gr.LinePlot
    sheet: gr.Image
    checkpoints: gr.Radio
    use: gr.Button
    in_use: RunStatus
    command: gr.Code

    @property
    def shown(self) -> list:
        """What `WatchActions.look` gives, but the last."""
        return [
            self.status, self.stop, self.resume, self.loss, self.validation, self.sheet, self.checkpoints, self.command,
        ]  # fmt: skip


def build_train_tab(reader: PersonReader, serving: Serving, runs: Path, page: gr.Blocks) -> None:
    """Lay the tab out in the current Blocks and wire it.

    Args:
        reader: finds the people of photos that are checked.
        serving: whose model can be exchanged for a trained one.
        runs: the folder of the runs.
        page: whose loading shows the runs there are.
    """
    actions, watch = TrainActions(reader, runs), WatchActions(serving, runs)
    with gr.Row(elem_id="tp-train"):
        with gr.Column(elem_id="tp-train-new"):
            photos = _photos_layout()
            settings = _settings_layout(actions)
        with gr.Column(elem_id="tp-train-runs"):
            runs_shown = _watch_layout(watch)
    seen = gr.State("")
    _wire_photos(photos, actions)
    _wire_settings(photos, settings, runs_shown, seen, actions, watch)
    _wire_watch(runs_shown, settings, seen, actions, watch, page)


def _photos_layout() -> _Photos:
    gr.Markdown("### Photos")
    with gr.Row(elem_classes="tp-train-row"):
        folder = gr.Textbox(
            label="Folder on this machine", placeholder="/home/me/photos", max_lines=1, scale=1,
            elem_id="tp-train-folder",
        )  # fmt: skip
        upload = gr.UploadButton("Upload a zip", file_types=[".zip"], size="md", elem_id="tp-train-zip", scale=0)
    gr.Markdown(
        "Ten photos of people are enough to begin with. Two photos of each person in different poses are better: name "
        "them in a `pairs.csv` beside them, one `source,target` a line.", elem_classes="tp-train-note",
    )  # fmt: skip
    check = gr.Button("Check the photos", elem_id="tp-train-check")
    status = RunStatus(elem_id="tp-train-check-status")
    report = gr.Markdown(elem_id="tp-train-report")
    problems = gr.Dataframe(
        headers=["file", "why it is left out"], datatype=["str", "str"], type="array", interactive=False, visible=False,
        wrap=True, max_height=260, show_label=False, column_widths=["40%", "60%"], elem_id="tp-train-problems",
    )  # fmt: skip
    return _Photos(folder, upload, check, status, report, problems)


def _settings_layout(actions: TrainActions) -> _Settings:
    steps, batch_size, learning_rate = actions.defaults(_CONFIG, SHIPPED)
    gr.Markdown("### New run")
    with gr.Row(elem_classes="tp-train-row"):
        configs = list(actions.config_choices())
        config = gr.Dropdown(configs, value=_CONFIG, label="Config", elem_id="tp-train-config")
        start = gr.Dropdown(list(actions.start_choices()), value=SHIPPED, label="Start from", elem_id="tp-train-start")
    with gr.Row(elem_classes="tp-train-row"):
        numbers = [
            gr.Number(steps, precision=0, minimum=1, maximum=MAX_STEPS, label="Steps", elem_id="tp-train-steps"),
            gr.Number(batch_size, precision=0, minimum=1, maximum=MAX_BATCH, label="Batch", elem_id="tp-train-batch"),
            gr.Number(learning_rate, minimum=0, label="Learning rate", step=1e-5, elem_id="tp-train-rate"),
        ]
    name = gr.Textbox(actions.free_name(), label="Name of the run", max_lines=1, elem_id="tp-train-name")
    measured = gr.Markdown(elem_id="tp-train-measured")
    with gr.Row(elem_classes="tp-train-row"):
        estimate = gr.Button("Estimate", elem_id="tp-train-estimate")
        go = gr.Button("Start training", variant="primary", elem_id="tp-train-go")
    return _Settings(config, start, *numbers, name, estimate, measured, go)


def _watch_layout(watch: WatchActions) -> _Watch:
    gr.Markdown(_LESSON, elem_id="tp-train-lesson")  # the style sheet hides it once there is a run
    with gr.Row(elem_classes="tp-train-row"):
        run = gr.Dropdown([], label="Run", elem_id="tp-train-run", scale=1)
        stop = gr.Button("Stop", variant="stop", visible=False, elem_id="tp-train-stop", scale=0)
        resume = gr.Button("Resume", visible=False, elem_id="tp-train-resume", scale=0)
    status = RunStatus(elem_id="tp-train-status")
    plot = {"x": "step", "y": "value", "color": "line", "height": 240, "visible": False, "buttons": ["fullscreen"]}
    with gr.Row(elem_classes="tp-train-plots"):
        loss = gr.LinePlot(
            title="Loss", y_title=" ", color_title=" ", color_map={"loss": "#a1a1aa", "smoothed": "#c2410c"},
            elem_id="tp-train-loss", **plot,
        )  # fmt: skip
        validation = gr.LinePlot(
            title="Held-out distance", y_title=" ", color_title=" ",
            color_map={"warp": "#a1a1aa", "result": "#c2410c"}, elem_id="tp-train-validation", **plot,
        )  # fmt: skip
    checkpoints = gr.Radio(
        [],
        label="Checkpoints, with their held-out distance: lower is better",
        visible=False,
        elem_id="tp-train-checkpoints",
    )
    with gr.Row(elem_classes="tp-train-row"):
        use = gr.Button("Use this one now", elem_id="tp-train-use", scale=0)
        in_use = RunStatus(watch.in_use(), elem_id="tp-train-in-use")
    command = gr.Code(
        label="The same from the command line", language="shell", interactive=False, visible=False, lines=1,
        wrap_lines=True, elem_id="tp-train-command",
    )  # fmt: skip
    sheet = gr.Image(
        label="Held-out pairs, and results at each validation", format="webp", interactive=False, visible=False,
        buttons=["fullscreen", "download"], elem_id="tp-train-sheet",
    )  # fmt: skip
    return _Watch(run, status, stop, resume, loss, validation, sheet, checkpoints, use, in_use, command)


def _wire_photos(photos: _Photos, actions: TrainActions) -> None:
    outputs = [photos.status, photos.report, photos.problems]
    photos.check.click(actions.check, photos.folder, outputs, **_CHECK, **_QUIET)
    unpacked = photos.upload.upload(actions.unpack, photos.upload, [photos.folder, photos.status], **_CHECK, **_QUIET)
    unpacked.success(actions.check, photos.folder, outputs, **_CHECK, **_QUIET)


def _wire_settings(
    photos: _Photos, settings: _Settings, shown: _Watch, seen: gr.State, actions: TrainActions, watch: WatchActions
) -> None:
    knobs = [settings.steps, settings.batch_size, settings.learning_rate]
    fields = [photos.folder, settings.config, settings.start, *knobs, settings.name]
    for choice in (settings.config, settings.start):
        choice.input(actions.defaults, [settings.config, settings.start], knobs, queue=False, **_QUIET)
    settings.estimate.click(actions.estimate, fields, settings.measured, **_ESTIMATE, **_QUIET)
    started = settings.go.click(actions.start, fields, [shown.run, settings.name], **_QUIET)
    started.success(watch.look, [shown.run, shown.checkpoints, seen], [*shown.shown, seen], queue=False, **_QUIET)


def _wire_watch(
    shown: _Watch, settings: _Settings, seen: gr.State, actions: TrainActions, watch: WatchActions, page: gr.Blocks
) -> None:
    look = {"fn": watch.look, "inputs": [shown.run, shown.checkpoints, seen], "outputs": [*shown.shown, seen]}

    def choices(run: str | None, config: str | None, start: str | None) -> tuple:
        configs, starts = list(actions.config_choices()), list(actions.start_choices())
        return (
            watch.runs_now(run),
            gr.update(choices=configs, value=config if config in configs else _CONFIG),
            gr.update(choices=starts, value=start if start in starts else SHIPPED),
            actions.free_name(),
            watch.in_use(),
        )

    lists = [shown.run, settings.config, settings.start]

    def newer() -> tuple:
        return gr.update(choices=list(actions.config_choices())), gr.update(choices=list(actions.start_choices()))

    loaded = page.load(choices, lists, [*lists, settings.name, shown.in_use], queue=False, **_QUIET)
    loaded.then(**look, queue=False, **_QUIET)
    shown.run.input(**look, queue=False, **_QUIET)
    gr.Timer(_LOOK_EVERY).tick(**look, queue=False, **_QUIET)
    shown.stop.click(watch.stop, shown.run, shown.status, queue=False, **_QUIET)
    shown.resume.click(watch.resume, shown.run, shown.status, **_QUIET).success(**look, queue=False, **_QUIET)
    # A new run, or a new best model of one, can be started from.
    for event in (shown.run.change, shown.checkpoints.change):
        event(newer, None, [settings.config, settings.start], queue=False, **_QUIET)
    shown.use.click(watch.use, [shown.run, shown.checkpoints], shown.in_use, **_QUIET)
