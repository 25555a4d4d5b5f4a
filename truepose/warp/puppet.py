"""Cut a photo into a puppet: layers with their hidden texture, and the background behind them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from ..colour import colour_vote
from ..parsing import BodyPart as P
from ..parsing import part_mask
from ..pose import Keypoint as K
from ..reading.person import Person
from .bounded import parts_of
from .daylight import beyond_daylight
from .fill import continue_texture, nearest_known
from .matte import Matte, clean_core, close, draw_out, grow, majority, mixed, soften
from .order import height_of
from .parts import FIRST_CARRIED, FIRST_LIMB, HEAD, NOBODY, TRUNK, Parts, down_the_spine, limb_distance
from .plate import paint_background
from .prints import without_prints
from .raster import grid_mesh
from .rig import FACE, LIMB_CHAINS, Body, complete
from .roles import Kind, Role, along, smoothstep
from .skin import Skin, skin_of

_REACH = 0.025  # of the body's unit: how far the outline of a parsing map may be off
_CONTRASTING = 0.66  # of a sleeve: where more of it has colours that the trunk has not, it is of another cloth
_TRACE = 25  # of 255: pixels that hold less of the person tell nothing of its colour


@dataclass(frozen=True, eq=False)
class Layer:
    """One piece of the puppet, cropped from the photo.

    Attributes:
        skin: the vertices of its mesh, photo pixels, and the bones they follow.
        owner: the number of this layer in `Puppet.owner`.
        origin: (x, y) of the crop in the photo.
        pixels: (h, w, 4) uint8 RGB and alpha; colours reach beyond the alpha's border.
        trust: (h, w) uint8, 255 where the texture is the photo's own, 0 where it is invented.
        labels: (h, w) uint8 `BodyPart`.
        triangles: (M, 3) int32 vertices of its mesh.
    """

    skin: Skin
    owner: int
    origin: tuple[int, int]
    pixels: np.ndarray
    trust: np.ndarray
    labels: np.ndarray
    triangles: np.ndarray


@dataclass(frozen=True, eq=False)
class Puppet:
    """A photo ready to be re-posed any number of times.

    Attributes:
        photo: (H, W, 3) uint8 RGB.
        plate: (H, W, 3) uint8 RGB, the photo without the person.
        invented: (H, W) bool, where the plate is not the photo's own; elsewhere both are equal bit for bit.
        owner: (H, W) uint8, the layer each pixel of `invented` shows in the photo; 0 elsewhere.
        interior: (H, W) uint8, `owner` where the pixel is clean of background, else 0.
        labels: (H, W) uint8 `BodyPart`, cleaned of specks.
        body: the source joints.
        parts: how the person was cut.
        layers: in no particular order.
    """

    photo: np.ndarray
    plate: np.ndarray
    invented: np.ndarray
    owner: np.ndarray
    interior: np.ndarray
    labels: np.ndarray
    body: Body
    parts: Parts
    layers: tuple[Layer, ...]


def cut_puppet(photo: np.ndarray, person: Person) -> Puppet:
    """Prepare a photo for warping.

    Args:
        photo: (H, W, 3) uint8 RGB.
        person: its joints and parsing map, of the photo's size.

    Raises:
        ValueError: shapes or types do not match, or the skeleton has no visible joint.
    """
    if photo.ndim != 3 or photo.shape[2] != 3 or photo.dtype != np.uint8:
        raise ValueError(f"photo must be (H, W, 3) uint8, got {photo.shape} {photo.dtype}")
    if person.parsing.shape != photo.shape[:2]:
        raise ValueError(f"the parsing map must have the photo's size {photo.shape[:2]}, got {person.parsing.shape}")
    body = complete(person.skeleton, person.box[3] - person.box[1])
    parts = parts_of(photo, person.parsing, body)
    body = _with_checked_face(body, parts)
    rim = max(2.0, 0.055 * body.unit)
    mask = parts.owner > 0
    invented = grow(mask, rim) | _contact(parts, rim)
    with ThreadPoolExecutor(1) as pool:  # the plate needs nothing of the layers
        plate = pool.submit(paint_background, photo, invented, fade=0.08 * body.unit)
        owner = parts.owner.copy()
        if mask.any():
            owner[invented & ~mask] = owner[nearest_known(mask, invented & ~mask)]
        # The matte's band stays within the rim: the plate shows nothing of what the matte calls person.
        matte = draw_out(photo, mask, min(rim - 1, max(2.0, _REACH * body.unit)))
        layers = [_cut(matte, owner, parts, body, number, rim) for number in _numbers(parts)]
        clean = clean_core(mask, _rim_margin(body)) & (matte.alpha == 255)
        interior = np.where(clean, parts.owner, NOBODY).astype(np.uint8)
        present = tuple(layer for layer in layers if layer)
        return Puppet(photo, plate.result(), invented, owner, interior, parts.labels, body, parts, present)


def _contact(parts: Parts, rim: float) -> np.ndarray:
    """(H, W) bool: the ground about the shoes, where their shadows and missed toes would be left behind."""
    return grow(part_mask(parts.labels, (P.RIGHT_SHOE, P.LEFT_SHOE)), 2.2 * rim)


def _with_checked_face(body: Body, parts: Parts) -> Body:
    """Distrust the face's joints that lie outside the head's pixels; a nose so lost is put amid the face."""
    head = parts.owner == HEAD
    if not head.any():
        return body
    near, known, xy = grow(head, 0.05 * body.unit), body.known.copy(), body.xy.copy()
    height, width = head.shape
    for joint in FACE:
        x, y = np.rint(xy[joint]).astype(int)
        known[joint] &= bool(0 <= x < width and 0 <= y < height and near[y, x])
    if not known[K.NOSE]:
        face = parts.labels == P.FACE
        rows, columns = (face if face.any() else head).nonzero()
        xy[K.NOSE] = columns.mean(), rows.mean()
    return Body(xy, known, body.unit)


def _rim_margin(body: Body) -> float:
    """Pixels along a border whose colours carry a trace of what lies beyond it."""
    return float(np.clip(0.013 * body.unit, 1.0, 3.5))


def _softness(body: Body) -> float:
    """Pixels over which one layer's border fades into the next, as a Gaussian's sigma."""
    return float(np.clip(0.008 * body.unit, 0.6, 2.0))


def _numbers(parts: Parts) -> list[int]:
    limbs = [FIRST_LIMB + index for index in range(4) if parts.cut[index]]
    return [HEAD, TRUNK, *limbs, *(FIRST_CARRIED + index for index in range(len(parts.carried)))]


def _cut(matte: Matte, nearest: np.ndarray, parts: Parts, body: Body, number: int, rim: float) -> Layer | None:
    """One layer, or None where the photo shows nothing of it.

    Against the background its border is the person's matte; against other layers it is a soft ramp.

    Args:
        matte: the person, drawn out of the photo.
        nearest: (H, W) uint8 `Puppet.owner`, all that the layer must be able to show.
    """
    own = parts.owner == number
    if not own.any():
        return None
    window = _window(parts, body, own, number, rim)
    scene = _Scene(parts.owner[window], parts.labels[window], _grid(window), body, parts)
    role, genuine, hidden, fade = _LAYERS[min(number, FIRST_CARRIED)](scene, number)
    support = genuine | hidden
    beyond = (nearest[window] == number) & (scene.owner == NOBODY)
    reach = grow(support, rim + 1) | (nearest[window] == number)
    seen = Matte(matte.alpha[window], matte.colour[window])
    alpha = np.rint(soften(support | beyond, _softness(body)) * (fade * seen.alpha))
    lent = scene.sleeves(seen.colour) & hidden if number == TRUNK else np.zeros_like(own[window])
    colour, labels, genuine = _texture(scene, seen, number, genuine | lent, beyond, reach)
    genuine &= ~lent
    vertices, triangles = grid_mesh(reach, max(3.0, 0.06 * body.unit))
    origin = (window[1].start, window[0].start)
    return Layer(
        skin_of(vertices + np.float32(origin), role, body), number, origin,
        np.dstack([colour, alpha.astype(np.uint8)]), 255 * genuine.astype(np.uint8), labels, triangles,
    )  # fmt: skip


def _texture(scene: _Scene, matte: Matte, number: int, genuine: np.ndarray, beyond: np.ndarray, reach: np.ndarray):
    """What a layer shows: the photo's own texture where it is clean of all else, continued from there elsewhere.

    Args:
        scene, matte: of the layer's (h, w) window.
        number: the layer.
        genuine: (h, w) bool, where the photo shows it.
        beyond: (h, w) bool, the background nearest to it, into which its soft border reaches.
        reach: (h, w) bool, where texture is wanted.

    Returns:
        (h, w, 3) uint8 RGB, (h, w) uint8 labels, and (h, w) bool where the texture is the photo's own.
    """
    unit, margin = scene.body.unit, _rim_margin(scene.body)
    own = scene.owner == number
    # What borders on another piece carries a trace of it along its rim, which would stay behind as a ghost outline.
    above = scene.above(number) & ~genuine
    carried = above & (scene.owner >= FIRST_CARRIED)
    genuine = genuine & ~grow(above, 0.012 * unit) & ~grow(carried, 0.05 * unit)
    if not genuine.any():
        genuine = own
    core = clean_core(genuine, margin)
    pure = core & (matte.alpha == 255)
    pure = pure if pure.any() else core
    far = pure & ~grow(above, 0.03 * unit)
    filled = continue_texture(np.dstack([matte.colour, scene.labels]), far if far.any() else pure, reach)
    if number == TRUNK:
        filled[..., :3] = without_prints(filled[..., :3], far if far.any() else pure, filled[..., 3])
    shown = genuine | beyond
    genuine = shown & (matte.alpha > _TRACE)
    share = soften(clean_core(shown, margin) & genuine, _softness(scene.body)) * genuine
    return mixed(filled[..., :3], matte.colour, share), np.where(own, scene.labels, filled[..., 3]), genuine


def _grid(window: tuple[slice, slice]) -> np.ndarray:
    """(h, w, 2) float32 photo coordinates (x, y) of a window's pixels."""
    rows, columns = (np.arange(span.start, span.stop, dtype=np.float32) for span in window)
    grid = np.empty((len(rows), len(columns), 2), np.float32)
    grid[..., 0], grid[..., 1] = columns, rows[:, None]
    return grid


