"""Which layer of the puppet each pixel of the person belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..colour import colour_vote
from ..parsing import HEAD_PARTS, part_mask
from ..parsing import BodyPart as P
from ..pose import ARMS, LEGS, LIMB_CHAINS
from ..pose import Keypoint as K
from .carried import assign_carried, whole_bags
from .daylight import slivers_beyond
from .labels import clean_labels, whole_skirts
from .matte import grow
from .prints import whole_prints
from .rig import Body, spine_of
from .roles import Role, along, segment_distance, smoothstep
from .seam import seam_between

NOBODY, HEAD, TRUNK, FIRST_LIMB, FIRST_CARRIED = 0, 1, 2, 3, 7
_ARM_SKIN = (P.RIGHT_ARM, P.LEFT_ARM)
_NARROW = 0.45  # of the body's unit between the shoulders: below it somebody is seen from the side
_CLOTH = frozenset({P.UPPER_CLOTHES, P.DRESS, P.SCARF})


@dataclass(frozen=True, eq=False)
class Parts:
    """A person cut into layers.

    Attributes:
        owner: (h, w) uint8, the layer each pixel shows: NOBODY, HEAD, TRUNK, FIRST_LIMB + index into LIMB_CHAINS,
            FIRST_CARRIED + index of the carried thing.
        labels: (h, w) uint8 `BodyPart`, cleaned of specks.
        carried: the role of each carried thing.
        radii: for each limb, half its thickness in pixels.
        behind: for each arm, whether its hand is hidden behind the trunk.
        cut: for each limb, whether it is a layer of its own; one that is not moves with the trunk.
    """

    owner: np.ndarray
    labels: np.ndarray
    carried: tuple[Role, ...]
    radii: tuple[float, ...]
    behind: tuple[bool, bool]
    cut: tuple[bool, ...]


def assign_parts(photo: np.ndarray, parsing: np.ndarray, body: Body) -> Parts:
    """Cut the person into layers by labels, bones and the picture's edges.

    Args:
        photo: (h, w, 3) uint8 RGB.
        parsing: (h, w) uint8 `BodyPart` labels.
        body: joints in the photo's pixels.
    """
    labels = whole_bags(photo, whole_skirts(clean_labels(parsing)), body)
    person = labels > 0
    depth = cv2.distanceTransform(person.astype(np.uint8), cv2.DIST_L2, 3)
    radii = tuple(_radius(depth, labels, body, index) for index in range(4))
    cut = tuple(bool(body.known[list(chain[:2])].all()) for chain in LIMB_CHAINS)
    owner = np.zeros(labels.shape, np.uint8)
    owner[person] = TRUNK
    grid = np.stack(np.meshgrid(np.arange(labels.shape[1]), np.arange(labels.shape[0])), -1).astype(np.float32)
    down = down_the_spine(grid, body)
    head = part_mask(labels, HEAD_PARTS | {P.SCARF})
    if (head & (down > 0.25)).sum() > part_mask(labels, (P.UPPER_CLOTHES, P.DRESS)).sum():
        head &= down < 0.25  # so much of it below the neck is a jacket by a wrong name
    owner[head] = HEAD
    _assign_legs(owner, labels, grid, body, cut)
    behind = (_is_behind(labels, body, 0), _is_behind(labels, body, 1))
    cut = (*(cut[i] and not _is_far(labels, grid, body, i, radii) for i in (0, 1)), *cut[2:])
    _assign_arms(owner, labels, photo, grid, body, radii, cut, behind)
    _give_slivers_to_arms(owner, labels, grid, body, cut)
    whole_prints(photo, owner, labels, TRUNK, body.unit)
    carried = assign_carried(owner, labels, FIRST_CARRIED, body, cut)
    return Parts(owner, labels, carried, radii, behind, cut)


def _radius(depth: np.ndarray, labels: np.ndarray, body: Body, index: int) -> float:
    """Half the thickness of a limb, from how deep its bones lie inside the person (or inside its bare skin)."""
    chain = LIMB_CHAINS[index]
    is_arm = index < 2
    low, usual, high = (0.07, 0.105, 0.16) if is_arm else (0.09, 0.15, 0.24)
    x, y = np.rint(body.xy[list(chain[:2])].mean(0)).astype(int)
    near = labels[max(0, y - 1) : max(0, y + 2), max(0, x - 1) : max(0, x + 2)]
    if is_arm and near.size and not part_mask(near, _ARM_SKIN).any():
        low = 0.095  # a sleeve is thicker than the arm in it
    points = []
    for start, end in zip(chain, chain[1:], strict=False):
        if body.known[start] and body.known[end]:
            span = np.linspace(0.35, 0.95, 8)[:, None]
            points.append(body.xy[start] + span * (body.xy[end] - body.xy[start]))
    if not points:
        return usual * body.unit
    x, y = np.rint(np.concatenate(points)).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < depth.shape[1]) & (y < depth.shape[0])
    values = depth[y[inside], x[inside]]
    values = values[values > 0.03 * body.unit]
    # A limb in front of the body lies deep inside the silhouette: such depths say nothing of its thickness.
    values = values[values < high * 1.15 * body.unit]
    measured = float(np.median(values)) * 1.12 if len(values) >= 3 else usual * body.unit
    return float(np.clip(measured, low * body.unit, high * body.unit))


def limb_distance(grid: np.ndarray, body: Body, chain: tuple[K, K, K], beyond: float = 0.0) -> np.ndarray:
    """(h, w) pixels from each grid point to a limb's bones, the last one lengthened by `beyond` pixels."""
    a, b, c = body.xy[list(chain)]
    tip = c + beyond * (c - b) / max(float(np.linalg.norm(c - b)), 1e-6)
    return np.minimum(segment_distance(grid, a, b)[0], segment_distance(grid, b, tip)[0])


