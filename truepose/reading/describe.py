"""What was read, in words."""

from __future__ import annotations

from ..parsing import BodyPart
from ..pose import Keypoint
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
