"""Small data sets in the real formats: DeepFashion In-shop and WPose, of drawn figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from tests.tiny import figure
from truepose.parsing import BodyPart as P
from truepose.pose import Skeleton

# (flat name, its place in the original tree); the names are of the real lists.
SHOTS = (
    ("fashionWOMENBlouses_Shirtsid0000337203_3back.jpg", "WOMEN/Blouses_Shirts/id_00003372/03_3_back.jpg"),
    ("fashionWOMENBlouses_Shirtsid0000337203_2side.jpg", "WOMEN/Blouses_Shirts/id_00003372/03_2_side.jpg"),
    ("fashionMENTees_Tanksid0000730104_7additional.jpg", "MEN/Tees_Tanks/id_00007301/04_7_additional.jpg"),
    ("fashionMENTees_Tanksid0000730104_1front.jpg", "MEN/Tees_Tanks/id_00007301/04_1_front.jpg"),
)
FLAT = tuple(flat for flat, _ in SHOTS)
ALONE = "fashionWOMENSkirtsid0000062904_3back.jpg"  # in the split, in no pair
PAIRS = ((FLAT[0], FLAT[1]), (FLAT[2], FLAT[3]), (FLAT[1], FLAT[0]))
_LIP_OF = {
    P.BACKGROUND: 0, P.HAT: 1, P.HAIR: 2, P.SUNGLASSES: 4, P.UPPER_CLOTHES: 5, P.DRESS: 6, P.PANTS: 9, P.SCARF: 11,
    P.SKIRT: 12, P.FACE: 13, P.LEFT_ARM: 14, P.RIGHT_ARM: 15, P.LEFT_LEG: 16, P.RIGHT_LEG: 17, P.LEFT_SHOE: 18,
    P.RIGHT_SHOE: 19,
}  # fmt: skip


def annotation(name: str, skeleton: Skeleton | None, shift: int = 0) -> str:
    """A line of the field's lists of joints; without a skeleton all are -1."""
    if skeleton is None:
        unseen = str([-1] * 18)
        return f"{name}:{unseen}:{unseen}"
    xy = np.where(skeleton.visible[:, None], np.rint(skeleton.xy + (shift, 0)), -1).astype(int)
    return f"{name}:{xy[:, 1].tolist()}:{xy[:, 0].tolist()}"


def shot(number: int, size: tuple[int, int] = (256, 176)) -> Image.Image:
    """The figure as picture `number`, (H, W); the shade tells one from another."""
    photo, _ = figure(256, 176)
    shaded = np.clip(photo.astype(int) + 6 * number - 9, 0, 255).astype(np.uint8)
    return Image.fromarray(shaded).resize(size[::-1], Image.Resampling.BICUBIC)


def write_deepfashion(
    root: Path, *, tree: bool = False, bordered: bool = False, resized: bool = True, size: tuple[int, int] = (256, 176)
) -> Path:
    """The test split of four pictures, three pairs, one picture alone.

    Args:
        tree: the original tree of folders in place of flat names.
        bordered: pictures of 256x256 with white borders.
        resized: the later lists, `fasion-resize-*`; else the earlier, whose joints count the borders too.
        size: (H, W) of pictures without borders.
    """
    root.mkdir(parents=True, exist_ok=True)
    for number, (flat, deep) in enumerate((*SHOTS, (ALONE, "WOMEN/Skirts/id_00000629/04_3_back.jpg"))):
        path = root / ("img_highres/" + deep if tree else "test_highres/" + flat)
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = shot(number, size)
        if bordered:
            wide = Image.new("RGB", (256, 256), "white")
            wide.paste(shot(number), (40, 0))
            picture = wide
        picture.save(path, quality=98, subsampling=0)
    word = "resize-" if resized else ""
    skeleton = figure(256, 176)[1].skeleton
    lines = [annotation(name, skeleton, 0 if resized else 40) for name in FLAT] + [annotation(ALONE, None)]
    (root / f"fasion-{word}annotation-test.csv").write_text("\n".join(["name:keypoints_y:keypoints_x", *lines]) + "\n")
    rows = "".join(f"{source},{target}\n" for source, target in PAIRS)
    (root / f"fasion-{word}pairs-test.csv").write_text("from,to\n" + rows)
    (root / "test.lst").write_text("".join(f"{name}\n" for name in (*FLAT, ALONE)))
    return root


def write_maps(folder: Path, *, lip: bool = False, names: tuple[str, ...] = FLAT) -> Path:
    """Parsing maps as Self-Correction Human Parsing writes them: palette PNGs of the pictures' names."""
    folder.mkdir(parents=True, exist_ok=True)
    parsing = figure(256, 176)[1].parsing
    values = np.vectorize(lambda label: _LIP_OF[P(label)], otypes=[np.uint8])(parsing) if lip else parsing
    for name in names:
        image = Image.fromarray(values)
        image.putpalette([value for value in range(256) for _ in range(3)])
        image.save(folder / f"{Path(name).stem}.png")
    return folder


def write_wpose(root: Path) -> Path:
    """Two pictures of one person with both pairs of them, maps and a pair whose pictures are not there."""
    (root / "images").mkdir(parents=True)
    names = ("person_974_pexels7600234.png", "person_974_pexels7600237.png")
    for number, name in enumerate(names):
        shot(number, (512, 352)).save(root / "images" / name)
    lines = (f"{names[0]} {names[1]}", f"{names[1]} {names[0]}", f"{names[0]} person_973_pexels12550015.png", "half")
    (root / "wpose_test_pairs.txt").write_text("\n".join(lines) + "\n")
    return root
