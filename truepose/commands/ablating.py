"""`ablate` and `attend`: what the paper compares, trained with equal budget, measured and looked into."""

from __future__ import annotations

import json
from pathlib import Path

from .measuring import METRICS, metrics
from .options import command, positive


def add_ablate(commands) -> None:
    parser = command(
        commands, "ablate", _ablate, "train what the paper compares, with equal budget, and print its table"
    )
    parser.add_argument(
        "--config", default="configs/series/ablation.json", metavar="SERIES.json", help="a run and its variants"
    )
    parser.add_argument("--out", default="runs/ablation", metavar="FOLDER", help="a run's folder for each variant")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="some of the variants")
    parser.add_argument("--steps", type=positive, help="optimizer steps of each")
    parser.add_argument("--seed", type=int, help="of all: another one tells differences from chance")
    parser.add_argument("--data", metavar="FOLDER", help="pairs to measure on (the run's first validation pairs)")
    parser.add_argument("--count", type=positive, help="measure on the first so many")
    parser.add_argument("--metrics", type=metrics, default=METRICS, metavar="A,B", help=f"of {','.join(METRICS)} (all)")
    parser.add_argument("--batch-size", type=positive, default=8, metavar="N", help="pairs generated at once (8)")
    parser.add_argument("--download", action="store_true", help="fetch the metrics' weights that are not here")


def _ablate(options) -> None:
    from ..training.ablation import load_ablation, train_ablation
    from .training import stop_on_signal

    runs = load_ablation(options.config, {"steps": options.steps, "seed": options.seed})
    unknown = [name for name in options.only or () if name not in runs]
    if unknown:
        raise ValueError(f"--only names no variant: {unknown[0]}; there are {', '.join(runs)}")
    chosen = {name: runs[name] for name in options.only or runs}
    done = train_ablation(chosen, options.out, should_stop=stop_on_signal())
    if len(done) < len(chosen):
        raise ValueError(f"stopped after {len(done)} of {len(chosen)} variants: run the same again to go on")
    compared = _compared(done, next(iter(chosen.values())), options)
    table = compared.table()
    print(table)
    figures = {"rows": compared.rows, "not_measured": compared.not_measured}
    _write(Path(options.out), "table", figures, table, compared.sheet)


def _compared(folders: dict[str, Path], config, options):
    """Measure the variants' models on the same pairs."""
    from ..data.opening import open_pairs
    from ..evaluation.ablation import compare
    from ..evaluation.metrics import Setting
    from ..evaluation.protocols import CFLD
    from ..model.truepose import TruePose
    from ..pipeline import default_device

    data = options.data or next(iter(config.validation_pairs), None)
    if data is None:
        raise ValueError("the run names no validation pairs to measure on: name some with --data")
    device = default_device()
    models = {name: TruePose.from_folder(folder).to(device) for name, folder in folders.items()}
    pairs = {hint: open_pairs(data, hint=hint, count=options.count) for hint in (False, True)}
    setting = Setting(CFLD, pairs[False][0].target.shape[:2], options.download, device)
    return compare(models, pairs, options.metrics, setting, batch_size=options.batch_size)


def _write(folder: Path, name: str, figures: dict, table: str, sheet) -> None:
    """NAME.json, NAME.md and NAME.png."""
    from ..files import save_image, save_text

    folder.mkdir(parents=True, exist_ok=True)
    save_text(json.dumps(figures, indent=1) + "\n", folder / f"{name}.json")
    save_text(table + "\n", folder / f"{name}.md")
    save_image(sheet, folder / f"{name}.png")


def add_attend(commands) -> None:
    parser = command(commands, "attend", _attend, "where models look in the source: background, clothes or head")
    parser.add_argument("--models", nargs="+", required=True, metavar="NAME=FOLDER", help="the methods to compare")
    parser.add_argument("--data", required=True, metavar="FOLDER", help="pairs: packed or prepared")
    parser.add_argument("--count", type=positive, default=50, help="at most so many pairs (50)")
    parser.add_argument("--every", type=positive, default=1, help="of the pairs: rendered people come in eights (1)")
    parser.add_argument("--steps", type=positive, default=10, help="sampling steps (10)")
    parser.add_argument("--out", metavar="FOLDER", help="gets attention.json, attention.md and attention.png")


def _attend(options) -> None:
    from ..data.opening import open_pairs
    from ..evaluation.attention import attention_study
    from ..evaluation.tables import attention_table
    from ..model.truepose import TruePose
    from ..pipeline import default_device

    named = [each.partition("=") for each in options.models]
    if any(not folder for _, _, folder in named):
        raise ValueError("--models takes NAME=FOLDER, such as HPFA=runs/ablation/full")
    models = {name: TruePose.from_folder(folder).to(default_device()) for name, _, folder in named}
    hint = any(model.config.warp_hint for model in models.values())
    pairs = open_pairs(options.data, hint=hint, count=options.count * options.every)
    figures, sheet = attention_study(models, pairs[:: options.every], steps=options.steps)
    table = attention_table(figures)
    print(table)
    if options.out:
        _write(Path(options.out), "attention", figures, table, sheet)
