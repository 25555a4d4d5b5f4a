"""How well people are cut from their background: exact alpha of rendered people against that of several methods.

    python benchmarks/matte.py [--makehuman FOLDER --garments FOLDER] [--street FOLDER --sheet out/matte.png]

Rendered people, whose alpha is known, stand before one background; every method cuts them by an imperfect mask, and
they are pasted on another. The closed form of PyMatting is measured too where that library is installed. The sheet
shows other people's photos: keep it out of the repository.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from truepose.data.rendered.assets import Assets
from truepose.data.rendered.lighting import Lighting, studio_lighting
from truepose.data.rendered.person import sample_person
from truepose.data.rendered.poses import sample_pose
from truepose.data.rendered.scene import render
from truepose.data.street import load_street
from truepose.parsing import person_mask
from truepose.pose import Keypoint as K
from truepose.reading import NoPersonFound, load_reader
from truepose.reading.guided_filter import GuidedFilter
from truepose.warp.fill import continue_texture
from truepose.warp.matte import clean_core, draw_out, grow, soften

_REACH = 0.025  # of the body's unit, as `cut_puppet` takes it
_NEAR = 12  # pixels about the true outline in which errors are counted
_GREY = 128


@dataclass(frozen=True, eq=False)
class Cutout:
    """A rendered person without background: colour (H, W, 3) times alpha (H, W), float32, 0 to 255 and 0 to 1."""

    premultiplied: np.ndarray
    alpha: np.ndarray

    def over(self, background: np.ndarray) -> np.ndarray:
        """(H, W, 3) float32."""
        return self.premultiplied + (1 - self.alpha[..., None]) * background


def rendered_cutout(seed: int, assets: Assets, size: tuple[int, int]) -> Cutout:
    """A person drawn before black paper; and, evenly lit, before black and white paper, which gives the alpha."""
    rng = np.random.default_rng(seed)
    person, pose = sample_person(rng, assets), sample_pose(rng, turn=rng.uniform(-12, 12))
    light = studio_lighting(rng, 6)
    even = Lighting(light.directions, np.zeros_like(light.colors), (1, 1, 1), (1, 1, 1))
    lit, black, white = (
        render(person, pose, size=size, light=lamp, paper=paper, supersample=4).image.astype(np.float32)
        for lamp, paper in ((light, (0, 0, 0)), (even, (0, 0, 0)), (even, (255, 255, 255)))
    )
    paper = (white - black).mean(2)
    return Cutout(lit, 1 - paper / paper.max())


def ramp(photo: np.ndarray, mask: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """What was there before the matte: a soft ramp, and colours continued from a clean core."""
    sigma, margin = float(np.clip(0.008 * unit, 0.6, 2.0)), float(np.clip(0.013 * unit, 1.0, 3.5))
    core = clean_core(mask, margin)
    filled = continue_texture(photo, core, grow(mask, max(2.0, 0.055 * unit) + 1))
    inner = soften(core, sigma)[..., None]
    return soften(mask, sigma), np.where(mask[..., None], photo * inner + filled * (1 - inner), filled)


def guided(photo: np.ndarray, mask: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """The mask through the colour guided filter; colours as `ramp` has them."""
    radius = max(2, round(1.6 * _REACH * unit))
    guide = photo.astype(np.float32) / 255
    slope, offset = GuidedFilter(guide, radius, 1e-4)(mask.astype(np.float32))
    band = grow(mask, _REACH * unit) & ~clean_core(mask, _REACH * unit)
    alpha = np.clip(((slope * guide).sum(-1) + offset - 0.1) / 0.8, 0, 1)
    return np.where(band, alpha, mask), ramp(photo, mask, unit)[1]


def closed_form(photo: np.ndarray, mask: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """What `cut_puppet` does."""
    matte = draw_out(photo, mask, _REACH * unit)
    return matte.alpha / 255, matte.colour


def library(photo: np.ndarray, mask: np.ndarray, unit: float) -> tuple[np.ndarray, np.ndarray]:
    """PyMatting: closed form and multi-level foreground, on the same band."""
    from pymatting import estimate_alpha_cf, estimate_foreground_ml

    reach = _REACH * unit
    band = (grow(mask, reach) & ~mask) | (mask & ~clean_core(mask, reach))
    alpha = estimate_alpha_cf(photo / 255, np.where(band, 0.5, mask))
    return alpha, 255 * estimate_foreground_ml(photo / 255, alpha)


METHODS = {"ramp": ramp, "guided filter": guided, "closed form": closed_form}
if importlib.util.find_spec("pymatting"):
    METHODS["PyMatting"] = library


def street_backgrounds(folder: Path, size: tuple[int, int], count: int) -> list[np.ndarray]:
    """(H, W, 3) float32 strips beside the people of validation photos, mirrored until they are wide enough."""
    found = []
    for row in load_street(folder, validation=True):
        parsing = row.parsing()
        if parsing is None:
            continue
        columns = (parsing > 0).any(0).nonzero()[0]
        left, right = columns[0] - 12, parsing.shape[1] - columns[-1] - 13
        if max(left, right) < 0.23 * parsing.shape[0]:
            continue
        strip = row.photo()[:, :left] if left > right else row.photo()[:, -right:]
        wide = round(strip.shape[1] * size[0] / len(strip))
        strip = cv2.resize(strip, (wide, size[0]), interpolation=cv2.INTER_CUBIC)
        wall = np.concatenate([strip, strip[:, ::-1]] * (1 + size[1] // (2 * strip.shape[1])), 1)
        found.append(wall[:, : size[1]].astype(np.float32))
        if len(found) == count:
            break
    return found


def painted_backgrounds(size: tuple[int, int], count: int) -> list[np.ndarray]:
    """(H, W, 3) float32 coloured noise of several scales."""
    rng = np.random.default_rng(5)
    found = []
    for _ in range(count):
        wall = np.zeros((*size, 3), np.float32) + rng.uniform(60, 190, 3).astype(np.float32)
        for scale in (2, 8, 40):
            noise = cv2.GaussianBlur(rng.normal(size=(*size, 3)).astype(np.float32), (0, 0), scale)
            wall += rng.uniform(5, 35) * noise / noise.std()
        found.append(np.clip(wall, 0, 255))
    return found


def masks_of(photo: np.ndarray, alpha: np.ndarray, reader) -> dict[str, np.ndarray]:
    """(H, W) bool masks by kind: the reader's, the true one, and the true one too small and too large by 2 pixels."""
    true = (alpha > 0.5).astype(np.uint8)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    masks = {"exact": true > 0, "eroded": cv2.erode(true, disk) > 0, "dilated": cv2.dilate(true, disk) > 0}
    try:
        masks["reader"] = person_mask(reader.read(Image.fromarray(photo)).parsing)
    except NoPersonFound:
        print("the reader finds nobody")
    return masks