def _assign_legs(owner, labels, grid, body: Body, cut) -> None:
    """Trousers below the hips, bare legs and shoes go to the nearer leg; shoes as wholes."""
    legs = part_mask(labels, (P.PANTS, P.RIGHT_LEG, P.LEFT_LEG, P.RIGHT_SHOE, P.LEFT_SHOE))
    if not legs.any() or not (cut[2] or cut[3]):
        return
    right, left = (limb_distance(grid, body, chain, 0.1 * body.unit) for chain in LEGS)
    score = right - left  # negative: right
    says = part_mask(labels, (P.LEFT_LEG, P.LEFT_SHOE)).astype(np.float32)
    says -= part_mask(labels, (P.RIGHT_LEG, P.RIGHT_SHOE))
    told = says != 0
    if told.any():
        agreement = float((np.sign(score[told]) * says[told]).mean())
        # Labels that contradict the joints altogether have left and right swapped.
        score += says * (0.16 * body.unit) * (1 if agreement > -0.25 else -1)
    for shoe in (P.RIGHT_SHOE, P.LEFT_SHOE):
        count, islands = cv2.connectedComponents((labels == shoe).astype(np.uint8))
        if count > 1:
            sums = np.bincount(islands.ravel(), score.ravel(), count)
            score = np.where(islands > 0, sums[islands], score)
    down = down_the_spine(grid, body)
    bare = part_mask(labels, (P.RIGHT_SHOE, P.LEFT_SHOE, P.RIGHT_LEG, P.LEFT_LEG))
    legs &= (down > 1.06) | (bare & (down > 0.75))  # leg labels on the chest are a mistake
    side = np.where(score < 0, FIRST_LIMB + 2, FIRST_LIMB + 3)
    if not cut[2]:
        side[:] = FIRST_LIMB + 3
    if not cut[3]:
        side[:] = FIRST_LIMB + 2
    owner[legs] = side[legs]


def down_the_spine(grid: np.ndarray, body: Body) -> np.ndarray:
    """(h, w) how far down the spine each grid point is: 0 at the shoulders, 1 at the hips."""
    spine = spine_of(body.xy)
    norm = float(np.linalg.norm(spine))
    top = body.xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER]].mean(0)
    return along(grid, top, spine / max(norm, 1e-6) / max(norm, 0.3 * body.unit))


def _assign_arms(owner, labels, photo, grid, body: Body, radii, cut, behind) -> None:
    skin = part_mask(labels, _ARM_SKIN)
    hand = 0.28 * body.unit
    distances = [limb_distance(grid, body, chain, hand) / radius if known else np.full(labels.shape, 1e6, np.float32)
                 for chain, radius, known in zip(ARMS, radii[:2], cut[:2], strict=True)]  # fmt: skip
    if not any(cut[:2]):
        return
    nearer = np.where(distances[0] <= distances[1], 0, 1)
    closest = np.minimum(*distances)
    bare = skin & (closest < 3.0)
    owner[bare] = (FIRST_LIMB + nearer)[bare]
    # Jumpsuits count as trousers: above the belly everything left is cloth, by whatever name.
    cloth = (part_mask(labels, _CLOTH) | (down_the_spine(grid, body) < 0.6)) & (owner == TRUNK) & ~skin
    cloth &= labels != P.BAG
    for index in (0, 1):
        if cut[index]:
            sleeve = _sleeve(photo, cloth, skin, grid, body, index, radii[index], behind[index])
            owner[sleeve & (distances[index] <= distances[1 - index] * 1.0001)] = FIRST_LIMB + index
    _give_away_slivers(owner, cloth, closest, nearer, 0.045 * body.unit)
    _give_away_islands(owner, cloth, closest, nearer, 0.12 * body.unit**2)


