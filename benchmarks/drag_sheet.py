"""A sheet to look at: validation photos x drags, source | warp preview | result, everything read by the reader.

    python benchmarks/drag_sheet.py --street STREET --out out/drags.png

The pictures show other people's photos: keep them out of the repository.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from truepose.data.street import load_street
from truepose.drags import arm_across, arm_up, borrowed, leg_out
from truepose.pipeline import COMPACT, load_pipeline
from truepose.reading import NoPersonFound


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--street", required=True)
    parser.add_argument("--model", default=str(COMPACT))
    parser.add_argument("--out", default="out/drags.png")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--every", type=int, default=8)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--height", type=int, default=360, help="of each picture in the sheet")
    options = parser.parse_args()
    photos = load_street(options.street, validation=True)[options.first :: options.every][: options.count]
    pipeline = load_pipeline(options.model)
    rows = [row for index in range(len(photos)) if (row := _row(pipeline, photos, index, options)) is not None]
    width = max(row.shape[1] for row in rows)
    rows = [np.pad(row, ((0, 4), (0, width - row.shape[1]), (0, 0))) for row in rows]
    Path(options.out).parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(rows)).save(options.out)
    print(options.out)


def _row(pipeline, photos, index: int, options) -> np.ndarray | None:
    """One photo: itself, then preview and result of every drag."""
    photo = Image.fromarray(photos[index].photo())
    try:
        source = pipeline.encode_source(photo)
    except NoPersonFound as error:
        print(photos[index].name, error)
        return None
    skeleton = source.person.skeleton
    other = photos[(index + 5) % len(photos)].skeleton
    tiles = [photo]
    for target in (arm_up(skeleton), arm_across(skeleton), leg_out(skeleton), borrowed(other, skeleton)):
        result = pipeline.repose(photo, target, source=source, steps=options.steps)
        tiles += [Image.fromarray(result.preview.image), result.image]
    size = (round(photo.width * options.height / photo.height), options.height)
    return np.concatenate([np.asarray(tile.resize(size, Image.Resampling.LANCZOS)) for tile in tiles], 1)


if __name__ == "__main__":
    main()
