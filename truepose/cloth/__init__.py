"""Cloth from one photo on a garment of another: carried by the warp, continued by quilting, folded as the garment is.

cloth = carry_cloth(reference, source, mask, labels)
"""

from .carry import Cloth, carry_cloth
from .kinds import GARMENTS, garment_of, painted_label
from .outline import snug

__all__ = ["GARMENTS", "Cloth", "carry_cloth", "garment_of", "painted_label", "snug"]
