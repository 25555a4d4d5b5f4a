"""Outfits: which garments go together, in which fabrics."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...parsing import BodyPart as P
from . import fabric
from .assets import Assets
from .fabric import Color, Fabric
from .garments import Garment

PALETTE: tuple[Color, ...] = (
    (236, 232, 224), (36, 40, 52), (150, 44, 48), (46, 88, 130), (206, 164, 76), (78, 110, 84), (188, 120, 108),
    (96, 70, 110), (122, 160, 176), (212, 186, 160), (64, 64, 66), (190, 84, 54),
)  # fmt: skip
NEUTRALS: tuple[Color, ...] = (
    (46, 52, 70), (84, 78, 72), (178, 158, 130), (116, 114, 106), (48, 48, 50), (100, 108, 88), (120, 88, 64),
)  # fmt: skip
DENIMS: tuple[Color, ...] = ((62, 84, 122), (38, 50, 78), (104, 128, 160), (46, 48, 54))
WORDS = (
    "HELLO", "PARIS", "SUMMER", "OCEAN", "COFFEE", "SUNDAY", "NORTH", "STUDIO", "ROMA", "WILD", "HAPPY",
    "TOKYO", "LOVE", "MUSIC", "RIVER", "DREAM", "SPORT", "BERLIN", "Music", "Paris", "Coffee", "Hello",
    "Sunday", "Vintage", "Forever", "WINTER", "GARDEN", "ROCK", "JAZZ", "NEW YORK", "FOREST", "LUCKY", "SMILE",
    "FAST", "SURF", "Lisboa", "MOON", "TEAM", "CLUB", "RADIO", "ORIGINAL", "GOOD DAY", "23", "07", "88", "1984",
    "EST. 1990", "NO. 5", "Wonder", "Bonjour",
)  # fmt: skip
_KINDS = {"print": 0.3, "striped": 0.16, "shirt": 0.2, "sweater": 0.18, "jacket": 0.16}
_WOMENS_KINDS = {"print": 0.21, "striped": 0.1, "shirt": 0.11, "sweater": 0.12, "jacket": 0.12, "dress": 0.13,
                 "skirt": 0.1, "blouse": 0.11}  # fmt: skip


def outfit(rng: np.random.Generator, assets: Assets, woman: bool) -> list[Garment]:
    """What one person wears, from the skin outwards."""
    kinds = _WOMENS_KINDS if woman else _KINDS
    kind = rng.choice(list(kinds), p=list(kinds.values()))
    if kind == "dress":
        return dress(rng, assets)
    if kind == "skirt":
        return [skirt(rng, assets), sweater(rng, woman)]
    lower = skirt(rng, assets, _quiet(rng)) if kind == "blouse" and rng.random() < 0.5 else trousers(rng, woman)
    tops = {"print": print_shirt, "striped": striped_shirt, "shirt": buttoned_shirt, "sweater": sweater}
    if kind == "jacket":
        return [lower, *layered(rng)]
    if kind == "blouse":
        return [lower, blouse(rng, assets)]
    return [lower, tops[kind](rng, woman)]


def _pick(rng: np.random.Generator, colors: Sequence[Color], count: int) -> list[Color]:
    """Different colours, in random order."""
    return [colors[i] for i in rng.permutation(len(colors))[:count]]


def _contrasting(rng: np.random.Generator) -> tuple[Color, Color]:
    """Two colours that can be told apart, the ground first."""
    while True:
        a, b = _pick(rng, PALETTE, 2)
        if abs(sum(a) - sum(b)) > 220:
            return a, b


def _quiet(rng: np.random.Generator) -> Fabric:
    """A plain neutral cloth, to go with patterns."""
    return fabric.plain(rng, NEUTRALS[rng.integers(len(NEUTRALS))])


def trousers(rng: np.random.Generator, woman: bool, cloth: Fabric | None = None) -> Garment:
    """Jeans or chinos, narrow or straight; now and then shorts."""
    if cloth is None:
        jeans = rng.random() < 0.55
        colors = DENIMS if jeans else NEUTRALS
        cloth = (fabric.denim if jeans else fabric.plain)(rng, colors[rng.integers(len(colors))])
    loose = rng.uniform(0.15, 0.5) if woman else rng.uniform(0.5, 0.85)
    hem = rng.uniform(0.6, 1.1) if rng.random() < 0.12 else 1.93
    return Garment("bottom", P.PANTS, cloth, hem=hem, rise=-0.01, offset=0.005, loose=loose,
                   decal=fabric.trouser_print(), decal_box=(0.11, 0.46, 0.26))  # fmt: skip


def skirt(rng: np.random.Generator, assets: Assets, cloth: Fabric | None = None) -> Garment:
    """To above or below the knee."""
    cloth = cloth or _patterned(rng, assets, "Skirt")
    return Garment("skirt", P.SKIRT, cloth, hem=rng.uniform(0.7, 1.25), rise=0.02, offset=0.004)


def dress(rng: np.random.Generator, assets: Assets, cloth: Fabric | None = None) -> list[Garment]:
    """A fitted upper half and a skirt of the same cloth."""
    cloth = cloth or _patterned(rng, assets, "Dress")
    sleeve = rng.choice((0.4, 0.55, 1.0, 1.9))
    half = Garment("top", P.DRESS, cloth, hem=0.05, sleeve=sleeve, neck=0.03, vee=rng.choice((0.0, 0.13)), offset=0.005,
                   loose=0.0)  # fmt: skip
    return [Garment("skirt", P.DRESS, cloth, hem=rng.uniform(0.75, 1.4), rise=0.02, offset=0.006), half]


def print_shirt(rng: np.random.Generator, woman: bool, word: str | None = None) -> Garment:
    """A T-shirt with a word or an emblem on the chest."""
    ground, ink = _contrasting(rng)
    words = (word,) if word else _words(rng) if rng.random() < 0.75 else ()
    if words:
        decal, box = fabric.word_print("\n".join(words), ink), _word_box(rng)
    else:
        decal, box = fabric.emblem_print(rng, _pick(rng, [c for c in PALETTE if c != ground], 4)), (0.19, 0.24, 0.24)
    return Garment(
        "top", P.UPPER_CLOTHES, fabric.plain(rng, ground), hem=rng.uniform(0.12, 0.17), sleeve=rng.uniform(0.5, 0.75),
        neck=0.012, offset=0.009, loose=rng.uniform(0.2, 0.5) if woman else rng.uniform(0.5, 0.8), decal=decal,
        decal_box=box, trim=(0.016, tuple(int(0.82 * c) for c in ground)) if rng.random() < 0.5 else None, words=words,
    )  # fmt: skip


def _words(rng: np.random.Generator) -> tuple[str, ...]:
    """A word, or two one above the other."""
    return tuple(WORDS[i] for i in rng.permutation(len(WORDS))[: 2 if rng.random() < 0.25 else 1])


def _word_box(rng: np.random.Generator) -> tuple[float, float, float]:
    """Where words sit on the chest, as `Garment.decal_box`: larger or smaller, higher or lower."""
    width = rng.uniform(0.21, 0.29)
    return rng.uniform(0.15, 0.19), width, 0.74 * width


def striped_shirt(rng: np.random.Generator, woman: bool) -> Garment:
    """A jersey with stripes, sleeves of any length."""
    cloth = fabric.stripes(rng, _contrasting(rng), rng.uniform(0.022, 0.06), rng.uniform(0.3, 0.5))
    return Garment(
        "top", P.UPPER_CLOTHES, cloth, hem=rng.uniform(0.1, 0.16), sleeve=rng.choice((0.6, 1.5, 1.95)), neck=0.02,
        offset=0.009, loose=rng.uniform(0.2, 0.7) - 0.2 * woman,
    )  # fmt: skip


def buttoned_shirt(rng: np.random.Generator, woman: bool) -> Garment:
    """A plaid, striped or plain shirt, buttoned."""
    a, b = _contrasting(rng)
    cloth = (
        fabric.plaid(rng, (a, b, PALETTE[rng.integers(len(PALETTE))]), rng.uniform(0.07, 0.12))
        if rng.random() < 0.6
        else fabric.stripes(rng, (a, b), rng.uniform(0.01, 0.02), 0.2, upright=True)
    )
    return Garment(
        "top", P.UPPER_CLOTHES, cloth, hem=rng.uniform(0.15, 0.2), sleeve=rng.choice((0.7, 1.95)), neck=0.0, vee=0.06,
        offset=0.01, loose=rng.uniform(0.4, 0.7) - 0.2 * woman, decal=fabric.placket_print((232, 228, 220)),
        decal_box=(0.37, 0.5, 0.62), trim=(0.02, tuple(int(0.8 * c) for c in a)),
    )  # fmt: skip


def sweater(rng: np.random.Generator, woman: bool) -> Garment:
    """A plain knit, with a turtleneck or with words at times."""
    ground, ink = _contrasting(rng)
    cloth = fabric.plain(rng, ground)
    cloth = Fabric(cloth.tile, 0.12, grain=1.0, folds=0.012)
    neck = -0.055 if rng.random() < 0.35 else 0.012
    words = _words(rng) if rng.random() < 0.25 else ()
    return Garment(
        "top", P.UPPER_CLOTHES, cloth, hem=0.14, sleeve=1.97, neck=neck, offset=0.015, loose=0.5 - 0.2 * woman,
        decal=fabric.word_print("\n".join(words), ink) if words else None, decal_box=_word_box(rng), words=words,
    )  # fmt: skip


def blouse(rng: np.random.Generator, assets: Assets) -> Garment:
    """Patterned, with a V."""
    return Garment(
        "top", P.UPPER_CLOTHES, _patterned(rng, assets, "Blouse", "Shirt"), hem=rng.uniform(0.06, 0.13),
        sleeve=rng.choice((0.5, 1.0, 1.9)), neck=0.01, vee=0.11, offset=0.008, loose=0.35,
    )  # fmt: skip


def layered(rng: np.random.Generator) -> list[Garment]:
    """An open jacket over a light shirt."""
    under = Garment("top", P.UPPER_CLOTHES, fabric.plain(rng, PALETTE[rng.choice((0, 9, 8))]), hem=0.12, sleeve=0.4,
                    neck=0.015, offset=0.008, loose=0.3)  # fmt: skip
    color = _pick(rng, NEUTRALS + DENIMS, 1)[0]
    cloth = fabric.denim(rng, color) if color in DENIMS else fabric.plain(rng, color)
    over = Garment("top", P.UPPER_CLOTHES, cloth, hem=0.2, sleeve=1.97, neck=0.0, open_front=0.11, offset=0.022,
                   loose=0.6, trim=(0.014, tuple(int(0.75 * c) for c in color)))  # fmt: skip
    return [under, over]


def _patterned(rng: np.random.Generator, assets: Assets, *labels: str) -> Fabric:
    """A flat-lay photo's cloth where there are photos, else blossoms, dots or checks."""
    photos = assets.photos(*labels)
    if photos and rng.random() < 0.4:
        return fabric.from_photo(photos[rng.integers(len(photos))], rng)
    ground, other = _contrasting(rng)
    kind = rng.integers(3)
    if kind == 0:
        return fabric.floral(rng, ground, [other, *_pick(rng, PALETTE, 2)])
    if kind == 1:
        return fabric.dots(rng, (ground, other), rng.uniform(0.03, 0.06))
    return fabric.plaid(rng, (ground, other, PALETTE[0]), rng.uniform(0.05, 0.1))
