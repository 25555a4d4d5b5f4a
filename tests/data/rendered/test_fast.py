"""What makes rendering fast gives what the plain way gives: shared corners, sparse skinning, fewer triangles."""

import numpy as np
import pytest

from truepose.data.rendered import Assets, Pose, sample_person
from truepose.data.rendered.figure import NOWHERE, corner_values, join
from truepose.data.rendered.geometry import vertex_normals
from truepose.data.rendered.lighting import studio_lighting
from truepose.data.rendered.poses import solve
from truepose.data.rendered.quality import FAST, FULL, Quality, quality_for
from truepose.data.rendered.renderer import Frame
from truepose.data.rendered.scene import Sitting, render
from truepose.data.rendered.simplify import simplify


@pytest.fixture(scope="module")
def person():
    return sample_person(np.random.default_rng(4), Assets(), FAST)


@pytest.fixture(scope="module")
def transforms(person):
    return solve(person.body, person.shape, Pose(turn=30, lean=5), person.sole)


def plain_points(piece, transforms):
    """Dense skinning of every vertex, then smoothing step by step."""
    weights = piece.weights.toarray()
    blended = np.einsum("vb,bij->vij", weights, transforms)
    points = np.einsum("vij,vj->vi", blended[:, :3, :3], piece.points) + blended[:, :3, 3]
    for _ in range(piece.relax):
        points = points + 0.4 * (piece.neighbours @ points - points)
    return points


def test_a_joined_figure_has_at_every_corner_what_its_pieces_have(person, transforms):
    figure = join(person.pieces)
    moving = figure.moving(figure.pose(transforms))
    for piece, (first, count) in zip(person.pieces, figure.spans, strict=True):
        corners = figure.index[first : first + count]
        points = plain_points(piece, transforms)
        np.testing.assert_allclose(moving[corners, :3], points[piece.triangles].reshape(-1, 3), atol=1e-5)
        normals = vertex_normals(points, piece.triangles)[piece.triangles].reshape(-1, 3)
        assert (np.einsum("ci,ci->c", moving[corners, 3:], normals) > 0.99)[np.linalg.norm(normals, axis=1) > 0.5].all()
        np.testing.assert_allclose(figure.fixed[corners], corner_values(piece), atol=1e-4)


def test_corners_without_a_print_or_an_edge_say_so(person):
    skin = corner_values(person.pieces[0])
    assert (skin[:, 2:4] == NOWHERE).all() and (skin[:, 6] < 0).all()


def test_corners_are_shared(person):
    figure = join(person.pieces)
    assert len(figure.vertex) < 0.4 * len(figure.index)


def test_a_model_kept_for_many_poses_draws_each_as_a_fresh_one_does(person):
    light = studio_lighting(np.random.default_rng(0), FAST.lights)
    plate = np.full((64, 48, 3), 200, np.uint8)
    poses = (Pose(), Pose(turn=90), Pose(turn=180))
    with Sitting(person, FAST) as sitting:
        kept = [sitting.photograph(pose, light, plate) for pose in poses]
    for pose, one in zip(poses, kept, strict=True):
        with Sitting(person, FAST) as sitting:
            other = sitting.photograph(pose, light, plate)
        np.testing.assert_array_equal(one.image, other.image)
        np.testing.assert_array_equal(one.parsing, other.parsing)


def test_renderers_of_several_qualities_do_not_mix(person):
    light, plate = studio_lighting(np.random.default_rng(0), 3), np.full((64, 48, 3), 200, np.uint8)
    qualities = (FAST, Quality(lights=3, shadow=128), FAST, Quality(lights=3, shadow=128))
    pictures = []
    for quality in qualities:
        with Sitting(person, quality) as sitting:
            pictures.append(sitting.photograph(Pose(turn=20), light, plate).image)
    np.testing.assert_array_equal(pictures[0], pictures[2])
    np.testing.assert_array_equal(pictures[1], pictures[3])


