"""The editor alone in a real browser: every way to change a pose, and what Python hears of it."""

from __future__ import annotations

import json
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from pose_editor import PoseEdit, PoseEditor, PoseScene
from truepose.landmarks import Landmarks
from truepose.pose import MIRRORED, Skeleton
from truepose.pose import Keypoint as K

from . import figure
from .browsing import PHONE, drag_joint, joint_place, on_screen, served, touch_drag_joint, until, visit


@pytest.fixture(scope="module")
def heard() -> SimpleNamespace:
    """What Python heard last, and how often."""
    return SimpleNamespace(skeleton=None, count=0)


@pytest.fixture(scope="module")
def address(heard):
    def hear(edit: PoseEdit) -> None:
        heard.skeleton, heard.count = edit.skeleton, heard.count + 1

    with gr.Blocks() as page:
        hand = np.tile(np.float32([100, 240, 0.9]), (21, 1))
        scene = PoseScene(figure.PHOTO, figure.skeleton(), "figure", landmarks=Landmarks(right_hand=hand))
        editor = PoseEditor(scene)
        editor.release(hear, editor, None, show_progress="hidden", trigger_mode="always_last")
    with served(page) as url:
        yield url


@pytest.fixture
def page(browser, address, heard):
    heard.skeleton, heard.count = None, 0
    with visit(browser, address) as opened:
        yield opened


def until_at(heard, joint: K, place: tuple[float, float], tolerance: float = 1.0) -> Skeleton:
    def is_there(skeleton) -> bool:
        return skeleton is not None and abs(skeleton.xy[joint] - place).max() <= tolerance

    return until(lambda: heard.skeleton, is_there)


def test_mouse_drag_reaches_python_and_moves_nothing_else(page, heard):
    drag_joint(page, K.RIGHT_WRIST, (60, 130))
    skeleton = until_at(heard, K.RIGHT_WRIST, (60, 130))
    others = [k for k in K if k != K.RIGHT_WRIST]
    assert (skeleton.xy[others] == figure.skeleton().xy[others]).all()
    assert heard.count == 1


def test_the_photos_hand_is_shown_until_the_pose_changes(page):
    dots = page.locator(".tp-landmarks circle")
    assert dots.count() == 21 and dots.first.is_visible()
    box = dots.first.bounding_box()
    assert abs(box["x"] + box["width"] / 2 - on_screen(page, 100, 240)[0]) < 2
    drag_joint(page, K.RIGHT_WRIST, (60, 130))
    assert not dots.first.is_visible()
    page.keyboard.press("Control+z")
    until(lambda: dots.first.is_visible(), bool)


def test_drag_stays_on_the_photo(page, heard):
    drag_joint(page, K.LEFT_WRIST, (2000, 100))
    until_at(heard, K.LEFT_WRIST, (319, 100))


def test_a_click_changes_nothing(page, heard):
    page.mouse.click(*on_screen(page, *joint_place(page, K.LEFT_KNEE)))
    page.locator("[data-joint='12'][data-selected='1']").wait_for()
    assert heard.count == 0
    assert page.get_by_role("button", name="Undo").is_disabled()


