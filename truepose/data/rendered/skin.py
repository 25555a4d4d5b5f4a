"""Heads: painted skins, eyes, lashes, and hair in any colour."""

from __future__ import annotations

import functools

import cv2
import numpy as np
from scipy import sparse
from scipy.interpolate import LinearNDInterpolator

from ...parsing import BodyPart as P
from .body import BODY, BaseBody, Shape
from .fabric import Color
from .geometry import triangulate
from .mhclo import Proxy
from .piece import Piece, Surface

SIZE = 1024  # pixels of a skin texture
_EYE = (75 / 256, 179 / 256, 29 / 256)  # the iris in MakeHuman's eye textures: centre, radius; the first row at 0
_IRIS_ANGLE = np.radians(27)


@functools.cache
def _brow_chart(body: BaseBody) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The texels about the brows: their (x, z) metres from between the eyes on the template; rows and columns."""
    template = body.template.vertices
    corners, uv = body.quads.ravel(), body.uv[body.uv_quads.ravel()]
    eyes = template[body.bone_vertices("eye")].mean(0)
    x, y, z = (template[corners] - (0, 0, eyes[2])).T
    near = (corners < BODY.stop) & (np.abs(x) < 0.075) & (y < -0.08) & (z > -0.02) & (z < 0.06)
    near &= uv[:, 0] > 0.5  # the layout's other half has the eyes' sockets
    interpolate = LinearNDInterpolator(uv[near], np.stack([x, z], axis=1)[near])
    low, high = uv[near].min(0), uv[near].max(0)
    columns = np.arange(int(low[0] * SIZE), int(high[0] * SIZE))
    rows = np.arange(int((1 - high[1]) * SIZE), int((1 - low[1]) * SIZE))
    place = interpolate(np.stack(np.meshgrid((columns + 0.5) / SIZE, 1 - (rows + 0.5) / SIZE), axis=2))
    return place, rows, columns


def paint_skin(body: BaseBody, skin: np.ndarray, brows: Color, rng: np.random.Generator) -> np.ndarray:
    """A (1024, 1024, 3) uint8 RGB skin in a person's own tone, with eyebrows."""
    tone = np.append(1 + rng.normal(0, 0.04) + rng.normal(0, 0.015, 3), 0)
    skin = cv2.multiply(skin, tone)
    place, rows, columns = _brow_chart(body)
    x, z = np.abs(place[..., 0]), place[..., 1]
    inner, outer, height, thick = 0.0125, 0.0505, rng.uniform(0.0185, 0.0215), rng.uniform(0.0034, 0.0048)
    along = (x - inner) / (outer - inner)
    middle = height + 0.0055 * np.sin(np.clip(along, 0, 1.1) * 2.3) - 0.0035 * np.clip(along, 0, 1.2) ** 2
    width = thick * np.clip(1.15 - 0.75 * along, 0.1, 1) * np.clip(along * 6 + 0.5, 0, 1)
    inside = np.exp(-0.5 * ((z - middle) / np.maximum(width * 0.62, 1e-6)) ** 2)
    inside *= np.clip(along * 9 + 0.6, 0, 1) * np.clip((1.06 - along) * 7, 0, 1)
    hairs = cv2.GaussianBlur(rng.normal(0, 1, x.shape).astype(np.float32), (0, 0), 0.8)
    alpha = np.nan_to_num(np.clip(inside * (0.82 + 0.35 * hairs), 0, 0.88))[..., None].astype(np.float32)
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    skin[window] = skin[window] * (1 - alpha) + alpha * np.array(brows, np.float32) * 0.7
    return skin


