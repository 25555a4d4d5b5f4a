"""`evaluate`."""

from __future__ import annotations

import argparse
import json

from ..files import save_text
from .options import command, number, positive

# `evaluation.benchmark.METRICS`, which takes seconds to import.
METRICS = ("ssim", "psnr", "lpips", "fid", "qalign", "ssim-51", "efficientnet-distance")


def add_evaluate(commands) -> None:
    parser = command(commands, "evaluate", _evaluate, "measure a model on pairs or whole re-poses, or the reader")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--data", metavar="FOLDER", help="prepared or packed pairs: measures the model as the field does")
    what.add_argument("--pairs", metavar="FOLDER", help="packed validation pairs: measures the model")
    what.add_argument("--reposes", metavar="FOLDER", help="true pairs: measures the model on whole re-poses")
    what.add_argument("--reposes-of-street", metavar="FOLDER", help="the same on pairs made of held-out street photos")
    what.add_argument("--street", metavar="FOLDER", help="labelled photos: measures the reader on its validation split")
    what.add_argument("--rendered", metavar="FOLDER", help="rendered people: measures the reader on them")
    parser.add_argument("--before", metavar="FIGURES.json", help="figures of an earlier one, to stand beside")
    parser.add_argument("--worst", metavar="OUT.png", help="draw the 24 photos that the reader reads worst")
    parser.add_argument("--sheet", metavar="OUT.png", help="draw the 24 re-poses that are farthest from the truth")
    parser.add_argument("--as-drags", action="store_true", help="re-poses: move joints as they move, from where read")
    parser.add_argument("--without-hint", action="store_true", help="pairs: also without the warp, and without source")
    parser.add_argument("--model", metavar="FOLDER", help="the model (compact) or reader to measure")
    parser.add_argument("--steps", type=positive)
    parser.add_argument("--guidance", type=float)
    parser.add_argument("--count", type=positive, help="measure only the first so many; of street re-poses 96")
    parser.add_argument(
        "--seed", type=number(int, 0, 2**32 - 1), default=0, help="of the pairs made of street, or the noise (0)"
    )
    parser.add_argument("--json", metavar="OUT.json", help="write the figures")
    data = parser.add_argument_group("with --data")
    data.add_argument("--metrics", type=metrics, default=METRICS, metavar="A,B", help=f"of {','.join(METRICS)} (all)")
    data.add_argument("--protocol", choices=("cfld", "pcdm"), default="cfld", help="whose SSIM and LPIPS (cfld)")
    data.add_argument("--real", metavar="FOLDER", help="prepared training pictures that FID compares with")
    data.add_argument("--batch-size", type=positive, default=4, metavar="N", help="pairs generated at once (4)")
    data.add_argument("--download", action="store_true", help="fetch the metrics' weights that are not here")
    data.add_argument("--study", metavar="FOLDER", help="add the pictures to a user study, as this model's")
    data.add_argument("--out", metavar="FOLDER", help="gets figures.json, figures.md and sheet.png")


def metrics(text: str) -> tuple[str, ...]:
    """For argparse: names with commas between."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not names or (unknown := [name for name in names if name not in METRICS]):
        raise argparse.ArgumentTypeError(f"must be of {','.join(METRICS)}; got {','.join(unknown) if names else text}")
    return names


def _evaluate(options) -> None:
    from ..evaluation.benchmark_report import benchmark_report
    from ..evaluation.reposes_report import reposes_report
    from ..evaluation.tables import pairs_table, reader_table

    reads = options.street or options.rendered
    measure = reader_table if reads else pairs_table if options.pairs else reposes_report
    measure = benchmark_report if options.data else measure
    figures, table = measure(options)
    print(table)
    if options.json:
        save_text(json.dumps(figures, indent=1) + "\n", options.json)
