"""A study of drawn pictures: what each shows can be told by its colour."""

from __future__ import annotations

from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

COLORS = {"real": (30, 120, 40), "alpha": (170, 40, 40), "beta": (40, 60, 170), "source": (90, 90, 90)}


def write_study(folder: Path, names: int = 2, groups=("real", "alpha", "beta", "source")) -> Path:
    """Pictures of each group in its colour; their files say whose they are."""
    for group in groups:
        (folder / group).mkdir(parents=True)
        for index in range(names):
            notes = PngInfo()
            notes.add_text("truepose", f'{{"model": "{group}-method"}}')
            red, green, blue = COLORS[group]
            picture = Image.new("RGB", (60, 90), (red + index, green, blue))
            picture.save(folder / group / f"case-{index}.png", pnginfo=notes)
    return folder
