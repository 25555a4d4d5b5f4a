"""How fast true pairs of rendered people are made, by how many processes.

OMP_NUM_THREADS=1 LP_NUM_THREADS=0 python benchmarks/rendered_speed.py --workers 2 \\
    --makehuman MAKEHUMAN --garments GARMENTS
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from truepose.data.rendered import Assets
from truepose.data.rendered.actions import sample_action
from truepose.data.rendered.pairs import VIEWS, rendered_pairs
from truepose.data.rendered.person import sample_person
from truepose.data.rendered.poses import solve
from truepose.data.rendered.quality import quality_for
from truepose.data.rendered.scene import Sitting
from truepose.data.rendered.stage import sample_stage


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--makehuman", type=Path)
    parser.add_argument("--garments", type=Path)
    parser.add_argument("--size", type=int, nargs=2, default=(256, 192), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=320, help="of each worker; the first people are not counted")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    assets = {"makehuman": options.makehuman, "garments": options.garments}
    size = tuple(options.size)
    print(f"load before: {os.getloadavg()[0]:.1f}; LP_NUM_THREADS={os.environ.get('LP_NUM_THREADS', 'not set')}")
    wall, cpu = _rate(assets, size, options)
    pairs = options.workers * options.pairs
    print(f"{options.workers} processes, {size[0]}x{size[1]}: {pairs / wall:.1f} pairs a second, as many pictures")
    print(f"{1000 * cpu / pairs:.0f} ms of one core a pair ({VIEWS} pairs of {VIEWS} pictures a person)")
    for name, seconds in _steps(Assets(**assets), size).items():
        print(f"{name}: {1000 * seconds:.1f} ms")


def _rate(assets: dict, size: tuple[int, int], options) -> tuple[float, float]:
    """Seconds on the wall, and on all cores together, for the pairs of all workers."""
    spawn = multiprocessing.get_context("spawn")
    ready, results = spawn.Barrier(options.workers), spawn.Queue()
    shares = [(worker, options.workers) for worker in range(options.workers)]
    fixed = (assets, size, options.seed, options.pairs, ready, results)
    jobs = [spawn.Process(target=_work, args=(*fixed, share)) for share in shares]
    for job in jobs:
        job.start()
    spans = [results.get() for _ in jobs]
    for job in jobs:
        job.join()
    begin, end, cpu = zip(*spans, strict=True)
    return max(end) - min(begin), sum(cpu)


def _work(folders, size, seed: int, count: int, ready, results, share: tuple[int, int]) -> None:
    assets, (first, stride) = Assets(**folders), share
    # Files are decoded and shaders compiled once a process: a stream of hours does not notice.
    for _ in rendered_pairs(seed + 1, 24 * VIEWS, assets, size, first=first, stride=stride):
        pass
    ready.wait()
    begin, cpu = time.time(), time.process_time()
    for _ in rendered_pairs(seed, count, assets, size, first=first, stride=stride):
        pass
    results.put((begin, time.time(), time.process_time() - cpu))


def _steps(assets: Assets, size: tuple[int, int], people: int = 24) -> dict[str, float]:
    """Mean seconds of one core for each step, warm."""
    quality, spent = quality_for(size), {}

    def timed(name: str, call, *arguments):
        start = time.process_time()
        result = call(*arguments)
        spent.setdefault(name, []).append(time.process_time() - start)
        return result

    for seed in range(2 * people):
        rng = np.random.default_rng((seed, 1))
        person = timed("a person: dressing", sample_person, rng, assets, quality)
        with timed("a person: meshes and textures", Sitting, person, quality) as sitting:
            stage = timed("a place, for half of a person's pictures", sample_stage, rng, sitting.height, size,
                          quality.lights)  # fmt: skip
            pose = sample_action(rng, rng.uniform(-180, 180), person.skirted)
            transforms = timed("a pose: bones", solve, person.body, person.shape, pose, person.sole)
            points = timed("a pose: points", sitting.figure.pose, transforms)
            timed("a pose: normals", sitting.figure.moving, points)
            timed("a picture, pose included", sitting.photograph, pose, stage.light, stage.plate, stage.camera)
    return {name: float(np.mean(values[people:])) for name, values in spent.items()}


if __name__ == "__main__":
    main()
