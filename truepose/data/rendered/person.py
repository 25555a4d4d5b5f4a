"""A dressed person, ready to be posed any number of times."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from ...parsing import BodyPart as P
from . import skin, wardrobe
from .assets import Assets
from .body import BODY, BaseBody, Shape
from .fabric import Color
from .garments import Garment, covered, cut_garment, landmarks, never_bare
from .geometry import vertex_normals
from .piece import Piece, Surface
from .quality import FULL, Quality

HAIR_COLORS: tuple[Color, ...] = (
    (34, 26, 22), (66, 44, 30), (104, 70, 42), (170, 140, 98), (106, 60, 40), (134, 128, 124), (200, 172, 128),
    (142, 74, 44), (22, 20, 22),
)  # fmt: skip
SKIN_COLORS: tuple[Color, ...] = ((226, 180, 150), (198, 146, 112), (150, 100, 72), (124, 80, 58))


@dataclass(frozen=True, eq=False)
class Person:
    """Who is in the picture.

    Attributes:
        body, shape: the body at rest.
        pieces: skin, eyes, hair, shoes and clothes, in drawing order.
        sole: height of the shoes' soles at rest, metres.
        words: those printed on the clothes.
    """

    body: BaseBody
    shape: Shape
    pieces: tuple[Piece, ...]
    sole: float
    words: tuple[str, ...] = ()

    @property
    def skirted(self) -> bool:
        """Whether a skirt or dress is worn, in which steps are short."""
        return any((piece.labels == part).any() for piece in self.pieces for part in (P.SKIRT, P.DRESS))


@dataclass(frozen=True)
class Look:
    """What a person looks like, apart from the clothes.

    Attributes:
        woman, dark: sex and tone of the skin.
        phenotype: proportions, as `BaseBody.shape` takes them.
        expression: of the face, as `BaseBody.shape` takes it.
        hair: RGB; hairstyle, shoes: which of the assets', counted round.
    """

    woman: bool
    dark: bool
    phenotype: dict[str, float]
    expression: dict[str, float]
    hair: Color
    hairstyle: int = 0
    skin: int = 0
    eyes: int = 0
    shoes: int = 0


def sample_look(rng: np.random.Generator) -> Look:
    """An adult."""
    woman, dark = bool(rng.random() < 0.5), bool(rng.random() < 0.35)
    origin = rng.dirichlet((4, 1, 1) if dark else (0.4, 1, 2))
    phenotype = {
        "gender": float(np.clip(rng.normal(0.97 if woman else 0.03, 0.03), 0, 1)),
        "age": float(rng.uniform(0.67, 0.88)),
        "muscle": float(np.clip(rng.normal(0.52 if woman else 0.62, 0.08), 0.3, 0.9)),
        "weight": float(np.clip(rng.normal(0.46, 0.13), 0.22, 0.85)),
        "height": float(np.clip(rng.normal(0.52, 0.1), 0.25, 0.8)),
        "proportions": float(rng.uniform(0.6, 0.95)),
        "cupsize": float(rng.uniform(0.3, 0.55)),
        **dict(zip(("african", "asian", "caucasian"), origin.tolist(), strict=True)),
    }
    colors = HAIR_COLORS[:2] + HAIR_COLORS[-1:] if dark else HAIR_COLORS
    smile, squint = rng.uniform(0.1, 0.45), rng.uniform(0.05, 0.2)
    expression = {
        **dict.fromkeys(("mouthSmileLeft", "mouthSmileRight"), smile),
        **dict.fromkeys(("eyeSquintLeft", "eyeSquintRight", "eyeBlinkLeft", "eyeBlinkRight"), squint),
    }
    numbers = rng.integers(1000, size=4).tolist()
    return Look(woman, dark, phenotype, expression, colors[rng.integers(len(colors))], *numbers)


def sample_person(rng: np.random.Generator, assets: Assets, quality: Quality = FULL) -> Person:
    """Somebody, dressed. The quality changes how fine the meshes are, not who it is."""
    look = sample_look(rng)
    return dress_person(rng, assets, look, wardrobe.outfit(rng, assets, look.woman), quality)


def dress_person(
    rng: np.random.Generator, assets: Assets, look: Look, garments: Sequence[Garment], quality: Quality = FULL
) -> Person:
    """The person of a look in these garments, from the skin outwards."""
    body, shape = assets.body, assets.body.shape(look.phenotype, look.expression)
    clothes = [cut_garment(body, shape, garment, quality.levels) for garment in garments]
    hidden = never_bare(body, shape)
    for garment, piece in zip(garments, clothes, strict=True):
        hidden |= covered(body, garment, piece, quality.levels)
    shoes, under_shoes = _shoes(assets, look, shape)
    hidden[under_shoes] = True
    texture = skin.paint_skin(body, _skin(rng, assets, look), look.hair, rng)
    pieces = [
        skin.body_piece(body, shape, texture, hidden, quality.skin),
        skin.eye_piece(body, shape, _eyes(rng, assets, look)),
        shoes,
        *clothes,
        *_hair(assets, look, shape),
        skin.lash_piece(body, shape),
    ]
    words = tuple(word for garment in garments for word in garment.words)
    return Person(body, shape, tuple(pieces), float(shoes.points[np.unique(shoes.triangles), 2].min()), words)


def _skin(rng: np.random.Generator, assets: Assets, look: Look) -> np.ndarray:
    tones = SKIN_COLORS[2:] if look.dark else SKIN_COLORS[:2]
    if paths := assets.skins(look.woman, look.dark):
        return _textured_skin(assets, paths[look.skin % len(paths)], look.woman, look.dark)
    if paths := assets.skins(look.woman, False):
        return _tanned_skin(assets, paths[look.skin % len(paths)], tones[look.skin % 2])
    return skin.procedural_skin(tones[look.skin % 2], rng)


@functools.lru_cache(maxsize=16)
def _textured_skin(assets: Assets, path: Path, woman: bool, dark: bool) -> np.ndarray:
    picture = skin.resized(assets.picture(path))
    # The dark textures are painted for stronger light than a studio's.
    if dark:
        return (255 * (picture / 255) ** 0.78).astype(np.uint8)
    # And the women's a little pale.
    return (picture * (1.0, 0.955, 0.91)).astype(np.uint8) if woman else picture


@functools.lru_cache(maxsize=16)
def _tanned_skin(assets: Assets, path: Path, tone: Color) -> np.ndarray:
    return skin.tan(skin.resized(assets.picture(path)), tone)


def _eyes(rng: np.random.Generator, assets: Assets, look: Look) -> np.ndarray:
    paths = [p for p in assets.eyes() if not look.dark or "brown" in p.stem]
    if paths:
        return assets.picture(paths[look.eyes % len(paths)])
    return skin.procedural_eye(((86, 56, 36), (70, 104, 120), (84, 96, 66))[0 if look.dark else look.eyes % 3])


def _hair(assets: Assets, look: Look, shape: Shape) -> list[Piece]:
    folders = assets.hair(look.woman)
    if not folders:
        return [_cap(assets.body, shape, look.hair)]
    folder = folders[look.hairstyle % len(folders)]
    proxy, dyed = assets.proxy(folder)[0], _dyed(assets, folder, look.hair)
    return [skin.proxy_piece(assets.body, shape, proxy, dyed, Surface.HAIR, P.HAIR)]


@functools.lru_cache(maxsize=96)
def _dyed(assets: Assets, folder: Path, color: Color) -> np.ndarray:
    return skin.dye(assets.proxy(folder)[1], color)


def _cap(body: BaseBody, shape: Shape, color: Color) -> Piece:
    """Close-cropped hair without assets: the helper's upper part, above the ears and behind the brow."""
    shell = body.shell("helper-hair", 2)
    points, triangles = shell.matrix @ shape.vertices.astype(float), shell.triangles
    eyes = shape.vertices[body.bone_vertices("eye")].mean(0)
    cut = (eyes[2] + 0.005 - points[:, 2]) + 0.9 * np.maximum(eyes[1] + 0.1 - points[:, 1], 0)
    strands = np.tile(np.array(color) * np.random.default_rng(7).uniform(0.7, 1.2, (1, 256, 1)), (8, 1, 1))
    uv = np.stack([points[triangles][..., 0] * 5, points[triangles][..., 2]], axis=2).astype(np.float32)
    labels = np.full(len(triangles), P.HAIR, np.uint8)
    return Piece(
        points.astype(np.float32), shell.weights, triangles, uv, labels,
        np.clip(strands, 0, 255).astype(np.uint8), Surface.HAIR, cut=cut.astype(np.float32),
    )  # fmt: skip


