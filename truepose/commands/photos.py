"""`read` and `repose`: one photo."""

from __future__ import annotations

import json
import sys

from PIL import Image

from ..files import save_image, save_text
from ..openpose_json import format_openpose, load_pose
from ..photo import open_photo
from ..pipeline import COMPACT
from ..reading import describe, draw_person
from .options import command, number, positive


def _add_reader_options(parser) -> None:
    parser.add_argument(
        "--pose-model", default="embedded", metavar="P", help="embedded, openpose, dwpose, or a folder of such weights"
    )
    parser.add_argument("--parser", metavar="P", help="embedded, segformer, or a folder or hub id of such weights")
    parser.add_argument("--masks", metavar="M", help="sam, mobile-sam, or a file of such weights: sharper outlines")
    parser.add_argument("--download", action="store_true", help="fetch weights from the hub that are not here")
    parser.add_argument("--person", type=positive, default=1, metavar="N", help="the Nth likeliest subject (1)")


def _read_person(options, photo: Image.Image):
    """The person that the options ask for; says so where there are more."""
    from ..reading import load_reader

    reader = load_reader(options.pose_model, options.parser, options.masks, download=options.download)
    found = reader.find(photo)
    if options.person > len(found):
        raise ValueError(f"there is no person {options.person}: found {len(found)} in the photo")
    person = reader.read(photo, found[options.person - 1])
    if len(found) > 1:
        print(f"truepose: took person {options.person} of {len(found)}; --person takes another", file=sys.stderr)
    return person


def add_read(commands) -> None:
    parser = command(commands, "read", _read, "find the skeleton and the parsing map of a photo")
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument("--json", metavar="OUT.json", help="write the skeleton as OpenPose JSON")
    parser.add_argument("--parsing", metavar="OUT.png", help="write the parsing map as a palette PNG (18 ATR labels)")
    parser.add_argument("--drawing", metavar="OUT.png", help="draw joints, and hands and face where read, on the photo")
    _add_reader_options(parser)


def _read(options) -> None:
    from ..facing import facing
    from ..parsing import parsing_image

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


def add_repose(commands) -> None:
    parser = command(commands, "repose", _repose, "put the person of a photo into another pose")
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument("--pose", required=True, metavar="POSE.json", help="OpenPose JSON in the photo's pixels")
    parser.add_argument("-o", "--output", required=True, metavar="OUT.png")
    steps, guidance, seed = number(int, 1, 1000), number(float, 0, 100), number(int, 0, 2**32 - 1)
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

        from ..compose import preview
        from ..warp import cut_puppet

        save_image(Image.fromarray(preview(cut_puppet(np.asarray(photo), person), target).image), options.output)
        return
    from tqdm import tqdm

    from ..pipeline import load_pipeline

    pipeline = load_pipeline(options.model)
    with tqdm(unit="step", disable=None) as bar:

        def on_step(step: int, steps: int) -> None:
            bar.total = steps
            bar.update(step - bar.n)

        settings = {"steps": options.steps, "guidance_scale": options.guidance, "seed": options.seed}
        result = pipeline.repose(photo, target, person=person, on_step=on_step, **settings)
    save_image(result.image, options.output)
