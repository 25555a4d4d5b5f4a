"""Properties of the puppet warp on a drawn figure."""

import numpy as np
import pytest
from scipy import ndimage

from truepose.drags import arm_across, arm_up, leg_out
from truepose.parsing import BodyPart as P
from truepose.parsing import person_mask
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.reading.person import Person
from truepose.resample import sample
from truepose.warp import composite, cut_puppet, warp_puppet
from truepose.warp.rig import plan_motion

from .figure import JOINTS, SIZE, draw_figure, skeleton_of


def without(skeleton: Skeleton, *joints: K) -> Skeleton:
    visible = skeleton.visible.copy()
    visible[list(joints)] = False
    return Skeleton(skeleton.xy, visible, skeleton.score)


def scaled(factor: float, dx: float = 0, dy: float = 0) -> np.ndarray:
    return np.array([[factor, 0, dx], [0, factor, dy]], np.float64)


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a.astype(int) - b.astype(int)).max(-1)


@pytest.mark.parametrize("kind", ["puppet", "skirt_puppet", "bag_puppet"])
def test_the_source_pose_gives_the_photo(kind, request):
    puppet = request.getfixturevalue(kind)
    warped = warp_puppet(puppet, skeleton_of())
    assert difference(composite(warped, puppet.plate), puppet.photo).max() <= 1
    assert warped.validity.min() > 0.99
    assert (warped.parsing == puppet.labels).all()


def test_plate_is_the_photo_outside_the_person_and_shows_nothing_of_it(figure, puppet):
    photo, person = figure
    assert (puppet.plate[~puppet.invented] == photo[~puppet.invented]).all()
    mask = person_mask(person.parsing)
    assert (puppet.invented & mask).sum() == mask.sum()
    assert puppet.invented.mean() < 2 * mask.mean()
    wall = np.median(photo[~puppet.invented], 0)
    assert np.abs(puppet.plate[mask].astype(int) - wall).mean() < 20


def test_moving_all_joints_moves_the_person(puppet):
    dx, dy = 9, 5
    target = skeleton_of().transformed(scaled(1, dx, dy))
    warped = warp_puppet(puppet, target)
    moved = np.roll(puppet.photo, (dy, dx), (0, 1))
    inside = ndimage.binary_erosion(np.roll(puppet.labels, (dy, dx), (0, 1)) > 0, iterations=3)
    error = difference(warped.rgba[..., :3], moved)[inside]
    assert (error <= 1).mean() > 0.98
    assert error.mean() < 0.5
    face = np.roll(puppet.labels, (dy, dx), (0, 1)) == P.FACE
    face = ndimage.binary_erosion(face, iterations=2)
    assert difference(warped.rgba[..., :3], moved)[face].max() <= 1
    assert warped.validity[face].min() > 0.99
    shift = warped.coordinates[inside] - np.stack(np.nonzero(inside)[::-1], 1)
    assert np.allclose(shift, (-dx, -dy), atol=0.05)


@pytest.mark.parametrize("drag", [arm_up, arm_across, leg_out])
def test_a_moving_limb_leaves_the_face_alone(puppet, drag):
    warped = warp_puppet(puppet, drag(skeleton_of()))
    face = puppet.labels == P.FACE
    assert difference(composite(warped, puppet.plate), puppet.photo)[face].max() <= 1
    assert warped.validity[face].min() > 0.99


def test_a_raised_arm_reaches_its_target_and_leaves_its_place(puppet):
    target = arm_up(skeleton_of())
    warped = warp_puppet(puppet, target)
    x, y = np.rint(target.xy[[K.RIGHT_ELBOW, K.RIGHT_WRIST]].mean(0)).astype(int)
    assert warped.parsing[y, x] == P.RIGHT_ARM
    x, y = np.rint(np.mean([JOINTS[K.RIGHT_ELBOW], JOINTS[K.RIGHT_WRIST]], 0)).astype(int)
    assert warped.parsing[y, x] == P.BACKGROUND
    assert warped.rgba[y, x, 3] == 0 and warped.validity[y, x] < 0.05