def _shoes(assets: Assets, look: Look, shape: Shape) -> tuple[Piece, np.ndarray]:
    """The shoes, and the body vertices inside them."""
    body, folders = assets.body, assets.shoes()
    labels = (P.LEFT_SHOE, P.RIGHT_SHOE)
    if folders:
        proxy, texture = assets.proxy(folders[look.shoes % len(folders)])
        opaque = texture.copy()
        opaque[..., 3] = 255
        piece = skin.proxy_piece(body, shape, proxy, opaque, Surface.LEATHER, labels)
        # These shoes come with socks up the calf; the foot in them is drawn only above the shoe.
        top = landmarks(body, shape).ankle + 0.02
        inside = proxy.hidden[shape.vertices[proxy.hidden, 2] < top - 0.012]
        return replace(piece, cut=(piece.points[:, 2] - top).astype(np.float32)), inside
    shell = body.shell("helper-tights", 1)
    points, triangles = shell.matrix @ shape.vertices.astype(float), shell.triangles
    ankle = landmarks(body, shape).ankle
    triangles = triangles[(points[triangles, 2] < ankle + 0.04).all(1)]
    points = points + 0.007 * vertex_normals(points, triangles)
    part = np.where(points[triangles, 0].mean(1) > 0, *labels).astype(np.uint8)
    texture = np.full((4, 4, 3), ((46, 38, 34), (92, 58, 38), (210, 206, 200))[look.shoes % 3], np.uint8)
    piece = Piece(
        points.astype(np.float32), shell.weights, triangles,
        np.zeros((len(triangles), 3, 2), np.float32), part, texture, Surface.LEATHER,
        cut=(points[:, 2] - ankle - 0.01).astype(np.float32),
    )  # fmt: skip
    inside = np.flatnonzero((shape.vertices[:, 2] < ankle - 0.01)[: BODY.stop])
    return piece, inside
