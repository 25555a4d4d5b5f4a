"""From a photo to a person: skeleton and parsing map."""

from __future__ import annotations

from pathlib import Path

from .embedded import EmbeddedReader
from .person import Candidate, NoPersonFound, Person, PersonReader

EMBEDDED_READER = Path(__file__).parents[2] / "checkpoints" / "reader"


def load_reader(folder: str | Path = EMBEDDED_READER) -> PersonReader:
    """The embedded reader, or one trained further and saved in `folder`.

    Raises:
        ValueError: the folder holds no reader, or one that does not fit.
    """
    return EmbeddedReader.from_pretrained(folder)


__all__ = ["Candidate", "EMBEDDED_READER", "EmbeddedReader", "NoPersonFound", "Person", "PersonReader", "load_reader"]