def _give_slivers_to_arms(owner, labels, grid, body: Body, cut) -> None:
    """What is told from the trunk by daylight and lies near an arm is that arm's."""
    slivers = slivers_beyond(owner, labels, TRUNK, body.unit)
    for index in (0, 1):
        if cut[index] and slivers.any():
            near = limb_distance(grid, body, ARMS[index], 0.1 * body.unit) < 0.3 * body.unit
            owner[slivers & near] = FIRST_LIMB + index


def _give_away_slivers(owner, cloth, closest, nearer, radius: float) -> None:
    """Thin strips of cloth along an arm, left over where the map's border was rough, go with the arm.

    Left on the trunk they would stand there as the arm's outline when it moves away.
    """
    trunk = owner == TRUNK
    thick = grow(~grow(~trunk, radius), radius)
    thin = trunk & cloth & ~thick & (closest < 1.6)
    arms = (owner == FIRST_LIMB) | (owner == FIRST_LIMB + 1)
    count, strips = cv2.connectedComponents(thin.astype(np.uint8), connectivity=8)
    if count <= 1:
        return
    beside = np.zeros(count, bool)
    beside[np.unique(strips[grow(arms, 2.0)])] = True
    beside[0] = False
    given = beside[strips]
    owner[given] = (FIRST_LIMB + nearer)[given]


def _give_away_islands(owner, cloth, closest, nearer, most: float) -> None:
    """Pieces of cloth that the sleeves cut off from the trunk belong to the sleeve beside them.

    Larger ones, of more than `most` pixels, do not: a forearm before the body divides chest and belly.
    """
    left = cloth & (owner == TRUNK)
    count, islands, stats, _ = cv2.connectedComponentsWithStats((owner == TRUNK).astype(np.uint8), connectivity=4)
    if count <= 2:
        return
    stray = stats[:, cv2.CC_STAT_AREA] < min(most, stats[1:, cv2.CC_STAT_AREA].max())
    given = left & stray[islands] & (closest < 4)
    owner[given] = (FIRST_LIMB + nearer)[given]


def _is_behind(labels: np.ndarray, body: Body, index: int) -> bool:
    """Whether a hand is held behind the back: its wrist lies amidst the trunk, with nothing of an arm to be seen there.

    A hand in a pocket lies off the body's middle, a folded arm lies beside the other one.
    """
    wrist = body.xy[ARMS[index][2]]
    if not body.known[list(ARMS[index])].all():
        return False
    neck, hips = body.xy[K.NECK], body.xy[[K.RIGHT_HIP, K.LEFT_HIP]].mean(0)
    if segment_distance(wrist[None], neck, hips)[0][0] > 0.2 * body.unit:
        return False
    if limb_distance(wrist[None], body, ARMS[1 - index])[0] < 0.25 * body.unit:
        return False
    x, y = np.rint(wrist).astype(int)
    reach = max(2, round(0.2 * body.unit))
    patch = labels[max(0, y - reach) : max(0, y + reach), max(0, x - reach) : max(0, x + reach)]
    seen = part_mask(patch, (*_ARM_SKIN, P.BAG))
    return bool(patch.size and seen.mean() < 0.01 and (patch > 0).mean() > 0.9)


def _is_far(labels: np.ndarray, grid: np.ndarray, body: Body, index: int, radii) -> bool:
    """Whether an arm is the far one of somebody seen from the side: nothing bare of it shows, but of the other one.

    Its joints are guesses amid the trunk; a sleeve cut there would tear the trunk when they move.
    """
    shoulders = body.xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER], 0]
    if abs(float(np.diff(shoulders)[0])) > _NARROW * body.unit:
        return False
    skin = part_mask(labels, _ARM_SKIN)
    near, far = (limb_distance(grid, body, ARMS[i], 0.28 * body.unit) / radii[i] for i in (1 - index, index))
    own = skin & (far < 1.5) & (far < near)
    return bool(own.sum() < 0.1 * (skin & ~own).sum())


