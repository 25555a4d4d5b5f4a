"""Whole people, without any asset files. The body's first build takes a minute: anny keeps it in its cache."""

import numpy as np
import pytest

from truepose.data.rendered import Assets, Pose, render, sample_person, sample_pose
from truepose.data.rendered.__main__ import contact_sheet, write_picture
from truepose.data.rendered.fabric import plain
from truepose.data.rendered.garments import Garment
from truepose.data.rendered.lighting import studio_lighting
from truepose.openpose_json import parse_openpose
from truepose.parsing import HEAD_PARTS, NUM_PARTS, PARTS_OF_JOINT, BodyPart
from truepose.pose import FACE
from truepose.pose import Keypoint as K

SIZE = (192, 128)


@pytest.fixture(scope="module")
def assets():
    return Assets()


def picture(assets, seed, pose=None):
    rng = np.random.default_rng(seed)
    person = sample_person(rng, assets)
    light = studio_lighting(np.random.default_rng(0), 4)
    return render(person, pose or sample_pose(rng), size=SIZE, light=light)


@pytest.fixture(scope="module")
def rendered(assets):
    return picture(assets, 5, Pose())


def test_a_picture_holds_a_person_in_its_own_size(rendered):
    assert rendered.image.shape == (*SIZE, 3) and rendered.image.dtype == np.uint8
    assert rendered.parsing.shape == SIZE and rendered.parsing.max() < NUM_PARTS
    assert 0.06 < (rendered.parsing > 0).mean() < 0.5
    found = set(np.unique(rendered.parsing))
    assert {BodyPart.HAIR, BodyPart.FACE, BodyPart.LEFT_ARM, BodyPart.RIGHT_ARM} <= found
    assert {BodyPart.LEFT_SHOE, BodyPart.RIGHT_SHOE} <= found


@pytest.mark.parametrize("seed", range(3))
def test_joints_lie_on_the_parts_that_speak_of_them(assets, seed):
    made = picture(assets, seed, Pose())
    assert made.skeleton.visible.sum() >= 16
    for k in K:
        if made.skeleton.visible[k] and k is not K.NECK:
            x, y = np.rint(made.skeleton.xy[k]).astype(int)
            near = made.parsing[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
            # Ears lie on the face's label, of which they do not speak: from behind there is none.
            spoken_of = HEAD_PARTS if k in FACE else PARTS_OF_JOINT[k]
            assert spoken_of & {BodyPart(v) for v in np.unique(near)}, k.name


def test_left_and_right_are_the_persons_own(rendered):
    xy = rendered.skeleton.xy
    for left, right in ((K.LEFT_SHOULDER, K.RIGHT_SHOULDER), (K.LEFT_ANKLE, K.RIGHT_ANKLE), (K.LEFT_EYE, K.RIGHT_EYE)):
        assert xy[left, 0] > xy[right, 0]
    columns = [np.nonzero(rendered.parsing == part)[1].mean() for part in (BodyPart.LEFT_SHOE, BodyPart.RIGHT_SHOE)]
    assert columns[0] > columns[1]


def test_a_person_seen_from_behind_hides_the_face(assets):
    seen = picture(assets, 5, Pose(turn=180)).skeleton
    assert not seen.visible[[K.NOSE, K.LEFT_EYE, K.RIGHT_EYE]].any()
    assert seen.xy[K.LEFT_SHOULDER, 0] < seen.xy[K.RIGHT_SHOULDER, 0]


def test_a_seed_gives_the_same_picture(assets):
    one, other = picture(assets, 2), picture(assets, 2)
    np.testing.assert_array_equal(one.image, other.image)
    np.testing.assert_array_equal(one.parsing, other.parsing)
    np.testing.assert_array_equal(one.skeleton.xy, other.skeleton.xy)


def test_clothes_cover_the_trunk(rendered):
    left, right, neck = (rendered.skeleton.xy[k] for k in (K.LEFT_HIP, K.RIGHT_HIP, K.NECK))
    rows = slice(int(neck[1]) + 8, int(left[1]))
    inside = rendered.parsing[rows, int(right[0]) : int(left[0]) + 1]
    assert np.isin(inside, (BodyPart.UPPER_CLOTHES, BodyPart.DRESS, BodyPart.PANTS, BodyPart.SKIRT)).all()


def test_written_pictures_are_read_again(rendered, tmp_path):
    write_picture(rendered, tmp_path, "one")
    assert {p.name for p in tmp_path.iterdir()} == {"one.webp", "one.json", "one.png"}
    (person,) = parse_openpose((tmp_path / "one.json").read_text())
    np.testing.assert_allclose(person.triplets(), rendered.skeleton.triplets(), atol=1e-3)
    assert contact_sheet([rendered.image] * 3).size == (639, 320)


def test_a_garment_that_would_not_cover_is_refused():
    with pytest.raises(ValueError, match="cover the shoulder"):
        Garment("top", BodyPart.UPPER_CLOTHES, plain(np.random.default_rng(0), (9, 9, 9)), sleeve=0.0)
