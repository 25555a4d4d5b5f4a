"""Where unseen joints probably are: mirrored from the other side of the body, or from how people stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .pose import FACE, LIMB_CHAINS, MIRRORED, TRUNK, Skeleton
from .pose import Keypoint as K

# A standing person seen from the front; the unit is the length from neck to mid hip.
_TEMPLATE = {
    K.NOSE: (0, -0.42), K.NECK: (0, 0), K.RIGHT_SHOULDER: (-0.34, 0), K.LEFT_SHOULDER: (0.34, 0),
    K.RIGHT_ELBOW: (-0.43, 0.56), K.LEFT_ELBOW: (0.43, 0.56), K.RIGHT_WRIST: (-0.45, 1.06), K.LEFT_WRIST: (0.45, 1.06),
    K.RIGHT_HIP: (-0.19, 1), K.LEFT_HIP: (0.19, 1), K.RIGHT_KNEE: (-0.19, 1.86), K.LEFT_KNEE: (0.19, 1.86),
    K.RIGHT_ANKLE: (-0.18, 2.7), K.LEFT_ANKLE: (0.18, 2.7), K.RIGHT_EYE: (-0.07, -0.49), K.LEFT_EYE: (0.07, -0.49),
    K.RIGHT_EAR: (-0.15, -0.46), K.LEFT_EAR: (0.15, -0.46),
}  # fmt: skip
TEMPLATE = np.array([_TEMPLATE[k] for k in K], np.float64)
_TORSOS = 3.6  # a standing person's height


def estimate_joints(skeleton: Skeleton, height: float) -> np.ndarray:
    """Every joint's place: the seen ones where they are, the others where they probably are.

    A limb that is hidden or cropped away hangs as its partner does on the other side of the body's axis; a body of
    which neither side is seen stands upright. The estimates may lie outside the photo.

    Args:
        skeleton: the joints seen.
        height: pixels of the person's box, the measure of last resort.

    Returns:
        (18, 2) float64 pixels; those of joints that are not `skeleton.visible` are the estimates.

    Raises:
        ValueError: no joint is visible.
    """
    known = skeleton.visible
    if not known.any():
        raise ValueError("the skeleton has no visible joint, so nothing can be said of the others")
    xy = skeleton.xy.astype(np.float64)
    place = _template_fit(xy, known, max(height, 8.0) / _TORSOS)
    for joint in (*TRUNK, *FACE):
        if not known[joint]:
            xy[joint] = place[joint]
    if not known[K.NECK] and known[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER]].all():
        xy[K.NECK] = xy[[K.RIGHT_SHOULDER, K.LEFT_SHOULDER]].mean(0)
    for chain in LIMB_CHAINS:
        _hang(xy, known, chain, place)
    return xy


def with_estimates(skeleton: Skeleton, height: float) -> Skeleton:
    """The same skeleton whose unseen joints lie where they probably are; they stay unseen, with score 0."""
    if not skeleton.visible.any():
        return skeleton
    return replace(skeleton, xy=estimate_joints(skeleton, height))


def _hang(xy: np.ndarray, known: np.ndarray, chain: tuple[K, K, K], place: np.ndarray) -> None:
    """Complete one limb, from its root outwards."""
    for start, end in zip(chain, chain[1:], strict=False):
        if known[end]:
            continue
        partner = MIRRORED[start], MIRRORED[end]
        if known[list(partner)].all():
            bone = _mirrored(xy, xy[partner[1]] - xy[partner[0]])
        elif end is chain[2] and known[chain[1]]:
            bone = 0.9 * (xy[chain[1]] - xy[chain[0]])  # straight on
        else:
            bone = place[end] - place[start]
        xy[end] = xy[start] + bone


def _mirrored(xy: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """A (2,) bone of one side as the other side's: reflected about the spine."""
    spine = xy[[K.RIGHT_HIP, K.LEFT_HIP]].mean(0) - xy[K.NECK]
    length = np.linalg.norm(spine)
    if length < 1e-6:
        return bone * (-1, 1)
    axis = spine / length
    return 2 * (bone @ axis) * axis - bone


def similarity(source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None) -> tuple[complex, float]:
    """Least-squares turn and scale between (N, 2) points about their centroids.

    Returns:
        (turn, residual): a complex number whose absolute value is the scale and whose angle is the rotation, and the
        remaining squared distance. Points that all coincide give turn 1.
    """
    weights = np.ones(len(source)) if weights is None else weights
    p, q = (points @ (1, 1j) for points in (source, target))
    p, q = (z - np.average(z, weights=weights) for z in (p, q))
    spread = float((weights * abs(p) ** 2).sum())
    turn = complex((weights * p.conj() * q).sum() / spread) if spread > 1e-6 else 1 + 0j
    return turn, float((weights * abs(q - turn * p) ** 2).sum())


def _template_fit(xy: np.ndarray, known: np.ndarray, unit: float) -> np.ndarray:
    """(18, 2) the template laid over the known joints, facing us or not, whichever fits better."""
    trunk = [k for k in TRUNK if known[k]]
    used = trunk if len(trunk) >= 2 else list(np.flatnonzero(known))
    fits = []
    for template in (TEMPLATE, TEMPLATE * (-1, 1)):
        turn, residual = similarity(template[used], xy[used])
        if len(used) < 2 or abs(turn) < 1e-3:
            turn = complex(unit)
        linear = np.array([[turn.real, -turn.imag], [turn.imag, turn.real]])
        upside_down = turn.real < 0  # two points fit either way: people mostly stand
        moved = (template - template[used].mean(0)) @ linear.T + xy[used].mean(0)
        fits.append((residual + 1e9 * upside_down, moved))
    return min(fits, key=lambda fit: fit[0])[1]