def _sleeve(photo, cloth, skin, grid, body: Body, index: int, radius: float, behind: bool) -> np.ndarray:
    """(h, w) bool: the cloth of one arm. The cut runs along the picture's edges within sensible limits of the bone."""
    shoulder, elbow, wrist = body.xy[list(ARMS[index])]
    a, t = segment_distance(grid, shoulder, elbow)
    b, s = segment_distance(grid, elbow, wrist)
    distance = np.minimum(a, b) / radius
    bare = _bare_places(skin, shoulder, elbow, wrist)
    if behind:
        distance = np.where(b < a, 9, distance)
    lo = np.maximum(np.floor(np.minimum(np.minimum(shoulder, elbow), wrist) - 4 * radius), 0).astype(int)
    hi = np.ceil(np.maximum(np.maximum(shoulder, elbow), wrist) + 4 * radius).astype(int)
    window = (slice(lo[1], max(hi[1], lo[1])), slice(lo[0], max(hi[0], lo[0])))
    out = np.zeros(cloth.shape, bool)
    near = cloth[window] & (distance[window] < 3.5)
    if not near.any():
        return out
    middle = body.xy[[K.NECK, K.RIGHT_HIP, K.LEFT_HIP]].mean(0)
    inner = _same_side(grid[window], shoulder, elbow, middle)
    d = distance[window]
    # The shoulder's cap belongs to both: cut it square to the upper arm just above the joint.
    axis = (elbow - shoulder) / max(float(np.linalg.norm(elbow - shoulder)), 1e-6)
    above = along(grid[window], shoulder, axis) < 0.1 * radius
    core = near & (d < 0.55) & ~above
    trunk = cloth[window] & inner & (d > 1.5) & (d < 3.2)
    if not core.any():
        return out
    smooth = cv2.GaussianBlur(np.ascontiguousarray(photo[window]), (0, 0), max(0.7, 0.06 * radius))
    vote = 0.6 * colour_vote(smooth, core, trunk)
    # Towards the trunk the colours decide near the bone's usual reach; away from it the sleeve runs to the silhouette.
    # Beside bare skin there is no sleeve: what lies there is the trunk's cloth.
    place = np.where(a < b, t, 1 + s)[window]
    naked = bare[np.rint(place * 12).astype(np.int32)]
    # Of an arm that hangs the shoulder's joint lies near the sleeve's inner edge, the elbow amid the sleeve.
    hangs = smoothstep((float(axis @ spine_of(body.xy)) / float(np.linalg.norm(spine_of(body.xy))) - 0.8) / 0.15)
    usual = 1.0 - hangs * np.clip(0.6 - 0.75 * place, 0, 1)
    limit = np.where(inner, np.where(naked, 0.3, usual), 2.2)
    score = 3.2 * (limit - d) + vote
    score = np.where(cloth[window] & ~above, np.clip(score, -3, 3), -1).astype(np.float32)
    weight = (cloth[window] | ~near).astype(np.float32)
    sigma = max(0.7, 0.12 * radius)
    score = cv2.GaussianBlur(score * weight, (0, 0), sigma) / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 0.05)
    taken = (score > 0) & near & ~above & (d < np.where(inner, 1.7, 2.8))
    strip = near & ~above & inner & (d < 1.7)
    taken[strip] = seam_between(score[strip], _edges(smooth)[strip], place[strip], d[strip], 1.7)
    out[window] = taken
    return out


def _edges(image: np.ndarray) -> np.ndarray:
    """(h, w) float32: the strongest gradient of any channel of an (h, w, 3) uint8 picture."""
    sides = [cv2.Sobel(image, cv2.CV_32F, dx, 1 - dx, ksize=3) for dx in (0, 1)]
    return np.hypot(*sides).max(-1)


def _bare_places(skin: np.ndarray, shoulder: np.ndarray, elbow: np.ndarray, wrist: np.ndarray) -> np.ndarray:
    """(25,) bool: whether bare skin shows at places along the arm, from shoulder (0) by elbow (12) to wrist (24)."""
    span = np.linspace(0, 1, 13)[:, None]
    points = np.concatenate([shoulder + span * (elbow - shoulder), (elbow + span * (wrist - elbow))[1:]])
    x, y = (np.rint(points).astype(int)).T
    x, y = np.clip(x, 0, skin.shape[1] - 1), np.clip(y, 0, skin.shape[0] - 1)
    bare = cv2.medianBlur(np.pad(skin[y, x], 1, mode="edge").astype(np.uint8)[:, None], 3)
    # A cuff reaches a little beyond the place where the skin begins.
    return cv2.erode(bare, np.ones((3, 1), np.uint8))[1:-1, 0] > 0


def _same_side(grid: np.ndarray, a: np.ndarray, b: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(h, w) bool: grid points on the same side of the line ab as `point`."""
    normal = np.array([-(b - a)[1], (b - a)[0]])
    return along(grid, a, normal) * float((point - a) @ normal) >= 0