def _window(parts: Parts, body: Body, own: np.ndarray, number: int, rim: float) -> tuple[slice, slice]:
    """The crop around a layer, with room for what is hidden of it."""
    height, width = own.shape
    rows, columns = own.any(1).nonzero()[0], own.any(0).nonzero()[0]
    low, high = np.array([columns[0], rows[0]]), np.array([columns[-1], rows[-1]])
    if FIRST_LIMB <= number < FIRST_CARRIED:
        bones = np.clip(body.xy[list(LIMB_CHAINS[number - FIRST_LIMB])], 0, (width - 1, height - 1))
        low, high = np.minimum(low, bones.min(0)), np.maximum(high, bones.max(0))
    margin = rim + 3 + (0.4 if number in (HEAD, TRUNK) else 0.3) * body.unit
    x0, y0 = np.maximum(np.floor(low - margin), 0).astype(int)
    x1, y1 = np.minimum(np.ceil(high + margin) + 1, (width, height)).astype(int)
    return slice(y0, y1), slice(x0, x1)


@dataclass(frozen=True, eq=False)
class _Scene:
    """What the layer cutters look at, all cropped to one window. grid: (h, w, 2) photo coordinates."""

    owner: np.ndarray
    labels: np.ndarray
    grid: np.ndarray
    body: Body
    parts: Parts

    def down(self) -> np.ndarray:
        """(h, w) how far down the spine each pixel is: 0 shoulders, 1 hips."""
        return down_the_spine(self.grid, self.body)

    def above(self, number: int) -> np.ndarray:
        """(h, w) bool: pieces that lie over this one in the photo."""
        height = {n: height_of(n, self.parts, self.body, self.body.xy) for n in _numbers(self.parts)}
        pieces = [n for n in height if height[n] > height[number]]
        table = np.zeros(256, bool)
        table[pieces] = True
        return table[self.owner]

    def arms(self) -> np.ndarray:
        """(h, w) bool: both arms, with their sleeves."""
        return (self.owner == FIRST_LIMB) | (self.owner == FIRST_LIMB + 1)

    def covers(self) -> np.ndarray:
        """(h, w) bool: arms and carried things."""
        return self.arms() | (self.owner >= FIRST_CARRIED)

    def sleeves(self, photo: np.ndarray) -> np.ndarray:
        """(h, w) bool: what of the arms shows the trunk's own cloth. It is also what the trunk shows under it."""
        out = np.zeros(self.owner.shape, bool)
        for cloth in (P.UPPER_CLOTHES, P.DRESS):
            trunk = (self.labels == cloth) & (self.owner == TRUNK)
            for arm in (FIRST_LIMB, FIRST_LIMB + 1):
                sleeve = (self.labels == cloth) & (self.owner == arm)
                vote = colour_vote(photo, sleeve, trunk)[sleeve]
                if trunk.any() and sleeve.any() and (vote > 1).mean() < _CONTRASTING:
                    out |= sleeve
        return out


