"""Forty-eight fixed drags of held-out photos, to judge by eye: the photo with the target pose drawn | the result.

    python benchmarks/drag_sheet.py --street STREET --out out/drags

Every fourth held-out photo, 48 in all; the six with the widest step are asked to stand, the others take the other kinds
in turn, sides alternating: six cases of each of eight kinds. Eight cases a sheet; cases.json names them. Everything is
read by the reader, as in use. The pictures show other people's photos: keep them out of the repository.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from truepose.data.street import StreetPhoto, load_street
from truepose.drags import DRAGS, borrowed
from truepose.evaluation.sheets import grid, strip, with_joints
from truepose.pipeline import COMPACT, TruePosePipeline, load_pipeline
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton, torso_length
from truepose.reading import NoPersonFound

COUNT, EVERY, EACH = 48, 4, 6
BORROWED, STAND = "borrowed pose", "stand"
KINDS = tuple(kind for kind in DRAGS if kind != STAND) + (BORROWED,)
PER_SHEET, COLUMNS, HEIGHT = 8, 4, 480


@dataclass(frozen=True)
class Case:
    """One photo and what is asked of it.

    Attributes:
        number: from 1.
        photo: the photo.
        kind: a name of `DRAGS`, or "borrowed pose".
        side: "right" or "left", the person's own.
        lender: whose pose is borrowed; None for drags.
    """

    number: int
    photo: StreetPhoto
    kind: str
    side: str
    lender: StreetPhoto | None

    def target(self, skeleton: Skeleton) -> Skeleton:
        """The pose asked for, of the joints as read."""
        if self.lender is not None:
            return borrowed(self.lender.skeleton, skeleton)
        return DRAGS[self.kind](skeleton, self.side)

    def row(self) -> dict:
        """For cases.json."""
        lender = {} if self.lender is None else {"lender": self.lender.name}
        return {"number": self.number, "photo": self.photo.name, "drag": self.kind, "side": self.side} | lender


def fixed_cases(photos: list[StreetPhoto]) -> list[Case]:
    """The cases, a pure function of the held-out photos."""
    chosen = photos[::EVERY][:COUNT]
    walking = sorted(chosen, key=lambda photo: (-_step(photo.skeleton), photo.name))[:EACH]
    others = [photo for photo in chosen if photo not in walking]
    kinds = dict.fromkeys((p.name for p in walking), (STAND, "right", None))
    for i, photo in enumerate(others):
        kind = KINDS[i % len(KINDS)]
        side = ("right", "left")[i // len(KINDS) % 2]
        lender = others[(i + len(others) // 2) % len(others)] if kind == BORROWED else None
        kinds[photo.name] = (kind, side, lender)
    return [Case(number, photo, *kinds[photo.name]) for number, photo in enumerate(chosen, 1)]


def _step(skeleton: Skeleton) -> float:
    """Distance between the ankles in torso lengths; 0 where they or the torso are unseen."""
    torso = torso_length(skeleton)
    if not torso or not skeleton.visible[[K.RIGHT_ANKLE, K.LEFT_ANKLE]].all():
        return 0.0
    return float(np.linalg.norm(skeleton.xy[K.RIGHT_ANKLE] - skeleton.xy[K.LEFT_ANKLE])) / torso


def _cell(pipeline: TruePosePipeline, case: Case, steps: int | None) -> Image.Image:
    """The photo with the target drawn | the result."""
    photo = Image.fromarray(case.photo.photo())
    caption = f"{case.number}  {case.kind}, {case.side}  ({case.photo.name})"
    try:
        source = pipeline.encode_source(photo)
    except NoPersonFound:
        return strip([photo, Image.new("RGB", photo.size)], f"{caption}: nobody found", HEIGHT)
    target = case.target(source.person.skeleton)
    result = pipeline.repose(photo, target, source=source, steps=steps)
    return strip([with_joints(photo, target), result.image], caption, HEIGHT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--street", required=True)
    parser.add_argument("--model", default=str(COMPACT))
    parser.add_argument("--out", default="out/drags", help="folder of the sheets and of cases.json")
    parser.add_argument("--steps", type=int)
    parser.add_argument("--only", type=int, nargs="*", help="numbers of cases, instead of all")
    options = parser.parse_args()
    cases = fixed_cases(load_street(options.street, validation=True))
    cases = [case for case in cases if not options.only or case.number in options.only]
    pipeline, out = load_pipeline(options.model), Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "cases.json").write_text(json.dumps([case.row() for case in cases], indent=1) + "\n")
    for first in range(0, len(cases), PER_SHEET):
        sheet = cases[first : first + PER_SHEET]
        path = out / f"drags-{sheet[0].number:02d}-{sheet[-1].number:02d}.png"
        grid([_cell(pipeline, case, options.steps) for case in sheet], COLUMNS).save(path)
        print(path, flush=True)


if __name__ == "__main__":
    main()
