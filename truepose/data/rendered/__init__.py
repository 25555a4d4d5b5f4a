"""Rendered people: clothed 3D bodies in any pose, with their exact skeleton and parsing map."""

from .assets import Assets
from .camera import Camera
from .person import Person, sample_person
from .poses import Pose, sample_pose
from .scene import Rendered, render

__all__ = ["Assets", "Camera", "Person", "Pose", "Rendered", "render", "sample_person", "sample_pose"]
