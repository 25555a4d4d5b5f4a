"""Milliseconds of cutting and warping a puppet at two sizes.

python benchmarks/warp_speed.py [--threads 2]
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.tiny import figure
from truepose.drags import arm_up
from truepose.warp import cut_puppet, warp_puppet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    cv2.setNumThreads(options.threads)
    for size in ((256, 176), (1024, 704)):
        photo, person = figure(*size)
        target = arm_up(person.skeleton)
        cut = _median(lambda photo=photo, person=person: cut_puppet(photo, person))
        puppet = cut_puppet(photo, person)
        warp = _median(lambda puppet=puppet, target=target: warp_puppet(puppet, target))
        print(f"{size[0]}x{size[1]}: cut {cut:.0f} ms, warp {warp:.0f} ms")


def _median(call) -> float:
    times = []
    for _ in range(7):
        started = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times))


if __name__ == "__main__":
    main()
