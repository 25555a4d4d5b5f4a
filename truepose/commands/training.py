"""`train` and `train-reader`."""

from __future__ import annotations

import json
import os
import signal
from contextlib import nullcontext
from dataclasses import asdict, fields, replace
from pathlib import Path

from .options import command, number, positive


def add_train(commands) -> None:
    parser = command(commands, "train", _train, "train TruePose from a config, resuming what the folder holds")
    parser.add_argument("--config", required=True, metavar="RUN.json", help="model, objective, loop, data")
    parser.add_argument(
        "--out", "--output_dir", default="runs/compact", metavar="FOLDER", help="weights, state and log (runs/compact)"
    )
    parser.add_argument("--init-from", metavar="MODEL", help="folder or safetensors file to start a fresh run from")
    parser.add_argument(
        "--resume_from_checkpoint",
        choices=("latest",),
        default="latest",
        help="a folder's run is always resumed from its latest state; another folder starts anew",
    )
    parser.add_argument("--estimate", action="store_true", help="only measure seconds a step and memory, as JSON")
    _add_loop_options(parser)
    _add_diffusers_options(parser)


def _add_loop_options(parser) -> None:
    parser.add_argument("--steps", "--max_train_steps", type=positive, help="optimizer steps in all")
    parser.add_argument("--batch-size", type=positive, help="samples a step, over all processes and accumulations")
    parser.add_argument("--learning-rate", "--learning_rate", type=float)
    parser.add_argument("--minutes", type=float, help="stop cleanly after this long; run again to go on")
    parser.add_argument("--seed", type=int)


def _add_diffusers_options(parser) -> None:
    """The flags of diffusers' training scripts, for the config's fields of the same meaning."""
    add = parser.add_argument_group("as in diffusers' training scripts").add_argument
    add("--pretrained_model_name_or_path", metavar="SD15", help="Stable Diffusion 1.5: a folder or hub id")
    add("--train_batch_size", type=positive, help="samples of one pass in one process: sets --batch-size")
    add("--gradient_accumulation_steps", type=positive)
    add("--gradient_checkpointing", action="store_true", default=None)
    add("--use_8bit_adam", action="store_true", default=None, help="needs bitsandbytes")
    add("--adam_beta2", type=float)
    add("--adam_weight_decay", type=float, dest="weight_decay")
    add("--max_grad_norm", type=float)
    add("--lr_scheduler")
    add("--lr_warmup_steps", type=number(int, 0, 2**31 - 1), dest="warmup_steps")
    add("--mixed_precision", choices=("no", "fp16", "bf16"))
    add("--allow_tf32", action="store_true", default=None)
    add("--report_to", choices=("tensorboard", "wandb"))
    add("--dataloader_num_workers", type=number(int, 0, 256), dest="workers")
    add("--checkpointing_steps", type=positive)
    add("--checkpoints_total_limit", type=number(int, 0, 10_000), dest="keep", help="of models kept from validations")
    add("--validation_steps", type=positive, dest="validate_every")


def _loop_options(options) -> dict:
    from ..training.loop_config import LoopConfig

    given = {field.name: getattr(options, field.name, None) for field in fields(LoopConfig)}
    return {name: value for name, value in given.items() if value is not None}


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
    from ..training.config import parse_training_config, read_json
    from ..training.probe import probe
    from ..training.process import claimed
    from ..training.truepose import train_truepose

    data = read_json(options.config)
    overrides = _loop_options(options) | _batch_size(options, data.get("loop") or {})
    config = _based(parse_training_config(data, options.config, overrides), options.pretrained_model_name_or_path)
    if options.init_from:
        config = replace(config, init_from=options.init_from)
    if options.estimate:
        print(json.dumps(asdict(probe(config))))
        return
    first = os.environ.get("RANK", "0") == "0"  # of several processes one holds the folder for all
    with claimed(Path(options.out)) if first else nullcontext():
        figures = train_truepose(config, options.out, should_stop=should_stop)
    if first:
        print(json.dumps(figures))


def _batch_size(options, loop: dict) -> dict:
    """The config's batch_size that --train_batch_size stands for, if it is given.

    Args:
        loop: the loop's fields in the config.
    """
    if not options.train_batch_size:
        return {}
    if options.batch_size:
        raise ValueError("give --batch-size or --train_batch_size, not both")
    processes = int(os.environ.get("WORLD_SIZE", "1"))  # set by `accelerate launch`
    passes = options.gradient_accumulation_steps or loop.get("gradient_accumulation_steps", 1)
    return {"batch_size": options.train_batch_size * passes * processes}


def _based(config, place: str | None):
    """The config started from another Stable Diffusion, if one is named."""
    if not place:
        return config
    if config.base is None:
        raise ValueError("--pretrained_model_name_or_path is for a config that starts from Stable Diffusion")
    return replace(config, base=replace(config.base, stable_diffusion=place))


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
