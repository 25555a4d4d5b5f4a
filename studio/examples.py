"""Photos to try: rendered people beside this file, and a public-domain portrait that a dependency ships."""

from __future__ import annotations

import tempfile
from pathlib import Path

from PIL import Image
from skimage import data

_FOLDER = Path(__file__).parent / "examples"


def example_photos() -> list[str]:
    """Paths of the example photos, the ones that show a whole person first."""
    rendered = sorted(path for ending in ("png", "webp") for path in _FOLDER.glob(f"*.{ending}"))
    return [*map(str, rendered), _astronaut()]


def _astronaut() -> str:
    # Eileen Collins, NASA, public domain. scikit-image holds the pixels, the browser needs a file.
    path = Path(tempfile.mkdtemp(prefix="truepose-examples-")) / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return str(path)
