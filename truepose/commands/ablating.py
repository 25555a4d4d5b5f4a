"""`ablate` and `attend`: what the paper compares, trained with equal budget, measured and looked into."""

from __future__ import annotations

import json
from pathlib import Path

from .options import command, positive


def add_ablate(commands) -> None:
    parser = command(
        commands, "ablate", _ablate, "train what the paper compares, with equal budget, and print its table"
    )
    parser.add_argument(
        "--config", default="configs/ablation.json", metavar="SERIES.json", help="a run and its variants"
    )
    parser.add_argument("--out", default="runs/ablation", metavar="FOLDER", help="a run's folder for each variant")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of the variants")
    parser.add_argument("--steps", type=positive, help="optimizer steps of each")


def _ablate(options) -> None:
    from ..training.ablation import load_ablation, train_ablation
    from .training import stop_on_signal

    runs = load_ablation(options.config, {"steps": options.steps})
    unknown = [name for name in options.only or () if name not in runs]
    if unknown:
        raise ValueError(f"--only names no variant: {unknown[0]}; there are {', '.join(runs)}")
    chosen = {name: runs[name] for name in options.only or runs}
    done = train_ablation(chosen, options.out, should_stop=stop_on_signal())
    print(done)


def add_attend(commands) -> None:
    parser = command(commands, "attend", _attend, "where models look in the source: background, clothes or head")
    parser.add_argument("--models", nargs="+", required=True, metavar="NAME=FOLDER", help="the methods to compare")
    parser.add_argument("--data", required=True, metavar="FOLDER", help="pairs: packed or prepared")
    parser.add_argument("--count", type=positive, default=50, help="at most so many pairs (50)")
    parser.add_argument("--every", type=positive, default=1, help="of the pairs: rendered people come in eights (1)")
    parser.add_argument("--steps", type=positive, default=10, help="sampling steps (10)")
    parser.add_argument("--out", metavar="FOLDER", help="gets attention.json, attention.md and attention.png")


def _attend(options) -> None:
    from ..data.shards import PairShards
    from ..evaluation.attention import attention_study
    from ..evaluation.tables import attention_table
    from ..files import save_image, save_text
    from ..model.truepose import TruePose

    named = [each.partition("=") for each in options.models]
    if any(not folder for _, _, folder in named):
        raise ValueError("--models takes NAME=FOLDER, such as HPFA=runs/ablation/full")
    models = {name: TruePose.from_folder(folder) for name, _, folder in named}
    pairs = PairShards(options.data, options.count * options.every)[:: options.every]
    figures, sheet = attention_study(models, pairs, steps=options.steps)
    table = attention_table(figures)
    print(table)
    if options.out:
        folder = Path(options.out)
        folder.mkdir(parents=True, exist_ok=True)
        save_text(json.dumps(figures, indent=1) + "\n", folder / "attention.json")
        save_text(table + "\n", folder / "attention.md")
        save_image(sheet, folder / "attention.png")
