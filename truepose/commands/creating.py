"""`create`: a model to start training from."""

from __future__ import annotations

from .options import command, positive


def add_create(commands) -> None:
    parser = command(commands, "create", _create, "make an untrained model of Stable Diffusion and CLIP, to train")
    parser.add_argument("--stable-diffusion", required=True, metavar="BASE", help="diffusers folder or hub id (SD 1.5)")
    parser.add_argument("--clip", required=True, metavar="CLIP", help="transformers folder or hub id (CLIP ViT-L/14)")
    parser.add_argument("--moore", metavar="FOLDER", help="start both UNets from these weights of Moore-AnimateAnyone")
    parser.add_argument("--size", type=positive, nargs=2, default=(512, 352), metavar=("H", "W"), help="(512 352)")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="in diffusers' layout")


def _create(options) -> None:
    from ..model.base import BaseWeights, build_from_base
    from ..model.layout import save_folder

    base = BaseWeights(options.stable_diffusion, options.clip)
    model = build_from_base(base, options.moore, image_size=tuple(options.size))
    save_folder(model, options.out)
    count = sum(parameter.numel() for parameter in model.parameters())
    print(f"{options.out}: {count / 1e6:.0f} million weights, untrained; train with --init-from {options.out}")
