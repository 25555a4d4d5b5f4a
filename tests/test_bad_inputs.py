"""Every bad input through the command line: a right result, or exit code 2 and one plain line."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from truepose import reading
from truepose.cli import main
from truepose.openpose_json import load_pose
from truepose.pose import Keypoint

from .bad_inputs import KNOWN_MISREADINGS, SIZE, Case, known, misplaced, unplain
from .bad_inputs.poses import COMMAND_SETTINGS, document, pose_cases

KINDS = (
    "format", "no photo format", "turned", "wrong EXIF", "name", "name of a bad file", "cut off", "flipped",
    "no picture", "two things", "bomb", "size", "person", "nobody", "place",
)  # fmt: skip


@pytest.fixture
def run(capfd) -> Callable[..., tuple[int, str, str]]:
    """Runs a command; its exit code, what it printed, and what it complained of, also below Python."""

    def run(*arguments) -> tuple[int, str, str]:
        capfd.readouterr()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            # Python hides these from people, and here they may be of another test's leavings.
            warnings.simplefilter("ignore", ResourceWarning)
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as stop:
                code = stop.code
        # pytest keeps warnings from standard error, where people would see them.
        shown = [
            str(each.message) for each in told if not issubclass(each.category, DeprecationWarning | FutureWarning)
        ]
        out, err = capfd.readouterr()
        return code, out, err + "".join(f"warning: {each}\n" for each in shown)

    return run


@pytest.fixture
def quick_reader(monkeypatch, remembering_reader):
    monkeypatch.setattr(reading, "load_reader", lambda *names, **options: remembering_reader)


def wrong_refusal(code: int, err: str, says: tuple[str, ...], folder: Path) -> str:
    """What is wrong about a refusal; empty where nothing is."""
    if code != 2 or not re.fullmatch(r"truepose: [^\n]+\n", err) or not err.rstrip("\n").isprintable():
        return f"exit code {code}, {err!r}"
    if not any(word in err for word in says):
        return f"says none of {says}: {err!r}"
    return unplain(err, folder)


def wrong_reading(case: Case, run, folder: Path, out: Path) -> str:
    """What goes wrong when a file is read; empty where nothing does."""
    code, printed, err = run("read", folder / case.name, "--json", out / "pose.json", "--parsing", out / "map.png")
    made = sorted(path.name for path in out.iterdir())
    try:
        if code == 0 and made == ["map.png", "pose.json"]:
            if case.size is None:
                return f"was read: {printed!r}"
            if err and not re.fullmatch(r"truepose: took person 1 of \d[^\n]+\n", err):
                return f"complained: {err!r}"
            if Image.open(out / "map.png").size != case.size:
                return "the map has another size"
            return misplaced(case, json.loads((out / "pose.json").read_text()))
        return wrong_refusal(code, err, case.says, folder) or (f"left {made}" if made else "")
    finally:
        for path in out.iterdir():
            path.unlink()


@pytest.mark.parametrize("kind", KINDS)
def test_files(kind, bad_files, quick_reader, run, tmp_path):
    folder, cases = bad_files
    cases = [case for case in cases if case.kind == kind and case.name not in KNOWN_MISREADINGS]
    wrong = {case.name: said for case in cases if (said := wrong_reading(case, run, folder, tmp_path))}
    assert not wrong, "\n".join(f"{name}: {said}" for name, said in wrong.items())


def test_every_kind_is_tested(bad_files):
    _, cases = bad_files
    assert {case.kind for case in cases} == set(KINDS) and len(cases) >= 100


def test_the_misread_list_is_honest(bad_files, quick_reader, run, tmp_path):
    """Each is misread indeed, and nothing worse: the reading says of itself that it is doubtful."""
    folder, cases = bad_files
    known_files = [case for case in cases if case.name in KNOWN_MISREADINGS]
    assert {case.name for case in known_files} == KNOWN_MISREADINGS
    assert [case.name for case in known_files if not wrong_reading(case, run, folder, tmp_path)] == []
    for case in known_files:
        code, printed, _ = run("read", folder / case.name)
        assert code == 0 and re.search("unsure|not seen", printed), case.name


@pytest.fixture(scope="module")
def photo(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("known") / "photo.png"
    known().save(path)
    return path


@pytest.mark.parametrize("case", pose_cases(), ids=lambda case: case.name)
def test_poses(case, photo, quick_reader, run, tmp_path):
    path, out = tmp_path / "pose.json", tmp_path / "out"
    path.write_bytes(case.content)
    out.mkdir()
    code, _, err = run("repose", photo, "--pose", path, "-o", out / "out.png", "--preview")
    if case.says:
        assert not wrong_refusal(code, err, (case.says,), tmp_path)
        assert not list(out.iterdir())
        return
    assert (code, err) == (0, "")
    with Image.open(out / "out.png") as image:
        assert image.size == SIZE and image.mode == "RGB"
    if case.nose:
        assert np.allclose(load_pose(path, SIZE[::-1]).xy[Keypoint.NOSE], case.nose, atol=0.1)


@pytest.mark.parametrize("name", ["folder", "pipe", "missing", "loop"])
def test_places_that_hold_no_pose(name, bad_files, photo, run, tmp_path):
    folder, _ = bad_files
    code, _, err = run("repose", photo, "--pose", folder / f"{name}.jpg", "-o", tmp_path / "out.png", "--preview")
    assert not wrong_refusal(code, err, (name if name in ("folder", "pipe") else "no file",), folder)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("option", "value", "word"), COMMAND_SETTINGS)
def test_settings(option, value, word, photo, run, tmp_path):
    (tmp_path / "pose.json").write_text(json.dumps(document()))
    out = tmp_path / "out.png"
    code, _, err = run("repose", photo, "--pose", tmp_path / "pose.json", "-o", out, f"{option}={value}")
    assert not wrong_refusal(code, err, (word,), tmp_path)
    assert not out.exists()


@pytest.mark.parametrize(
    "name", ["out", "out.psd", "out.ico", "out.pdf", "out.png/", ".png", "no/out.png", "o" * 300 + ".png"]
)
def test_outputs(name, photo, quick_reader, run, tmp_path):
    (tmp_path / "pose.json").write_text(json.dumps(document()))
    (tmp_path / "out.png").mkdir()
    code, _, err = run("repose", photo, "--pose", tmp_path / "pose.json", "-o", f"{tmp_path}/{name}", "--preview")
    assert not wrong_refusal(code, err, ("cannot",), Path("/nowhere"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.png", "pose.json"]
