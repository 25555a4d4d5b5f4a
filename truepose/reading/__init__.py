"""From a photo to a person: skeleton and parsing map."""

from __future__ import annotations

from .describe import UNSURE, describe, draw_person
from .embedded import EMBEDDED_READER, EmbeddedReader
from .load import load_masker, load_reader
from .person import Candidate, NoPersonFound, Person, PersonReader

__all__ = [
    "EMBEDDED_READER",
    "UNSURE",
    "Candidate",
    "EmbeddedReader",
    "NoPersonFound",
    "Person",
    "PersonReader",
    "describe",
    "draw_person",
    "load_masker",
    "load_reader",
]
