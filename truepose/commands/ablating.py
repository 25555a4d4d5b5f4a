"""`ablate`: a series of runs, and what came out."""

from __future__ import annotations

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
