"""What was read, in words and as a drawing."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..landmarks import draw_landmarks
from ..parsing import BodyPart
from ..pose import Keypoint, render_pose_map
from .person import Person

UNSURE = 0.5  # score below which a seen joint is doubtful


def describe(person: Person) -> str:
    """Which joints and parts of the person are seen, which joints are doubtful, which are not seen; a line each."""
    skeleton = person.skeleton
    lines = [f"joints: {int(skeleton.visible.sum())} of {len(Keypoint)}"]
    unsure = [k for k in Keypoint if skeleton.visible[k] and skeleton.score[k] < UNSURE]
    unseen = [k for k in Keypoint if not skeleton.visible[k]]
    for what, joints in (("unsure", unsure), ("not seen", unseen)):
        if joints:
            lines.append(f"{what}: {', '.join(k.name.lower().replace('_', ' ') for k in joints)}")
    parts = [part.label for part in BodyPart if part and (person.parsing == part).any()]
    return "\n".join([*lines, f"parts: {', '.join(parts)}"])


def draw_person(photo: Image.Image, person: Person) -> Image.Image:
    """The photo with the joints as OpenPose draws them, and the points of hands and face where there are any."""
    pixels = np.asarray(photo.convert("RGB"))
    joints = render_pose_map(person.skeleton, pixels.shape[:2])
    drawn = np.where(joints.any(-1, keepdims=True), joints, pixels)
    return Image.fromarray(drawn if person.landmarks is None else draw_landmarks(drawn, person.landmarks))
