"""The matte of the person: alpha and colours along the outline, against what was drawn."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from truepose.drags import arm_up
from truepose.parsing import person_mask
from truepose.reading.person import Person
from truepose.warp import bounded, composite, cut_puppet, matte, warp_puppet
from truepose.warp.fill import continue_texture
from truepose.warp.laplacian import solve_alpha
from truepose.warp.matte import clean_core, draw_out, grow, soften
from truepose.warp.parts import assign_parts
from truepose.warp.rig import complete

from .figure import draw_figure, skeleton_of

REACH = 5.0
GREEN, RED = (40, 190, 70), (200, 60, 50)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure with known alpha (H, W) and colour (H, W, 3), its photo, and a mask that is off by a pixel or two."""

    alpha: np.ndarray
    colour: np.ndarray
    photo: np.ndarray
    mask: np.ndarray

    def error_over(self, background, alpha, colour) -> float:
        """Mean grey levels between a cut and the truth on another background, near the outline."""
        shown, true = (a[..., None] * c + (1 - a[..., None]) * background
                       for a, c in ((alpha, colour), (self.alpha, self.colour)))  # fmt: skip
        return float(np.abs(shown - true)[self.near].mean())

    @property
    def near(self) -> np.ndarray:
        solid = self.alpha > 0.5
        return grow(solid, 8) & grow(~solid, 8)