def errors(cut, true: Cutout, background: np.ndarray) -> tuple[float, ...]:
    """Near the outline: alpha's mean error (%), mean square (1e-3); the new picture's error, all and where mixed."""
    alpha, colour = cut
    solid = true.alpha > 0.5
    near = grow(solid, _NEAR) & grow(~solid, _NEAR)
    off = (alpha - true.alpha)[near]
    shown = alpha[..., None] * colour + (1 - alpha[..., None]) * background
    wrong = np.abs(shown - true.over(background)).mean(-1)
    mixed = (true.alpha > 0.02) & (true.alpha < 0.98)
    return 100 * np.abs(off).mean(), 1e3 * (off**2).mean(), wrong[near].mean(), wrong[mixed].mean()


def measure(options) -> None:
    """Print the table."""
    assets = Assets(makehuman=options.makehuman, garments=options.garments)
    size, reader = tuple(options.size), load_reader()
    make = street_backgrounds(options.street, size, 12) if options.street else painted_backgrounds(size, 12)
    table: dict[tuple[str, str], list] = {}
    for number in range(options.count):
        person = rendered_cutout(options.seed + number, assets, size)
        here, there = make[number % len(make)], make[(number + 5) % len(make)]
        photo = np.clip(np.rint(person.over(here)), 0, 255).astype(np.uint8)
        rows = (person.alpha > 0.5).any(1).nonzero()[0]
        unit = 0.28 * (rows[-1] - rows[0])  # the trunk's length of somebody who stands
        for kind, mask in masks_of(photo, person.alpha, reader).items():
            for name, method in METHODS.items():
                started = time.perf_counter()
                cut = method(photo, mask, unit)
                spent = 1000 * (time.perf_counter() - started)
                table.setdefault((kind, name), []).append((*errors(cut, person, there), spent))
    print(f"{'mask':8} {'method':14}    SAD %  MSE e-3   pasted  (mixed)       ms")
    for (kind, name), lines in sorted(table.items()):
        means = [*np.mean(lines, 0)[:-1], np.median(lines, 0)[-1]]
        print(f"{kind:8} {name:14} " + " ".join(f"{mean:8.2f}" for mean in means))