def test_touch_drag_on_a_phone(browser, address, heard):
    heard.skeleton = None
    with visit(browser, address, PHONE, has_touch=True, is_mobile=True) as page:
        scrolled = page.evaluate("window.scrollY")
        touch_drag_joint(page, K.RIGHT_WRIST, (50, 100))
        until_at(heard, K.RIGHT_WRIST, (50, 100), 2)
        assert page.evaluate("window.scrollY") == scrolled
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_arrow_keys_nudge_and_are_one_undo_step(page, heard):
    x, y = figure.POINTS[K.LEFT_WRIST]
    page.locator(f"[data-joint='{K.LEFT_WRIST}']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    until_at(heard, K.LEFT_WRIST, (x + 1, y + 10), 0.01)
    page.keyboard.press("Control+z")
    until_at(heard, K.LEFT_WRIST, (x, y), 0.01)


def test_leaving_a_joint_sends_the_nudge_at_once(page, heard):
    x, y = figure.POINTS[K.NOSE]
    page.locator(f"[data-joint='{K.NOSE}']").focus()
    page.keyboard.press("ArrowUp")
    page.locator(f"[data-joint='{K.NOSE}']").blur()
    until_at(heard, K.NOSE, (x, y - 1), 0.01)


def test_undo_and_redo(page, heard):
    drag_joint(page, K.RIGHT_WRIST, (60, 130))
    until_at(heard, K.RIGHT_WRIST, (60, 130))
    drag_joint(page, K.LEFT_ANKLE, (250, 400))
    moved = until_at(heard, K.LEFT_ANKLE, (250, 400))
    page.keyboard.press("Control+z")
    until_at(heard, K.LEFT_ANKLE, figure.POINTS[K.LEFT_ANKLE])
    page.keyboard.press("Control+z")
    until_at(heard, K.RIGHT_WRIST, figure.POINTS[K.RIGHT_WRIST])
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+y")
    assert (until_at(heard, K.LEFT_ANKLE, (250, 400)).xy == moved.xy).all()


def test_hide_and_show(page, heard):
    page.locator(f"[data-joint='{K.RIGHT_KNEE}']").focus()
    page.keyboard.press("Delete")
    skeleton = until(lambda: heard.skeleton, lambda s: s is not None and not s.visible[K.RIGHT_KNEE])
    assert tuple(skeleton.xy[K.RIGHT_KNEE]) == figure.POINTS[K.RIGHT_KNEE]
    joint = page.locator(f"[data-joint='{K.RIGHT_KNEE}']")
    assert joint.get_attribute("data-seen") == "0" and "not used" in joint.get_attribute("aria-label")
    page.mouse.click(*on_screen(page, *figure.POINTS[K.RIGHT_KNEE]))
    until(lambda: heard.skeleton, lambda s: s.visible[K.RIGHT_KNEE] and s.score[K.RIGHT_KNEE] == 1)


def test_a_joint_without_a_place_comes_from_the_tray(page, heard):
    assert not page.locator(f"[data-joint='{K.LEFT_EAR}']").is_visible()
    page.get_by_role("button", name="+ left ear").click()
    skeleton = until(lambda: heard.skeleton, lambda s: s is not None and s.visible[K.LEFT_EAR])
    assert (skeleton.xy[K.LEFT_EAR] > 0).all() and (skeleton.xy[K.LEFT_EAR] < (320, 480)).all()
    assert page.locator(".tp-tray button").count() == 0


def test_mirror_swaps_sides_in_place_and_reset_goes_back(page, heard):
    page.get_by_role("button", name="Mirror").click()
    skeleton = until(lambda: heard.skeleton, lambda s: s is not None)
    before = figure.skeleton()
    assert (skeleton.visible == before.visible[list(MIRRORED)]).all()
    assert skeleton.xy[K.LEFT_WRIST][0] == 104 + 216 - before.xy[K.RIGHT_WRIST][0]
    assert skeleton.box()[0] == before.box()[0]
    page.get_by_role("button", name="Reset").click()
    until(lambda: heard.skeleton, lambda s: (s.xy == before.xy).all())


def test_pose_files_in_and_out(page, heard, tmp_path):
    drag_joint(page, K.RIGHT_WRIST, (60, 130))
    skeleton = until_at(heard, K.RIGHT_WRIST, (60, 130))
    page.get_by_role("button", name="Save this pose").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="OpenPose JSON, 18 joints").click()
    saved = tmp_path / "pose.json"
    download.value.save_as(saved)
    assert json.loads(saved.read_text())["canvas_height"] == 480
    page.get_by_role("button", name="Reset").click()
    until_at(heard, K.RIGHT_WRIST, figure.POINTS[K.RIGHT_WRIST])
    page.set_input_files("[data-part='pose-file']", str(saved))
    loaded = until_at(heard, K.RIGHT_WRIST, (60, 130))
    assert (loaded.visible == skeleton.visible).all()


def test_a_useless_pose_file_gives_a_message_and_changes_nothing(page, heard, tmp_path):
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    page.set_input_files("[data-part='pose-file']", str(bad))
    page.get_by_role("alert").filter(has_text="not OpenPose JSON").wait_for()
    assert heard.count == 0
    assert joint_place(page, K.NOSE) == figure.POINTS[K.NOSE]


def test_joints_have_names_and_a_steady_size(page):
    nose = page.locator(f"[data-joint='{K.NOSE}']")
    assert nose.get_attribute("aria-label") == "Nose 160, 78"
    assert nose.get_attribute("tabindex") == "0"
    wide = page.locator(f"[data-joint='{K.NECK}']").bounding_box()["width"]
    page.set_viewport_size({"width": 700, "height": 500})
    until(lambda: page.locator(f"[data-joint='{K.NECK}']").bounding_box()["width"], lambda w: abs(w - wide) < 1)
