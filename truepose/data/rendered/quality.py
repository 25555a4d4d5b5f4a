"""How carefully people are made and drawn: what shows in a large picture is waste in a small one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """What costs time.

    Attributes:
        lights: that cast shadows; more make softer shadows.
        supersample: pixels drawn for each of the photo's, along a side.
        shadow: pixels of each light's shadow map, along a side.
        texture: pixels of the largest texture that is uploaded, along a side.
        levels: steps of subdivision of the meshes that clothes are cut from.
        skin: metres; edges of the body's mesh that are shorter are collapsed.
        anisotropy: samples along a slanting texture's longer side; with 1, none between the textures' levels either.
        backs: whether inner sides cast shadows too, which shows only through gaps.
    """

    lights: int = 24
    supersample: float = 2
    shadow: int = 640
    texture: int = 4096
    levels: int = 1
    skin: float = 0.0
    anisotropy: float = 4.0
    backs: bool = True

    def __post_init__(self):
        for name in ("lights", "supersample", "shadow", "texture"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be 1 or more, got {getattr(self, name)}")
        if self.levels not in (0, 1, 2):
            raise ValueError(f"levels must be 0, 1 or 2, got {self.levels}")


FULL = Quality()
FAST = Quality(lights=3, shadow=256, texture=256, levels=0, skin=0.008, anisotropy=1.0, backs=False)


def quality_for(size: tuple[int, int]) -> Quality:
    """The quality that pictures of (height, width) pixels deserve."""
    return FAST if size[0] <= 320 else FULL
