"""The parts that need neither the body nor a graphics driver: files, cloth, camera, geometry."""

import numpy as np
import pytest
from scipy import sparse

from truepose.data.rendered import fabric
from truepose.data.rendered.camera import Camera
from truepose.data.rendered.geometry import arc, bend, catmull_clark, rotation, triangulate, vertex_normals
from truepose.data.rendered.mhclo import load_proxy

MHCLO = """# a patch
name patch
x_scale 0 1 2.0
y_scale 0 2 2.0
z_scale 0 3 2.0
verts 0
0 1 2 0.5 0.5 0.0 0.0 0.0 1.0
1
2
delete_verts
1 5 - 7
"""
OBJ = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nf 1/1 2/2 3/3\n"
BASE = np.array([(0, 0, 0), (0.2, 0, 0), (0, 0, 0.2), (0, -0.2, 0)], np.float32)


@pytest.fixture
def patch(tmp_path):
    (tmp_path / "patch.mhclo").write_text(MHCLO)
    (tmp_path / "patch.obj").write_text(OBJ)
    return tmp_path


def test_a_proxy_fits_to_its_three_vertices_and_scales_with_the_body(patch):
    proxy = load_proxy(patch)
    assert proxy.quads.tolist() == [[0, 1, 2, 2]]
    # The file's z is the front, our -y: an offset of 1 of its units is 0.1 m on a body that is 0.2 m per 2 units.
    np.testing.assert_allclose(proxy.fit(BASE)[0], (0.1, -0.1, 0), atol=1e-6)
    np.testing.assert_allclose(proxy.fit(BASE * 2), proxy.fit(BASE) * 2, atol=1e-6)
    np.testing.assert_allclose(proxy.fit(BASE)[1:], BASE[1:3], atol=1e-6)
    assert proxy.hidden.tolist() == [1, 5, 6, 7]


def test_a_proxy_takes_the_bones_of_its_vertices(patch):
    weights = load_proxy(patch).bone_weights(sparse.identity(4, np.float32, "csr")).toarray()
    np.testing.assert_allclose(weights[0], (0.5, 0.5, 0, 0))
    np.testing.assert_allclose(weights.sum(1), 1)


def test_a_folder_without_a_proxy_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"must hold an \.mhclo"):
        load_proxy(tmp_path)


def test_the_camera_puts_its_target_in_the_middle_and_left_on_the_viewers_right():
    camera, size = Camera(), (96, 64)
    (middle, left, top), depth = camera.project(np.array([camera.target, (0.3, 0, 0.88), (0, 0, 1.6)]), size)
    np.testing.assert_allclose(middle, (31.5, 47.5), atol=1e-9)
    assert left[0] > middle[0] and top[1] < middle[1]
    assert depth[0] == pytest.approx(np.linalg.norm(np.subtract(camera.eye, camera.target)))


def test_the_cameras_matrices_and_its_projection_agree():
    camera, size = Camera(), (96, 64)
    point = np.array([0.2, -0.1, 1.3])
    clip = camera.projection(size) @ camera.view() @ np.append(point, 1)
    x, y = clip[:2] / clip[3]
    expected = ((x * 0.5 + 0.5) * 64 - 0.5, (0.5 - y * 0.5) * 96 - 0.5)
    np.testing.assert_allclose(camera.project(point[None], size)[0][0], expected)


@pytest.mark.parametrize("make", [
    lambda rng: fabric.plain(rng, (200, 40, 40)),
    lambda rng: fabric.denim(rng, (60, 80, 120)),
    lambda rng: fabric.stripes(rng, ((250, 250, 250), (20, 20, 60)), 0.04, 0.4),
    lambda rng: fabric.plaid(rng, ((160, 30, 30), (30, 30, 30), (240, 240, 230)), 0.1),
    lambda rng: fabric.dots(rng, ((250, 250, 250), (20, 20, 60)), 0.05),
    lambda rng: fabric.floral(rng, (40, 50, 80), ((220, 120, 120), (240, 240, 240))),
])  # fmt: skip
def test_fabrics_are_tiles_and_repeat_from_a_seed(make):
    one, other = (make(np.random.default_rng(3)) for _ in range(2))
    assert one.tile.shape == (fabric.TILE, fabric.TILE, 3) and one.tile.dtype == np.uint8
    assert one.width > 0
    np.testing.assert_array_equal(one.tile, other.tile)


def test_a_printed_word_keeps_clear_of_its_pictures_edge():
    ink = fabric.word_print("HELLO", (10, 20, 30))[..., 3] > 0
    assert ink.any() and not (ink[[0, -1]].any() or ink[:, [0, -1]].any())


def test_subdivision_keeps_a_plane_flat_and_its_border_in_place():
    quads = np.array([[0, 1, 4, 3], [1, 2, 5, 4]])
    points = np.array([(x, y, 0) for y in (0, 1) for x in (0, 1, 2)], float)
    finer, matrix = catmull_clark(quads, len(points))
    assert finer.shape == (8, 4)
    np.testing.assert_allclose(np.asarray(matrix.sum(1)).ravel(), 1)
    moved = matrix @ points
    np.testing.assert_allclose(vertex_normals(moved, triangulate(finer))[:, 2], 1)


def test_bending_keeps_the_bones_lengths():
    knee = bend((0, 0, 1), (0.1, 0, 0.2), (0.5, 0.45), (0, -1, 0))
    assert np.linalg.norm(knee - (0, 0, 1)) == pytest.approx(0.5)
    assert np.linalg.norm(knee - (0.1, 0, 0.2)) == pytest.approx(0.45)
    assert knee[1] < 0


def test_the_shortest_arc_turns_one_direction_to_the_other():
    for end in ((1, 0, 0), (0, -1, 0), (-0.2, 0.5, 0.7), (0, 0, -1)):
        np.testing.assert_allclose(arc((0, 0, 1), end) @ (0, 0, 1), np.array(end) / np.linalg.norm(end), atol=1e-9)
    np.testing.assert_allclose(rotation((0, 0, 1), 90) @ (1, 0, 0), (0, 1, 0), atol=1e-12)
