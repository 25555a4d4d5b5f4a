"""Odd and broken inputs, made the same way every time, and what must happen to each.

`write_files` fills a folder with pictures. A `Case` says of one file whether it opens and what is then right, or which
words the plain message must have. The known person is rendered and shipped with the app: size, place and orientation
are known. `poses` has pose files and settings.
"""

from __future__ import annotations

from pathlib import Path

from .broken import bombs, cut, flipped, others
from .cases import KNOWN_MISREADINGS, SIZE, Case, Remembering, known, misplaced, unplain
from .photos import formats, names, nobody, people, places, sizes, turned

__all__ = ["KNOWN_MISREADINGS", "SIZE", "Case", "Remembering", "known", "misplaced", "unplain", "write_files"]


def write_files(folder: Path) -> list[Case]:
    """Write every file; what must happen to each."""
    cases = []
    for make in (formats, turned, names, cut, flipped, others, bombs, sizes, people, nobody):
        for case, content in make():
            assert case.name not in {other.name for other in cases}, case.name
            (folder / case.name).write_bytes(content)
            cases.append(case)
    return [*cases, *places(folder)]
