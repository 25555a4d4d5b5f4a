"""Odd and broken pose files for the known photo, bad settings, and what must happen to each."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

from truepose.pose import COCO17, Keypoint

from .cases import NOSE, SIZE

# The known person's joints in OpenPose order.
JOINTS = (
    NOSE, (122, 83), (95, 83), (82, 130), (75, 181), (152, 83), (162, 132), (168, 184), (101, 176), (96, 249),
    (99, 316), (142, 175), (146, 253), (144, 317), (119, 39), (131, 39), (109, 43), (137, 43),
)  # fmt: skip
FLAT = [float(v) for x, y in JOINTS for v in (x, y, 1)]


@dataclass(frozen=True)
class PoseCase:
    """A pose file.

    Attributes:
        name: of the case.
        content: the file's bytes.
        nose: where the pose that is read has the nose; None where that is not what the case is about.
        says: words of the message that it must be refused with; empty where it must be read.
    """

    name: str
    content: bytes
    nose: tuple[float, float] | None = None
    says: str = ""


def pose_cases() -> list[PoseCase]:
    """Every pose file."""
    return [*_right(), *_wrong()]


def document(numbers=FLAT, **fields) -> dict:
    """An OpenPose document of one person."""
    return {"people": [{"pose_keypoints_2d": numbers}], **fields}


def _right() -> Iterator[PoseCase]:
    text = json.dumps(document())
    fractions = [v for x, y in JOINTS for v in (x / SIZE[0], y / SIZE[1], 1)]
    canvas = {"canvas_width": SIZE[0], "canvas_height": SIZE[1]}
    coco = [v for k in COCO17 for v in (*JOINTS[k], 1)]
    body25 = [*FLAT[:24], 120, 176, 1, *FLAT[24:], *[0] * 18]
    mirrored = [v for x, y in JOINTS for v in (SIZE[0] - x, y, 1)]
    holes = [*FLAT[:6], math.nan, 80, 1, 90, math.inf, 1, 70, 180, math.nan, *FLAT[15:]]
    crowd = {"people": [{"pose_keypoints_2d": FLAT}] * 12_000}
    twice = '{"people": [], ' + text[1:]
    fractions_outside = [*fractions[:21], 1.4, -0.3, 1, *fractions[24:]]
    mirrored_nose = (SIZE[0] - NOSE[0], NOSE[1])
    for name, content, nose in (
        ("18 joints", text, NOSE),
        ("17 joints", json.dumps(document(coco)), NOSE),
        ("25 joints", json.dumps(document(body25)), NOSE),
        ("triplets in lists", json.dumps(document([[x, y, 1] for x, y in JOINTS])), NOSE),
        ("whole numbers", json.dumps(document([int(v) for v in FLAT])), NOSE),
        ("list of documents", json.dumps([document(), document(mirrored)]), NOSE),
        ("byte order mark", "\ufeff" + text, NOSE),
        ("UTF-16", text.encode("utf-16"), NOSE),
        ("UTF-32 without a mark", text.encode("utf-32-le"), NOSE),
        ("key twice, the last one counts", twice, NOSE),
        ("thousands of people", json.dumps(crowd), NOSE),
        ("10 MB of spaces", text + " " * 10_000_000, NOSE),
        ("some joints are no numbers", json.dumps(document(holes)), NOSE),
        ("fractions", json.dumps(document(fractions)), NOSE),
        ("fractions, some outside", json.dumps(document(fractions_outside)), NOSE),
        ("fractions of a canvas", json.dumps(document(fractions, **canvas)), NOSE),
        ("fractions, negative canvas", json.dumps(document(fractions, canvas_width=-5, canvas_height=-5)), NOSE),
        ("fractions, endless canvas", json.dumps(document(fractions, canvas_width=math.inf, canvas_height=9)), NOSE),
        ("fractions, true canvas", json.dumps(document(fractions, canvas_width=True, canvas_height=True)), NOSE),
        ("fractions, canvas in words", json.dumps(document(fractions, canvas_width="a", canvas_height=None)), NOSE),
        ("fractions, huge canvas", json.dumps(document(fractions, canvas_width=10**400, canvas_height=9)), NOSE),
        ("mirrored", json.dumps(document(mirrored)), mirrored_nose),
        ("all at one point", json.dumps(document([50, 60, 1] * 18)), (50, 60)),
        ("on a line", json.dumps(document([v for i in range(18) for v in (10 * i, 5, 1)])), (0, 5)),
        ("one joint", json.dumps(document([*FLAT[:3], *[0] * 51])), NOSE),
        ("outside", json.dumps(document([v + 900 for v in FLAT])), (NOSE[0] + 900, NOSE[1] + 900)),
        ("far outside", json.dumps(document([v * -300 if i % 3 < 2 else 1 for i, v in enumerate(FLAT)])), None),
        ("upside down", json.dumps(document([v for x, y in JOINTS for v in (x, SIZE[1] - y, 1)])), None),
        ("doubtful", json.dumps(document([v if i % 3 < 2 else 1e-6 for i, v in enumerate(FLAT)])), NOSE),
        ("bad hands", json.dumps({"people": [{"pose_keypoints_2d": FLAT, "hand_left_keypoints_2d": [True]}]}), NOSE),
    ):  # fmt: skip
        yield PoseCase(name, content if isinstance(content, bytes) else content.encode(), nose)


def _wrong() -> Iterator[PoseCase]:
    joint = json.dumps(document(["#", *FLAT[1:]]))
    for name, content, says in (
        ("empty", "", "valid JSON"),
        ("text", "a pose", "valid JSON"),
        ("cut off", json.dumps(document())[:200], "valid JSON"),
        ("Latin", '{"people": "é"}'.encode("latin-1"), "valid JSON"),
        ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(99), "valid JSON"),
        ("thousands of lists", "[" * 100_000 + "]" * 100_000, "JSON"),
        ("thousands of objects", '{"people":' * 100_000 + "1" + "}" * 100_000, "valid JSON"),
        ("thousands of digits", joint.replace('"#"', "1" * 5000), "valid JSON"),
        ("hundreds of digits", joint.replace('"#"', "1" * 400), "digits"),
        ("nothing", "null", "OpenPose"),
        ("number", "3", "OpenPose"),
        ("string", '"people"', "OpenPose"),
        ("truth", "true", "OpenPose"),
        ("empty list", "[]", "OpenPose"),
        ("empty object", "{}", "OpenPose"),
        ("people is an object", '{"people": {"pose_keypoints_2d": []}}', "OpenPose"),
        ("nobody", '{"people": []}', "no person"),
        ("people are numbers", '{"people": [1, 2, null]}', "no person"),
        ("people have nothing", '{"people": [{}, {"pose_keypoints_2d": null}]}', "no person"),
        ("16 joints", json.dumps(document(FLAT[:48])), "17, 18 or 25"),
        ("19 joints", json.dumps(document([*FLAT, 5, 5, 1])), "17, 18 or 25"),
        ("53 numbers", json.dumps(document(FLAT[:53])), "triplets"),
        ("truth values", json.dumps(document([True] * 54)), "triplets"),
        ("some truth values", json.dumps(document([*FLAT[:53], True])), "triplets"),
        ("numbers in quotes", json.dumps(document([str(v) for v in FLAT])), "triplets"),
        ("nulls", json.dumps(document([None] * 54)), "triplets"),
        ("objects", json.dumps(document([{"x": 1}] * 54)), "triplets"),
        ("one object", json.dumps(document({"nose": [1, 2, 1]})), "triplets"),
        ("a word", json.dumps(document("standing")), "triplets"),
        ("lists of many lengths", json.dumps(document([[1, 2], [3], *FLAT[3:]])), "triplets"),
        ("lists in lists in lists", json.dumps(document([[[[[v]]]] for v in [*FLAT[:50], "x"]])), "triplets"),
        ("all NaN", json.dumps(document([math.nan] * 54)), "no person"),
        ("all Infinity", json.dumps(document([math.inf] * 54)), "no person"),
        ("huge", json.dumps(document([*FLAT[:3], 1e30, -1e30, 1, *FLAT[6:]])), "pixels away"),
        ("beyond single precision", json.dumps(document([*FLAT[:3], 1e300, 5, 1, *FLAT[6:]])), "pixels away"),
        ("nothing visible", json.dumps(document([0] * 54)), "no person"),
        ("negative scores", json.dumps(document([5, 5, -1] * 18)), "no person"),
        ("10 MB of digits", "9" * 10_000_000, "JSON"),
    ):  # fmt: skip
        yield PoseCase(name, content if isinstance(content, bytes) else content.encode(), says=says)


# Settings of `repose`: option, what is typed, a word of the message.
COMMAND_SETTINGS = tuple(
    (option, value, "must be")
    for option, values in {
        "--steps": ("0", "-1", "1.5", "nan", "inf", "1000000000", "many", ""),
        "--guidance": ("nan", "inf", "-inf", "-1", "1e9", "strong", ""),
        "--seed": ("-1", "4294967296", "9" * 30, "nan", "0.5", "lucky"),
        "--person": ("0", "-3", "1.5", "nan", "me"),
    }.items()
    for value in values
) + (
    ("--person", "99", "there is no person 99"),
    ("--pose-model", "nowhere", "no pose model"),
    ("--wrong", "1", "wrong"),
)

# Settings of the endpoints: name, value, a word of the message.
ENDPOINT_SETTINGS = tuple(
    (name, value, word)
    for name, word, values in (
        ("steps", "Steps must", (0, -1, 1.5, 51, 1e9, None, True)),
        ("guidance_scale", "Guidance must", (-0.1, 8.5, 1e300, None)),
        ("seed", "seed must", (-1, 0.5, 2**32, 10**30, None)),
        ("strength", "Strength must", (-0.1, 1.5, None)),
        ("locked", "must be a list", ("face", [1], None)),
        ("count", "Pictures must", (0, 5, 1.5, 1e300)),
        ("side", "size must", (-1, 640, 1e300)),
        ("person", "no person", (0, -1, 99, 1.5, 1e300)),
    )
    for value in values
)

assert len(JOINTS) == len(Keypoint)
