"""DeepFashion In-shop as the users of PATN, GFLA, PIDM, PCDM and CFLD have it on disk.

The split is the field's own: `train` and `test` share no clothes, so held out is `--split test`, and nothing of it may
be learnt from. The joints of the test split go round alone, too; figures on DeepFashion mean nothing for a model that
was trained with those in any way.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np

from ..pose import NUM_KEYPOINTS, Skeleton
from .fits import stretch
from .labels import ATR
from .listing import ListedPhoto, Listing, Problem, existing_folder, files_below, text_lines, usable_pairs
from .own import PICTURE_ENDINGS

SPLITS = ("train", "test")
SIZE = (256, 176)  # height, width of the field's lists of joints, after its border is cut off
_BORDERED_WIDTH = 256  # of the same picture before
_LIST = re.compile(r"fash?ion-(resize-)?(pairs|annotation)-(train|test)\.csv")  # both spellings go round
_SHOT = re.compile(r"(\d+)_(\d+)_(\w+)")  # "03_3_back" in the original tree


def list_deepfashion(
    folder: str | Path, split: str, parsing: str | Path | None = None, labels: tuple[str, ...] = ATR
) -> Listing:
    """One split of DeepFashion In-shop.

    Args:
        folder: `fasion-resize-pairs-SPLIT.csv` or `fasion-pairs-SPLIT.csv` (columns from, to), where there
            `fasion-resize-annotation-SPLIT.csv` or `fasion-annotation-SPLIT.csv` (`name:keypoints_y:keypoints_x`) and
            `SPLIT.lst`, and the pictures in any folders below: flat, `fashionWOMENPantsid0000217503_7additional.jpg`,
            or the original tree, `WOMEN/Pants/id_00002175/03_7_additional.jpg`. Of several copies of one picture the
            largest file is taken.
        split: "train" or "test".
        parsing: a folder of NAME.png maps, flat or as the tree; `parsing` in the folder by default.
        labels: what their values mean.

    Raises:
        ValueError: there is no list of pairs, or none of its pictures.
    """
    root = existing_folder(folder)
    maps_folder = root / "parsing" if parsing is None else existing_folder(parsing)
    lists, pictures = _found(root, split, maps_folder)
    if "pairs" not in lists:
        raise ValueError(f"no DeepFashion in {folder}: fasion-resize-pairs-{split}.csv is missing")
    rows, problems = _pair_rows(lists["pairs"])
    joints, broken = _joints(lists["annotation"]) if "annotation" in lists else ({}, [])
    known = {name for pair in rows for name in pair if Path(name).stem in pictures}
    pairs, missing = usable_pairs(rows, known, lists["pairs"].name)
    if not pairs:
        raise ValueError(f"{lists['pairs'].name} names no pair whose pictures are in {folder}")
    maps = _by_flat_name(files_below(maps_folder, (".png",))) if maps_folder.is_dir() else {}
    paired = sorted({name for pair in pairs for name in pair})
    photos = [
        ListedPhoto(name, pictures[Path(name).stem], joints.get(name), SIZE, None, maps.get(Path(name).stem))
        for name in paired
    ]
    listed = [line.strip() for line in text_lines(lists["lst"])] if "lst" in lists else []
    others = sorted({n for n in listed if Path(n).stem in pictures} - set(paired))
    photos += [ListedPhoto(name, pictures[Path(name).stem], read=False) for name in others]
    return Listing(tuple(photos), tuple(pairs), (*problems, *broken, *missing), stretch, True, labels)


def flat_name(path: Path) -> str | None:
    """The name that the field's lists give a picture, without its ending; None where it is no In-shop picture.

    `WOMEN/Pants/id_00002175/03_7_additional.jpg` is `fashionWOMENPantsid0000217503_7additional`.
    """
    if path.stem.startswith("fashion"):
        return path.stem
    shot = _SHOT.fullmatch(path.stem)
    if shot is None or len(path.parts) < 4 or not path.parts[-2].startswith("id_"):
        return None
    who, category, item = path.parts[-4:-1]
    return f"fashion{who}{category}{item.replace('_', '')}{shot[1]}_{shot[2]}{shot[3].replace('_', '')}"


def _found(root: Path, split: str, maps_folder: Path) -> tuple[dict[str, Path], dict[str, Path]]:
    """The split's lists by kind ("pairs", "annotation", "lst"), and all pictures by flat name, maps left out."""
    lists: dict[str, Path] = {}
    pictures = []
    for path in files_below(root, (*PICTURE_ENDINGS, ".csv", ".lst")):
        listed = _LIST.fullmatch(path.name)
        if path.name == f"{split}.lst":
            lists["lst"] = path
        elif listed and listed[3] == split:
            if listed[1] or listed[2] not in lists:  # the later lists, called resize, before the earlier
                lists[listed[2]] = path
        elif path.suffix.lower() in PICTURE_ENDINGS and maps_folder not in path.parents:
            pictures.append(path)
    return lists, _by_flat_name(p for p in pictures if not any("pars" in part for part in p.relative_to(root).parts))


def _by_flat_name(paths) -> dict[str, Path]:
    """Paths by their flat name; of several the largest file."""
    found: dict[str, Path] = {}
    for path in paths:
        name = flat_name(path)
        if name is not None and (name not in found or path.stat().st_size > found[name].stat().st_size):
            found[name] = path
    return found


def _pair_rows(path: Path) -> tuple[list[tuple[str, str]], list[Problem]]:
    rows, problems = [], []
    reader = csv.DictReader(text_lines(path))
    if not {"from", "to"} <= set(reader.fieldnames or ()):
        raise ValueError(f"{path.name} must begin with from,to; got {','.join(reader.fieldnames or ())[:60]}")
    for row in reader:
        if row["from"] and row["to"]:
            rows.append((row["from"].strip(), row["to"].strip()))
        else:
            problems.append((f"line {reader.line_num} of {path.name}", "it must name two pictures"))
    return rows, problems


def _joints(path: Path) -> tuple[dict[str, Skeleton], list[Problem]]:
    """The skeletons of a list by picture, in pixels of `SIZE`; pictures of which no joint was found have none.

    `fasion-resize-annotation` counts pixels at 256x176. Lists without "resize" are of pictures of 256x256 with white
    borders (pose-gan) or of the same at 256x176 (GFLA), under one name. People stand in the middle, so the joints' own
    middle tells; the border is taken away here, as the field cuts it off the pictures.
    """
    rows, problems = [], []
    for number, row in enumerate(csv.reader(text_lines(path), delimiter=":"), 1):
        if number == 1 and row[:1] == ["name"]:
            continue
        try:
            name, ys, xs = row
            points = np.array([json.loads(xs), json.loads(ys)], float).T  # (18, 2)
            if points.shape != (NUM_KEYPOINTS, 2):
                raise ValueError
            rows.append((name, points))
        except ValueError:
            problems.append((f"line {number} of {path.name}", "it must be a name, 18 y and 18 x with a colon between"))
    seen = [(points >= 0).all(1) for _, points in rows]  # -1 is unseen
    columns = np.concatenate([points[s, 0] for (_, points), s in zip(rows, seen, strict=True)] or [np.zeros(0)])
    bordered = len(columns) and np.median(columns) > (_BORDERED_WIDTH + SIZE[1]) / 4
    shift = (_BORDERED_WIDTH - SIZE[1]) / 2 if bordered else 0
    skeletons = {
        name: Skeleton(points - (shift, 0), s, s.astype(np.float32))
        for (name, points), s in zip(rows, seen, strict=True)
        if s.any()
    }
    return skeletons, problems
