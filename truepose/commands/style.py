"""`style`: what is painted of one photo in the style of another."""

from __future__ import annotations

from ..files import save_image
from ..parsing import part_called
from ..photo import open_mask, open_photo
from .options import command, positive
from .photos import (
    add_reader_options,
    add_sampling_options,
    read_person,
    reader_of,
    sampling_settings,
    step_bar,
)


def add_style(commands) -> None:
    parser = command(commands, "style", _style, "give a garment of a photo the style of another photo's")
    parser.add_argument("reference", metavar="REFERENCE", help="the photo that stays")
    parser.add_argument("source", metavar="SOURCE", help="the photo that gives the style; may be the same")
    painted = parser.add_mutually_exclusive_group(required=True)
    painted.add_argument("--mask", metavar="MASK.png", help="what takes the style: white, of the reference's shape")
    painted.add_argument(
        "--region", metavar="LABEL", help="a label of the reference's parsing map: upper-clothes, skirt"
    )
    parser.add_argument("--label", metavar="LABEL", help="the source's garment (the kind that is painted)")
    parser.add_argument("-o", "--out", required=True, metavar="OUT.png")
    parser.add_argument("--source-person", type=positive, default=1, metavar="N", help="as --person, of the source (1)")
    add_sampling_options(parser)
    add_reader_options(parser)


def _style(options) -> None:
    from ..pipeline import load_pipeline
    from ..style import region_mask, transfer_style

    label = part_called(options.label) if options.label else None
    region = part_called(options.region) if options.region else None
    photos = open_photo(options.reference), open_photo(options.source)
    reader = reader_of(options)
    wearer = read_person(reader, photos[0], options.person)
    giver = read_person(reader, photos[1], options.source_person, "--source-person")
    mask = None if region else open_mask(options.mask, wearer.parsing.shape)
    pipeline = load_pipeline(options.model)
    reference, source = pipeline.encode_source(photos[0], wearer), pipeline.encode_source(photos[1], giver)
    if region:
        mask = region_mask(reference.photo, wearer.parsing, region)
    with step_bar() as on_step:
        result = transfer_style(
            pipeline, reference, source, mask, label=label, on_step=on_step, **sampling_settings(options)
        )
    save_image(result.image, options.out)
