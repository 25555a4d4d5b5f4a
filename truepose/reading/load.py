"""Readers by name: the one place where names, folders and hub ids become models."""

from __future__ import annotations

import json
from pathlib import Path

from .embedded import EMBEDDED_READER, EmbeddedReader
from .hub import dwpose, segformer
from .hub.parts import Parser, PoseModel
from .hub.reader import EmbeddedParser, EmbeddedPose, HubReader
from .hub.sam import ClickMasker, SharpenedReader, load_mobile_sam, load_sam
from .hub.weights import WeightsMissing, weights_file
from .person import PersonReader

EMBEDDED = "embedded"
_OPENPOSE_BODY = "body_pose_model.pth"  # `openpose.FILES[0]`; importing that module takes seconds
_POSE_HUB = {"openpose": "lllyasviel/Annotators", "dwpose": "yzd-v/DWPose"}
_PARSING_HUB = {"segformer": "mattmdjaga/segformer_b2_clothes"}
_MASKS_HUB = {
    "sam": ("ybelkada/segment-anything", "checkpoints/sam_vit_b_01ec64.pth", load_sam),
    "mobile-sam": ("dhkim2810/MobileSAM", "mobile_sam.pt", load_mobile_sam),
}


def load_reader(
    pose: str | Path = EMBEDDED,
    parsing: str | Path | None = None,
    masks: str | Path | None = None,
    *,
    embedded: str | Path = EMBEDDED_READER,
    download: bool = False,
    device: str = "cpu",
) -> PersonReader:
    """A reader of the named parts.

    Args:
        pose: "embedded", "openpose", "dwpose", or a folder with the weights of one of them.
        parsing: "embedded", "segformer", or a folder or hub id with one of these; by default what reads the pose, where
            that reads both, else the embedded.
        masks: "sam", "mobile-sam", or a file with the weights of one of them; None keeps the parser's outlines.
        embedded: the embedded reader's folder.
        download: fetch from the hub what its local cache lacks; otherwise the hub is never asked.
        device: where OpenPose, SegFormer and SAM run ("cpu", "cuda"); the others run on the CPU.

    Raises:
        WeightsMissing: weights that are not here; the message says what to put where.
        ValueError: damaged or unfitting weights.
    """
    pose = embedded if str(pose) == EMBEDDED else pose
    if parsing is None:
        parsing = pose if _is_embedded(pose) else embedded
    parsing = embedded if str(parsing) == EMBEDDED else parsing
    if str(pose) == str(parsing) and _is_embedded(pose):
        reader: PersonReader = EmbeddedReader.from_pretrained(pose)
    else:
        reader = HubReader(_pose_model(pose, download, device), _parser(parsing, download, device))
    return reader if masks is None else SharpenedReader(reader, load_masker(masks, download=download, device=device))


def load_masker(masks: str | Path, *, download: bool = False, device: str = "cpu") -> ClickMasker:
    """SAM for clicks and outlines: "sam", "mobile-sam", or a file; one with "mobile" in its name is MobileSAM's.

    Raises:
        WeightsMissing: the weights are not here.
        ValueError: damaged or unfitting weights.
    """
    if str(masks) in _MASKS_HUB:
        place, name, load = _MASKS_HUB[str(masks)]
        path = weights_file(place, name, download=download)
    else:
        path = Path(masks)
        if not path.is_file():
            raise WeightsMissing(f'there is no file {masks}: give "sam", "mobile-sam" or a file of their weights')
        load = load_mobile_sam if "mobile" in path.name.lower() else load_sam
    return ClickMasker(load(path).to(device))


def _pose_model(pose: str | Path, download: bool, device: str) -> PoseModel:
    if _is_embedded(pose):
        return EmbeddedPose(EmbeddedReader.from_pretrained(pose))
    place = _POSE_HUB.get(str(pose), pose)
    if str(pose) == "openpose" or (Path(place) / _OPENPOSE_BODY).is_file():
        from .hub.openpose import OpenPose

        return OpenPose.from_pretrained(place, download=download, device=device)
    if str(pose) == "dwpose" or any((Path(place) / name).is_file() for name in dwpose.FILES):
        return dwpose.DWPose.from_pretrained(place, download=download)
    raise WeightsMissing(
        f'there is no pose model at {pose}: give "embedded", "openpose", "dwpose", or a folder with '
        f"{_OPENPOSE_BODY} or with {' and '.join(dwpose.FILES)}"
    )


def _parser(parsing: str | Path, download: bool, device: str) -> Parser:
    if _is_embedded(parsing):
        return EmbeddedParser(EmbeddedReader.from_pretrained(parsing))
    place = _PARSING_HUB.get(str(parsing), parsing)
    return segformer.SegformerParser.from_pretrained(place, download=download, device=device)


def _is_embedded(place: str | Path) -> bool:
    """Whether a folder holds a reader like the embedded one: its config names a backbone, as no other does."""
    try:
        return "backbone" in json.loads((Path(place) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
