"""Readers from the hub's models, behind the same protocol as the embedded one."""

from __future__ import annotations

from .reader import HubReader
from .sam import ClickMasker, EncodedPhoto, sharpen_outline
from .weights import WeightsMissing

__all__ = [
    "ClickMasker",
    "EncodedPhoto",
    "HubReader",
    "WeightsMissing",
    "sharpen_outline",
]
