"""How much GPU memory a config's training needs: counted, not measured.

    python benchmarks/training_memory.py configs/sd15-512.json configs/sd15-256.json configs/sd15-24gb.json

Weights, gradients, AdamW's moments, averages and frozen networks follow from the config. Activations are what autograd
keeps of one pass, counted by running it on tensors without data (torch's fake ones). The allocator's own needs,
CUDA's context and what kernels take while they run come on top: allow 2 to 3 GB.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

sys.path.insert(0, str(Path(__file__).parents[1]))

from truepose.evaluation.tables import markdown
from truepose.model.truepose import TruePose
from truepose.training.config import TrainingConfig, load_training_config

_GIB = 2**30
_SQUARE = 64  # tokens
_MOMENTS, _MOMENTS_8BIT = 8, 2.03  # bytes a weight; 8-bit ones have a float32 maximum per block of 256


def count(config: TrainingConfig) -> dict[str, float]:
    """GiB by purpose."""
    with FakeTensorMode(), torch.device("cuda"):
        model = TruePose(config.model)
        kept = activations(model, config)
    trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
    frozen = sum(p.numel() for p in model.parameters() if not p.requires_grad)
    loop = config.loop
    return {
        "weights": 4 * trained / _GIB,
        "gradients": 4 * trained / _GIB,
        "AdamW": (_MOMENTS_8BIT if loop.use_8bit_adam else _MOMENTS) * trained / _GIB,
        "averages": (4 * trained if loop.ema_decay else 0) / _GIB,
        "frozen": 4 * frozen / _GIB,
        "activations": kept / _GIB,
    }


def activations(model: TruePose, config: TrainingConfig) -> int:
    """Bytes that autograd keeps of one pass of one process, each memory once."""
    model.train()
    if config.loop.gradient_checkpointing:
        model.checkpoint_gradients()
    kept: dict[int, int] = {}
    weights = {p.untyped_storage()._cdata for p in model.parameters()}
    alive = []  # so that no address is given twice

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        # Attention's logits, which fused kernels do not keep; the slow path, which fakes take, does.
        is_square = tensor.ndim > 2 and tensor.shape[-1] == tensor.shape[-2] > _SQUARE
        if storage._cdata not in weights and not is_square:
            kept[storage._cdata] = storage.nbytes()
            alive.append(tensor)
        return tensor

    batch, latents = _batch(config)
    count = len(latents)
    with (
        autocast(enabled=config.loop.mixed_precision == "bf16"),
        torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor),
    ):
        model(batch, latents, torch.zeros(count, dtype=torch.long), torch.ones(count, dtype=torch.bool))
    return sum(kept.values())


@contextmanager
def autocast(*, enabled: bool) -> Iterator[None]:
    """bfloat16 as on a GPU; `torch.autocast` turns itself off where there is none, and float32 would be counted."""
    torch.set_autocast_dtype("cuda", torch.bfloat16)
    torch.set_autocast_enabled("cuda", enabled)
    try:
        yield
    finally:
        torch.set_autocast_enabled("cuda", False)
        torch.clear_autocast_cache()


def _batch(config: TrainingConfig) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    """One pass's inputs, with the source encoded already: frozen networks keep nothing for the backward pass."""
    height, width = config.model.image_size
    count = config.loop.batch_size // config.loop.gradient_accumulation_steps
    latents = torch.zeros(count, config.model.autoencoder["latent_channels"], height // 8, width // 8)
    batch = {
        "source_latents": latents,
        "tokens": torch.zeros(count, 18, config.model.region_encoder["projection_dim"]),
        "part_mask": torch.ones(count, 1, height, width, dtype=torch.bool),
        "region_masks": torch.ones(count, 17, height, width, dtype=torch.bool),
        "pose_map": torch.zeros(count, 3, height, width),
    }
    return batch, latents


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("configs", nargs="+")
    parser.add_argument("--processes", type=int, default=1, help="GPUs that share the batch")
    options = parser.parse_args()
    rows = []
    for path in options.configs:
        config = load_training_config(path)
        share = config.loop.changed({"batch_size": config.loop.batch_size // options.processes})
        counted = count(TrainingConfig(**{**vars(config), "loop": share}))
        size = "x".join(map(str, config.model.image_size))
        passes = share.batch_size // share.gradient_accumulation_steps
        rows.append([Path(path).stem, size, str(passes), *(f"{g:.1f}" for g in counted.values()),
                     f"{sum(counted.values()):.1f}"])  # fmt: skip
    header = ["config", "size", "samples a pass", *counted, "sum, GiB"]
    print(markdown(header, rows))


if __name__ == "__main__":
    main()