def sheet(options) -> None:
    """Hair, hands and elbows of street photos, doubled: the photo, then every method on grey and on another street."""
    photos, reader = load_street(options.street, validation=True), load_reader()
    walls = street_backgrounds(options.street, photos[0].photo().shape[:2], 12)
    lines = []
    for number, row in enumerate(photos[options.first :: options.every][: options.people]):
        photo = row.photo()
        try:
            person = reader.read(Image.fromarray(photo))
        except NoPersonFound:
            continue
        mask, unit = person_mask(person.parsing), 0.28 * (person.box[3] - person.box[1])
        wall = cv2.resize(walls[number % len(walls)], photo.shape[1::-1])
        pictures = [photo]
        for method in METHODS.values():
            alpha, colour = method(photo, mask, unit)
            pictures += [alpha[..., None] * colour + (1 - alpha[..., None]) * behind for behind in (_GREY, wall)]
        for joint in (K.NOSE, K.LEFT_WRIST, K.LEFT_ELBOW):
            lines.append(np.concatenate([_zoom(p, person.skeleton.xy[joint], round(0.33 * unit)) for p in pictures], 1))
    options.sheet.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(lines)).save(options.sheet)
    print(options.sheet)


def _zoom(picture: np.ndarray, xy: np.ndarray, reach: int, side: int = 180) -> np.ndarray:
    """(side, side, 3) uint8 around a place, enlarged without smoothing."""
    padded = np.pad(np.clip(picture, 0, 255).astype(np.uint8), ((reach, reach), (reach, reach), (0, 0)), mode="edge")
    x, y = np.clip(np.rint(xy).astype(int), 0, np.array(picture.shape[1::-1]) - 1)
    crop = padded[y : y + 2 * reach + 1, x : x + 2 * reach + 1]
    return np.pad(cv2.resize(crop, (side, side), interpolation=cv2.INTER_NEAREST), ((0, 4), (0, 4), (0, 0)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--makehuman", type=Path, help="folder of MakeHuman's skins, eyes, hair and clothes")
    parser.add_argument("--garments", type=Path, help="folder of flat-lay garment photos with labels.csv")
    parser.add_argument("--street", type=Path, help="folder of labelled street photos: backgrounds, and the sheet")
    parser.add_argument("--count", type=int, default=6, help="rendered people")
    parser.add_argument("--seed", type=int, default=900)
    parser.add_argument("--size", type=int, nargs=2, default=(830, 550), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--sheet", type=Path, help="picture to write, of street photos")
    parser.add_argument("--people", type=int, default=4, help="people in the sheet")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--every", type=int, default=9)
    options = parser.parse_args()
    if options.sheet and not options.street:
        parser.error("the sheet needs --street")
    cv2.setNumThreads(options.threads)
    if options.count:
        measure(options)
    if options.sheet:
        sheet(options)


if __name__ == "__main__":
    main()
