"""The components' HTML, CSS and JavaScript files, and the pictures they show."""

from __future__ import annotations

from pathlib import Path

from gradio.data_classes import FileData
from gradio.processing_utils import save_pil_to_cache
from PIL import Image

_FOLDER = Path(__file__).parent
SCREEN_SIDE = 1600  # the longest side of a picture shown in the browser


def templates(name: str, scripts: tuple[str, ...], styles: tuple[str, ...] = ()) -> dict[str, str]:
    """The `gr.HTML` templates of one component, read from its files.

    Args:
        name: the file name of its HTML and CSS, without ending.
        scripts: its JavaScript files; they run as one script, in this order.
        styles: CSS files that it shares with others, put before its own.

    Raises:
        ValueError: a template is not constant.
    """
    files = {"html": (f"{name}.html",), "css": (*styles, f"{name}.css")}
    read = {ending: _joined(parts) for ending, parts in files.items()}
    # A backtick or a brace pair would be run as code when the browser renders the template.
    for ending, text in read.items():
        if "`" in text or "{{" in text or "${" in text:
            raise ValueError(f"{name}.{ending} must be a constant template, got template syntax in it")
    return {"html_template": read["html"], "css_template": read["css"], "js_on_load": _joined(scripts)}


def _joined(files: tuple[str, ...]) -> str:
    return "\n".join((_FOLDER / file).read_text(encoding="utf-8") for file in files)


def cached_picture(image: Image.Image, cache_dir: str, file_format: str) -> FileData:
    """Save a picture, no larger than a screen needs, where Gradio serves it from."""
    if max(image.size) > SCREEN_SIDE:
        image = image.copy()
        # A palette or an alpha edge must not be blurred into labels that are not there.
        resample = Image.Resampling.LANCZOS if image.mode == "RGB" else Image.Resampling.NEAREST
        image.thumbnail((SCREEN_SIDE, SCREEN_SIDE), resample)
    return FileData(path=save_pil_to_cache(image, cache_dir=cache_dir, format=file_format))