def resized(skin: np.ndarray) -> np.ndarray:
    """A square skin texture, (1024, 1024, 3) uint8."""
    return cv2.resize(skin, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def tan(skin: np.ndarray, color: Color) -> np.ndarray:
    """A skin texture (H, W, 3) uint8 in a darker tone, its features kept."""
    light = skin.astype(np.float32)
    ratio = light / np.median(light.reshape(-1, 3), axis=0)
    return np.clip(np.array(color) * ratio**1.15, 0, 255).astype(np.uint8)


def procedural_skin(color: Color, rng: np.random.Generator) -> np.ndarray:
    """A plain skin for where no textures are at hand: (1024, 1024, 3) uint8 RGB, faintly mottled."""
    mottle = cv2.GaussianBlur(rng.normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 5)
    return np.clip(np.array(color) * (1 + 0.02 * mottle / mottle.std())[..., None], 0, 255).astype(np.uint8)


def procedural_eye(iris: Color) -> np.ndarray:
    """An eye laid out like MakeHuman's: (256, 256, 3) uint8 RGB."""
    picture = np.full((256, 256, 3), 232, np.uint8)
    centre, radius = (round(_EYE[0] * 256), round(_EYE[1] * 256)), round(_EYE[2] * 256)
    for size, color in ((radius, tuple(c // 2 for c in iris)), (radius - 3, iris), (radius * 4 // 9, (12, 12, 12))):
        cv2.circle(picture, centre, size, color, -1, cv2.LINE_AA)
    return picture


def body_piece(body: BaseBody, shape: Shape, texture: np.ndarray, hidden: np.ndarray, detail: float = 0.0) -> Piece:
    """The bare skin that shows, eyes left out. `hidden` is (19158,) bool: vertices under clothes."""
    triangles, uv_triangles = body.surface(detail)
    kept = ~hidden[triangles].all(1)
    triangles, uv_triangles = triangles[kept], uv_triangles[kept]
    limbs = body.limb_weights()
    order = (("left_leg", P.LEFT_LEG), ("right_leg", P.RIGHT_LEG), ("left_arm", P.LEFT_ARM), ("right_arm", P.RIGHT_ARM))
    labels = np.full(len(triangles), P.FACE, np.uint8)
    for name, part in order:
        labels[limbs[name][triangles].mean(1) > 0.5] = part
    return Piece(shape.vertices, body.skin_weights, triangles, body.uv[uv_triangles], labels, texture, Surface.SKIN)


def eye_piece(body: BaseBody, shape: Shape, texture: np.ndarray) -> Piece:
    """Both eyeballs; the iris lies where each looks, straight ahead at rest."""
    triangles, uv = [], []
    for side in "lr":
        quads = body.groups[f"helper-{side}-eye"]
        points = shape.vertices[np.unique(quads)]
        centre = (points.min(0) + points.max(0)) / 2
        corners = shape.vertices[triangulate(quads)] - centre
        angle = np.arctan2(np.linalg.norm(corners[..., [0, 2]], axis=2), -corners[..., 1])
        flat = corners[..., [0, 2]] / np.maximum(np.linalg.norm(corners[..., [0, 2]], axis=2, keepdims=True), 1e-9)
        middle = np.array([_EYE[0], 1 - _EYE[1]])
        uv.append(middle + flat * (np.minimum(angle, 1.5) / _IRIS_ANGLE * _EYE[2])[..., None])
        triangles.append(triangulate(quads))
    triangles = np.concatenate(triangles)
    labels = np.full(len(triangles), P.FACE, np.uint8)
    uv = np.concatenate(uv).astype(np.float32)
    return Piece(shape.vertices, body.skin_weights, triangles, uv, labels, texture, Surface.EYE)


def lash_piece(body: BaseBody, shape: Shape) -> Piece:
    """The eyelashes: dark, half transparent."""
    quads = np.concatenate([q for name, q in body.groups.items() if "eyelashes" in name])
    triangles = triangulate(quads)
    texture = np.full((4, 4, 4), (24, 18, 16, 120), np.uint8)
    labels = np.full(len(triangles), P.FACE, np.uint8)
    return Piece(
        shape.vertices, body.skin_weights, triangles, np.zeros((len(triangles), 3, 2), np.float32), labels, texture,
        Surface.HAIR,
    )  # fmt: skip


def dye(texture: np.ndarray, color: Color) -> np.ndarray:
    """A hair texture (H, W, 4) in another colour, its strands' light and dark kept."""
    light = texture[..., :3].astype(np.float32).max(2)
    opaque = texture[..., 3] > 128
    middle = np.median(light[opaque]) if opaque.any() else 128.0
    # In textures of black hair a little light is much: less of it stays.
    lift = max(0.0, 48 - middle)
    # Fair hair has nothing lighter than itself, it would burn out; nor are its gaps as dark.
    darkest, lightest = max(0.25, 0.75 * max(color) / 255), min(2.2, 245 / max(color))
    shade = np.clip(((light + lift) / (middle + lift)) ** 0.7, darkest, lightest)[..., None]
    colors = np.clip(np.array(color, np.float32) * shade, 0, 255)
    # The colour is carried past the strands' ends, where textures are black under their transparency.
    cover = (texture[..., 3] > 200).astype(np.float32)[..., None]
    around = (
        cv2.GaussianBlur(colors * cover, (0, 0), 4) / np.maximum(cv2.GaussianBlur(cover, (0, 0), 4), 1e-3)[..., None]
    )
    return np.dstack([np.where(cover > 0, colors, around), texture[..., 3]]).astype(np.uint8)


@functools.cache
def _tied_weights(body: BaseBody, proxy: Proxy) -> sparse.csr_matrix:
    return proxy.bone_weights(body.skin_weights)


def proxy_piece(body: BaseBody, shape: Shape, proxy: Proxy, texture: np.ndarray, surface: Surface, labels) -> Piece:
    """Fitted hair or shoes. `labels` is one BodyPart, or a pair: for the person's left and right half."""
    points = proxy.fit(shape.vertices)
    triangles = triangulate(proxy.quads)
    uv = proxy.uv[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3, 2)
    left, right = labels if isinstance(labels, tuple) else (labels, labels)
    part = np.where(points[triangles, 0].mean(1) > 0, left, right).astype(np.uint8)
    return Piece(points, _tied_weights(body, proxy), triangles, uv, part, texture, surface)
