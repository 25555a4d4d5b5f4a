"""Limbs, whole bodies, presets, zoom and corrections in a real browser."""

from __future__ import annotations

import json
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from pose_editor import LivePuppet, LiveScene, PoseEdit, PoseEditor, PoseScene
from truepose.openpose_json import parse_openpose
from truepose.pose import Keypoint as K
from truepose.presets import PRESETS, posed
from truepose.warp import cut_puppet

from . import figure
from .browsing import PHONE, drag, drag_joint, joint_place, on_screen, served, touch, until, visit


@pytest.fixture(scope="module")
def heard() -> SimpleNamespace:
    return SimpleNamespace(edit=None)


@pytest.fixture(scope="module")
def address(heard):
    def hear(edit: PoseEdit) -> None:
        heard.edit = edit

    def lend(edit: PoseEdit) -> PoseScene:
        heard.edit = edit
        return PoseScene(figure.PHOTO, posed(PRESETS[3], figure.skeleton()), "figure", source=figure.skeleton())

    puppet = cut_puppet(np.asarray(figure.PHOTO), figure.person())
    with gr.Blocks() as page:
        editor = PoseEditor(PoseScene(figure.PHOTO, figure.skeleton(), "figure"))
        LivePuppet(LiveScene("figure", puppet, np.eye(2, 3)))
        quiet = {"show_progress": "hidden", "trigger_mode": "always_last"}
        editor.release(hear, editor, None, **quiet)
        editor.edit(hear, editor, None, **quiet)
        editor.apply(lend, editor, editor, **quiet)
    with served(page) as url:
        yield url


@pytest.fixture
def page(browser, address, heard):
    heard.edit = None
    with visit(browser, address) as opened:
        yield opened


def told(heard, wanted=lambda skeleton: True) -> np.ndarray:
    """The joints (18, 2) that Python heard of."""
    return until(lambda: heard.edit and heard.edit.skeleton, lambda s: s is not None and wanted(s)).xy


def length(xy: np.ndarray, a: K, b: K) -> float:
    return float(np.linalg.norm(xy[b] - xy[a]))


ARM = (K.RIGHT_SHOULDER, K.RIGHT_ELBOW, K.RIGHT_WRIST)
BEFORE = figure.skeleton().xy


def test_a_hand_reaches_and_its_arm_keeps_its_lengths(page, heard):
    drag_joint(page, K.RIGHT_WRIST, (70, 90), free=False)
    xy = told(heard)
    assert np.abs(xy[K.RIGHT_WRIST] - (70, 90)).max() <= 1
    for a, b in zip(ARM, ARM[1:], strict=False):
        assert length(xy, a, b) == pytest.approx(length(BEFORE, a, b), abs=0.1)
    assert (xy[K.RIGHT_SHOULDER] == BEFORE[K.RIGHT_SHOULDER]).all()


def test_a_place_out_of_reach_stretches_nothing(page, heard):
    drag_joint(page, K.RIGHT_WRIST, (5, 20), free=False)
    xy = told(heard)
    assert length(xy, *ARM[::2]) == pytest.approx(length(BEFORE, *ARM[:2]) + length(BEFORE, *ARM[1:]), abs=0.1)


def test_an_elbow_takes_the_forearm_along(page, heard):
    drag_joint(page, K.RIGHT_ELBOW, (75, 126), free=False)
    xy = told(heard)
    assert length(xy, *ARM[:2]) == pytest.approx(length(BEFORE, *ARM[:2]), abs=0.1)
    assert length(xy, *ARM[1:]) == pytest.approx(length(BEFORE, *ARM[1:]), abs=0.1)
    assert xy[K.RIGHT_WRIST, 0] < 80


def test_the_lock_can_be_opened(page, heard):
    page.get_by_role("button", name="Keep limb lengths").click()
    drag_joint(page, K.RIGHT_WRIST, (20, 30), free=False)
    assert np.abs(told(heard)[K.RIGHT_WRIST] - (20, 30)).max() <= 1
    page.keyboard.press("l")
    assert page.get_by_role("button", name="Keep limb lengths").get_attribute("aria-pressed") == "true"


