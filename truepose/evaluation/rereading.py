"""What our reader sees in a picture, against what should be there: parsing and joints."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..parsing import BodyPart
from ..pose import Skeleton
from ..reading import Candidate, NoPersonFound, Person, PersonReader
from .cases import ReposeCase
from .reading import confusion_of, iou_of, person_iou

_TRUSTED = 0.4  # score of a true joint above which it counts; street labels below it are often wrong
_PRESENT = 0.002  # of the person's pixels: a label with fewer is a speck


def reread(reader: PersonReader, picture: np.ndarray, box: tuple[int, int, int, int]) -> Person | None:
    """Whom the reader finds where the person should be; None if nobody.

    Args:
        reader: the reader.
        picture: (H, W, 3) uint8 RGB.
        box: the target person's (x0, y0, x1, y1); of several people found the one that overlaps it most is read, so
            that a passer-by is not taken for the answer.
    """
    image = Image.fromarray(picture)
    try:
        return reader.read(image, max(reader.find(image), key=lambda candidate: _overlap(candidate, box)))
    except NoPersonFound:
        return None


def rereading_figures(found: Person | None, case: ReposeCase) -> dict[str, float]:
    """Agreement of what was read in a picture with the true target.

    Returns:
        parsing_miou over the labels of the target, person_iou, and joint_error. Nobody found is 0, 0 and 1.
    """
    confusion = confusion_of(None if found is None else found.parsing, case.parsing)
    present = confusion.sum(1) > max(1.0, _PRESENT * confusion[1:].sum())
    present[BodyPart.BACKGROUND] = False
    figures = {"person_iou": person_iou(confusion)}
    if present.any():
        figures["parsing_miou"] = float(iou_of(confusion)[present].mean())
    error = joint_error(None if found is None else found.skeleton, case.skeleton, case.torso)
    return figures if error is None else figures | {"joint_error": error}


def joint_error(found: Skeleton | None, target: Skeleton, torso: float) -> float | None:
    """Mean way from the target's joints to those found, in torso lengths; a joint missed or a length away counts 1.

    Args:
        found: as read; None where nobody was found.
        target: what should be there; joints scored above 0.4 count.
        torso: pixels.

    Returns:
        None where no joint of the target counts.
    """
    counted = target.visible & (target.score > _TRUSTED)
    if not counted.any():
        return None
    if found is None:
        return 1.0
    ways = np.linalg.norm(found.xy - target.xy, axis=1) / torso
    return float(np.where(found.visible, np.minimum(1, ways), 1)[counted].mean())


def _overlap(candidate: Candidate, box: tuple[int, int, int, int]) -> float:
    """Intersection over union of the candidate's box and another."""
    x0, y0, x1, y1 = (f(a, b) for f, a, b in zip((max, max, min, min), candidate.box, box, strict=True))
    both = max(0, x1 - x0) * max(0, y1 - y0)
    areas = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (candidate.box, box))
    return both / max(1, areas - both)
