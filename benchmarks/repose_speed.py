"""Seconds and memory of one repose, stage by stage, from a fresh process.

    python benchmarks/repose_speed.py [PHOTO] [--threads 2] [--repeat 5]

Without a photo: scikit-image's astronaut on a 550x830 canvas.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import time
from pathlib import Path

started = time.perf_counter()
sys.path.insert(0, str(Path(__file__).parents[1]))

import cv2  # noqa: E402
import torch  # noqa: E402
from PIL import Image  # noqa: E402

from truepose.compose import compose, preview  # noqa: E402
from truepose.drags import arm_up  # noqa: E402
from truepose.photo import open_photo  # noqa: E402
from truepose.pipeline import COMPACT, load_pipeline  # noqa: E402
from truepose.reading import load_reader  # noqa: E402


def canvas() -> Image.Image:
    """The astronaut, 550 pixels wide, at the foot of a 550x830 canvas."""
    from skimage.data import astronaut

    photo = cv2.resize(astronaut(), (550, 550), interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(cv2.copyMakeBorder(photo, 280, 0, 0, 0, cv2.BORDER_REPLICATE))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", nargs="?")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--model", default=str(COMPACT))
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    photo = open_photo(options.photo) if options.photo else canvas()
    reader, pipeline = load_reader(), load_pipeline(options.model)
    print(f"imports and weights: {time.perf_counter() - started:.1f} s; photo {photo.width}x{photo.height}")
    runs = [_once(photo, reader, pipeline, options.steps) for _ in range(options.repeat)]
    for stage in runs[0]:
        seconds = [run[stage] for run in runs]
        print(f"{stage:>24}: {1000 * statistics.median(seconds):7.0f} ms  (first {1000 * seconds[0]:.0f})")
    print(f"{'in all':>24}: {1000 * statistics.median(sum(run.values()) for run in runs):7.0f} ms")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


def _once(photo, reader, pipeline, steps: int) -> dict[str, float]:
    times: dict[str, float] = {}

    def clock(stage: str, call):
        begun = time.perf_counter()
        value = call()
        times[stage] = time.perf_counter() - begun
        return value

    person = clock("read", lambda: reader.read(photo))
    source = clock("cut and encode source", lambda: pipeline.encode_source(photo, person))
    target = arm_up(person.skeleton)
    shown = clock("warp", lambda: preview(source.puppet, target))
    condition = clock("condition", lambda: pipeline.condition(source, target, shown))
    generated = clock(f"{steps} steps", lambda: pipeline.generate(condition, steps=steps, guidance_scale=1.0, seed=0))
    clock("compose", lambda: compose(shown, generated, condition.frame))
    return times


if __name__ == "__main__":
    main()