def test_the_torso_behind_a_moved_arm_is_cloth_and_marked_as_invented(puppet):
    across = warp_puppet(puppet, arm_across(skeleton_of()))
    torso = np.s_[66:108, 76:100]
    assert across.rgba[torso][..., 3].min() == 255
    # Cut again from the crossed picture, with the arm over the belly, and raise the arm off it.
    target = arm_across(skeleton_of())
    again = cut_puppet(composite(across, puppet.plate), Person(target, across.parsing, (20, 10, 150, 240)))
    raised = warp_puppet(again, arm_up(target, "left"))
    covered = np.isin(across.parsing[torso], (P.LEFT_ARM, P.RIGHT_ARM))
    assert covered.sum() > 30
    assert (raised.rgba[torso][..., 3][covered] > 250).mean() > 0.95
    red = raised.rgba[torso][..., 0].astype(int) - raised.rgba[torso][..., 2]
    assert (red[covered] > 80).mean() > 0.9
    assert raised.validity[torso][covered].mean() < 0.2


def test_crossed_legs_leave_no_hole(puppet):
    source = skeleton_of()
    target = source.moved(K.LEFT_ANKLE, 66, 218).moved(K.RIGHT_ANKLE, 112, 218)
    target = target.moved(K.LEFT_KNEE, 84, 172).moved(K.RIGHT_KNEE, 93, 172)
    alpha = warp_puppet(puppet, target).rgba[..., 3] > 127
    for a, b in ((K.LEFT_HIP, K.LEFT_KNEE), (K.LEFT_KNEE, K.LEFT_ANKLE), (K.RIGHT_HIP, K.RIGHT_KNEE),
                 (K.RIGHT_KNEE, K.RIGHT_ANKLE)):  # fmt: skip
        x, y = np.rint(target.xy[a] + np.linspace(0, 1, 40)[:, None] * (target.xy[b] - target.xy[a])).astype(int).T
        assert alpha[y, x].all()
    assert alpha[118:129, 80:97].all()


def test_a_swung_leg_opens_no_gap_at_the_hip(puppet):
    warped = warp_puppet(puppet, leg_out(skeleton_of()))
    pieces, count = ndimage.label(warped.rgba[..., 3] > 127)
    assert count == 1
    assert (ndimage.binary_fill_holes(pieces > 0) == (pieces > 0)).all()


def test_a_skirt_stays_one_sheet_between_parted_legs(skirt_puppet):
    target = leg_out(leg_out(skeleton_of(), "left", 20), "right", 20)
    warped = warp_puppet(skirt_puppet, target)
    skirt, count = ndimage.label(ndimage.binary_opening(warped.parsing == P.SKIRT))
    assert count == 1
    before = (skirt_puppet.labels == P.SKIRT).any(0).sum()
    assert (warped.parsing == P.SKIRT).any(0).sum() > before + 10


def test_a_bag_is_rigid(bag_puppet):
    target = arm_up(skeleton_of())
    warped = warp_puppet(bag_puppet, target)
    bag = ndimage.binary_erosion(warped.parsing == P.BAG, iterations=2)
    assert bag.sum() > 0.3 * (bag_puppet.labels == P.BAG).sum()
    y, x = bag.nonzero()
    place = warped.coordinates[y, x]
    ones = np.concatenate([np.stack([x, y], 1), np.ones((len(x), 1))], 1)
    matrix, *_ = np.linalg.lstsq(ones, place, rcond=None)
    assert np.abs(ones @ matrix - place).max() < 0.1
    assert np.allclose(matrix[:2].T @ matrix[:2], np.eye(2), atol=0.02)


