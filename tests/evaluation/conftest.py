"""Drawn figures as measured re-poses."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.tiny import figure
from truepose.drags import arm_up
from truepose.evaluation.cases import ReposeCase
from truepose.openpose_json import format_openpose
from truepose.parsing import parsing_image
from truepose.pose import Skeleton
from truepose.reading import Person


def write_person(folder: Path, name: str, photo: np.ndarray, person: Person) -> None:
    """One picture of a folder of rendered people."""
    Image.fromarray(photo).save(folder / f"{name}.webp", lossless=True)
    parsing_image(person.parsing).save(folder / f"{name}.png")
    (folder / f"{name}.json").write_text(json.dumps(format_openpose([person.skeleton], photo.shape[:2])))


def shifted(photo: np.ndarray, person: Person, x: int, y: int) -> tuple[np.ndarray, Person]:
    """The whole picture so many pixels to the right and down; edges come in on the other side."""
    skeleton = person.skeleton.transformed([[1, 0, x], [0, 1, y]])
    parsing = np.roll(person.parsing, (y, x), (0, 1))
    box = tuple(v + d for v, d in zip(person.box, (x, y, x, y), strict=True))
    return np.roll(photo, (y, x), (0, 1)), Person(skeleton, parsing, box)


@pytest.fixture(scope="package")
def true_pairs(tmp_path_factory) -> Path:
    """A folder with one true pair: a figure, and the same eight pixels to the right."""
    folder = tmp_path_factory.mktemp("true-pairs")
    photo, person = figure()
    write_person(folder, "a-0", photo, person)
    write_person(folder, "a-1", *shifted(photo, person, 8, 0))
    (folder / "pairs.jsonl").write_text('{"source": "a-0", "target": "a-1", "words": ["PARIS"], "turn": 12}\n')
    return folder


@pytest.fixture(scope="package")
def held_out(tmp_path_factory) -> Path:
    """A street folder with one held-out photo that has a map, one that has none, and one to train on."""
    root = tmp_path_factory.mktemp("held-out")
    for name in ("photos", "parsing"):
        (root / name).mkdir()
    photo, person = figure()
    lines = []
    for name in ("0003", "0013", "0014"):
        Image.fromarray(photo).save(root / "photos" / f"{name}.webp", lossless=True)
        row = {"file": f"{name}.webp", "keypoints": person.skeleton.to_coco17().tolist()}
        if name != "0013":
            parsing_image(person.parsing).save(root / "parsing" / f"{name}.png")
            row["parsing"] = f"{name}.png"
        lines.append(json.dumps(row))
    (root / "people.jsonl").write_text("\n".join(lines))
    return root


@pytest.fixture(scope="package")
def case() -> ReposeCase:
    """A figure with an arm up, of which the target is the figure as drawn; the source picture is the target's."""
    photo, person = figure()
    return ReposeCase("a", photo, photo, person.skeleton, person.parsing, arm_up(person.skeleton))


def empty() -> Skeleton:
    """Nobody."""
    return Skeleton.from_points({})