def _cut_head(scene: _Scene, number: int):
    own = scene.owner == HEAD
    hidden = close(own, 0.15 * scene.body.unit) & scene.covers() & scene.above(HEAD)
    return Role(Kind.HEAD), own, hidden, 1.0


def _cut_trunk(scene: _Scene, number: int):
    """The torso with what arms, bags and hair hide of it, and the upper end of the trousers."""
    unit, body = scene.body.unit, scene.body
    own = scene.owner == TRUNK
    down = scene.down()
    trousers = part_mask(scene.labels, (P.PANTS,)) & (scene.owner >= FIRST_LIMB + 2) & (scene.owner < FIRST_CARRIED)
    trousers &= down < 1.45
    # A coat or skirt over the hips is a sheet of its own and hides the gap; trousers alone need their upper end here.
    if (own & (down > 1.15)).sum() > 0.04 * unit**2:
        trousers[:] = False
    divided = bool(trousers.any())
    corners = body.xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER, K.LEFT_HIP, K.RIGHT_HIP]].copy()
    corners[2:] += 0.12 * (corners[2:] - corners[[3, 2]])
    quad = np.zeros(own.shape, np.uint8)
    cv2.fillConvexPoly(quad, np.rint(corners - scene.grid[0, 0]).astype(np.int32), 1)
    # From the shoulder's tip to the waist the side is straight, wherever a sleeve's cut runs.
    chest = (own & (down < 0.6)).astype(np.uint8)
    if chest.any():
        cv2.fillConvexPoly(quad, cv2.convexHull(cv2.findNonZero(chest)), 1)
    covers = scene.covers()
    hidden = covers & (close(own, 0.3 * unit) | (quad > 0) | grow(own, 0.02 * unit))
    # A bag held before wide trousers or a skirt bites deeper into them.
    wide = own & part_mask(scene.labels, (P.SKIRT, P.DRESS, P.PANTS))
    hidden |= (scene.owner >= FIRST_CARRIED) & close(wide, 0.6 * unit)
    hidden &= ~beyond_daylight(own | trousers, scene.labels == 0)
    smooth = majority(own | trousers | hidden, max(0.8, 0.04 * unit))
    hidden &= smooth | grow(own, 0.01 * unit)
    hidden |= (scene.owner == HEAD) & (close(own, 0.2 * unit) | grow(own, 0.1 * unit)) & (down > -0.12)
    fade = np.where(trousers, 1 - smoothstep((down - 1.06) / 0.36), 1.0).astype(np.float32)
    fade = _spread(fade, own | hidden | trousers, 0.1 * unit)
    return Role(Kind.TRUNK, divided=divided), own | trousers, hidden & ~trousers, fade


