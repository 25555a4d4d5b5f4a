"""Fashion poses by name, put onto a body of any proportions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .drags import ARM, HIPS, LEG, outward, turned, turned_about
from .fitting import full_length
from .pose import FACE, Skeleton
from .pose import Keypoint as K

# Degrees of a limb's upper and lower bone from hanging straight down, outwards positive.
Limb = tuple[float, float]
_ABOVE = tuple(k for k in K if not k.name.endswith(("_HIP", "_KNEE", "_ANKLE")))


@dataclass(frozen=True)
class Preset:
    """A pose seen from the front.

    Attributes:
        name: as people read it.
        right_arm, left_arm, right_leg, left_leg: the person's own.
        lean: degrees by which everything above the hips leans to the person's left.
        tilt: degrees by which the head tilts to the person's left, beyond the lean.
    """

    name: str
    right_arm: Limb = (12, 8)
    left_arm: Limb = (12, 8)
    right_leg: Limb = (3, 2)
    left_leg: Limb = (3, 2)
    lean: float = 0
    tilt: float = 0


PRESETS: tuple[Preset, ...] = (
    Preset("Relaxed", (14, 8), (14, 8), (4, 2), (4, 2)),
    Preset("Contrapposto", (16, 6), (22, 12), (-1, -2), (13, 2), lean=-3, tilt=4),
    Preset("Hand on hip", (40, -46), (14, 8), (2, 1), (8, 4), tilt=-3),
    Preset("Hands on hips", (44, -48), (44, -48), (8, 7), (8, 7)),
    Preset("Thumbs in pockets", (26, -14), (26, -14), (5, 3), (7, 4), tilt=3),
    Preset("One arm across", (14, 8), (18, -88), (2, 1), (7, 3)),
    Preset("Arms folded", (20, -98), (20, -84), (5, 4), (5, 4)),
    Preset("Hand to head", (150, -160), (18, 10), (2, 1), (9, 4), lean=-2, tilt=-5),
    Preset("Wave", (78, 150), (14, 8), (4, 3), (4, 3), tilt=-4),
    Preset("Arms out", (84, 86), (84, 86), (6, 5), (6, 5)),
    Preset("Arms up", (158, 172), (158, 172), (5, 4), (5, 4)),
    Preset("Hands to shoulders", (28, 166), (28, 166), (4, 3), (4, 3)),
    Preset("Walk", (20, 2), (8, 18), (9, -4), (-3, 10), tilt=2),
    Preset("Crossed step", (16, 8), (24, 14), (-5, -8), (5, 3), lean=2),
    Preset("Wide stance", (34, 26), (34, 26), (19, 17), (19, 17)),
    Preset("Step aside", (24, 10), (46, 30), (1, 0), (26, 22), lean=-6, tilt=6),
)


def posed(preset: Preset, body: Skeleton) -> Skeleton:
    """A body in a preset's pose, where it stands.

    Every bone has the length that it has in the photo, or its counterpart's where that one is seen longer: a bone that
    points at the camera looks short. Joints that the body does not show stay unseen.
    """
    out = _level(body)
    for side, sign in (("right", outward(body, "right")), ("left", outward(body, "left"))):
        for chains, limb in ((ARM, getattr(preset, f"{side}_arm")), (LEG, getattr(preset, f"{side}_leg"))):
            out = _hung(out, body, chains[side], sign, limb)
    left = outward(body, "left")
    out = turned(out, FACE, K.NECK, left * preset.tilt)
    if body.visible[list(HIPS)].all():
        out = turned_about(out, _ABOVE, out.xy[list(HIPS)].mean(0), left * preset.lean)
    return out


def _level(body: Skeleton) -> Skeleton:
    """The trunk upright: its own lean and that of the head are taken back."""
    if not (body.visible[K.NECK] and body.visible[list(HIPS)].all()):
        return body
    middle = body.xy[list(HIPS)].mean(0)
    spine = body.xy[K.NECK] - middle
    lean = np.degrees(np.arctan2(spine[0], -spine[1]))
    upright = turned_about(body, _ABOVE, middle, -float(lean))
    if not body.visible[K.NOSE]:
        return upright
    neck = upright.xy[K.NOSE] - upright.xy[K.NECK]
    tilt = float(np.degrees(np.arctan2(neck[0], -neck[1])))
    return turned(upright, FACE, K.NECK, -tilt) if abs(tilt) > 25 else upright


def _hung(out: Skeleton, body: Skeleton, chain: tuple[K, K, K], sign: int, limb: Limb) -> Skeleton:
    """One limb in the preset's directions."""
    for level, degrees in enumerate(limb):
        start, end = chain[level], chain[level + 1]
        if not body.visible[[start, end]].all():
            break
        angle = np.deg2rad(degrees)
        x, y = out.xy[start] + full_length(body, start, end) * np.array([sign * np.sin(angle), np.cos(angle)])
        out = out.moved(end, float(x), float(y))
    return out
