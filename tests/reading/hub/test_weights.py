"""Where weights are looked for, and what is said when they are not there or not what they should be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from truepose.reading.hub.weights import WeightsMissing, reading_weights, weights_file


def hub_cache(folder: Path, owner: str, model: str, name: str) -> Path:
    """A hub cache that holds one file of one model."""
    repo = folder / f"models--{owner}--{model}"
    kept = repo / "snapshots" / ("a" * 40) / name
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"weights")
    (repo / "refs").mkdir()
    (repo / "refs" / "main").write_text("a" * 40)
    return kept


def one_line(error: pytest.ExceptionInfo) -> str:
    message = str(error.value)
    assert "\n" not in message and len(message) < 300
    return message


def test_a_file_is_itself_and_a_folder_is_looked_into(tmp_path):
    (tmp_path / "net.pth").write_bytes(b"1")
    assert weights_file(tmp_path / "net.pth", "other.pth") == tmp_path / "net.pth"
    assert weights_file(str(tmp_path), "net.pth") == tmp_path / "net.pth"
    with pytest.raises(WeightsMissing, match="lacks other.pth: put that file there") as error:
        weights_file(tmp_path, "other.pth")
    one_line(error)


def test_the_hub_cache_is_used_without_asking_the_hub(tmp_path):
    kept = hub_cache(tmp_path, "owner", "model", "net.pth")
    assert weights_file("owner/model", "net.pth", cache=tmp_path).read_bytes() == b"weights"
    assert weights_file("owner/model", "net.pth", cache=tmp_path).parent == kept.parent


@pytest.mark.parametrize(
    ("place", "name"),
    [
        ("lllyasviel/Annotators", "facenet.pth"),
        ("yzd-v/DWPose", "yolox_l.onnx"),
        ("dhkim2810/MobileSAM", "mobile_sam.pt"),
        ("mattmdjaga/segformer_b2_clothes", "model.safetensors"),
    ],
)
def test_missing_weights_are_not_fetched_and_one_line_says_what_to_do(tmp_path, place, name):
    with pytest.raises(WeightsMissing) as error:
        weights_file(place, name, cache=tmp_path)
    message = one_line(error)
    assert name in message and place in message
    assert "folder" in message and "download=True" in message
    assert not list(tmp_path.rglob(name))


@pytest.mark.parametrize("place", ["weights of mine", "/no/such/folder", "a/b/c", ""])
def test_what_is_neither_here_nor_a_hub_id_is_said_plainly(place):
    with pytest.raises(WeightsMissing, match=r"no weights at .*net\.pth|lacks net\.pth") as error:
        weights_file(place, "net.pth", download=True)
    one_line(error)


def test_weights_missing_is_bad_input():
    assert issubclass(WeightsMissing, ValueError)


def test_any_failure_of_a_loader_becomes_one_line(tmp_path):
    message = "net.pth is damaged or does not hold the weights of a net"
    with pytest.raises(ValueError, match=message) as error, reading_weights(tmp_path / "net.pth", "a net"):
        raise KeyError("conv1\nconv2")
    one_line(error)


class Trap:
    """Runs code when it is unpickled by a loader that allows it."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (self.folder,)


def test_the_libraries_loaders_run_no_code_of_a_file(tmp_path):
    from truepose.reading.hub.openpose import OpenPose
    from truepose.reading.hub.sam import load_mobile_sam, load_sam

    sprung = tmp_path / "sprung"
    for name in ("body_pose_model.pth", "hand_pose_model.pth", "facenet.pth"):
        torch.save({"conv1_1.weight": Trap(str(sprung))}, tmp_path / name)
    for load, path in (
        (OpenPose.from_pretrained, tmp_path),
        (load_sam, tmp_path / "facenet.pth"),
        (load_mobile_sam, tmp_path / "facenet.pth"),
    ):
        with pytest.raises(ValueError, match="damaged or does not hold") as error:
            load(path)
        one_line(error)
        assert not sprung.exists()