def _spread(fade: np.ndarray, support: np.ndarray, reach: float) -> np.ndarray:
    """The fade of a layer's support, continued beyond its border: where it fades out its soft rim does too."""
    beyond = grow(support, reach) & ~support
    fade[beyond] = fade[nearest_known(support, beyond)]
    return fade


def _cut_arm(scene: _Scene, number: int):
    """An arm with its sleeve; a cap of the trunk's shoulder, fading, joins the two."""
    index = number - FIRST_LIMB
    chain, radius = LIMB_CHAINS[index], scene.parts.radii[index]
    own = scene.owner == number
    shoulder, elbow, _ = scene.body.xy[list(chain)]
    axis = (elbow - shoulder) / max(float(np.linalg.norm(elbow - shoulder)), 1e-6)
    height = along(scene.grid, shoulder, axis)  # towards the elbow
    distance = limb_distance(scene.grid, scene.body, chain, 0.1 * scene.body.unit)
    cap = (scene.owner == TRUNK) & (distance < 1.15 * radius) & (height < 0.3 * radius) & grow(own, 1.2 * radius)
    fade = np.where(cap, smoothstep((height + 0.5 * radius) / (0.6 * radius)), 1.0).astype(np.float32)
    other = FIRST_LIMB + 1 - index
    occluders = (scene.owner == HEAD) | (scene.owner == other) | (scene.owner >= FIRST_CARRIED)
    # A strap over the shoulder stays before the arm: nothing of the arm is invented there.
    upper = height < 0.6 * float(np.linalg.norm(elbow - shoulder))
    worn = [FIRST_CARRIED + i for i, role in enumerate(scene.parts.carried) if role.joint is None]
    occluders &= ~(upper & np.isin(scene.owner, worn))
    if scene.parts.behind[index]:
        occluders |= (scene.owner == TRUNK) & ~cap
    hidden = occluders & (distance < 0.9 * radius)
    hidden |= occluders & close(own, radius) & (distance < 1.3 * radius)
    return Role(Kind.ARM, index), own | cap, hidden, _spread(fade, own | cap | hidden, 0.1 * scene.body.unit)


