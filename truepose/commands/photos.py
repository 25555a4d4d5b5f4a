"""`read` and `repose`: one photo."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from ..files import save_image, save_text
from ..openpose_json import format_openpose, load_pose
from ..parsing import locked_parts
from ..photo import open_photo
from ..pipeline import COMPACT, Glance, OnStep
from ..reading import Person, PersonReader, describe, draw_person
from ..recipe import Recipe, photo_mark, png_info
from .options import command, number, positive


def add_reader_options(parser) -> None:
    parser.add_argument(
        "--pose-model", default="embedded", metavar="P", help="embedded, openpose, dwpose, or a folder of such weights"
    )
    parser.add_argument("--parser", metavar="P", help="embedded, segformer, or a folder or hub id of such weights")
    parser.add_argument("--masks", metavar="M", help="sam, mobile-sam, or a file of such weights: sharper outlines")
    parser.add_argument("--download", action="store_true", help="fetch weights from the hub that are not here")
    parser.add_argument("--person", type=positive, default=1, metavar="N", help="the Nth likeliest subject (1)")


def add_sampling_options(parser) -> None:
    steps, guidance, seed = number(int, 1, 1000), number(float, 0, 100), number(int, 0, 2**32 - 1)
    parser.add_argument("--steps", type=steps, metavar="N", help="sampling steps (the model's default)")
    parser.add_argument("--guidance", type=guidance, metavar="W", help="guidance scale (the model's default)")
    parser.add_argument("--seed", type=seed, default=0, metavar="S", help="equal seeds give equal pictures (0)")
    parser.add_argument("--model", default=str(COMPACT), metavar="M", help="a model's folder or hub id (the compact)")


def sampling_settings(options) -> dict:
    """The pipeline's keyword arguments."""
    return {"steps": options.steps, "guidance_scale": options.guidance, "seed": options.seed}


@contextmanager
def step_bar() -> Iterator[OnStep]:
    """A progress bar on a terminal, moved by `on_step`."""
    from tqdm import tqdm

    with tqdm(unit="step", disable=None) as bar:

        def on_step(step: int, steps: int, glance: Glance) -> None:
            bar.total = steps
            bar.update(step - bar.n)

        yield on_step


def reader_of(options) -> PersonReader:
    """The reader that the options name."""
    from ..reading import load_reader

    return load_reader(options.pose_model, options.parser, options.masks, download=options.download)


def read_person(reader: PersonReader, photo: Image.Image, number: int, option: str = "--person") -> Person:
    """The person asked for by number; says so where there are more, and which option takes another."""
    found = reader.find(photo)
    if number > len(found):
        raise ValueError(f"there is no person {number}: found {len(found)} in the photo")
    person = reader.read(photo, found[number - 1])
    if len(found) > 1:
        print(f"truepose: took person {number} of {len(found)}; {option} takes another", file=sys.stderr)
    return person


def add_read(commands) -> None:
    parser = command(commands, "read", _read, "find the skeleton and the parsing map of a photo")
    parser.add_argument("photo", metavar="PHOTO")
    parser.add_argument("--json", metavar="OUT.json", help="write the skeleton as OpenPose JSON")
    parser.add_argument("--parsing", metavar="OUT.png", help="write the parsing map as a palette PNG (18 ATR labels)")
    parser.add_argument("--drawing", metavar="OUT.png", help="draw joints, and hands and face where read, on the photo")
    add_reader_options(parser)


def _read(options) -> None:
    from ..facing import facing
    from ..parsing import parsing_image

    if options.parsing and not options.parsing.lower().endswith(".png"):
        raise ValueError(f"--parsing must end in .png, got {options.parsing}")
    photo = open_photo(options.photo)
    person = read_person(reader_of(options), photo, options.person)
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
    add_sampling_options(parser)
    strength = number(float, 0, 1)
    parser.add_argument("--strength", type=strength, default=1.0, metavar="F", help="of the network's correction (1)")
    parser.add_argument("--lock", action="append", default=[], metavar="LABEL", help="a region the network must keep")
    parser.add_argument("--preview", action="store_true", help="the puppet warp alone, without the network")
    parser.add_argument("--attention", metavar="OUT.png", help="draw where in the photo the network looked")
    add_reader_options(parser)


def _repose(options) -> None:
    if options.preview and options.attention:
        raise ValueError("--attention needs the network: leave out --preview")
    locked = locked_parts(options.lock)
    photo = open_photo(options.photo)
    target = load_pose(options.pose, (photo.height, photo.width))
    person = read_person(reader_of(options), photo, options.person)
    if options.preview:
        import numpy as np

        from ..compose import preview
        from ..warp import cut_puppet

        save_image(Image.fromarray(preview(cut_puppet(np.asarray(photo), person), target).image), options.output)
        return
    from ..pipeline import load_pipeline

    pipeline = load_pipeline(options.model)
    sampling = {"steps": pipeline.defaults.steps, "guidance_scale": pipeline.defaults.guidance_scale}
    sampling |= {name: value for name, value in sampling_settings(options).items() if value is not None}
    settings = {**sampling, "strength": options.strength, "locked": locked}
    source = pipeline.encode_source(photo, person)
    with step_bar() as on_step:
        result = pipeline.repose(photo, target, source=source, on_step=on_step, **settings)
    size, model = (photo.height, photo.width), Path(options.model).name
    recipe = Recipe(photo_mark(photo), size, options.person, model, target, **settings)
    save_image(result.image, options.output, png_info(recipe))
    if options.attention:
        _draw_attention(pipeline, source, target, options.attention, locked=locked, **sampling)


def _draw_attention(pipeline, source, target, path: str, **settings) -> None:
    from ..where import where_it_looked

    with step_bar() as on_step:
        look = where_it_looked(pipeline, source, target, on_step=on_step, **settings)
    save_image(Image.fromarray(look.picture), path)
    print(f"looked at: {look.describe()}")
