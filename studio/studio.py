"""The whole app as Gradio Blocks, and the options it is launched with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from truepose.pipeline import TruePosePipeline
from truepose.reading import PersonReader
from truepose.study import Study, Votes

from .api import build_api
from .examples import example_photos
from .help import build_help
from .repose_tab import ONE_MODEL_RUN, build_repose_tab
from .serving import Serving
from .session import Session
from .study import build_study_tab, new_rater
from .style_tab import RegionsOf, build_style_tab, new_style_session
from .train_tab import build_train_tab

# Pictures on screen must outlive any session: checked hourly, deleted after a day.
_CACHE_AGE = (3600, 86400)


def build_studio(
    reader: PersonReader,
    pipeline: TruePosePipeline,
    runs: Path | None = None,
    study: tuple[Study, Votes] | None = None,
) -> gr.Blocks:
    """The app, for any reader and pipeline.

    Args:
        reader: finds the person of a photo.
        pipeline: puts the person into a pose.
        runs: the folder of training runs; without one there is no Train tab. Who opens that tab can read this
            machine's photos and use all of its time: leave it out where strangers come.
        study: a user study to hold, and where its votes go; without one there is no Study tab.
    """
    serving = Serving(pipeline, reader)
    with gr.Blocks(title="TruePose", delete_cache=_CACHE_AGE, analytics_enabled=False) as studio:
        session = gr.State(Session(), delete_callback=Session.close)
        # Gradio calls the delete callback only for a state that an event has written.
        studio.load(lambda own: own, session, session, queue=False, api_visibility="private")
        style = new_style_session()
        studio.load(lambda own: own, style, style, queue=False, api_visibility="private")
        gr.HTML(
            html_template="<h1>TruePose</h1><p>Drag a joint, keep the person.</p>",
            js_on_load=None,
            apply_default_css=False,
            elem_id="tp-title",
        )
        build_help()
        rater = None if study is None else new_rater()
        examples = example_photos()
        with gr.Tabs(elem_id="tp-tabs") as tabs:
            with gr.Tab("Repose", id="repose"):
                parsing = build_repose_tab(reader, serving, session, examples)
            with gr.Tab("Style", id="style"):
                build_style_tab(reader, serving, style, session, examples, RegionsOf(parsing, tabs))
            if runs is not None:
                with gr.Tab("Train", id="train"):
                    build_train_tab(reader, serving, runs, studio)
            if study is not None:
                with gr.Tab("Study", id="study") as tab:
                    build_study_tab(*study, rater, tab)
        build_api(reader, serving, **ONE_MODEL_RUN)
    return studio.queue(max_size=32)


def launch_options(*, training: bool = False) -> dict[str, Any]:
    """What `launch` must be given for the app to look and behave as meant; a zip of photos is larger than a photo."""
    sheets = (Path(__file__).parent / name for name in ("studio.css", "train.css", "help.css"))
    return {
        "theme": _theme(),
        "css": "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets),
        "max_file_size": "2gb" if training else "20mb",
        "run_history": False,  # photos are private
        "footer_links": [],
        "ssr_mode": False,  # a Space would put a second server, of Node, before this one
        # Launching asks the server for its own page and gives up after three seconds, which a busy machine takes.
        "_frontend": False,
    }


def _theme() -> gr.themes.Base:
    # Plain font names: the page loads nothing from elsewhere.
    return gr.themes.Base(
        primary_hue="orange",
        neutral_hue="zinc",
        radius_size="sm",
        spacing_size="sm",
        font=["Inter", "system-ui", "Segoe UI", "Roboto", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_900",
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover_dark="*primary_600",
        button_primary_text_color="white",
        button_primary_text_color_dark="white",
        body_text_color_subdued="*neutral_500",
        body_text_color_subdued_dark="*neutral_400",
        # Secondary buttons and fields: an edge rather than a grey box.
        button_border_width="1px",
        button_primary_border_color="transparent",
        button_primary_border_color_dark="transparent",
        button_secondary_background_fill="white",
        button_secondary_background_fill_hover="*neutral_100",
        button_secondary_background_fill_dark="*neutral_800",
        button_secondary_background_fill_hover_dark="*neutral_700",
        button_secondary_border_color="*neutral_300",
        button_secondary_border_color_dark="*neutral_600",
        button_secondary_shadow="none",
        input_background_fill="white",
        input_background_fill_dark="*neutral_800",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="*neutral_600",
        slider_color="*primary_700",
        slider_color_dark="*primary_600",
        block_border_width="0px",
        block_shadow="none",
    )
