"""The command line: `python -m truepose COMMAND`. Bad input is one plain line and exit code 2."""

from __future__ import annotations

import argparse
import json
import math
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

from PIL import Image

from .files import save_image, save_text
from .openpose_json import format_openpose, load_pose
from .photo import open_photo
from .pipeline import COMPACT
from .reading import EMBEDDED_READER, describe, draw_person


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, FloatingPointError) as error:
        print(_line(str(error)), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("truepose: stopped", file=sys.stderr)
        return 130
    return 0


def _line(message: str) -> str:
    """A message as one line that a terminal shows as it is, whatever the file names in it."""
    return f"truepose: {' '.join(''.join(c if c.isprintable() else ' ' for c in message).split())}"


class _Parser(argparse.ArgumentParser):
    """Wrong options are told like any other bad input."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{_line(message)} (--help says more)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m truepose", description="Re-pose people in fashion photos.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for add in (
        _add_read,
        _add_repose,
        _add_train,
        _add_train_reader,
        _add_pseudo_maps,
        _add_pack,
        _add_pairs,
        _add_evaluate,
    ):
        add(commands)
    return parser


def _command(commands, name: str, run, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(run=run)
    return parser


def _add_reader_options(parser) -> None:
    parser.add_argument(
        "--pose-model", default="embedded", metavar="P", help="embedded, openpose, dwpose, or a folder of such weights"
    )
    parser.add_argument("--parser", metavar="P", help="embedded, segformer, or a folder or hub id of such weights")
    parser.add_argument("--masks", metavar="M", help="sam, mobile-sam, or a file of such weights: sharper outlines")
    parser.add_argument("--download", action="store_true", help="fetch weights from the hub that are not here")
    parser.add_argument("--person", type=_positive, default=1, metavar="N", help="the Nth likeliest subject (1)")


def _read_person(options, photo: Image.Image):
    """The person that the options ask for; says so where there are more."""
    from .reading import load_reader

    reader = load_reader(options.pose_model, options.parser, options.masks, download=options.download)
    found = reader.find(photo)
    if options.person > len(found):
        raise ValueError(f"there is no person {options.person}: found {len(found)} in the photo")
    person = reader.read(photo, found[options.person - 1])
    if len(found) > 1:
        print(f"truepose: took person {options.person} of {len(found)}; --person takes another", file=sys.stderr)
    return person


def _add_read(commands) -> None:
    parser = _command(commands, "read", _read, "find the skeleton and the parsing map of a photo")
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument("--json", metavar="OUT.json", help="write the skeleton as OpenPose JSON")
    parser.add_argument("--parsing", metavar="OUT.png", help="write the parsing map as a palette PNG (18 ATR labels)")
    parser.add_argument("--drawing", metavar="OUT.png", help="draw joints, and hands and face where read, on the photo")
    _add_reader_options(parser)


def _read(options) -> None:
    from .facing import facing
    from .parsing import parsing_image

    if options.parsing and not options.parsing.lower().endswith(".png"):
        raise ValueError(f"--parsing must end in .png, got {options.parsing}")
    photo = open_photo(options.photo)
    person = _read_person(options, photo)
    if options.json:
        document = format_openpose([person.skeleton], (photo.height, photo.width), [person.landmarks])
        save_text(json.dumps(document, indent=1) + "\n", options.json)
    if options.parsing:
        save_image(parsing_image(person.parsing), options.parsing)
    if options.drawing:
        save_image(draw_person(photo, person), options.drawing)
    print(describe(person), f"seen from: {facing(person.skeleton).value}", sep="\n")


def _add_repose(commands) -> None:
    parser = _command(commands, "repose", _repose, "put the person of a photo into another pose")
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument("--pose", required=True, metavar="POSE.json", help="OpenPose JSON in the photo's pixels")
    parser.add_argument("-o", "--output", required=True, metavar="OUT.png")
    steps, guidance, seed = _number(int, 1, 1000), _number(float, 0, 100), _number(int, 0, 2**32 - 1)
    parser.add_argument("--steps", type=steps, metavar="N", help="sampling steps (the model's default)")
    parser.add_argument("--guidance", type=guidance, metavar="W", help="guidance scale (the model's default)")
    parser.add_argument("--seed", type=seed, default=0, metavar="S", help="equal seeds give equal pictures (0)")
    parser.add_argument("--model", default=str(COMPACT), metavar="M", help="a model's folder or hub id (the compact)")
    parser.add_argument("--preview", action="store_true", help="the puppet warp alone, without the network")
    _add_reader_options(parser)


def _repose(options) -> None:
    photo = open_photo(options.photo)
    target = load_pose(options.pose, (photo.height, photo.width))
    person = _read_person(options, photo)
    if options.preview:
        import numpy as np

        from .compose import preview
        from .warp import cut_puppet

        save_image(Image.fromarray(preview(cut_puppet(np.asarray(photo), person), target).image), options.output)
        return
    from tqdm import tqdm

    from .pipeline import load_pipeline

    pipeline = load_pipeline(options.model)
    with tqdm(unit="step", disable=None) as bar:

        def on_step(step: int, steps: int) -> None:
            bar.total = steps
            bar.update(step - bar.n)

        settings = {"steps": options.steps, "guidance_scale": options.guidance, "seed": options.seed}
        result = pipeline.repose(photo, target, person=person, on_step=on_step, **settings)
    save_image(result.image, options.output)


def _add_train(commands) -> None:
    parser = _command(commands, "train", _train, "train TruePose from a config, resuming what the folder holds")
    parser.add_argument("--config", required=True, metavar="RUN.json", help="model, objective, loop, data")
    parser.add_argument("--out", default="runs/compact", metavar="FOLDER", help="weights, state and log (runs/compact)")
    parser.add_argument("--init-from", metavar="W.safetensors", help="weights to start a fresh run from")
    _add_loop_options(parser)


def _add_loop_options(parser) -> None:
    parser.add_argument("--steps", type=_positive, help="optimizer steps in all")
    parser.add_argument("--batch-size", type=_positive, help="samples a step")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--minutes", type=float, help="stop cleanly after this long; run again to go on")
    parser.add_argument("--seed", type=int)


def _loop_options(options) -> dict:
    names = ("steps", "batch_size", "learning_rate", "minutes", "seed")
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def _stop_on_signal():
    """A first Ctrl+C ends training after the step at hand, with everything saved; a second one at once."""
    asked = []

    def handler(number, frame):
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    return lambda: bool(asked)


def _train(options) -> None:
    from .training.truepose import load_training_config, train_truepose

    config = load_training_config(options.config, _loop_options(options))
    figures = train_truepose(config, options.out, init_from=options.init_from, should_stop=_stop_on_signal())
    print(json.dumps(figures))


def _add_train_reader(commands) -> None:
    parser = _command(commands, "train-reader", _train_reader, "train the embedded reader on labelled photos")
    parser.add_argument("--street", required=True, metavar="FOLDER", help="photos/, parsing/, people.jsonl")
    parser.add_argument("--out", default="runs/reader", metavar="FOLDER")
    parser.add_argument("--size", type=_positive, nargs=2, default=(256, 192), metavar=("H", "W"), help="of the crops")
    parser.add_argument("--pseudo-maps", metavar="FOLDER", help="maps made by `pseudo-maps` for photos without one")
    parser.add_argument("--rendered", metavar="FOLDER", help="people made by `python -m truepose.data.rendered`")
    parser.add_argument("--init-from", metavar="W.safetensors", help="weights of an earlier reader")
    _add_loop_options(parser)


def _train_reader(options) -> None:
    from .training.reader import READER_LOOP, train_reader

    loop = READER_LOOP.changed(_loop_options(options))
    stop = _stop_on_signal()
    figures = train_reader(
        options.street,
        options.out,
        loop,
        size=tuple(options.size),
        pseudo_maps=options.pseudo_maps,
        rendered=options.rendered,
        init_from=options.init_from,
        should_stop=stop,
    )
    print(json.dumps(figures))


def _add_pseudo_maps(commands) -> None:
    parser = _command(commands, "pseudo-maps", _pseudo_maps, "read parsing maps for photos that have none, to train on")
    parser.add_argument("--street", required=True, metavar="FOLDER", help="photos/, parsing/, people.jsonl")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    parser.add_argument("--reader", default=str(EMBEDDED_READER), metavar="FOLDER", help="the reader that makes them")


def _pseudo_maps(options) -> None:
    from .data.pseudo_maps import write_pseudo_maps
    from .data.street import load_street
    from .reading import EmbeddedReader

    net = EmbeddedReader.from_pretrained(options.reader).net
    count = write_pseudo_maps(net, load_street(options.street, validation=False), options.out)
    print(f"{count} maps in {options.out}")


def _add_pairs(commands) -> None:
    parser = _command(commands, "pairs", _pairs, "pack pairs for training: of labelled photos, or of rendered people")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--street", metavar="FOLDER", help="photos/, parsing/, people.jsonl: pseudo-pairs of these")
    what.add_argument("--pictures", metavar="FOLDER", help="pairs.jsonl and pictures of one size: true pairs of these")
    what.add_argument("--people", action="store_true", help="true pairs of rendered people")
    parser.add_argument("--makehuman", type=Path, metavar="FOLDER", help="skins, hair and shoes of rendered people")
    parser.add_argument("--garments", type=Path, metavar="FOLDER", help="flat-lay garment photos for their clothes")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    parser.add_argument("--count", type=_positive, default=4000)
    parser.add_argument("--size", type=_positive, nargs=2, default=(256, 192), metavar=("H", "W"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=_positive, default=1, help="processes; the pairs are the same")
    parser.add_argument("--validation", action="store_true", help="of the photos held out for validation")
    parser.add_argument("--labels-only", action="store_true", help="read nothing: use photos' own parsing maps alone")


def _pairs(options) -> None:
    from .data.making import make_pairs, people_pairs, picture_pairs, street_pairs

    size = tuple(options.size)
    if options.street:
        how = {"validation": options.validation, "labels_only": options.labels_only}
        build = partial(street_pairs, options.street, size, options.seed, **how)
    elif options.pictures:
        build = partial(picture_pairs, options.pictures, options.seed)
    else:
        build = partial(people_pairs, options.makehuman, options.garments, size, options.seed)
    shards = make_pairs(build, options.out, options.count, options.workers)
    print(f"{shards} shards in {options.out}")


def _add_pack(commands) -> None:
    parser = _command(commands, "pack", _pack, "a small copy of labelled photos, for a training run elsewhere")
    parser.add_argument("--street", required=True, metavar="FOLDER", help="photos/, parsing/, people.jsonl")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="gets the same layout")
    parser.add_argument("--height", type=_positive, default=288, help="pixels of the crops (288)")
    parser.add_argument("--quality", type=_number(int, 1, 100), default=80, help="of the pictures (80)")


def _pack(options) -> None:
    from .data.packing import pack_street
    from .data.street import load_street
    from .reading import EmbeddedReader

    photos = [p for validation in (False, True) for p in load_street(options.street, validation=validation)]
    net = EmbeddedReader.from_pretrained(EMBEDDED_READER).net
    size = pack_street(photos, options.out, net, height=options.height, quality=options.quality)
    print(f"{len(photos)} photos in {options.out}, {size / 1e6:.1f} MB")


def _add_evaluate(commands) -> None:
    parser = _command(commands, "evaluate", _evaluate, "measure a model on pairs or whole re-poses, or the reader")
    what = parser.add_mutually_exclusive_group(required=True)
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
    parser.add_argument("--steps", type=_positive)
    parser.add_argument("--guidance", type=float)
    parser.add_argument("--count", type=_positive, help="measure only the first so many; of street re-poses 96")
    parser.add_argument("--seed", type=_number(int, 0, 2**32 - 1), default=0, help="of the pairs made of street (0)")
    parser.add_argument("--json", metavar="OUT.json", help="write the figures")


def _evaluate(options) -> None:
    from .evaluation.reposes_report import reposes_report
    from .evaluation.tables import pairs_table, reader_table

    reads = options.street or options.rendered
    measure = reader_table if reads else pairs_table if options.pairs else reposes_report
    figures, table = measure(options)
    print(table)
    if options.json:
        save_text(json.dumps(figures, indent=1) + "\n", options.json)


def _number(kind: type[int] | type[float], low: float, high: float) -> Callable[[str], float]:
    """For argparse: the text as a number from `low` to `high`."""

    def number(text: str) -> float:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            what = "a whole number" if kind is int else "a number"
            raise argparse.ArgumentTypeError(f"must be {what} from {low} to {high}, got {text[:40]}")
        return value

    return number


_positive = _number(int, 1, 2**31 - 1)
