"""Losses and tricks, one changed at a time: equal steps, equal seed, equal data, from random weights.

    python benchmarks/ablations.py --config configs/compact.json --steps 150 --out runs/ablations

Each variant's folder keeps its run, so that a stopped series goes on where it was. The table is of the held-out pairs:
distances over the places that the warp does not vouch for, of the network's own picture, lower is better.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from truepose.data.shards import PairShards
from truepose.evaluation.pairs import NEITHER, NO_HINT, measure_pairs
from truepose.evaluation.tables import markdown
from truepose.model.truepose import TruePose
from truepose.training.truepose import TrainingConfig, load_training_config, train_truepose

V, EPSILON, FLOW = (
    {"_class_name": "DDIMScheduler", "prediction_type": "v_prediction"},
    {"_class_name": "DDIMScheduler", "prediction_type": "epsilon", "rescale_betas_zero_snr": False},
    {"_class_name": "FlowMatchEulerDiscreteScheduler"},
)
# name -> (changes of the model, of the objective, of the loop); a scheduler's changes are laid over the config's
VARIANTS: dict[str, tuple[dict, dict, dict]] = {
    "as configured": ({}, {}, {}),
    "epsilon": ({"scheduler": EPSILON}, {}, {}),
    "v-prediction": ({"scheduler": V}, {}, {}),
    "v-prediction, min-SNR 5": ({"scheduler": V}, {"snr_gamma": 5.0}, {}),
    "flow matching": ({"scheduler": FLOW}, {}, {}),
    "with pixel and perceptual loss": ({}, {"pixel": 0.3, "perceptual": 0.05, "crop": 96}, {}),
    "all pixels alike": ({}, {"person": 1.0, "focus": 1.0, "kept": 1.0}, {}),
    "no hint latents": ({"hint_latents": False}, {}, {}),
    "no hint dropout": ({}, {"hint_dropout": 0.0}, {}),
    "hint dropout 0.5": ({}, {"hint_dropout": 0.5}, {}),
    "from the noised hint": ({"start": 0.5}, {}, {}),
    "no share for the start, no rollout": ({}, {"start_share": 0.0, "rollout_share": 0.0}, {}),
    "no EMA": ({}, {}, {"ema_decay": 0.0}),
}


def varied(config: TrainingConfig, name: str, steps: int) -> TrainingConfig:
    """The run of one variant."""
    model, objective, loop = VARIANTS[name]
    if "scheduler" in model:
        own = config.model.scheduler if "Flow" not in model["scheduler"]["_class_name"] else {}
        model = model | {"scheduler": own | model["scheduler"]}
    return replace(
        config,
        model=replace(config.model, **model),
        objective=replace(config.objective, **objective),
        loop=replace(config.loop, steps=steps, validate_every=0, **loop),
        validation_count=1,
    )


def figures(folder: Path, config: TrainingConfig, count: int) -> dict[str, dict[str, float]]:
    """Of each validation folder: the network's distance in 1 step and in all, and without the hint."""
    model = TruePose.from_folder(folder).eval()
    out = {}
    for name in config.validation_pairs:
        pairs, row = PairShards(name, count), {}
        for steps in (1, model.config.steps):
            table = measure_pairs(model, pairs, steps=steps, guidance_scale=1.0, without_hint=steps == 1)
            row["warp"] = table["warp"]["defect_distance"]
            row[f"network, {steps} steps"] = table["network"]["defect_distance"]
            row[f"PSNR, {steps} steps"] = table["network"]["psnr"]
            for method in (NO_HINT, NEITHER):
                if method in table:
                    row[method] = table[method]["distance"]
        out[Path(name).name] = row
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", default="configs/compact.json")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--count", type=int, default=24, help="held-out pairs of each kind")
    parser.add_argument("--out", default="runs/ablations")
    parser.add_argument("--only", nargs="*", help="names of variants")
    options = parser.parse_args()
    config, rows, all_figures = load_training_config(options.config), {}, {}
    for name in options.only or VARIANTS:
        folder = Path(options.out) / name.replace(" ", "-").replace(",", "")
        if not (folder / "figures.json").exists():
            run = varied(config, name, options.steps)
            train_truepose(run, folder)
            (folder / "figures.json").write_text(json.dumps(figures(folder, run, options.count)))
        all_figures[name] = json.loads((folder / "figures.json").read_text())
        for kind, row in all_figures[name].items():
            rows.setdefault(kind, []).append([name, *(f"{value:.3f}" for value in row.values())])
    for kind, lines in rows.items():
        header = ["variant", *next(iter(all_figures.values()))[kind]]
        print(f"\n{kind}\n\n{markdown(header, lines)}")


if __name__ == "__main__":
    main()
