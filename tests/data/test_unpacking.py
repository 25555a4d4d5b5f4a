"""Zip files, honest and not."""

from __future__ import annotations

import stat
import zipfile

import pytest

from truepose.data import unpacking
from truepose.data.unpacking import unpack


def zipped(path, members: dict[str, bytes]):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return path


def test_pictures_and_lists_are_unpacked_and_nothing_else(tmp_path):
    archive = zipped(tmp_path / "a.zip", {
        "mine/a.jpg": b"1", "mine/deeper/b.PNG": b"2", "mine/pairs.csv": b"3", "mine/run.py": b"4",
        "__MACOSX/mine/._a.jpg": b"5", "mine/.hidden.jpg": b"6",
    })  # fmt: skip
    folder = unpack(archive, tmp_path / "out")
    assert folder == tmp_path / "out" / "mine"
    assert sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()) == [
        "a.jpg", "deeper/b.PNG", "pairs.csv",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["../evil.jpg", "/tmp/evil.jpg", "a/../../evil.jpg", "..\\evil.jpg", "C:/evil.jpg"])
def test_a_path_that_reaches_outside_is_refused(tmp_path, name):
    archive = zipped(tmp_path / "a.zip", {"fine.jpg": b"1", name: b"2"})
    with pytest.raises(ValueError, match="reaches outside"):
        unpack(archive, tmp_path / "in" / "out")
    assert not list(tmp_path.rglob("*.jpg")) and not list((tmp_path / "in").iterdir())


def test_a_link_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as file:
        link = zipfile.ZipInfo("a.jpg")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    with pytest.raises(ValueError, match="a link"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_limits(tmp_path, monkeypatch):
    archive = zipped(tmp_path / "a.zip", {"a.jpg": bytes(1000), "b.jpg": bytes(1000)})
    monkeypatch.setattr(unpacking, "MOST_BYTES", 1999)
    with pytest.raises(ValueError, match="too large unpacked"):
        unpack(archive, tmp_path / "out")
    monkeypatch.setattr(unpacking, "MOST_FILES", 1)
    with pytest.raises(ValueError, match="too many files: at most 1, got 2"):
        unpack(archive, tmp_path / "out")


def test_what_is_no_zip_of_photos(tmp_path):
    (tmp_path / "text.zip").write_text("hello")
    damaged = zipped(tmp_path / "damaged.zip", {"a.jpg": bytes(range(256)) * 40})
    data = bytearray(damaged.read_bytes())
    data[60:80] = b"x" * 20
    damaged.write_bytes(data)
    cases = {"text.zip": "no zip file", "damaged.zip": "damaged", "none.zip": "no file"}
    for name, words in cases.items():
        with pytest.raises(ValueError, match=words):
            unpack(tmp_path / name, tmp_path / "out")
    for members in ({}, {"a.txt": b"1"}, {"pairs.csv": b"a,b"}):
        with pytest.raises(ValueError, match="no photos"):
            unpack(zipped(tmp_path / "e.zip", members), tmp_path / "out")
    assert not (tmp_path / "out").exists()
