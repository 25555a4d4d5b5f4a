"""True pairs: a stream that its seed decides, whoever reads which part of it."""

import json

import numpy as np
import pytest

from truepose.data.rendered import Assets, sample_person
from truepose.data.rendered.__main__ import write_pair
from truepose.data.rendered.actions import sample_action
from truepose.data.rendered.backdrops import scene_plate, studio_plate
from truepose.data.rendered.pairs import SMALL_TURN, VIEWS, _turns, rendered_pairs, sample_pair
from truepose.data.rendered.poses import skin, solve
from truepose.data.rendered.stage import sample_camera, sample_stage
from truepose.data.rendered.wardrobe import WORDS, outfit
from truepose.parsing import PARTS_OF_JOINT, BodyPart
from truepose.pose import FACE
from truepose.pose import Keypoint as K

SIZE = (96, 72)


@pytest.fixture(scope="module")
def assets():
    return Assets()


@pytest.fixture(scope="module")
def stream(assets):
    return list(rendered_pairs(3, 2 * VIEWS + 3, assets, SIZE))


def same(one, other):
    assert one.words == other.words and one.turn == other.turn
    for a, b in ((one.source, other.source), (one.target, other.target)):
        np.testing.assert_array_equal(a.image, b.image)
        np.testing.assert_array_equal(a.parsing, b.parsing)
        np.testing.assert_array_equal(a.skeleton.xy, b.skeleton.xy)


def test_a_stream_gives_as_many_pairs_as_asked_for(stream, assets):
    assert len(stream) == 2 * VIEWS + 3
    assert not list(rendered_pairs(3, 0, assets, SIZE))


def test_any_pair_can_be_had_alone(stream, assets):
    for number in (0, 5, VIEWS - 1, 2 * VIEWS + 1):
        same(sample_pair(3, number, assets, SIZE), stream[number])


def test_workers_share_the_people_of_one_stream(stream, assets):
    (odd,) = [list(rendered_pairs(3, VIEWS, assets, SIZE, first=1, stride=2))]
    for one, other in zip(odd, stream[VIEWS : 2 * VIEWS], strict=True):
        same(one, other)


def test_each_picture_is_a_source_once_and_a_target_once(stream):
    own = stream[:VIEWS]
    sources, targets = ([id(getattr(pair, name)) for pair in own] for name in ("source", "target"))
    assert len(set(sources)) == VIEWS and sorted(sources) == sorted(targets)
    assert all(pair.source is not pair.target for pair in own)


def test_another_seed_is_another_stream(stream, assets):
    assert (sample_pair(4, 0, assets, SIZE).source.image != stream[0].source.image).any()


def test_pairs_share_their_place_and_not_their_pose(stream):
    for pair in stream:
        assert pair.source.image.shape == pair.target.image.shape == (*SIZE, 3)
        empty = (pair.source.parsing == 0) & (pair.target.parsing == 0)
        difference = np.abs(pair.source.image.astype(int) - pair.target.image).max(2)
        assert np.median(difference[empty]) <= 2
        assert np.abs(pair.source.skeleton.xy - pair.target.skeleton.xy).max() > 2


def test_joints_that_are_seen_lie_on_their_parts(stream):
    told = []
    for pair in stream:
        for made in (pair.source, pair.target):
            for k in K:
                if made.skeleton.visible[k] and k not in FACE and k is not K.NECK:
                    x, y = np.rint(made.skeleton.xy[k]).astype(int)
                    near = made.parsing[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]
                    told.append(bool(PARTS_OF_JOINT[k] & {BodyPart(v) for v in np.unique(near)}))
    assert len(told) > 100 and np.mean(told) > 0.95


def test_the_person_stands_out_where_the_parsing_says(stream):
    for pair in stream[::4]:
        seen = pair.source.parsing > 0
        assert 0.03 < seen.mean() < 0.8
        assert pair.source.image[seen].std() > 5


def test_about_a_third_of_the_turns_are_small():
    rng = np.random.default_rng(0)
    turns = np.array([_turns(rng, 4) for _ in range(2000)])
    steps = np.abs((np.roll(turns, -1, axis=1) - turns + 180) % 360 - 180)
    assert 0.28 < (steps < SMALL_TURN).mean() < 0.4
    assert (steps > 135).mean() > 0.2


def test_about_a_fifth_of_the_people_wear_words(assets):
    rng = np.random.default_rng(0)
    worn = [[w for g in outfit(rng, assets, woman) for w in g.words] for woman in (False, True) * 120]
    assert 0.14 < np.mean([bool(words) for words in worn]) < 0.32
    assert {w for words in worn for w in words} <= set(WORDS)


def test_words_of_the_clothes_are_the_persons(assets):
    people = [sample_person(np.random.default_rng(seed), assets) for seed in range(8)]
    printed = [any(p.decal is not None for p in person.pieces) for person in people]
    assert all(has for person, has in zip(people, printed, strict=True) if person.words)


@pytest.mark.parametrize("skirted", [False, True])
def test_feet_reach_the_floor_in_any_action(assets, skirted):
    person = sample_person(np.random.default_rng(1), assets)
    foot = assets.body.bone_vertices("foot")
    for seed in range(20):
        pose = sample_action(np.random.default_rng(seed), 0, skirted)
        transforms = solve(assets.body, person.shape, pose, person.sole)
        lowest = skin(person.shape.vertices[foot], assets.body.skin_weights[foot], transforms)[:, 2].min()
        assert abs(lowest) < 0.06
        assert not skirted or max(pose.left_foot.up, pose.right_foot.up) == 0


def test_cameras_see_the_head_and_plates_have_the_pictures_size():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        camera = sample_camera(rng, 1.7, SIZE)
        (x, y), _ = (v[0] for v in camera.project(np.array([(0, 0, 1.6)]), SIZE))
        assert 0 <= x < SIZE[1] and 0 <= y < SIZE[0]
        for make in (studio_plate, scene_plate):
            plate = make(rng, camera, SIZE)
            assert plate.shape == (*SIZE, 3) and plate.dtype == np.uint8


@pytest.mark.parametrize("lights", [1, 2, 3, 24])
def test_a_stage_has_as_many_lights_as_asked_for(lights):
    light = sample_stage(np.random.default_rng(2), 1.7, SIZE, lights).light
    assert light.directions.shape == light.colors.shape == (lights, 3)
    np.testing.assert_allclose(np.linalg.norm(light.directions, axis=1), 1, atol=0.2)
    assert (light.colors >= 0).all() and min(*light.sky, *light.ground) > 0


@pytest.mark.parametrize("wrong", [{"first": -1}, {"stride": 0}])
def test_a_share_that_cannot_be_is_refused(assets, wrong):
    with pytest.raises(ValueError, match="got"):
        next(rendered_pairs(0, 1, assets, SIZE, **wrong))


def test_written_pairs_say_what_they_are(assets, tmp_path):
    write_pair(7, assets, SIZE, tmp_path)
    row = json.loads((tmp_path / "pairs.jsonl").read_text())
    assert (row["source"], row["target"]) == ("000007-0", "000007-1") and -180 <= row["turn"] <= 180
    for name in (row["source"], row["target"]):
        assert all((tmp_path / f"{name}.{kind}").is_file() for kind in ("webp", "json", "png"))