def test_the_small_pictures_quality_shows_the_same_person(person):
    whole = sample_person(np.random.default_rng(4), Assets(), FULL)
    assert whole.words == person.words and len(whole.pieces) == len(person.pieces)
    light = studio_lighting(np.random.default_rng(0), FAST.lights)
    plain = render(whole, Pose(), size=(256, 192), light=light, paper=(200, 200, 200))
    with Sitting(person, FAST) as sitting:
        fast = sitting.photograph(Pose(), light, np.full((256, 192, 3), 200, np.uint8))
    assert (plain.parsing == fast.parsing).mean() > 0.985
    assert np.abs(plain.image.astype(int) - fast.image).mean() < 2.5  # coarser cloth is shaded a little otherwise
    np.testing.assert_allclose(plain.skeleton.xy, fast.skeleton.xy, atol=0.6)


def test_a_person_casts_a_shadow_on_the_floor_and_none_on_the_wall(person):
    light = studio_lighting(np.random.default_rng(0), FAST.lights)
    with Sitting(person, FAST) as sitting:
        made = sitting.photograph(Pose(), light, np.full((128, 96, 3), 200, np.uint8))
    darker = (made.parsing == 0) & (made.image.mean(2) < 190)
    assert darker[100:].sum() > 40 and not darker[:40, :20].any()


def test_a_frame_lies_over_its_plate():
    image, alpha = np.zeros((1, 3, 3), np.uint8), np.array([[0, 128, 255]], np.uint8)
    image[0, 2] = (10, 20, 30)
    over = Frame(image, alpha, alpha, alpha).over(np.full((1, 3, 3), 200, np.uint8))
    assert over[0, 0].tolist() == [200] * 3 and over[0, 2].tolist() == [10, 20, 30]
    assert over[0, 1, 0] in (99, 100)


def grid(side):
    """A flat square of side x side quads of 1 m, two triangles each."""
    y, x = np.mgrid[: side + 1, : side + 1]
    corner = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).ravel()
    quads = np.stack([corner, corner + 1, corner + side + 2, corner + side + 1], axis=1)
    return np.stack([x, y, 0 * x], axis=2).reshape(-1, 3).astype(float), quads[:, [0, 1, 2, 0, 2, 3]].reshape(-1, 3)


def area(points, triangles):
    a, b, c = (points[triangles[:, i]] for i in range(3))
    return np.cross(b - a, c - a)[:, 2] / 2


def test_fewer_triangles_cover_the_same_square():
    points, triangles = grid(8)
    fewer, uv = simplify(points, triangles, triangles, 1.6)
    assert len(fewer) < 0.7 * len(triangles)
    assert (area(points, fewer) > 0).all() and area(points, fewer).sum() == pytest.approx(64)
    np.testing.assert_array_equal(uv, fewer)  # coordinates go with their vertices


def test_seams_of_the_texture_stay():
    points, triangles = grid(6)
    uv = triangles.copy()
    right = points[triangles, 0].mean(1) > 3
    uv[right] += len(points)  # two charts, which meet along x = 3
    fewer, corners = simplify(points, triangles, uv, 1.6)
    assert len(fewer) < len(triangles)
    np.testing.assert_array_equal(corners % len(points), fewer)
    np.testing.assert_array_equal(corners >= len(points), np.repeat(points[fewer, 0].mean(1) > 3, 3).reshape(-1, 3))


def test_no_edge_is_collapsed_that_is_long_enough():
    points, triangles = grid(4)
    fewer, _ = simplify(points, triangles, triangles, 0.9)
    np.testing.assert_array_equal(fewer, triangles)


@pytest.mark.parametrize("wrong", [{"lights": 0}, {"texture": 0}, {"levels": 3}])
def test_a_quality_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="got"):
        Quality(**wrong)


def test_small_pictures_are_drawn_fast_and_large_ones_fully():
    assert quality_for((256, 192)) is FAST and quality_for((768, 512)) is FULL
