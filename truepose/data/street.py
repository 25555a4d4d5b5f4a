"""A folder of labelled street photos: `photos/`, `parsing/`, `people.jsonl` (COCO-17 keypoints per photo)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ..photo import open_parsing, open_photo
from ..pose import Skeleton


@dataclass(frozen=True)
class StreetPhoto:
    """One labelled photo; pictures are read when asked for.

    Attributes:
        name: file stem, "0003".
        photo_path: the RGB photo.
        parsing_path: its palette PNG of ATR labels (255 = unlabelled), or None.
        triplets: (17, 3) COCO rows (x, y, score) in pixels.
    """

    name: str
    photo_path: Path
    parsing_path: Path | None
    triplets: np.ndarray

    def photo(self) -> np.ndarray:
        """(H, W, 3) uint8 RGB."""
        return np.asarray(open_photo(self.photo_path))

    def parsing(self) -> np.ndarray | None:
        """(H, W) uint8 labels, or None where the photo has none."""
        if self.parsing_path is None:
            return None
        return open_parsing(self.parsing_path, self.photo().shape[:2])

    @cached_property
    def skeleton(self) -> Skeleton:
        """The joints; the labels' weak guesses (score <= 0.2) count as unseen."""
        return Skeleton.from_coco17(self.triplets, threshold=0.2)


def load_street(root: str | Path, *, validation: bool) -> list[StreetPhoto]:
    """The photos of one split, in name order. Names ending in 3 are the validation split.

    Raises:
        ValueError: the folder holds no `people.jsonl`.
    """
    root = Path(root)
    try:
        lines = (root / "people.jsonl").read_text(encoding="utf-8").splitlines()
    except OSError:
        raise ValueError(f"no street photos in {root}: people.jsonl is missing") from None
    photos = []
    for row in map(json.loads, lines):
        name = Path(row["file"]).stem
        if name.endswith("3") == validation:
            parsing = root / "parsing" / row["parsing"] if row.get("parsing") else None
            triplets = np.array(row["keypoints"], np.float32)
            photos.append(StreetPhoto(name, root / "photos" / row["file"], parsing, triplets))
    return photos
