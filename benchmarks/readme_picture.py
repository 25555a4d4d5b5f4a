"""The README's picture: our rendered example people, and what the embedded model makes of them.

python benchmarks/readme_picture.py [--out docs/repose.png]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from truepose.drags import arm_across, arm_up, leg_out
from truepose.photo import open_photo
from truepose.pipeline import load_pipeline

ROOT = Path(__file__).parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=str(ROOT / "docs" / "repose.png"))
    parser.add_argument("--people", type=int, default=2)
    parser.add_argument("--height", type=int, default=420)
    options = parser.parse_args()
    pipeline = load_pipeline()
    paths = sorted((ROOT / "studio" / "examples").glob("*.webp"))[1 : 1 + options.people]
    if not paths:
        parser.error("studio/examples holds no picture")
    groups = [_group(pipeline, open_photo(path), options.height) for path in paths]
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    picture = Image.fromarray(np.concatenate([tile for group in groups for tile in group], 1))
    picture.quantize(256, dither=Image.Dither.FLOYDSTEINBERG).save(options.out, optimize=True)
    print(options.out, picture.size)


def _group(pipeline, photo: Image.Image, height: int) -> list[np.ndarray]:
    """The photo and its results, scaled to one height."""
    source = pipeline.encode_source(photo)
    skeleton = source.person.skeleton
    both = leg_out(arm_up(skeleton), "left", 12)
    tiles = [photo] + [
        pipeline.repose(photo, target, source=source).image
        for target in (arm_up(skeleton), arm_across(skeleton, "right"), both)
    ]
    size = (round(photo.width * height / photo.height), height)
    return [np.asarray(tile.resize(size, Image.Resampling.LANCZOS)) for tile in tiles]


if __name__ == "__main__":
    main()
