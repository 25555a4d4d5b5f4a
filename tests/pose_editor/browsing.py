"""A real Chromium and a served app, for the browser tests of the components and of the studio."""

from __future__ import annotations

import base64
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio as gr
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Where it is missing the tests fail: the app would go out unseen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(app: gr.Blocks, **options) -> Iterator[str]:
    """Serve the app on a free port, yielding its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = {"prevent_thread_lock": True, "quiet": True, "ssr_mode": False, "run_history": False} | options
    app.launch(server_name="127.0.0.1", server_port=port, **options)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        app.close()


@contextmanager
def visit(browser: Browser, address: str, viewport: dict = DESK, **context) -> Iterator[Page]:
    """A fresh session on the app, once its editor is ready; fails on any uncaught error in the page."""
    visitor: BrowserContext = browser.new_context(viewport=viewport, **context)
    errors: list[str] = []
    page = visitor.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.set_default_timeout(15_000)
    page.goto(address)
    page.wait_for_selector(".tp-editor[data-ready='1']")
    try:
        yield page
    finally:
        visitor.close()
    assert not errors, errors


def until(get, wanted, seconds: float = 8.0):
    """Poll `get` until `wanted(value)` holds; the value."""
    end = time.monotonic() + seconds
    while True:
        value = get()
        if wanted(value):
            return value
        assert time.monotonic() < end, f"still {value!r} after {seconds} s"
        time.sleep(0.05)


def joint_place(page: Page, joint: int) -> tuple[float, float]:
    """The joint's (x, y) in the photo's pixels, as the editor holds it."""
    node = page.locator(f"[data-joint='{joint}']")
    return float(node.get_attribute("data-x")), float(node.get_attribute("data-y"))


def on_screen(page: Page, x: float, y: float) -> tuple[float, float]:
    """A photo pixel's place in the window."""
    matrix = page.evaluate(
        "() => { const m = document.querySelector('.tp-canvas').getScreenCTM(); return [m.a, m.e, m.f]; }"
    )
    return matrix[0] * x + matrix[1], matrix[0] * y + matrix[2]


def drag_joint(page: Page, joint: int, to: tuple[float, float], *, free: bool = True) -> None:
    """Drag a joint by mouse to a photo pixel; free drags (Shift) change limb lengths."""
    if free:
        page.keyboard.down("Shift")
    drag(page, joint_place(page, joint), to)
    if free:
        page.keyboard.up("Shift")


def drag(page: Page, start: tuple[float, float], to: tuple[float, float]) -> None:
    """Drag from one photo pixel to another by mouse."""
    page.mouse.move(*on_screen(page, *start))
    page.mouse.down()
    page.mouse.move(*on_screen(page, *to), steps=4)
    page.mouse.up()


_HAND_OVER = """([selector, data, kind]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], 'handed.png', { type: 'image/png' }));
  const more = { bubbles: true, cancelable: true };
  const event = kind === 'drop' ? new DragEvent(kind, { dataTransfer: files, ...more })
    : new ClipboardEvent(kind, { clipboardData: files, ...more });
  document.querySelector(selector).dispatchEvent(event);
}"""


def drop_picture(page: Page, selector: str, path: str) -> None:
    """Drop a PNG file on an element."""
    page.evaluate(_HAND_OVER, [selector, base64.b64encode(Path(path).read_bytes()).decode(), "drop"])


def paste_picture(page: Page, path: str) -> None:
    """Paste a PNG file where nothing has the focus."""
    page.evaluate(_HAND_OVER, ["body", base64.b64encode(Path(path).read_bytes()).decode(), "paste"])


def touch(page: Page, frames: list[list[tuple[float, float]]]) -> None:
    """Fingers on the window: their places at the start, and after every move."""
    session = page.context.new_cdp_session(page)
    for number, fingers in enumerate(frames):
        points = [{"x": x, "y": y, "id": finger} for finger, (x, y) in enumerate(fingers)]
        kind = "touchMove" if number else "touchStart"
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def touch_drag_joint(page: Page, joint: int, to: tuple[float, float]) -> None:
    """Drag a joint by finger to a photo pixel."""
    start, end = on_screen(page, *joint_place(page, joint)), on_screen(page, *to)
    moves = [tuple(a + (b - a) * step / 5 for a, b in zip(start, end, strict=True)) for step in range(1, 6)]
    touch(page, [[start], *([place] for place in moves)])