def test_a_strap_over_the_shoulder_stays_on_the_trunk(figure):
    photo, person = figure
    photo, parsing = photo.copy(), person.parsing.copy()
    rows, columns = np.mgrid[56:112, 98:104]
    photo[rows, columns], parsing[rows, columns] = (240, 200, 30), P.BAG
    puppet = cut_puppet(photo, Person(person.skeleton, parsing, person.box))
    picture = composite(warp_puppet(puppet, leg_out(arm_up(skeleton_of(), "left"))), puppet.plate)
    strap = (slice(72, 110), slice(99, 103))
    assert difference(picture, photo)[strap].mean() < 3


def test_a_larger_skeleton_gives_a_larger_person(puppet):
    target = skeleton_of().transformed(scaled(2, -88, -100))
    warped = warp_puppet(puppet, target)
    before, after = (labels == P.UPPER_CLOTHES for labels in (puppet.labels, warped.parsing))
    assert 3.3 < after.sum() / before.sum() < 4.7
    face = ndimage.binary_erosion(warped.parsing == P.FACE, iterations=6)
    face_rows = ndimage.binary_erosion(puppet.labels == P.FACE, iterations=3)
    assert face_rows.any()
    if face.any():
        assert warped.validity[face].min() > 0.95


def test_a_folded_forearm_lies_over_the_upper_arm(puppet):
    target = skeleton_of().moved(K.RIGHT_ELBOW, 48, 90).moved(K.RIGHT_WRIST, 62, 68)
    warped = warp_puppet(puppet, target)
    x, y = np.rint(target.xy[K.RIGHT_WRIST] + 0.25 * (target.xy[K.RIGHT_ELBOW] - target.xy[K.RIGHT_WRIST])).astype(int)
    assert warped.parsing[y, x] == P.RIGHT_ARM


def test_stretched_bones_are_not_trusted(puppet):
    source = skeleton_of()
    target = source.moved(K.LEFT_WRIST, 170, 132).moved(K.LEFT_ELBOW, 138, 96)
    warped = warp_puppet(puppet, target)
    x, y = np.rint((target.xy[K.LEFT_ELBOW] + target.xy[K.LEFT_WRIST]) / 2).astype(int)
    assert warped.parsing[y, x] in (P.LEFT_ARM, P.UPPER_CLOTHES)
    assert warped.validity[y, x] < 0.5


def test_a_frame_shows_the_same_as_the_whole(puppet):
    target = arm_up(skeleton_of())
    matrix = scaled(0.5, 0.5 * 0.5 - 0.5, 0.5 * 0.5 - 0.5)
    small = warp_puppet(puppet, target, size=(128, 88), matrix=matrix)
    assert small.rgba.shape == (128, 88, 4) and small.validity.shape == (128, 88)
    assert small.coordinates.shape == (128, 88, 2) and small.parsing.shape == (128, 88)
    picture = composite(small, sample(puppet.plate, matrix, (128, 88), border=0))
    whole = composite(warp_puppet(puppet, target), puppet.plate)
    reference = whole.reshape(128, 2, 88, 2, 3).mean((1, 3))
    assert np.abs(picture - reference).mean() < 3
    same = warp_puppet(puppet, skeleton_of(), size=(100, 60), matrix=scaled(1, -40, -60))
    window = puppet.photo[60:160, 40:100]
    assert difference(composite(same, puppet.plate[60:160, 40:100]), window).max() <= 1


@pytest.mark.parametrize("dx", [-5000, 150, 1e7])
def test_a_target_outside_the_photo_is_cut_off(puppet, dx):
    warped = warp_puppet(puppet, skeleton_of().transformed(scaled(1, dx, 0)))
    assert warped.rgba.shape == (*SIZE, 4)
    if dx != 150:
        assert not warped.rgba[..., 3].any() and not warped.parsing.any()
        assert np.isnan(warped.coordinates).all()


