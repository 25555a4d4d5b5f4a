"""The votes of a study in one SQLite file; every vote is a transaction of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from .folder import REAL
from .questions import Question

GENERATED = "generated"
_TABLE = """
CREATE TABLE IF NOT EXISTS votes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rater TEXT NOT NULL,
    name TEXT NOT NULL,    -- of the picture or the case
    shown TEXT NOT NULL,   -- "real" or methods, in the order on screen, separated by /
    answer TEXT NOT NULL,  -- of one picture: real or generated; of several: the best one's method
    at TEXT NOT NULL,      -- UTC
    UNIQUE (rater, name, shown)
)
"""


@dataclass(frozen=True)
class Vote:
    """One answer.

    Attributes:
        rater: an anonymous id.
        answer: "real" or "generated" of one picture; of several the best one's method.
    """

    rater: str
    question: Question
    answer: str


def answers_to(question: Question) -> tuple[str, ...]:
    """What can be answered, in the order on screen."""
    return (REAL, GENERATED) if len(question.shown) == 1 else question.shown


class Votes:
    """A file of votes. Any number of threads and processes may use one.

    Args:
        path: made where it is missing.

    Raises:
        ValueError: it cannot be written, or is no such file.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        with self._connected() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute(_TABLE)

    def add(self, vote: Vote) -> None:
        """Store a vote; a rater's first answer to a question stands.

        Raises:
            ValueError: the question cannot be answered so, or the file cannot be written.
        """
        if vote.answer not in answers_to(vote.question):
            raise ValueError(f"the answer must be one of {answers_to(vote.question)}, got {vote.answer!r}")
        row = (vote.rater, vote.question.name, "/".join(vote.question.shown), vote.answer, _now())
        with self._connected() as connection:
            connection.execute("INSERT OR IGNORE INTO votes (rater, name, shown, answer, at) VALUES (?,?,?,?,?)", row)

    def take_back(self, rater: str) -> None:
        """Delete a rater's last vote, if there is one."""
        last = "SELECT MAX(id) FROM votes WHERE rater = ?"
        with self._connected() as connection:
            connection.execute(f"DELETE FROM votes WHERE id = ({last})", (rater,))

    def answered(self, rater: str) -> frozenset[Question]:
        """What a rater has answered."""
        return frozenset(vote.question for vote in self.all() if vote.rater == rater)

    def all(self) -> list[Vote]:
        """Every vote, the oldest first."""
        with self._connected() as connection:
            rows = connection.execute("SELECT rater, name, shown, answer FROM votes ORDER BY id").fetchall()
        return [Vote(rater, Question(name, tuple(shown.split("/"))), answer) for rater, name, shown, answer in rows]

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
                yield connection
        except sqlite3.Error as error:
            raise ValueError(f"cannot use the votes {self.path}: {error}") from None


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
