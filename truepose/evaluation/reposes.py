"""Whole re-poses at the photo's own size, measured case by case: the real path reads, encodes, re-poses, composes."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..parsing import person_mask
from ..pipeline import TruePosePipeline
from ..reading import NoPersonFound, PersonReader, load_reader
from .appearance import appearance_figures, wide_box
from .cases import ReposeCase
from .faces import FaceJudge, FacesNotMeasured, face_figures
from .rereading import reread, rereading_figures
from .words import WordReader, WordsNotMeasured, found_words, printed_words

COPY, WARP, RESULT, TRUTH = METHODS = ("copy", "warp", "result", "target itself")
Pictures = dict[str, np.ndarray]


@dataclass(frozen=True)
class Judges:
    """Who looks at the pictures.

    Attributes:
        reader: reads each picture as it reads photos.
        faces, words: None where what they need is not installed.
        missing: what is not measured, and why, a line each.
    """

    reader: PersonReader
    faces: FaceJudge | None
    words: WordReader | None
    missing: tuple[str, ...] = ()

    @classmethod
    def installed(cls, reader: PersonReader | None = None) -> Judges:
        """Everybody there is."""
        faces, words, missing = None, None, []
        try:
            faces = FaceJudge()
        except FacesNotMeasured as error:
            missing.append(f"faces not measured: {error}")
        try:
            words = WordReader()
        except WordsNotMeasured as error:
            missing.append(f"words not measured: {error}")
        return cls(reader or load_reader(), faces, words, tuple(missing))


def measure_case(
    pipeline: TruePosePipeline, judges: Judges, case: ReposeCase, *, as_drag: bool = False, **settings
) -> tuple[dict, Pictures | None]:
    """One re-pose and what it is worth.

    Args:
        pipeline: reads the source itself, as in use.
        judges: look at the answers.
        case: source, target pose, true target.
        as_drag: ask for `ReposeCase.dragged` instead of the true joints.
        settings: for `TruePosePipeline.repose`: steps, guidance_scale, seed.

    Returns:
        The row of this case, for JSON: `name`, `stratum`, `print` (a number that tells other pictures of this name),
        `methods` (method -> figure -> value; what cannot be measured is missing) and `seconds` of re-posing; and the
        methods' pictures. Where nobody is found in the source: `unread` instead of `methods`, and None.
    """
    row = {"name": case.name, "stratum": case.stratum.value, "print": _print(case)}
    started = time.perf_counter()
    try:
        photo = Image.fromarray(case.source)
        source = pipeline.encode_source(photo)
        target = case.dragged(source.person.skeleton) if as_drag else case.skeleton
        result = pipeline.repose(photo, target, source=source, **settings)
    except NoPersonFound as error:
        return row | {"unread": str(error)}, None
    row["seconds"] = time.perf_counter() - started
    answers = (case.source, result.preview.image, np.asarray(result.image), case.target)
    pictures = dict(zip(METHODS, answers, strict=True))
    return row | {"methods": _figures(judges, case, pictures)}, pictures


def measure_reposes(
    pipeline: TruePosePipeline,
    judges: Judges,
    cases,
    *,
    on_case: Callable[[ReposeCase, dict, Pictures | None], None] = lambda case, row, pictures: None,
    **settings,
) -> list[dict]:
    """The rows of all cases; `on_case` sees each with its pictures, which are not kept."""
    rows = []
    for case in cases:
        row, pictures = measure_case(pipeline, judges, case, **settings)
        rows.append(row)
        on_case(case, row, pictures)
    return rows


def _figures(judges: Judges, case: ReposeCase, pictures: Pictures) -> dict[str, dict[str, float]]:
    figures = {}
    for method, picture in pictures.items():
        # The truth has no distance from itself: of it only what is read again says something.
        figures[method] = {} if method == TRUTH else appearance_figures(picture, case)
        figures[method] |= rereading_figures(reread(judges.reader, picture, case.box), case)
    if judges.faces is not None:
        heads = {m: (p, case.source_skeleton if m == COPY else case.skeleton) for m, p in pictures.items()}
        pair = heads[COPY], heads[TRUTH]
        for method, row in face_figures(judges.faces, heads, *pair, case.torso).items():
            figures[method] |= row
    if judges.words is not None:
        for method, row in _word_figures(judges.words, case, pictures).items():
            figures[method] |= row
    return figures


def _word_figures(reader: WordReader, case: ReposeCase, pictures: Pictures) -> dict[str, dict[str, float]]:
    """Method -> words_printed and words_read; empty where the target shows no word large enough."""
    rows, columns = wide_box(case)
    box = columns.start, rows.start, columns.stop, rows.stop
    printed = printed_words(reader.read(case.target, box), person_mask(case.parsing), case.words)
    if not printed:
        return {}
    whole = 0, 0, case.target.shape[1], case.target.shape[0]
    figures = {}
    for method, picture in pictures.items():
        # A copy shows its words where the source has them.
        read = [word.text for word in reader.read(picture, whole if method == COPY else box)]
        figures[method] = {"words_printed": float(len(printed)), "words_read": float(len(found_words(printed, read)))}
    return figures


def _print(case: ReposeCase) -> int:
    """Tells whether an earlier measurement was of the same pictures."""
    joints = case.skeleton.triplets().round(2).tobytes()
    return zlib.crc32(joints, zlib.crc32(case.target.tobytes(), zlib.crc32(case.source.tobytes())))
