"""`prepare`, `pairs`, `pseudo-maps` and `pack`: what training learns from."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ..reading import EMBEDDED_READER
from .options import command, number, positive


def add_pseudo_maps(commands) -> None:
    parser = command(commands, "pseudo-maps", _pseudo_maps, "read parsing maps for photos that have none, to train on")
    parser.add_argument("--street", required=True, metavar="FOLDER", help="photos/, parsing/, people.jsonl")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    parser.add_argument("--reader", default=str(EMBEDDED_READER), metavar="FOLDER", help="the reader that makes them")


def _pseudo_maps(options) -> None:
    from ..data.pseudo_maps import write_pseudo_maps
    from ..data.street import load_street
    from ..reading import EmbeddedReader

    net = EmbeddedReader.from_pretrained(options.reader).net
    count = write_pseudo_maps(net, load_street(options.street, validation=False), options.out)
    print(f"{count} maps in {options.out}")


def add_pairs(commands) -> None:
    parser = command(commands, "pairs", _pairs, "pack pairs for training: of labelled photos, or of rendered people")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--street", metavar="FOLDER", help="photos/, parsing/, people.jsonl: pseudo-pairs of these")
    what.add_argument("--photos", metavar="FOLDER", help="your own photos, or true pairs of them named in pairs.csv")
    what.add_argument("--pictures", metavar="FOLDER", help="pairs.jsonl and pictures of one size: true pairs of these")
    what.add_argument("--people", action="store_true", help="true pairs of rendered people")
    parser.add_argument("--makehuman", type=Path, metavar="FOLDER", help="skins, hair and shoes of rendered people")
    parser.add_argument("--garments", type=Path, metavar="FOLDER", help="flat-lay garment photos for their clothes")
    parser.add_argument("--out", required=True, metavar="FOLDER")
    parser.add_argument("--count", type=positive, default=4000)
    parser.add_argument("--size", type=positive, nargs=2, default=(256, 192), metavar=("H", "W"))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--workers", type=positive, default=1, help="processes; the pairs are the same")
    parser.add_argument("--validation", action="store_true", help="of the photos held out for validation")
    parser.add_argument("--labels-only", action="store_true", help="read nothing: use photos' own parsing maps alone")


def _pairs(options) -> None:
    from ..data.making import make_pairs, own_pairs, people_pairs, picture_pairs, street_pairs

    size = tuple(options.size)
    if options.street:
        how = {"validation": options.validation, "labels_only": options.labels_only}
        build = partial(street_pairs, options.street, size, options.seed, **how)
    elif options.photos:
        build = partial(own_pairs, options.photos, size, options.seed, validation=options.validation)
    elif options.pictures:
        build = partial(picture_pairs, options.pictures, options.seed)
    else:
        build = partial(people_pairs, options.makehuman, options.garments, size, options.seed)
    shards = make_pairs(build, options.out, options.count, options.workers)
    print(f"{shards} shards in {options.out}")


def add_prepare(commands) -> None:
    parser = command(commands, "prepare", _prepare, "read a data set once, into shards that training streams from")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--deepfashion", metavar="FOLDER", help="DeepFashion In-shop: fasion-*.csv and pictures")
    what.add_argument("--wpose", metavar="FOLDER", help="WPose: wpose_test_pairs.txt and pictures")
    what.add_argument("--photos", metavar="FOLDER", help="your own photos, or true pairs of them named in pairs.csv")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="the same command again goes on")
    parser.add_argument("--split", choices=("train", "test"), default="train", help="of DeepFashion (train)")
    own = parser.add_mutually_exclusive_group()
    own.add_argument("--validation", action="store_true", help="of your own photos those held out for validation")
    own.add_argument("--all", action="store_true", help="of your own photos all: nothing is held out")
    parser.add_argument("--size", type=positive, nargs=2, default=(512, 352), metavar=("H", "W"))
    parser.add_argument("--quality", type=number(int, 1, 100), default=95, help="of the pictures; 100: lossless (95)")
    parser.add_argument("--parsing", metavar="FOLDER", help="parsing maps, NAME.png; the reader fills gaps")
    parser.add_argument("--parsing-labels", choices=("atr", "lip"), default="atr", help="what these maps hold (atr)")
    parser.add_argument("--count", type=positive, help="only the first so many pairs, or single photos")
    parser.add_argument("--workers", type=positive, default=1, help="processes")


def _prepare(options) -> None:
    from ..data.deepfashion import list_deepfashion
    from ..data.labels import LABELS
    from ..data.listings import list_own, list_wpose
    from ..data.preparing import first_of, prepare

    maps = {"parsing": options.parsing, "labels": LABELS[options.parsing_labels]}
    if options.deepfashion:
        listing = list_deepfashion(options.deepfashion, options.split, **maps)
    elif options.wpose:
        listing = list_wpose(options.wpose, **maps)
    else:
        listing = list_own(options.photos, validation=None if options.all else options.validation)
    listing = first_of(listing, options.count) if options.count else listing
    done = prepare(listing, options.out, tuple(options.size), quality=options.quality, workers=options.workers)
    what = f"{done.pictures} pictures, {done.pairs} pairs, {len(done.problems)} problems"
    print(f"{what} in {options.out}" + (" (problems.txt says which)" if done.problems else ""))


def add_pack(commands) -> None:
    parser = command(commands, "pack", _pack, "a small copy of labelled photos, for a training run elsewhere")
    parser.add_argument("--street", required=True, metavar="FOLDER", help="photos/, parsing/, people.jsonl")
    parser.add_argument("--out", required=True, metavar="FOLDER", help="gets the same layout")
    parser.add_argument("--height", type=positive, default=288, help="pixels of the crops (288)")
    parser.add_argument("--quality", type=number(int, 1, 100), default=80, help="of the pictures (80)")


def _pack(options) -> None:
    from ..data.packing import pack_street
    from ..data.street import load_street
    from ..reading import EmbeddedReader

    photos = [p for validation in (False, True) for p in load_street(options.street, validation=validation)]
    net = EmbeddedReader.from_pretrained(EMBEDDED_READER).net
    size = pack_street(photos, options.out, net, height=options.height, quality=options.quality)
    print(f"{len(photos)} photos in {options.out}, {size / 1e6:.1f} MB")