@pytest.mark.parametrize("factor", [0.01, 0.2, 30])
def test_absurd_sizes_do_not_crash(puppet, factor):
    warped = warp_puppet(puppet, skeleton_of().transformed(scaled(factor, 40, 40)))
    assert warped.validity.min() >= 0 and warped.validity.max() <= 1


@pytest.mark.parametrize("seed", range(12))
def test_any_missing_joints_do_not_crash(figure, seed):
    photo, person = figure
    rng = np.random.default_rng(seed)
    hide_source, hide_target = (list(np.flatnonzero(rng.random(18) < 0.15 + 0.06 * seed)) for _ in range(2))
    source, target = without(person.skeleton, *hide_source), without(arm_up(skeleton_of()), *hide_target)
    if not source.visible.any() or not target.visible.any():
        return
    puppet = cut_puppet(photo, Person(source, person.parsing, person.box))
    warped = warp_puppet(puppet, target)
    assert np.isfinite(warped.validity).all() and warped.validity.min() >= 0 and warped.validity.max() <= 1


@pytest.mark.parametrize("joint", list(K))
def test_one_joint_alone_is_enough(figure, joint):
    photo, person = figure
    alone = without(person.skeleton, *(k for k in K if k is not joint))
    puppet = cut_puppet(photo, Person(alone, person.parsing, person.box))
    x, y = alone.xy[joint]
    warped = warp_puppet(puppet, alone.moved(joint, float(x) + 4, float(y)))
    assert warped.rgba[..., 3].any()


def test_hidden_target_joints_follow_their_parent(puppet):
    shifted = skeleton_of().transformed(scaled(1, 12, 0))
    whole = warp_puppet(puppet, shifted)
    hidden = warp_puppet(puppet, without(shifted, K.RIGHT_WRIST, K.RIGHT_ELBOW, K.LEFT_ANKLE, K.LEFT_KNEE))
    assert (whole.parsing == hidden.parsing).mean() > 0.999


def test_a_half_body(figure):
    photo, person = figure
    legs = [K.RIGHT_KNEE, K.RIGHT_ANKLE, K.LEFT_KNEE, K.LEFT_ANKLE, K.RIGHT_HIP, K.LEFT_HIP]
    parsing = np.where(np.arange(SIZE[0])[:, None] < 120, person.parsing, 0)
    half = Person(without(person.skeleton, *legs), parsing, (40, 15, 135, 120))
    puppet = cut_puppet(photo, half)
    warped = warp_puppet(puppet, arm_up(half.skeleton))
    x, y = np.rint(arm_up(half.skeleton).xy[K.RIGHT_ELBOW]).astype(int)
    assert warped.rgba[y, x, 3] > 200


def test_a_turned_head_is_not_trusted(puppet):
    source = skeleton_of()
    target = source.moved(K.NOSE, 75, 38).moved(K.RIGHT_EYE, 77, 33).moved(K.LEFT_EYE, 80, 33)
    target = target.moved(K.RIGHT_EAR, 96, 36).moved(K.LEFT_EAR, 95, 36)
    warped = warp_puppet(puppet, target)
    face = warped.parsing == P.FACE
    assert np.median(warped.validity[face]) < 0.1
    tilted = source.moved(K.NOSE, 96, 38)
    matrix = np.array([[0.94, -0.342, 26.5], [0.342, 0.94, -26.4]])
    xy = source.xy.copy()
    joints = [K.NOSE, K.RIGHT_EYE, K.LEFT_EYE, K.RIGHT_EAR, K.LEFT_EAR]
    xy[joints] = source.transformed(matrix).xy[joints]
    tilted = Skeleton(xy, source.visible, source.score)
    warped = warp_puppet(puppet, tilted)
    face = ndimage.binary_erosion(warped.parsing == P.FACE, iterations=3) & (np.arange(SIZE[0])[:, None] < 48)
    assert face.sum() > 50 and warped.validity[face].min() > 0.95