def test_a_limb_swings_about_its_upper_joint_with_all_below(page, heard):
    x, y = ((BEFORE[K.LEFT_HIP] + BEFORE[K.LEFT_KNEE]) / 2).tolist()
    drag(page, (x, y), (x + 30, y))
    xy = told(heard)
    assert xy[K.LEFT_ANKLE, 0] > BEFORE[K.LEFT_ANKLE, 0] + 60
    for a, b in ((K.LEFT_HIP, K.LEFT_KNEE), (K.LEFT_KNEE, K.LEFT_ANKLE)):
        assert length(xy, a, b) == pytest.approx(length(BEFORE, a, b), abs=0.1)
    assert (xy[: K.LEFT_HIP] == BEFORE[: K.LEFT_HIP]).all()


@pytest.mark.parametrize("kind", ["move", "scale", "turn"])
def test_the_whole_body_moves_scales_and_turns(page, heard, kind):
    page.keyboard.press("b")
    box = page.locator(f"[data-handle='{kind}']").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y + 30, steps=3)
    page.mouse.up()
    xy = told(heard)
    seen = figure.skeleton().visible
    ratio = length(xy, K.NECK, K.LEFT_ANKLE) / length(BEFORE, K.NECK, K.LEFT_ANKLE)
    shift = xy[seen] - BEFORE[seen]
    if kind == "move":
        assert np.ptp(shift, axis=0).max() < 0.05 and shift[0, 0] < -20
    elif kind == "scale":
        assert 0.5 < ratio < 0.98
    else:
        assert ratio == pytest.approx(1, abs=0.01) and abs(shift).max() > 10
    page.keyboard.press("Control+z")
    assert (told(heard, lambda s: (s.xy == BEFORE).all()) == BEFORE).all()


def test_handles_listen_to_arrow_keys(page, heard):
    page.keyboard.press("b")
    page.locator("[data-handle='move']").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp")
    xy = told(heard)
    assert np.allclose(xy[K.NOSE] - BEFORE[K.NOSE], (10, -1))


def test_presets_fit_the_body_and_are_undone(page, heard):
    page.get_by_role("button", name="Poses").click()
    assert page.locator(".tp-preset").count() == len(PRESETS) >= 12
    page.locator(".tp-preset", has_text="Arms out").click()
    xy = told(heard)
    assert length(xy, *ARM[:2]) == pytest.approx(length(BEFORE, *ARM[:2]), rel=0.05)
    assert abs(xy[K.RIGHT_WRIST, 1] - xy[K.RIGHT_SHOULDER, 1]) < 20
    page.keyboard.press("Control+z")
    told(heard, lambda s: (s.xy == BEFORE).all())


def test_the_pose_of_a_picture(page, heard, tmp_path):
    figure.PHOTO.save(tmp_path / "other.png")
    page.set_input_files("[data-part='lender-file']", str(tmp_path / "other.png"))
    until(lambda: heard.edit and heard.edit.lender, bool)
    wanted = posed(PRESETS[3], figure.skeleton()).xy[K.RIGHT_ELBOW]
    until(lambda: joint_place(page, K.RIGHT_ELBOW), lambda place: np.abs(place - wanted).max() < 0.1)
    page.keyboard.press("Control+z")
    assert joint_place(page, K.RIGHT_ELBOW) == figure.POINTS[K.RIGHT_ELBOW]


def test_zoom_and_pan_keep_joints_under_the_pointer(page, heard):
    place = joint_place(page, K.RIGHT_WRIST)
    page.mouse.move(*on_screen(page, *place))
    before = on_screen(page, *place)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    until(lambda: page.locator(".tp-stage").get_attribute("data-zoomed"), lambda z: z == "1")
    assert np.abs(np.subtract(on_screen(page, *place), before)).max() < 2
    drag(page, (place[0] - 30, place[1] - 20), (place[0] - 10, place[1] - 20))
    assert on_screen(page, *place)[0] > before[0] + 10
    drag_joint(page, K.RIGHT_WRIST, (90, 240))
    assert np.abs(told(heard)[K.RIGHT_WRIST] - (90, 240)).max() <= 1
    page.keyboard.press("0")
    assert page.locator(".tp-stage").get_attribute("data-zoomed") == "0"


def test_two_fingers_zoom(browser, address):
    with visit(browser, address, PHONE, has_touch=True, is_mobile=True) as page:
        a, b = on_screen(page, 130, 300), on_screen(page, 190, 300)
        touch(page, [[a, b]] + [[(a[0] - 8 * i, a[1]), (b[0] + 8 * i, b[1])] for i in range(1, 6)])
        until(lambda: page.locator(".tp-stage").get_attribute("data-zoomed"), lambda z: z == "1")
        assert joint_place(page, K.RIGHT_KNEE) == figure.POINTS[K.RIGHT_KNEE]