def _cut_leg(scene: _Scene, number: int):
    """A leg with what the other leg, arms and skirts hide of it, reaching up into the pelvis."""
    index = number - FIRST_LIMB
    chain, radius = LIMB_CHAINS[index], scene.parts.radii[index]
    own = scene.owner == number
    distance = limb_distance(scene.grid, scene.body, chain, 0.1 * scene.body.unit)
    down = scene.down()
    upper = part_mask(scene.labels, (P.PANTS,)) & (scene.owner == TRUNK) & (distance < 1.3 * radius) & (down > 0.85)
    occluded = (scene.owner != number) & (scene.owner != NOBODY) & ~upper
    hidden = occluded & (distance < radius) & (down > 0.9)
    # Where a bag hides its outline the leg goes on as wide as its bone says, a little more where it closes a gap.
    gap = close(own, 0.3 * scene.body.unit) & (distance < 1.5 * radius)
    hidden |= scene.covers() & ((distance < 1.2 * radius) | gap) & (down > 0.9)
    return Role(Kind.LEG, index), own | upper, hidden, 1.0


def _cut_carried(scene: _Scene, number: int):
    own = scene.owner == number
    return scene.parts.carried[number - FIRST_CARRIED], own, close(own, 0.1 * scene.body.unit) & scene.arms(), 1.0


_LAYERS = {
    HEAD: _cut_head, TRUNK: _cut_trunk, FIRST_LIMB: _cut_arm, FIRST_LIMB + 1: _cut_arm,
    FIRST_LIMB + 2: _cut_leg, FIRST_LIMB + 3: _cut_leg, FIRST_CARRIED: _cut_carried,
}  # fmt: skip
