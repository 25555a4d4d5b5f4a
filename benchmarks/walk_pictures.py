"""The README's pictures of the app in use, and screens of every tab, made by driving the real app in Chromium.

python benchmarks/walk_pictures.py [--only walk screens] [--out docs]

`walk`: from the start to a training on ten photos, walk-*.webp. `screens`: each tab empty and in use, light and dark,
wide and narrow, screens/*.webp. The people are the shipped examples, all rendered. Needs Chromium, as the tests do.
"""

from __future__ import annotations

import argparse
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from PIL import Image, ImageOps
from playwright.sync_api import Browser, Page

from tests.ports import free_port, wait_for_page
from tests.pose_editor.browsing import DESK, PHONE, chromium, drag_joint, joint_place, until, visit
from truepose.pose import Keypoint
from truepose.training.process import stop

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted((ROOT / "studio" / "examples").glob("*.webp"))
SMALL = {"width": 1280, "height": 800}
WINDOWS = {"wide": DESK, "small": SMALL, "narrow": PHONE}
THEMES = ("light", "dark")
LARGEST = 120_000  # bytes of a picture
_PHOTO = "[data-part='photo-file']"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=("walk", "screens"), default=["walk", "screens"])
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, app(Path(folder)) as address, chromium() as browser:
        if "screens" in options.only:
            screens(browser, address, options.out / "screens")
        if "walk" in options.only:
            photos = ten_photos(Path(folder) / "photos")
            try:
                with visit(browser, f"{address}/?__theme=light", SMALL) as page:
                    walk(page, photos, options.out)
            finally:  # a run outlives the app
                stop(Path(folder) / "runs" / "mine")


