"""The main path with a tiny model, and with the shipped one on a photo."""

from __future__ import annotations

import time

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from tests.tiny import figure, tiny_config, tiny_model
from truepose.checkpoint import save_model
from truepose.drags import arm_up, leg_out
from truepose.parsing import BodyPart
from truepose.pipeline import TruePosePipeline, load_pipeline
from truepose.pose import Skeleton
from truepose.warp import warp_puppet


@pytest.fixture(scope="module")
def pipeline():
    return TruePosePipeline(tiny_model(tiny_config()))


@pytest.fixture(scope="module")
def drawn():
    photo, person = figure()
    return Image.fromarray(photo), person


def repose(pipeline, drawn, target=None, **options):
    photo, person = drawn
    return pipeline.repose(photo, target or arm_up(person.skeleton), person=person, **options)


def test_the_result_has_the_photos_size_and_the_pose_shows(pipeline, drawn):
    result = repose(pipeline, drawn)
    assert result.image.size == drawn[0].size and result.image.mode == "RGB"
    changed = np.abs(np.asarray(result.image).astype(int) - np.asarray(drawn[0])).max(2) > 20
    x, y = arm_up(drawn[1].skeleton).xy[4].astype(int)
    assert changed[y - 3 : y + 4, x - 3 : x + 4].mean() > 0.5


