"""Presets keep a body's bones, its place, and what it does not show."""

import numpy as np
import pytest

from tests.pose_editor import figure
from truepose.drags import lean
from truepose.pose import LIMB_CHAINS, MIRRORED, Skeleton
from truepose.pose import Keypoint as K
from truepose.presets import PRESETS, posed


def _lengths(skeleton: Skeleton) -> np.ndarray:
    pairs = [(a, b) for chain in LIMB_CHAINS for a, b in zip(chain, chain[1:], strict=False)]
    return np.array([np.linalg.norm(skeleton.xy[b] - skeleton.xy[a]) for a, b in pairs])


def test_there_are_a_dozen_with_names_of_their_own():
    assert len({preset.name for preset in PRESETS}) == len(PRESETS) >= 12


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_bones_keep_their_length_and_hips_their_place(preset):
    body = figure.skeleton()
    out = posed(preset, body)
    assert np.allclose(_lengths(out), _lengths(body), rtol=0.02)
    hips = [K.RIGHT_HIP, K.LEFT_HIP]
    assert np.allclose(out.xy[hips], body.xy[hips])
    assert (out.visible == body.visible).all()


def test_a_bone_seen_short_gets_its_partners_length():
    body = figure.skeleton().moved(K.RIGHT_WRIST, 112, 190)  # the forearm points at the camera
    out = posed(PRESETS[0], body)
    forearm, partner = (
        np.linalg.norm(out.xy[b] - out.xy[a]) for a, b in ((K.RIGHT_ELBOW, K.RIGHT_WRIST), (K.LEFT_ELBOW, K.LEFT_WRIST))
    )
    assert forearm == pytest.approx(partner, rel=0.01)


def test_who_is_seen_from_behind_is_posed_as_seen():
    body = figure.skeleton()
    behind = Skeleton(body.xy[list(MIRRORED)], body.visible[list(MIRRORED)], body.score[list(MIRRORED)])
    wave = next(preset for preset in PRESETS if preset.name == "Wave")
    assert posed(wave, body).xy[K.RIGHT_WRIST, 0] < body.xy[K.NECK, 0] < posed(wave, behind).xy[K.RIGHT_WRIST, 0]


def test_a_leaning_body_stands_up():
    out = posed(PRESETS[0], lean(figure.skeleton(), "left", 25))
    assert abs(out.xy[K.NECK, 0] - out.xy[[K.RIGHT_HIP, K.LEFT_HIP], 0].mean()) < 1