@contextmanager
def app(folder: Path) -> Iterator[str]:
    """The real app as a program of its own, working in the folder; its address."""
    port = free_port()
    command = [sys.executable, str(ROOT / "app.py"), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, env=os.environ | {"GRADIO_ANALYTICS_ENABLED": "False"})
    try:
        wait_for_page(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def ten_photos(folder: Path) -> Path:
    """Ten photos to train on: the examples, mirrored, and closer."""
    folder.mkdir(parents=True)
    photos = [Image.open(path).convert("RGB") for path in EXAMPLES]
    closer = [ImageOps.crop(photo, photo.width // 12) for photo in photos]
    for number, photo in enumerate([*photos, *map(ImageOps.mirror, photos), *closer][:10]):
        photo.save(folder / f"photo-{number}.jpg", quality=92)
    return folder


def walk(page: Page, photos: Path, out: Path) -> None:
    """Start, own photo, drag, result, style, training: a picture of each."""
    keep(page, out / "walk-1-start.webp")
    open_photo(page)
    keep(page, out / "walk-2-photo.webp")
    raise_hand(page)
    keep(page, out / "walk-3-drag.webp")
    generate(page)
    keep(page, out / "walk-4-result.webp")
    transfer_style(page)
    keep(page, out / "walk-5-style.webp")
    train(page, photos)
    keep(page, out / "walk-6-train.webp")


def screens(browser: Browser, address: str, out: Path) -> None:
    """Each tab as a newcomer finds it, and the two that show pictures in use."""
    for theme in THEMES:
        for size, window in WINDOWS.items():
            with visit(browser, f"{address}/?__theme={theme}", window) as page:
                for tab in ("Repose", "Style", "Train"):
                    open_tab(page, tab)
                    keep(page, out / f"{tab.lower()}-empty-{theme}-{size}.webp", whole=True)
                open_tab(page, "Repose")
                open_photo(page)
                raise_hand(page)
                generate(page)
                keep(page, out / f"repose-{theme}-{size}.webp", whole=True)
                transfer_style(page)
                keep(page, out / f"style-{theme}-{size}.webp", whole=True)


def open_tab(page: Page, name: str) -> None:
    """Switch to a tab."""
    page.get_by_role("tab", name=name, exact=True).first.click()
    page.mouse.move(2, 400)  # away from what lights up under it


def said(page: Page, element: str) -> str:
    """The text of a run status."""
    return page.locator(f"#{element} .tp-status-text").text_content()


def open_photo(page: Page) -> None:
    """Open the printed shirt in the Repose tab."""
    page.set_input_files(f"#tp-pose-editor {_PHOTO}", str(EXAMPLES[1]))
    page.wait_for_selector("#tp-pose-editor .tp-editor[data-empty='0']", timeout=60_000)
    until(lambda: said(page, "tp-status"), lambda text: text.startswith("Ready"), 60)


def raise_hand(page: Page) -> None:
    """Drag the right wrist out; the arm keeps its length."""
    page.locator("#tp-pose-editor .tp-stage").scroll_into_view_if_needed()
    shoulder, nose = (joint_place(page, joint) for joint in (Keypoint.RIGHT_SHOULDER, Keypoint.NOSE))
    side = 1 if shoulder[0] > nose[0] else -1
    drag_joint(page, Keypoint.RIGHT_WRIST, (shoulder[0] + side * 180, shoulder[1] + 80), free=False)
    until(lambda: said(page, "tp-status"), lambda text: text.startswith("Preview"), 60)


def generate(page: Page) -> None:
    """Generate in the Repose tab."""
    page.locator("#tp-generate").click()
    until(lambda: said(page, "tp-status"), lambda text: text.startswith("Result"), 120)


def transfer_style(page: Page) -> None:
    """The striped shirt's cloth on the printed one."""
    open_tab(page, "Style")
    page.wait_for_selector(".tp-painter[data-ready='1']")
    page.set_input_files(f"#tp-mask-painter {_PHOTO}", str(EXAMPLES[1]))
    page.wait_for_selector(".tp-painter[data-empty='0'][data-labels]", timeout=60_000)
    page.set_input_files(f"#tp-region-picker {_PHOTO}", str(EXAMPLES[3]))
    page.wait_for_selector(".tp-picker[data-empty='0']", timeout=60_000)
    page.locator("#tp-mask-painter").get_by_role("button", name="Upper clothes", exact=True).click()
    page.locator("#tp-style-generate").click()
    until(lambda: said(page, "tp-style-status"), lambda text: text.startswith("Result"), 120)


def train(page: Page, photos: Path) -> None:
    """Check the photos, train for some steps, and wait for the end."""
    open_tab(page, "Train")
    folder = page.locator("#tp-train-folder").locator("input, textarea").first
    folder.fill(str(photos))
    page.locator("#tp-train-check").click()
    until(lambda: said(page, "tp-train-check-status"), lambda text: text.startswith("These photos"), 120)
    page.locator("#tp-train-steps input").fill("20")
    page.locator("#tp-train-batch input").fill("2")
    page.locator("#tp-train-batch input").press("Tab")
    page.locator("#tp-train-go").click()
    until(lambda: said(page, "tp-train-status"), lambda text: text.startswith("Finished"), 1800)
    folder.fill("/home/me/photos")  # that of a temporary folder tells nobody anything
    page.mouse.wheel(0, -5000)
    page.wait_for_timeout(1500)


def window(page: Page) -> Image.Image:
    """What the window shows."""
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def whole_page(page: Page) -> Image.Image:
    """The page from top to bottom, put together of windows: a taller window would lay the page out anew."""
    width, height, step = page.evaluate("[innerWidth, document.documentElement.scrollHeight, innerHeight]")
    picture = Image.new("RGB", (width, height))
    for wanted in range(0, height, step):
        top = page.evaluate("y => { scrollTo(0, y); return Math.round(scrollY); }", wanted)
        page.wait_for_timeout(150)
        picture.paste(window(page), (0, top))
    page.evaluate("scrollTo(0, 0)")
    return picture


def keep(page: Page, path: Path, *, whole: bool = False) -> None:
    """Write what the window shows, or the whole page, as a WebP below the largest size."""
    page.wait_for_timeout(700)  # pictures fade in
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = whole_page(page) if whole else window(page)
    for quality in (82, 70, 55, 40):
        picture.save(path, quality=quality, method=6)
        if path.stat().st_size <= LARGEST:
            break
    print(path, picture.size, path.stat().st_size)


if __name__ == "__main__":
    main()
