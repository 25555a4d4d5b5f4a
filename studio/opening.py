"""Photos and people that a user asks for: read, or told plainly why not."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from pathlib import Path

import gradio as gr

from truepose.photo import PhotoError, open_photo
from truepose.reading import NoPersonFound, PersonReader

from .messages import unexpected
from .session import Work, new_key

log = logging.getLogger(__name__)

NOT_OPENED = "This photo was not opened"


def new_answer() -> int:
    """A number unlike the last: tells the browser that its upload was answered."""
    return time.monotonic_ns() % 2**31


def open_work(reader: PersonReader, path: str, name: str) -> Work | None:
    """Open a photo and read its likeliest person; None, and a warning to the user, where that cannot be."""
    try:
        photo = open_photo(path)
        people = tuple(reader.find(photo))
        person = reader.read(photo, people[0])
    except (PhotoError, NoPersonFound) as error:
        gr.Warning(str(error), title=NOT_OPENED)
        return None
    except Exception:
        log.exception("reading the photo failed")
        gr.Warning("Reading it failed. The server's log says more.", title=NOT_OPENED)
        return None
    return Work(photo, Path(name).stem or "photo", people, 0, person, person)


def choose_person(reader: PersonReader, work: Work, number: int) -> Work | None:
    """The same photo with another person read; None, and a warning to the user, where nobody can be read.

    Raises:
        gr.Error: reading failed in a way that nobody foresaw.
    """
    try:
        person = reader.read(work.photo, work.people[number])
    except NoPersonFound as error:
        gr.Warning(str(error), title="This person was not read")
        return None
    except Exception:
        unexpected("Reading this person")
    return Work(work.photo, work.name, work.people, number, person, person)


def same_work(work: Work) -> Work:
    """The same photo and person, opened a second time."""
    return replace(work, puppet=None, key=new_key())
