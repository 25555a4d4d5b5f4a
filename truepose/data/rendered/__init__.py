"""Rendered people: clothed 3D bodies in any pose, with their exact skeleton and parsing map."""

from .assets import Assets
from .camera import Camera
from .pairs import RenderedPair, rendered_pairs, sample_pair
from .person import Person, sample_person
from .poses import Pose, sample_pose
from .scene import Rendered, render

__all__ = [
    "Assets", "Camera", "Person", "Pose", "Rendered", "RenderedPair", "render", "rendered_pairs", "sample_pair",
    "sample_person", "sample_pose",
]  # fmt: skip
