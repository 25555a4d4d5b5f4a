"""The browser's puppet moves as Python's does, and follows the hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pose_editor
from pose_editor.live_puppet import LiveScene, describe_mesh, pack_atlas
from truepose.drags import DRAGS
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton
from truepose.presets import PRESETS, posed
from truepose.warp import cut_puppet
from truepose.warp.deform import deform
from truepose.warp.order import height_of
from truepose.warp.rig import plan_motion

from . import figure

_SCRIPTS = [Path(pose_editor.__file__).parent / "live" / name for name in ("rig.js", "skin.js")]
_MOVE = """([mesh, poses]) => {
  %s
  return poses.map(([xy, seen]) => {
    const motion = planMotion(mesh.body, xy, seen);
    return mesh.layers.map((layer) => {
      const out = new Float64Array(layer.points.length);
      deformLayer(layer, mesh.body, motion, out);
      const height = heightOf(layer.depth, mesh.heights, motion.xy, motion.scale * mesh.body.unit);
      return { places: Array.from(out), height };
    });
  });
}"""


@pytest.fixture(scope="module")
def puppet():
    return cut_puppet(np.asarray(figure.PHOTO), figure.person())


def _poses() -> list[Skeleton]:
    body = figure.skeleton()
    poses = [drag(body, side) for drag in DRAGS.values() for side in ("right", "left")]
    poses += [posed(preset, body) for preset in PRESETS]
    poses.append(body.transformed([[0.8, 0.1, 20], [-0.1, 0.8, 40]]))
    rng = np.random.default_rng(1)
    for _ in range(30):
        seen = body.visible & (rng.random(len(K)) > 0.15)
        seen[K.NECK] = True
        poses.append(Skeleton(body.xy + rng.normal(0, 25, (len(K), 2)), seen, seen.astype(float)))
    return poses


def test_javascript_moves_every_point_as_python_does(browser, puppet):
    _, places = pack_atlas(puppet.layers)
    mesh = describe_mesh(LiveScene("figure", puppet, np.eye(2, 3)), places)
    poses = _poses()
    script = _MOVE % "\n".join(path.read_text() for path in _SCRIPTS)
    page = browser.new_page()
    answers = page.evaluate(script, [mesh, [[p.xy.tolist(), p.visible.tolist()] for p in poses]])
    page.close()
    for pose, answer in zip(poses, answers, strict=True):
        motion = plan_motion(puppet.body, pose)
        for layer, moved in zip(puppet.layers, answer, strict=True):
            expected = deform(layer.skin, puppet.body, motion)
            assert np.abs(np.reshape(moved["places"], (-1, 2)) - expected).max() < 0.05
            height = height_of(layer.owner, puppet.parts, puppet.body, motion.xy, motion.scale)
            assert moved["height"] == pytest.approx(height)


def test_the_atlas_holds_every_layer_apart(puppet):
    atlas, places = pack_atlas(puppet.layers)
    pixels = np.asarray(atlas)
    covered = np.zeros(pixels.shape[:2], int)
    for layer, (x, y) in zip(puppet.layers, places, strict=True):
        h, w = layer.pixels.shape[:2]
        assert (pixels[y : y + h, x : x + w] == layer.pixels).all()
        covered[y : y + h, x : x + w] += 1
    assert covered.max() == 1
