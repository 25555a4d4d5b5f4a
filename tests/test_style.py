"""Style transfer with tiny models: what is painted changes, what is not stays bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from tests.tiny import figure, tiny_config, tiny_model
from truepose.frame import Frame
from truepose.parsing import BodyPart as P
from truepose.pipeline import TruePosePipeline
from truepose.reading import Person
from truepose.style import checked_mask, mixed, paste, region_mask, transfer_style

PLAIN = tiny_config(warp_hint=False)


@pytest.fixture(scope="module", params=["warp hint", "no hint"])
def pipeline(request):
    torch.manual_seed(0)
    return TruePosePipeline(tiny_model(tiny_config() if request.param == "warp hint" else PLAIN))


@pytest.fixture(scope="module")
def pair(pipeline):
    """A reference, and a source whose shirt is green."""
    photo, person = figure()
    green = photo.copy()
    green[person.parsing == P.UPPER_CLOTHES] = (40, 190, 60)
    return tuple(pipeline.encode_source(Image.fromarray(pixels), person) for pixels in (photo, green))


@pytest.fixture(scope="module")
def shirt(pair) -> np.ndarray:
    return region_mask(pair[0].photo, pair[0].person.parsing, P.UPPER_CLOTHES)


def test_unpainted_pixels_are_the_references_own(pipeline, pair, shirt):
    result = transfer_style(pipeline, *pair, shirt, steps=2, guidance_scale=2.0)
    image = np.asarray(result.image)
    assert (image[shirt == 0] == pair[0].photo[shirt == 0]).all()
    assert np.abs(image[shirt == 1].astype(int) - pair[0].photo[shirt == 1]).mean() > 5
    assert result.labels == {P.UPPER_CLOTHES}


def test_the_seed_decides(pipeline, pair, shirt):
    one, same, other = (
        np.asarray(transfer_style(pipeline, *pair, shirt, steps=1, seed=seed).image) for seed in (1, 1, 2)
    )
    assert (one == same).all() and (one != other).any()


def test_with_a_hint_the_sources_cloth_is_worn():
    """A network that corrects nothing leaves the source's green on the reference's shirt."""
    pipeline = TruePosePipeline(tiny_model(tiny_config(), alive=False))
    photo, person = figure()
    green = photo.copy()
    green[person.parsing == P.UPPER_CLOTHES] = (40, 190, 60)
    mask = region_mask(photo, person.parsing, P.UPPER_CLOTHES)
    sources = (pipeline.encode_source(Image.fromarray(pixels), person) for pixels in (photo, green))
    image = np.asarray(transfer_style(pipeline, *sources, mask, steps=1).image)
    assert np.abs(np.median(image[mask == 1], 0) - (40, 190, 60)).max() < 25


def test_one_photo_gives_its_trousers_cloth_to_its_shirt(pipeline, pair, shirt):
    result = transfer_style(pipeline, pair[0], pair[0], shirt, label=P.PANTS, steps=1)
    assert result.labels == {P.PANTS}
    assert (np.asarray(result.image)[shirt == 0] == pair[0].photo[shirt == 0]).all()


def test_the_mixture_is_section_5_4(pair):
    """Inside the mask the source's prediction, outside the reference's, both in the reference's pose."""
    pipeline = TruePosePipeline(tiny_model(PLAIN))
    reference, source = (pipeline.encode_source(Image.fromarray(each.photo), each.person) for each in pair)
    frame = Frame.around([reference.person.box], PLAIN.image_size)
    free = torch.zeros(1, 1, 8, 6)
    free[..., :3] = 1
    latents, timestep = torch.randn(1, pipeline.model.autoencoder.channels, 8, 6), torch.tensor(500)
    with torch.inference_mode():
        of = {
            name: mixed(pipeline, *sources, frame, None, free, 1.0)(latents, timestep)
            for name, sources in (
                ("both", (reference, source)),
                ("source", (source, source)),
                ("reference", (reference, reference)),
            )
        }
    torch.testing.assert_close(of["both"], torch.lerp(of["reference"], of["source"], free))
    assert not torch.allclose(of["source"], of["reference"])


@pytest.mark.parametrize(
    ("mask", "message"),
    [(np.zeros((256, 192)), "empty"), (np.ones((10, 10)), "size"), (np.full((256, 192), 2.0), "in .0, 1."),
     (np.full((256, 192), np.nan), "in .0, 1.")],
)  # fmt: skip
def test_masks_that_cannot_be_used(mask, message):
    with pytest.raises(ValueError, match=message):
        checked_mask(mask, (256, 192))


def test_what_the_photos_do_not_show_is_said(pipeline, pair, shirt):
    with pytest.raises(ValueError, match="the source shows no skirt"):
        transfer_style(pipeline, *pair, shirt, label=P.SKIRT)
    with pytest.raises(ValueError, match="the reference shows no skirt"):
        region_mask(pair[0].photo, pair[0].person.parsing, P.SKIRT)
    with pytest.raises(ValueError, match="steps"):
        transfer_style(pipeline, *pair, shirt, steps=0)


def test_paste_mixes_where_the_mask_does():
    photo, styled = np.full((1, 3, 3), 100, np.uint8), np.full((1, 3, 3), 201.0)
    assert paste(photo, styled, np.float32([[0, 0.5, 1]]))[0, :, 0].tolist() == [100, 150, 201]


def test_steps_are_reported_and_can_stop(pipeline, pair, shirt):
    seen = []

    def stop(step, steps, glance):
        seen.append((step, steps, glance().size))
        raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"):
        transfer_style(pipeline, *pair, shirt, steps=3, on_step=stop)
    assert seen == [(1, 3, pair[0].photo.shape[1::-1])]


def test_somebody_without_clothes_gives_no_style(pipeline, pair, shirt):
    photo, person = figure()
    bare = np.where(np.isin(person.parsing, [P.UPPER_CLOTHES, P.PANTS]), P.FACE, person.parsing).astype(np.uint8)
    source = pipeline.encode_source(Image.fromarray(photo), Person(person.skeleton, bare, person.box))
    with pytest.raises(ValueError, match="no garment was found"):
        transfer_style(pipeline, pair[0], source, shirt)
