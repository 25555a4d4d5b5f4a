"""A street folder of drawn figures."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from tests.tiny import figure


@pytest.fixture(scope="package")
def street(tmp_path_factory):
    """Four photos in the street folder's layout, one of them held out, one without a parsing map."""
    root = tmp_path_factory.mktemp("street")
    (root / "photos").mkdir()
    (root / "parsing").mkdir()
    lines = []
    for name in ("0001", "0002", "0003", "0004"):
        photo, person = figure()
        Image.fromarray(photo).save(root / "photos" / f"{name}.webp", lossless=True)
        row = {"file": f"{name}.webp", "keypoints": person.skeleton.to_coco17().tolist()}
        if name != "0004":
            Image.fromarray(person.parsing).save(root / "parsing" / f"{name}.png")
            row["parsing"] = f"{name}.png"
        lines.append(json.dumps(row))
    (root / "people.jsonl").write_text("\n".join(lines))
    return root