def test_a_seed_decides_everything(pipeline, drawn):
    first, again, other = (np.asarray(repose(pipeline, drawn, seed=s).image) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_cached_source_equals_a_fresh_one_and_two_do_not_leak(pipeline, drawn):
    photo, person = drawn
    target, other = arm_up(person.skeleton), leg_out(person.skeleton)
    mirrored = Image.fromarray(np.asarray(photo)[:, ::-1].copy())
    from truepose.parsing import mirror_parsing
    from truepose.reading import Person

    x0, y0, x1, y1 = person.box
    flipped = Person(person.skeleton.mirrored(photo.width), mirror_parsing(person.parsing),
                     (photo.width - x1, y0, photo.width - x0, y1))  # fmt: skip
    fresh = np.asarray(repose(pipeline, drawn, target).image)
    sources = pipeline.encode_source(photo, person), pipeline.encode_source(mirrored, flipped)
    pipeline.repose(mirrored, other.mirrored(photo.width), source=sources[1])
    pipeline.repose(photo, other, source=sources[0])
    cached = np.asarray(pipeline.repose(photo, target, source=sources[0]).image)
    np.testing.assert_array_equal(cached, fresh)


@pytest.mark.parametrize("matrix", [
    [[2.2, 0, -100], [0, 2.2, -150]],
    [[0.3, 0, 60], [0, 0.3, 80]],
    [[1, 0, 120], [0, 1, 0]],
    [[1, 0, 5000], [0, 1, 5000]],
])  # fmt: skip
def test_a_pose_that_is_larger_smaller_or_elsewhere_is_followed(pipeline, drawn, matrix):
    target = drawn[1].skeleton.transformed(matrix)
    result = repose(pipeline, drawn, target, steps=1)
    assert result.image.size == drawn[0].size
    rows, columns = (result.preview.alpha > 127).nonzero()
    inside = ((target.xy >= 0) & (target.xy < (192, 256))).all(1)
    if inside.all():
        x0, y0, x1, y1 = target.box()
        height = y1 - y0
        assert abs(rows.min() - y0) < 0.3 * height and abs(rows.max() - y1) < 0.3 * height
        assert columns.min() > x0 - 0.3 * height and columns.max() < x1 + 0.3 * height
    if not inside.any():
        assert len(rows) == 0


def test_outside_both_silhouettes_the_photo_is_untouched(pipeline, drawn):
    reposed = repose(pipeline, drawn)
    result, photo = np.asarray(reposed.image), np.asarray(drawn[0])
    source = pipeline.encode_source(*drawn)
    alpha = reposed.preview.alpha
    outside = ~source.puppet.invented & (alpha == 0)
    assert outside.mean() > 0.4
    np.testing.assert_array_equal(result[outside], photo[outside])


def test_bad_settings_are_refused(pipeline, drawn):
    with pytest.raises(ValueError, match="steps"):
        repose(pipeline, drawn, steps=0)
    with pytest.raises(ValueError, match="visible joint"):
        repose(pipeline, drawn, Skeleton.from_points({}))


def test_what_a_step_callback_raises_ends_the_run(pipeline, drawn):
    class Stop(Exception):
        pass

    def stop(step, steps, glance):
        assert (step, steps) == (1, 4)
        raise Stop

    with pytest.raises(Stop):
        repose(pipeline, drawn, steps=4, on_step=stop)


def test_the_last_glance_is_the_result_and_the_first_is_a_picture(pipeline, drawn):
    glances = []
    result = repose(pipeline, drawn, steps=3, on_step=lambda step, steps, glance: glances.append(glance()))
    assert all(glance.size == drawn[0].size for glance in glances) and len(glances) == 3
    np.testing.assert_array_equal(np.asarray(glances[-1]), np.asarray(result.image))


def test_without_strength_the_warp_stays(pipeline, drawn):
    bare, full = repose(pipeline, drawn, strength=0.0), repose(pipeline, drawn)
    np.testing.assert_array_equal(np.asarray(bare.image), bare.preview.image)
    assert (np.asarray(full.image) != full.preview.image).any()
    with pytest.raises(ValueError, match="strength must be in"):
        repose(pipeline, drawn, strength=1.5)


def test_locked_parts_are_the_warps(pipeline, drawn):
    free = repose(pipeline, drawn)
    warped = warp_puppet(pipeline.encode_source(*drawn).puppet, arm_up(drawn[1].skeleton))
    shirt = warped.parsing == BodyPart.UPPER_CLOTHES
    assert (np.asarray(free.image) != free.preview.image)[shirt].any()
    locked = repose(pipeline, drawn, locked=frozenset({BodyPart.UPPER_CLOTHES}))
    np.testing.assert_array_equal(np.asarray(locked.image)[shirt], locked.preview.image[shirt])
    assert (np.asarray(locked.image) != locked.preview.image).any()


def test_a_model_without_a_hint_runs_on_the_same_path(drawn):
    pipeline = TruePosePipeline(tiny_model(tiny_config(warp_hint=False)))
    assert repose(pipeline, drawn).image.size == drawn[0].size


def test_models_load_from_folders_and_refuse_others(tmp_path):
    save_model(tiny_model(tiny_config()), tiny_config(), tmp_path / "m")
    assert TruePosePipeline.from_pretrained(tmp_path / "m", device="cpu").defaults == tiny_config()
    for place in (tmp_path, tmp_path / "nowhere", "nowhere"):
        with pytest.raises(ValueError, match="no model"):
            TruePosePipeline.from_pretrained(place)


def test_a_hub_that_cannot_be_reached_is_said_plainly(monkeypatch):
    import huggingface_hub

    def unreachable(*args, **options):
        raise ConnectionError("name or service not known")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(ValueError, match="cannot load the model someone/truepose from the hub"):
        TruePosePipeline.from_pretrained("someone/truepose")


def test_the_shipped_model_reposes_a_real_photo_in_seconds():
    photo = Image.fromarray(astronaut())
    pipeline = load_pipeline()
    source = pipeline.encode_source(photo)
    nose = source.person.skeleton.xy[0]
    target = source.person.skeleton.transformed([[1, 0, 30], [0, 1, 0]])
    started = time.monotonic()
    result = pipeline.repose(photo, target, source=source)
    assert time.monotonic() - started < 30
    before = np.asarray(photo)[int(nose[1]) - 25 : int(nose[1]) + 25, int(nose[0]) - 20 : int(nose[0]) + 20]
    after = np.asarray(result.image)[int(nose[1]) - 25 : int(nose[1]) + 25, int(nose[0]) + 10 : int(nose[0]) + 50]
    assert np.abs(before.astype(int) - after).mean() < 6  # the face, moved, pixel for pixel
