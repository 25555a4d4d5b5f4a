"""The 2D puppet warp: a photo's person cut into layers, bent to a new skeleton, over a background plate.

puppet = cut_puppet(photo, person)
warped = warp_puppet(puppet, target)
picture = composite(warped, puppet.plate)
"""

from .puppet import Layer, Puppet, cut_puppet
from .render import Warped, composite, warp_puppet

__all__ = ["Layer", "Puppet", "Warped", "composite", "cut_puppet", "warp_puppet"]
