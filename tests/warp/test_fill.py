import numpy as np

from truepose.warp.fill import continue_texture, nearest_known
from truepose.warp.plate import membrane, paint_background
from truepose.warp.raster import grid_mesh, rasterize


def test_nearest_known_against_brute_force():
    rng = np.random.default_rng(0)
    known = rng.random((20, 30)) < 0.05
    rows, columns = nearest_known(known)
    assert known[rows, columns].all()
    ys, xs = known.nonzero()
    y, x = np.mgrid[:20, :30]
    best = np.hypot(y[..., None] - ys, x[..., None] - xs).min(-1)
    assert np.allclose(np.hypot(y - rows, x - columns), best, atol=0.5)


def test_reflected_texture_keeps_stripes():
    stripes = np.repeat(np.where(np.arange(40) // 4 % 2, 200, 40)[:, None], 60, 1)
    image = np.repeat(stripes[..., None], 3, 2).astype(np.uint8)
    known = np.broadcast_to(np.arange(60) < 30, (40, 60))
    damaged = np.where(known[..., None], image, 0).astype(np.uint8)
    filled = continue_texture(damaged, known, ~known & (np.arange(60) < 50))
    assert (filled[:, :50] == image[:, :50]).all()


def test_a_painted_hole_continues_a_wall_and_leaves_the_rest():
    wall = np.where(np.arange(120) < 70, 60, 180)[:, None, None] + np.zeros((120, 90, 3))
    image = np.clip(wall + np.random.default_rng(1).normal(0, 10, (120, 90, 1)), 0, 255).astype(np.uint8)
    hole = np.zeros((120, 90), bool)
    hole[20:115, 30:60] = True
    painted = paint_background(np.where(hole[..., None], 0, image).astype(np.uint8), hole, fade=3)
    assert (painted[~hole] == image[~hole]).all()
    off_the_edge = hole & (abs(np.arange(120) - 70) > 8)[:, None]
    assert np.abs(painted.astype(int) - wall)[off_the_edge].mean() < 20
    assert painted[30:60, 35:55].std() > 4  # grain, not a smear
    assert (paint_background(image, np.zeros_like(hole)) == image).all()
    assert paint_background(image, np.ones_like(hole)).shape == image.shape


def test_an_affine_mesh_is_drawn_exactly():
    support = np.zeros((40, 50), bool)
    support[5:35, 8:42] = True
    vertices, triangles = grid_mesh(support, 6)
    matrix = np.array([[1.3, 0.4], [-0.2, 0.9]])
    field, (x0, y0) = rasterize(vertices, vertices @ matrix.T + 20, triangles, (90, 120), np.zeros(len(vertices), bool))
    y, x = np.mgrid[: field.shape[0], : field.shape[1]]
    exact = (np.stack([x + x0, y + y0], -1) - 20) @ np.linalg.inv(matrix).T
    drawn = np.isfinite(field[..., 0])
    assert np.abs(field - exact)[drawn].max() < 1e-3
    inside = (exact > (8, 5)).all(-1) & (exact < (41, 34)).all(-1)
    assert drawn[inside].all()


def test_a_membrane_is_flat_between_equal_rims_and_follows_the_sides():
    image = np.zeros((20, 30, 1), np.float32)
    image[:, 15:] = 100
    gap = np.zeros((20, 30), bool)
    gap[4:16, 5:25] = True
    spanned = membrane(image, gap)
    assert (spanned[~gap] == image[~gap]).all()
    assert spanned[10, 5:25, 0].min() >= 0 and (np.diff(spanned[10, 5:25, 0]) > 0).all()
    assert np.allclose(membrane(np.full((9, 9, 3), 7, np.float32), np.eye(9) > 0), 7, atol=1e-3)
