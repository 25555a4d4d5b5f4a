"""`train` and `train-reader`."""

from __future__ import annotations

import json
import signal
from dataclasses import asdict, replace
from pathlib import Path

from .options import command, positive


def add_train(commands) -> None:
    parser = command(commands, "train", _train, "train TruePose from a config, resuming what the folder holds")
    parser.add_argument("--config", required=True, metavar="RUN.json", help="model, objective, loop, data")
    parser.add_argument("--out", default="runs/compact", metavar="FOLDER", help="weights, state and log (runs/compact)")
    parser.add_argument("--init-from", metavar="W.safetensors", help="weights to start a fresh run from")
    parser.add_argument("--estimate", action="store_true", help="only measure seconds a step and memory, as JSON")
    _add_loop_options(parser)


def _add_loop_options(parser) -> None:
    parser.add_argument("--steps", type=positive, help="optimizer steps in all")
    parser.add_argument("--batch-size", type=positive, help="samples a step")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--minutes", type=float, help="stop cleanly after this long; run again to go on")
    parser.add_argument("--seed", type=int)


def _loop_options(options) -> dict:
    names = ("steps", "batch_size", "learning_rate", "minutes", "seed")
    return {name: getattr(options, name) for name in names if getattr(options, name) is not None}


def stop_on_signal():
    """A first Ctrl+C ends training after the step at hand, with everything saved; a second one at once."""
    asked = []

    def handler(number, frame):
        asked.append(number)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGINT, handler)
    signal.signal(signal.SIGTERM, handler)
    return lambda: bool(asked)


def _train(options) -> None:
    should_stop = stop_on_signal()
    from ..training.config import load_training_config
    from ..training.probe import probe
    from ..training.process import claimed
    from ..training.truepose import train_truepose

    config = load_training_config(options.config, _loop_options(options))
    if options.init_from:
        config = replace(config, init_from=options.init_from)
    if options.estimate:
        print(json.dumps(asdict(probe(config))))
        return
    with claimed(Path(options.out)):
        figures = train_truepose(config, options.out, should_stop=should_stop)
    print(json.dumps(figures))


def add_train_reader(commands) -> None:
    parser = command(commands, "train-reader", _train_reader, "train the embedded reader on labelled photos")
    parser.add_argument("--street", required=True, metavar="FOLDER", help="photos/, parsing/, people.jsonl")
    parser.add_argument("--out", default="runs/reader", metavar="FOLDER")
    parser.add_argument("--size", type=positive, nargs=2, default=(256, 192), metavar=("H", "W"), help="of the crops")
    parser.add_argument("--pseudo-maps", metavar="FOLDER", help="maps made by `pseudo-maps` for photos without one")
    parser.add_argument("--rendered", metavar="FOLDER", help="people made by `python -m truepose.data.rendered`")
    parser.add_argument("--init-from", metavar="W.safetensors", help="weights of an earlier reader")
    _add_loop_options(parser)


def _train_reader(options) -> None:
    from ..training.reader import READER_LOOP, train_reader

    loop = READER_LOOP.changed(_loop_options(options))
    stop = stop_on_signal()
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
