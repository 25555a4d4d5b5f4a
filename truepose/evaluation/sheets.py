"""Sheets of pictures to look at: strips of pictures side by side, captioned, in a grid."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from ..pose import Skeleton, render_pose_map

_CAPTION = 16  # pixels above a strip


def strip(pictures: list[Image.Image], caption: str, height: int) -> Image.Image:
    """Pictures of one size side by side at the given height in pixels, under a line of text."""
    width = max(1, round(pictures[0].width * height / pictures[0].height))
    cell = Image.new("RGB", (len(pictures) * width + 4, height + _CAPTION), "white")
    for i, picture in enumerate(pictures):
        cell.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (i * width, _CAPTION))
    ImageDraw.Draw(cell).text((2, 2), caption, fill="black")
    return cell


def grid(cells: list[Image.Image], columns: int) -> Image.Image:
    """Cells row by row, each in a place as large as the largest."""
    width, height = max(cell.width for cell in cells), max(cell.height for cell in cells)
    sheet = Image.new("RGB", (columns * width, -(-len(cells) // columns) * height), "white")
    for i, cell in enumerate(cells):
        sheet.paste(cell, (i % columns * width, i // columns * height))
    return sheet


def with_joints(photo: Image.Image, skeleton: Skeleton) -> Image.Image:
    """The photo with the skeleton drawn on it."""
    pixels = np.asarray(photo)
    drawn = render_pose_map(skeleton, pixels.shape[:2])
    return Image.fromarray(np.where(drawn.any(-1, keepdims=True), drawn, pixels))
