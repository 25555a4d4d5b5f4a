"""Render a contact sheet of warps of real photos, to be looked at.

    python benchmarks/warp_sheet.py --street FOLDER --out out/warp.png

FOLDER holds photos/NAME, parsing/NAME.png and people.jsonl with COCO-17 keypoints.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from truepose.drags import arm_across, arm_up, borrowed, leg_out
from truepose.pose import Skeleton, render_pose_map
from truepose.reading.person import Person
from truepose.warp import composite, cut_puppet, warp_puppet


def load_people(folder: Path) -> list[dict]:
    """The rows of validation photos (their number ends in 3) that have a parsing map."""
    rows = [json.loads(line) for line in (folder / "people.jsonl").read_text().splitlines()]
    return [row for row in rows if row.get("parsing") and Path(row["file"]).stem.endswith("3")]


def load_person(folder: Path, row: dict, height: int | None = None) -> tuple[np.ndarray, Person]:
    """(H, W, 3) uint8 photo and its Person, scaled to a height."""
    photo = np.array(Image.open(folder / "photos" / row["file"]).convert("RGB"))
    parsing = np.array(Image.open(folder / "parsing" / row["parsing"]))
    skeleton = Skeleton.from_coco17(row["keypoints"], 0.2)
    if height:
        scale = height / photo.shape[0]
        size = (round(photo.shape[1] * scale), height)
        photo = cv2.resize(photo, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
        parsing = cv2.resize(parsing, size, interpolation=cv2.INTER_NEAREST)
        skeleton = skeleton.transformed([[scale, 0, 0.5 * scale - 0.5], [0, scale, 0.5 * scale - 0.5]])
    rows, columns = (parsing > 0).any(1).nonzero()[0], (parsing > 0).any(0).nonzero()[0]
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    return photo, Person(skeleton, parsing, box)


def over(photo: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """The skeleton drawn over a dimmed photo."""
    drawn = render_pose_map(skeleton, photo.shape[:2])
    return np.where(drawn.any(2, keepdims=True), drawn, photo // 2 + 60)


def validity_image(validity: np.ndarray) -> np.ndarray:
    """(h, w, 3) uint8 grey picture of a validity map."""
    return np.repeat(np.rint(255 * validity[..., None]).astype(np.uint8), 3, 2)


def fit(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """The image scaled to a height and cut or padded to a width."""
    scaled = cv2.resize(image, (max(1, round(image.shape[1] * height / image.shape[0])), height), cv2.INTER_AREA)
    spare = max(0, width - scaled.shape[1])
    return np.pad(scaled, ((0, 0), (spare // 2, spare - spare // 2), (0, 0)))[:, :width]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--street", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("out/warp.png"))
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--height", type=int, default=384, help="pixels of each photo when it is warped")
    parser.add_argument("--poses", action="store_true", help="also show each target pose over the photo")
    parser.add_argument("--validity", action="store_true", help="also show each validity map")
    args = parser.parse_args()

    people = load_people(args.street)
    skeletons = [load_person(args.street, row, args.height)[1].skeleton for row in people[:40]]
    width = round(args.height * 0.7)
    lines, spent = [], []
    for number in range(args.first, min(args.first + args.count, len(people))):
        photo, person = load_person(args.street, people[number], args.height)
        start = time.perf_counter()
        puppet = cut_puppet(photo, person)
        cut = time.perf_counter() - start
        source = person.skeleton
        targets = (arm_up(source), arm_across(source), leg_out(source),
                   borrowed(skeletons[(number * 7 + 5) % len(skeletons)], source))  # fmt: skip
        cells = [photo, puppet.plate]
        for target in targets:
            start = time.perf_counter()
            warped = warp_puppet(puppet, target)
            spent.append((cut, time.perf_counter() - start))
            cells += [over(photo, target)] * args.poses + [composite(warped, puppet.plate)]
            cells += [validity_image(warped.validity)] * args.validity
        lines.append(np.concatenate([fit(cell, args.height, width) for cell in cells], 1))
    args.out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(lines)).save(args.out)
    cut, warp = 1000 * np.median(spent, 0)
    print(f"{args.out}: {len(lines)} people, cut {cut:.0f} ms, warp {warp:.0f} ms (medians at height {args.height})")


if __name__ == "__main__":
    main()