def draw(fine: int = 6) -> Drawn:
    """A head with strands of hair and a hand with fingers, over a wall of two colours."""
    size = (150, 130)
    canvas = np.zeros((size[0] * fine, size[1] * fine), np.uint8)

    def stroke(a, b, thickness: float) -> None:
        ends = [tuple(int(v * fine) for v in p) for p in (a, b)]
        cv2.line(canvas, *ends, 255, round(thickness * fine), cv2.LINE_AA)

    cv2.ellipse(canvas, (60 * fine, 50 * fine), (26 * fine, 32 * fine), 0, 0, 360, 255, -1)
    for x in range(28, 94, 6):
        stroke((60, 50), (x + (x - 60) * 0.25, 92 + x % 4), 1.3)
    stroke((60, 60), (60, 148), 30)
    for x in (96, 103, 110):
        stroke((70, 110), (x, 84 + (x - 103) ** 2 / 9), 4)
    alpha = cv2.resize(canvas, size[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    rng = np.random.default_rng(3)
    wall = np.where(np.arange(size[1])[:, None] < 66, GREEN, (60, 90, 200)) + rng.normal(0, 5, (*size, 1))
    colour = np.array(RED) + cv2.GaussianBlur(rng.normal(0, 40, (*size, 1)), (0, 0), 1.5)[..., None]
    photo = alpha[..., None] * colour + (1 - alpha[..., None]) * wall
    mask = (alpha > 0.5).astype(np.uint8)
    mask[:75] = cv2.dilate(mask, np.ones((3, 3), np.uint8))[:75]
    mask[75:] = cv2.erode(mask, np.ones((3, 3), np.uint8))[75:]
    return Drawn(alpha, colour, np.clip(np.rint(photo), 0, 255).astype(np.uint8), mask > 0)


@pytest.fixture(scope="module")
def drawn() -> Drawn:
    return draw()


def ramp(photo: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The oracle to beat: the mask's border softened, and colours continued from a clean core."""
    core = clean_core(mask, 2.0)
    filled = continue_texture(photo, core, grow(mask, 8))
    inner = soften(core, 1.0)[..., None]
    return soften(mask, 1.0), np.where(mask[..., None], photo * inner + filled * (1 - inner), filled)


def cut(drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
    found = draw_out(drawn.photo, drawn.mask, REACH)
    return found.alpha / 255, found.colour


@pytest.mark.parametrize("largest", [1024, 90])
def test_alpha_and_pasted_picture_are_better_than_a_ramp(drawn, largest, monkeypatch):
    monkeypatch.setattr(matte, "_LARGEST", largest)
    mine, before = cut(drawn), ramp(drawn.photo, drawn.mask)
    wrong, wrong_before = (np.abs(alpha - drawn.alpha)[drawn.near].mean() for alpha, _ in (mine, before))
    assert wrong < 0.6 * wrong_before
    assert drawn.error_over(np.array((230, 230, 40)), *mine) < 0.5 * drawn.error_over(np.array((230, 230, 40)), *before)


def test_strands_of_hair_come_along(drawn):
    alpha, _ = cut(drawn)
    strands = (drawn.alpha > 0.3) & ~drawn.mask & grow(drawn.mask, REACH - 1)
    assert strands.sum() > 50
    assert alpha[strands].mean() > 0.6 * drawn.alpha[strands].mean()


def test_colours_are_free_of_the_old_background(drawn):
    alpha, colour = cut(drawn)
    mixed = (drawn.alpha > 0.3) & (drawn.alpha < 0.8) & (alpha > 0.15)
    assert mixed.sum() > 100
    tint, tint_before = (np.abs(picture - drawn.colour)[mixed].mean() for picture in (colour, drawn.photo))
    assert tint < 0.3 * tint_before


def test_nothing_changes_away_from_the_outline(drawn):
    found = draw_out(drawn.photo, drawn.mask, REACH)
    away = ~grow(drawn.mask, REACH + 1) | (
        cv2.distanceTransform(drawn.mask.astype(np.uint8), cv2.DIST_L2, 3) > REACH + 1
    )
    assert (found.colour[away] == drawn.photo[away]).all()
    assert (found.alpha[away] == 255 * drawn.mask[away]).all()


def test_where_colours_tell_nothing_the_mask_is_kept(drawn):
    found = draw_out(np.full_like(drawn.photo, 128), drawn.mask, REACH)
    assert ((found.alpha > 127) == drawn.mask).mean() > 0.97
    assert (found.colour == 128).all()


def test_the_solver_finds_an_alpha_that_is_linear_in_the_colours():
    x = np.linspace(0, 1, 60, dtype=np.float32)
    true = np.broadcast_to(x * x * (3 - 2 * x), (30, 60)).astype(np.float32)
    image = true[..., None] * np.float32((0.8, 0.3, 0.2)) + (1 - true[..., None]) * np.float32((0.1, 0.5, 0.4))
    unknown = np.broadcast_to((np.arange(60) > 22) & (np.arange(60) < 37), true.shape)
    start = np.where(unknown, 0.5, true).astype(np.float32)
    found = solve_alpha(image, start, unknown, np.zeros_like(true))
    assert np.abs(found - true).max() < 0.05
    assert (found[~unknown] == true[~unknown]).all()
    held = solve_alpha(image, start, unknown, np.full_like(true, 1e3))
    assert np.abs(held - start).max() < 0.02


@pytest.mark.parametrize(
    "box", [(0, 30, 0, 30), (20, 21, 20, 21), (10, 13, 0, 60), (0, 40, 0, 60), (0, 0, 0, 0), (1, 39, 1, 59)]
)
def test_any_mask_is_taken(box):
    photo = np.random.default_rng(0).integers(0, 255, (40, 60, 3), np.uint8)
    mask = np.zeros((40, 60), bool)
    mask[box[0] : box[1], box[2] : box[3]] = True
    found = draw_out(photo, mask, 3.0)
    assert found.alpha.shape == mask.shape and found.alpha.dtype == np.uint8
    assert found.colour.shape == photo.shape and found.colour.dtype == np.uint8
    middle = (box[0] + box[1]) // 2, (box[2] + box[3]) // 2
    assert found.alpha[middle] > 200 if mask.any() else not found.alpha.any()
    if not mask.any() or mask.all():
        assert (found.colour == photo).all()


@pytest.mark.parametrize("size", [(1, 1), (2, 7), (3, 3)])
def test_tiny_pictures(size):
    mask = np.zeros(size, bool)
    mask[0, 0] = True
    assert draw_out(np.full((*size, 3), 9, np.uint8), mask, 2.0).alpha.shape == size


def over_green() -> tuple[np.ndarray, np.ndarray, Person]:
    """The drawn figure over a plain green wall, its outline blended as a lens would: photo, true alpha, person."""
    photo, person = draw_figure()
    mask = person_mask(person.parsing)
    photo = np.where(mask[..., None], photo, np.uint8(GREEN))
    share = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.9)
    body = continue_texture(photo, mask, np.ones_like(mask))
    photo = np.rint(share[..., None] * body + (1 - share[..., None]) * GREEN).astype(np.uint8)
    return photo, share, person


@pytest.mark.parametrize("sigma", [5.0, 30.0])
def test_a_wide_blur_at_a_small_size_has_the_same_border(sigma):
    mask = np.zeros((301, 250), bool)
    mask[40:260, 60:200] = True
    mask[100:150, 150:250] = True
    exact = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)
    wrong = matte.majority(mask, sigma) != (exact > 0.5)
    assert wrong.sum() == 0 if sigma < 16 else np.abs(exact - 0.5)[wrong].max() < 0.02


@pytest.fixture(scope="module")
def on_green():
    photo, _, person = over_green()
    return photo, person, cut_puppet(photo, person)


def test_a_moved_person_has_the_mattes_border_where_the_map_is_too_small():
    photo, share, person = over_green()
    core = cv2.erode(person_mask(person.parsing).astype(np.uint8), np.ones((3, 3), np.uint8))
    puppet = cut_puppet(photo, Person(person.skeleton, person.parsing * core, person.box))
    warped = warp_puppet(puppet, skeleton_of().transformed([[1, 0, 9], [0, 1, 4]]))
    true = np.roll(share, (4, 9), (0, 1))
    rim = (true > 0.02) & (true < 0.98)
    wrong, wrong_ramp = (np.abs(alpha - true)[rim].mean() for alpha in
                         (warped.rgba[..., 3] / 255, np.roll(soften(core > 0, 0.6), (4, 9), (0, 1))))  # fmt: skip
    assert wrong < 0.6 * wrong_ramp


def test_the_source_pose_is_the_photo_bit_for_bit(on_green):
    photo, _, puppet = on_green
    assert (composite(warp_puppet(puppet, skeleton_of()), puppet.plate) == photo).all()


def test_a_moved_arm_has_no_halo_and_the_rest_keeps_its_border(on_green):
    photo, person, puppet = on_green
    warped = warp_puppet(puppet, arm_up(skeleton_of()))
    white = np.full_like(photo, 255)
    arm = (warped.coordinates[..., 0] < 64) & (warped.rgba[..., 3] > 0)
    arm &= ~puppet.invented  # where nothing of the photo's person was
    shown = composite(warped, white)[grow(arm, 4) & ~puppet.invented].astype(int)
    green = shown[:, 1] - np.maximum(shown[:, 0], shown[:, 2])
    assert arm.sum() > 100
    assert np.percentile(green, 99) < 12
    feet = np.s_[180:]
    assert (composite(warped, puppet.plate)[feet] == photo[feet]).all()


def test_the_plate_has_no_ghost_of_the_outline(on_green):
    _, _, puppet = on_green
    assert np.abs(puppet.plate.astype(int) - GREEN).max() <= 3


@pytest.mark.parametrize("pad", [0, 40])
def test_parts_of_a_small_photo_are_as_cut_whole(pad):
    photo, person = draw_figure(bag=True)
    photo, parsing = (
        np.pad(a, [(pad, pad)] * 2 + [(0, 0)] * (a.ndim - 2), mode="edge") for a in (photo, person.parsing)
    )
    body = complete(person.skeleton.transformed([[1, 0, pad + 0.2], [0, 1, pad + 0.2]]), person.box[3] - person.box[1])
    whole, windowed = assign_parts(photo, parsing, body), bounded.parts_of(photo, parsing, body)
    assert (whole.owner == windowed.owner).all() and (whole.labels == windowed.labels).all()
    assert whole.radii == pytest.approx(windowed.radii)
    assert whole.carried == windowed.carried


def test_parts_of_a_large_photo_keep_the_outline(monkeypatch):
    photo, person = draw_figure(bag=True)
    photo, parsing = cv2.resize(photo, None, fx=3, fy=3), np.kron(person.parsing, np.ones((3, 3), np.uint8))
    parsing[10:12, 10:12] = 4  # a speck
    body = complete(person.skeleton.transformed([[3, 0, 1], [0, 3, 1]]), 3 * (person.box[3] - person.box[1]))
    whole = assign_parts(photo, parsing, body)
    monkeypatch.setattr(bounded, "_LARGEST", 240)
    small = bounded.parts_of(photo, parsing, body)
    assert ((whole.owner > 0) != (small.owner > 0)).sum() < 0.001 * whole.owner.size
    assert ((small.owner > 0) == (small.labels > 0)).all()
    assert small.owner[10, 10] == whole.owner[10, 10] == 0
    assert (whole.owner == small.owner)[whole.owner > 0].mean() > 0.97
    assert np.allclose(whole.radii, small.radii, rtol=0.12)


def test_a_large_photo_is_cut_as_a_small_one(monkeypatch):
    photo, person = draw_figure()
    large = Person(skeleton_of().transformed([[2, 0, 0.5], [0, 2, 0.5]]),
                   np.kron(person.parsing, np.ones((2, 2), np.uint8)), tuple(2 * v for v in person.box))  # fmt: skip
    photo = cv2.resize(photo, None, fx=2, fy=2)
    target = arm_up(large.skeleton)
    shown = []
    for largest in (1024, 200):
        monkeypatch.setattr(matte, "_LARGEST", largest)
        monkeypatch.setattr(bounded, "_LARGEST", largest)
        puppet = cut_puppet(photo, large)
        shown.append(composite(warp_puppet(puppet, target), puppet.plate).astype(int))
    assert (np.abs(shown[0] - shown[1]).max(-1) > 40).mean() < 0.01
