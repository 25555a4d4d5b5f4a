"""A person photographed from the front, to be shown from behind, or the other way round."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..facing import Facing, facing
from ..parsing import MIRRORED_PARTS, part_mask
from ..parsing import BodyPart as P
from ..pose import MIRRORED, Skeleton
from ..pose import Keypoint as K
from .fill import continue_texture
from .matte import clean_core, grow
from .parts import HEAD, NOBODY
from .puppet import Layer, Puppet
from .rig import Body

_FACE, _COVER = (P.FACE, P.SUNGLASSES), (P.HAIR, P.HAT)
_CHIN = 0.45  # of the way from neck to nose: below it is the neck, which is skin from all sides
_HAIRLINE = 0.06  # of the length from neck to nose: skin shows through hair there
_ENOUGH = 0.02  # of the face's area: hair that can be continued over it


def turns_round(puppet: Puppet, target: Skeleton) -> bool:
    """Whether source and target show opposite sides of the person."""
    source = Skeleton(puppet.body.xy, puppet.body.known, np.ones(len(K)))
    return {facing(source), facing(target)} == {Facing.FRONT, Facing.BACK}


def hides_face(target: Skeleton) -> bool:
    """Whether a pose shows the back of the head: from behind, without nose or eye."""
    return facing(target) is Facing.BACK and not target.visible[[K.NOSE, K.RIGHT_EYE, K.LEFT_EYE]].any()


def other_sides(skeleton: Skeleton) -> Skeleton:
    """Left and right swapped in place.

    Who turns round keeps the outline: where the right arm was seen, the left one is. Its pixels serve for both.
    """
    order = list(MIRRORED)
    return Skeleton(skeleton.xy[order], skeleton.visible[order], skeleton.score[order])


def other_side_labels(parsing: np.ndarray) -> np.ndarray:
    """(h, w) uint8 labels with left and right swapped in place."""
    table = np.arange(256, dtype=np.uint8)
    table[: len(MIRRORED_PARTS)] = MIRRORED_PARTS
    return table[parsing]


def without_face(puppet: Puppet) -> Puppet:
    """The same person with the back of the head in the face's place: hair or hat goes on over it; of a bald head skin.

    What is painted over is invented: none of it is the photo's own any more.
    """
    head = next((layer for layer in puppet.layers if layer.owner == HEAD), None)
    if head is None:
        return puppet
    face = _face_of(head, puppet.body)
    if not face.any():
        return puppet
    painted = _covered(head, face, puppet.body)
    x, y = head.origin
    rows, columns = face.nonzero()
    inside = (rows + y >= 0) & (rows + y < len(puppet.photo)) & (columns + x >= 0)
    inside &= columns + x < puppet.photo.shape[1]
    rows, columns = rows[inside], columns[inside]
    photo, owner, interior = puppet.photo.copy(), puppet.owner.copy(), puppet.interior.copy()
    photo[rows + y, columns + x] = painted[rows, columns]
    owner[rows + y, columns + x] = interior[rows + y, columns + x] = NOBODY
    pixels = np.concatenate([np.where(face[..., None], painted, head.pixels[..., :3]), head.pixels[..., 3:]], -1)
    labels = np.where(face, P.HAIR, head.labels).astype(np.uint8)
    trust = np.where(face, 0, head.trust).astype(np.uint8)
    behind = replace(head, pixels=pixels, labels=labels, trust=trust)
    layers = tuple(behind if layer is head else layer for layer in puppet.layers)
    return replace(puppet, photo=photo, owner=owner, interior=interior, layers=layers)


def _face_of(head: Layer, body: Body) -> np.ndarray:
    """(h, w) bool: the head's pixels that show the face, with the hairline, without the neck."""
    face = part_mask(head.labels, _FACE)
    rows, columns = np.mgrid[0 : face.shape[0], 0 : face.shape[1]]
    up = body.xy[K.NOSE] - body.xy[K.NECK]
    places = np.stack([columns, rows], -1) + head.origin - body.xy[K.NECK]
    face = grow(face, _HAIRLINE * float(np.linalg.norm(up))) & part_mask(head.labels, _FACE + _COVER)
    return face & (places @ up > _CHIN * (up @ up))


def _covered(head: Layer, face: np.ndarray, body: Body) -> np.ndarray:
    """(h, w, 3) uint8: the head's colours, the face painted over."""
    colors = head.pixels[..., :3].astype(np.float32)
    size = float(np.linalg.norm(body.xy[K.NOSE] - body.xy[K.NECK]))
    cover = part_mask(head.labels, _COVER) & (head.pixels[..., 3] > 250) & ~face
    # Hair at its rim is mixed with what lies beyond it; close-cropped hair is all rim.
    core = clean_core(cover, 0.03 * size)
    cover = _of_one_colour(colors, core if core.sum() > 0.3 * cover.sum() else cover)
    if cover.sum() <= _ENOUGH * face.sum():
        return np.rint(np.where(face[..., None], _spread(colors, face, 0.25 * size), colors)).astype(np.uint8)
    strands = np.clip(colors - _spread(colors, cover, 0.06 * size), -24, 24)
    painted = _spread(colors, cover, 0.2 * size) + continue_texture(strands, cover, face)
    return np.clip(np.rint(np.where(face[..., None], painted, colors)), 0, 255).astype(np.uint8)


def _of_one_colour(colors: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """The (h, w) bool mask without the pixels that are far from its usual colour: glints, skin, a clip."""
    if not mask.any():
        return mask
    away = np.abs(colors - np.median(colors[mask], 0)).max(-1)
    return mask & (away <= 2 * np.median(away[mask]))


def _spread(colors: np.ndarray, known: np.ndarray, sigma: float) -> np.ndarray:
    """(h, w, 3) float32: the known pixels' colours, averaged around each pixel near and far."""
    total, weight = np.zeros_like(colors), np.zeros(known.shape, np.float32)
    mask = known.astype(np.float32)
    for scale, share in ((1, 1.0), (3, 1e-2), (9, 1e-4)):
        reach = max(0.8, scale * sigma)
        total += share * cv2.GaussianBlur(colors * mask[..., None], (0, 0), reach)
        weight += share * cv2.GaussianBlur(mask, (0, 0), reach)
    return total / np.maximum(weight, 1e-12)[..., None]