def test_a_misread_joint_is_put_right_and_the_pose_follows(page, heard):
    drag_joint(page, K.LEFT_WRIST, (260, 140))
    told(heard)
    page.get_by_role("button", name="Correct the reading").click()
    assert joint_place(page, K.LEFT_WRIST) == figure.POINTS[K.LEFT_WRIST]
    drag_joint(page, K.RIGHT_KNEE, (128, 330))
    page.get_by_role("button", name="Done").click()
    edit = until(lambda: heard.edit, lambda e: e.corrected is not None)
    assert np.abs(edit.corrected.xy[K.RIGHT_KNEE] - (128, 330)).max() <= 1
    assert np.abs(edit.skeleton.xy[K.RIGHT_KNEE] - (128, 330)).max() <= 1
    assert np.abs(edit.skeleton.xy[K.LEFT_WRIST] - (260, 140)).max() <= 1


def test_cancelled_corrections_leave_nothing(page, heard):
    page.get_by_role("button", name="Correct the reading").click()
    drag_joint(page, K.RIGHT_KNEE, (100, 300))
    page.get_by_role("button", name="Cancel").click()
    assert joint_place(page, K.RIGHT_KNEE) == figure.POINTS[K.RIGHT_KNEE]
    assert heard.edit is None


@pytest.mark.parametrize(("label", "count"), [("18 joints", 18), ("BODY_25", 25), ("17 joints", 17)])
def test_three_formats_out_and_in(page, heard, tmp_path, label, count):
    drag_joint(page, K.RIGHT_WRIST, (60, 130))
    page.get_by_role("button", name="Save this pose").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=label).click()
    saved = tmp_path / "pose.json"
    download.value.save_as(saved)
    document = json.loads(saved.read_text())
    assert len(document["people"][0]["pose_keypoints_2d"]) == 3 * count
    assert np.abs(parse_openpose(document)[0].xy[K.RIGHT_WRIST] - (60, 130)).max() <= 1
    page.get_by_role("button", name="Reset").click()
    page.set_input_files("[data-part='pose-file']", str(saved))
    told(heard, lambda s: np.abs(s.xy[K.RIGHT_WRIST] - (60, 130)).max() <= 1)


def test_the_skeleton_as_a_picture(page, tmp_path):
    page.get_by_role("button", name="Save this pose").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Picture of the skeleton").click()
    download.value.save_as(tmp_path / "pose.png")
    picture = Image.open(tmp_path / "pose.png").convert("RGB")
    assert picture.size == figure.PHOTO.size
    assert picture.getpixel(figure.POINTS[K.LEFT_KNEE]) != (0, 0, 0) and picture.getpixel((3, 3)) == (0, 0, 0)


_DRAW = """async () => {
  const editor = document.querySelector('.tp-editor'), canvas = editor.querySelector('.tp-canvas');
  const box = canvas.getBoundingClientRect(), first = Number(editor.dataset.frames || 0), start = performance.now();
  for (let i = 0; performance.now() - start < 1500; i++) {
    const [clientX, clientY] = [box.left + box.width * (0.5 + 0.1 * Math.sin(i / 9)), box.top + box.height * 0.3];
    canvas.dispatchEvent(new PointerEvent('pointermove', { pointerId: 1, clientX, clientY, bubbles: true }));
    await new Promise(requestAnimationFrame);
  }
  return (1000 * (Number(editor.dataset.frames) - first)) / (performance.now() - start);
}"""


def test_the_person_follows_the_hand_at_twenty_frames_a_second(page):
    page.wait_for_selector(".tp-editor[data-live='1']")
    live = page.locator("[data-part='live']")
    assert live.evaluate("node => node.style.visibility") == "hidden"  # the photo's own pose is the photo
    page.mouse.move(*on_screen(page, *joint_place(page, K.RIGHT_WRIST)))
    page.mouse.down()
    page.mouse.move(*on_screen(page, 60, 130), steps=3)
    rate = max(page.evaluate(_DRAW) for _ in range(3))  # the best of three: other work may hold the machine
    page.mouse.up()
    assert rate >= 20
    assert live.evaluate("node => node.style.visibility") == "visible"
    shown = page.locator(".tp-stage").screenshot()
    page.keyboard.press("p")
    until(lambda: live.evaluate("node => node.style.visibility"), lambda v: v == "hidden")
    assert page.locator(".tp-stage").screenshot() != shown
