"""What a rater is asked, in an order of the rater's own."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .folder import Study

PER_GROUP = 30  # pictures of each method and of real ones, and cases, that a rater sees (Sec. 5.2)


@dataclass(frozen=True)
class Question:
    """One picture, real or generated? Or several of one case: which is best?

    Attributes:
        name: of the picture or the case.
        shown: whose pictures are on screen, "real" or a method each, in this order.
    """

    name: str
    shown: tuple[str, ...]


def questions_of(study: Study, rater: str) -> tuple[Question, ...]:
    """All questions of a rater: single pictures first, shuffled, then the choices, each in a shuffled order.

    The same rater is always asked the same, so that a study can be gone on with.
    """
    own = random.Random(rater)
    single = [
        Question(name, (group,))
        for group, pictures in sorted(study.groups.items())
        for name in own.sample(sorted(pictures), min(PER_GROUP, len(pictures)))
    ]
    own.shuffle(single)
    cases = own.sample(study.cases, min(PER_GROUP, len(study.cases)))
    methods = study.methods
    return (*single, *(Question(name, tuple(own.sample(methods, len(methods)))) for name in cases))
