"""What users read when something fails."""

from __future__ import annotations

import logging
from typing import NoReturn

import gradio as gr

log = logging.getLogger(__name__)


def plain_error(message: str) -> gr.Error:
    """An error that the user reads and the log does not repeat."""
    return gr.Error(message, print_exception=False, title="That did not work")


def unexpected(what: str, kept: str = "Your photo and pose") -> NoReturn:
    """Log the exception being handled and tell the user without a traceback."""
    log.exception("%s failed", what)
    raise plain_error(f"{what} failed. {kept} are kept; the server's log says more.") from None