def test_an_arm_behind_the_back_stays_there(figure):
    photo, person = figure
    skeleton = person.skeleton.moved(K.RIGHT_WRIST, 88, 100)
    parsing = np.where(person.parsing == P.RIGHT_ARM, P.BACKGROUND, person.parsing).astype(np.uint8)
    puppet = cut_puppet(photo, Person(skeleton, parsing, person.box))
    assert difference(composite(warp_puppet(puppet, skeleton), puppet.plate), photo).max() <= 1
    moved = warp_puppet(puppet, skeleton.moved(K.RIGHT_WRIST, 84, 108))
    assert difference(composite(moved, puppet.plate), photo)[70:110, 80:96].max() <= 1


def test_an_empty_map_of_parts_leaves_the_photo(figure):
    photo, person = figure
    puppet = cut_puppet(photo, Person(person.skeleton, np.zeros(SIZE, np.uint8), person.box))
    warped = warp_puppet(puppet, arm_up(skeleton_of()))
    assert (composite(warped, puppet.plate) == photo).all()
    assert warped.validity.min() == 1


def test_wrong_input_is_told(figure, puppet):
    photo, person = figure
    nobody = without(person.skeleton, *K)
    with pytest.raises(ValueError, match="no visible joint"):
        cut_puppet(photo, Person(nobody, person.parsing, person.box))
    with pytest.raises(ValueError, match="no visible joint"):
        warp_puppet(puppet, nobody)
    with pytest.raises(ValueError, match="uint8"):
        cut_puppet(photo.astype(np.float32), person)
    with pytest.raises(ValueError, match="size"):
        cut_puppet(photo[:-1], person)
    with pytest.raises(ValueError, match="matrix"):
        warp_puppet(puppet, skeleton_of(), matrix=np.zeros((2, 3)))
    with pytest.raises(ValueError, match="plate"):
        composite(warp_puppet(puppet, skeleton_of()), puppet.plate[1:])


def test_specks_of_a_wrong_label_change_nothing_much(figure, puppet):
    photo, person = figure
    parsing = person.parsing.copy()
    for y, x in ((80, 90), (140, 75), (200, 103), (30, 20), (230, 150)):
        parsing[y : y + 2, x : x + 2] = P.HAT
    speckled = cut_puppet(photo, Person(person.skeleton, parsing, person.box))
    target = leg_out(skeleton_of())
    a, b = (composite(warp_puppet(p, target), p.plate) for p in (puppet, speckled))
    assert (difference(a, b) > 8).mean() < 0.01


def test_figures_differ():
    assert (draw_figure(P.SKIRT)[1].parsing == P.SKIRT).sum() > 500


def test_a_target_of_one_shoulder_and_its_arm_leaves_the_trunk_upright(puppet):
    target = arm_up(skeleton_of(), "left")
    hidden = [k for k in K if k not in (K.LEFT_SHOULDER, K.LEFT_ELBOW, K.LEFT_WRIST, K.NOSE)]
    moved = plan_motion(puppet.body, without(target, *hidden)).xy
    spine = moved[K.RIGHT_HIP] + moved[K.LEFT_HIP] - moved[K.RIGHT_SHOULDER] - moved[K.LEFT_SHOULDER]
    assert abs(spine[0]) < 0.02 * spine[1]


def test_the_ground_about_a_shoe_is_painted_when_the_shoe_leaves(figure):
    """A contact shadow stays with the shoe's place in the source pose, and does not stay behind."""
    photo, person = figure
    photo = photo.copy()
    x, y = JOINTS[K.LEFT_ANKLE]
    shadow = (slice(y + 8, y + 14), slice(x + 8, x + 13))
    photo[shadow] = np.where(person.parsing[shadow][..., None] > 0, photo[shadow], 10)
    puppet = cut_puppet(photo, person)
    at_rest = composite(warp_puppet(puppet, person.skeleton), puppet.plate)
    assert difference(at_rest, photo).max() <= 1
    assert puppet.plate[shadow].mean() > 80
