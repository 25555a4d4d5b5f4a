"""Every bad input through the served studio: by its endpoints, and dropped on its page in a browser."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from studio import build_studio, launch_options
from tests.bad_inputs import KNOWN_MISREADINGS, SIZE, Case, known, misplaced, unplain
from tests.bad_inputs.poses import ENDPOINT_SETTINGS, PoseCase, document, pose_cases
from tests.pose_editor.browsing import drag_joint, joint_place, served, until, visit
from tests.tiny import tiny_config, tiny_model
from truepose.pipeline import TruePosePipeline
from truepose.pose import Keypoint as K

QUICK = {"person": 1, "steps": 1, "guidance_scale": 1.0, "seed": 0}


@pytest.fixture(scope="module")
def address(remembering_reader):
    studio = build_studio(remembering_reader, TruePosePipeline(tiny_model(tiny_config())))
    with served(studio, **launch_options()) as url:
        yield url


@pytest.fixture(scope="module")
def client(address):
    # Pictures are looked at where the server put them.
    opened = Client(address, verbose=False, download_files=False)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def photo(client, tmp_path_factory) -> dict:
    path = tmp_path_factory.mktemp("known") / "photo.png"
    known().save(path)
    return handle_file(str(path))


@pytest.fixture
def log(capfd):
    """What the server wrote; nothing that a bad input does may be unforeseen."""
    yield
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err and "failed" not in out + err, out + err


def uploaded(cases: list[Case]) -> list[Case]:
    """Those that have bytes to upload."""
    return [case for case in cases if case.kind != "place" and case.name not in KNOWN_MISREADINGS]


def wrong_answer(case: Case, client: Client, folder: Path) -> str:
    """What goes wrong when the endpoint reads a file; empty where nothing does."""
    try:
        reading, _ = client.predict(handle_file(str(folder / case.name)), 1, api_name="/read")
    except AppError as error:
        message = str(error)
        return "" if any(word in message for word in case.says) and not unplain(message, folder) else message
    return misplaced(case, reading) if case.size else f"was read: {reading}"


def test_the_endpoint_reads_or_refuses_every_file(bad_files, client, log):
    folder, cases = bad_files
    cases = uploaded(cases)
    with ThreadPoolExecutor(8) as several:  # while one is read others travel
        answers = several.map(lambda case: wrong_answer(case, client, folder), cases)
        wrong = {case.name: said for case, said in zip(cases, answers, strict=True) if said}
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong.items())


def repose(client: Client, photo: dict, pose, **settings) -> tuple[int, int]:
    """The size of the picture that the endpoint gives."""
    picture = client.predict(photo=photo, pose=pose, **QUICK | settings, api_name="/repose")
    with Image.open(picture["path"]) as image:
        return image.size


def sendable(content: bytes):
    """A pose as programs send it: a document, or its text where it is no document; None where it is not even text."""
    try:
        pose = json.loads(content)
        json.dumps(pose, allow_nan=False)
        return content.decode() if isinstance(pose, str) else pose
    except (ValueError, RecursionError):
        return content.decode() if _is_text(content) else None


def _is_text(content: bytes) -> bool:
    try:
        return bool(content.decode())
    except UnicodeDecodeError:
        return False


def wrong_pose(case: PoseCase, client: Client, photo: dict) -> str:
    """What goes wrong when the endpoint is given a pose; empty where nothing does."""
    pose = sendable(case.content)
    if pose is None:
        return ""
    try:
        size = repose(client, photo, pose)
    except AppError as error:
        is_plain = case.says and case.says in str(error) and not unplain(str(error), Path("/nowhere"))
        return "" if is_plain else str(error)
    return "was followed" if case.says else "" if size == SIZE else f"the picture is {size}"


def test_the_endpoint_follows_or_refuses_every_pose(client, photo, log):
    # One by one: Gradio writes equal pictures into one file.
    wrong = {case.name: said for case in pose_cases() if (said := wrong_pose(case, client, photo))}
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong.items())


@pytest.mark.parametrize(("name", "value", "word"), ENDPOINT_SETTINGS)
def test_the_endpoint_refuses_settings(name, value, word, client, photo, log):
    with pytest.raises(AppError, match=word):
        repose(client, photo, document(), **{name: value})


def drop(page, path: Path) -> list[str]:
    """Drop a file on the page; the toasts that it is answered with."""
    page.set_input_files("[data-part='photo-file']", str(path))
    until(lambda: page.locator(".tp-editor [data-part='veil']").is_hidden(), bool, 20)
    return [text.strip() for text in page.get_by_test_id("toast-body").all_text_contents()]


def wrong_page(case: Case, page, folder: Path) -> str:
    """What goes wrong when a file is dropped on the page; empty where nothing does."""
    box = page.locator(".tp-canvas").get_attribute("viewBox")
    wrist = joint_place(page, K.RIGHT_WRIST)
    toasts = drop(page, folder / case.name)
    try:
        if toasts:
            if not any(word in toasts[0] for word in case.says) or unplain(toasts[0], folder) or len(toasts) > 1:
                return f"toasts {toasts}"
            kept = (page.locator(".tp-canvas").get_attribute("viewBox"), joint_place(page, K.RIGHT_WRIST))
            return "" if kept == (box, wrist) else "the work before was lost"
        if case.size is None:
            return "was opened"
        shown = page.locator(".tp-canvas").get_attribute("viewBox")
        return "" if shown == f"0 0 {case.size[0]} {case.size[1]}" else f"shown as {shown}"
    finally:
        for _ in toasts:
            page.get_by_test_id("toast-close").first.click()
        until(lambda: page.get_by_test_id("toast-body").count(), lambda count: count == 0)


def test_the_page_opens_or_refuses_files(bad_files, browser, address, tmp_path, log):
    """Files one after another on one page, first those that are refused: the pose dragged before stays.

    Two that are refused and two that open of every kind: all of the files take more than a minute.
    """
    folder, cases = bad_files
    cases = uploaded(cases)
    known().save(tmp_path / "known.png")
    kinds = {case.kind: None for case in cases}
    refused, opened = (
        [case for kind in kinds for case in [c for c in cases if c.kind == kind and (c.size is None) is is_refused][:2]]
        for is_refused in (True, False)
    )
    with visit(browser, address) as page:
        assert drop(page, tmp_path / "known.png") == []
        status = page.locator(".tp-status-text")
        until(lambda: status.text_content(), lambda text: re.match("Ready|Joints", text), 20)
        drag_joint(page, K.RIGHT_WRIST, (60, 120))
        until(lambda: joint_place(page, K.RIGHT_WRIST), lambda place: abs(place[0] - 60) < 2)
        wrong = {case.name: said for case in refused + opened if (said := wrong_page(case, page, folder))}
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong.items())
