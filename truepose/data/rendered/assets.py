"""What people are dressed with: MakeHuman's assets and flat-lay photos where they are at hand, painted ones else."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from .body import BaseBody
from .mhclo import Proxy, load_proxy

_WOMEN, _MEN = ("long01", "bob02", "ponytail01", "braid01"), ("short01", "short02", "short03", "short04")
_SHOES = ("shoes01", "shoes02", "shoes03", "shoes04", "shoes05", "shoes06")


@functools.cache
def _picture(path: Path, mode: str) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert(mode))


_proxy = functools.cache(load_proxy)


@dataclass(frozen=True, eq=False)
class Assets:
    """Folders of assets, either of which may be missing.

    Attributes:
        body: the base body.
        makehuman: folder with skins/, eyes/, hair/ and clothes/.
        garments: folder of flat-lay photos with labels.csv (columns file, label).
    """

    body: BaseBody = field(default_factory=BaseBody)
    makehuman: Path | None = None
    garments: Path | None = None

    def __post_init__(self):
        for name in ("makehuman", "garments"):
            folder = getattr(self, name)
            if folder is not None and not Path(folder).is_dir():
                raise ValueError(f"{name} must be a folder, got {folder}")
            object.__setattr__(self, name, None if folder is None else Path(folder))

    def skins(self, woman: bool, dark: bool) -> list[Path]:
        """Paths of skin textures."""
        found = self._files("skins", f"*{'dark' if dark else 'light'}skinned*.jpg")
        return [p for p in found if ("female" in p.stem) == woman]

    def eyes(self) -> list[Path]:
        """Paths of eye textures."""
        return self._files("eyes", "*_eye.png")

    def hair(self, woman: bool) -> list[Path]:
        """Folders of hair."""
        return self._folders("hair", _WOMEN if woman else _MEN)

    def shoes(self) -> list[Path]:
        """Folders of shoes."""
        return self._folders("clothes", _SHOES)

    def photos(self, *labels: str) -> list[Path]:
        """Flat-lay photos of garments of these kinds."""
        if self.garments is None:
            return []
        with open(self.garments / "labels.csv", newline="", encoding="utf-8") as file:
            return [self.garments / row["file"] for row in csv.DictReader(file) if row["label"] in labels]

    def picture(self, path: Path, mode: str = "RGB") -> np.ndarray:
        """(H, W, channels) uint8, kept in memory."""
        return _picture(path, mode)

    def proxy(self, folder: Path) -> tuple[Proxy, np.ndarray]:
        """A proxy and its texture, (H, W, 4) uint8."""
        texture = sorted(folder.glob("diffuse.*"))
        if not texture:
            raise ValueError(f"{folder} must hold a diffuse texture")
        return _proxy(folder), _picture(texture[0], "RGBA")

    def _files(self, folder: str, pattern: str) -> list[Path]:
        return [] if self.makehuman is None else sorted((self.makehuman / folder).glob(pattern))

    def _folders(self, folder: str, names: tuple[str, ...]) -> list[Path]:
        if self.makehuman is None:
            return []
        return [path for name in names if (path := self.makehuman / folder / name).is_dir()]
