"""The app's endpoints for programs: `/read`, `/repose` and `/style`, through `gradio_client` or plain HTTP."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
import numpy as np
from PIL import Image

from truepose.facing import facing
from truepose.openpose_json import format_openpose, parse_openpose
from truepose.parsing import locked_parts, parsing_image, part_called
from truepose.photo import open_mask, open_photo
from truepose.reading import Person, PersonReader, describe
from truepose.style import region_mask

from .accelerator import transfer_style
from .messages import plain_error
from .pictures import fitted
from .serving import Serving
from .settings import NATIVE, ReposeSettings, checked_settings, is_number

log = logging.getLogger(__name__)


def build_api(reader: PersonReader, serving: Serving, **queue: Any) -> None:
    """Add the endpoints to the current Blocks.

    Args:
        reader: finds the people of a photo.
        serving: holds the pipeline that puts a person into a pose.
        queue: concurrency options of the endpoints, which run the models.
    """
    endpoints = Endpoints(reader, serving)
    # Hidden components rather than `gr.api`: they check what comes, and keep file paths inside the upload folder.
    with gr.Column(visible=False):
        photo = gr.File(label="photo", type="filepath")
        # Not rounded to whole numbers: who asks for person 1.5 is told.
        person = gr.Number(1, label="person")
        pose = gr.JSON(label="pose")
        steps = gr.Number(serving.pipeline.defaults.steps, label="steps")
        guidance_scale = gr.Number(serving.pipeline.defaults.guidance_scale, label="guidance_scale")
        seed = gr.Number(0, label="seed")
        # As the Repose tab starts with.
        strength, locked = gr.Number(1, label="strength"), gr.JSON([], label="locked")
        count, side = gr.Number(1, label="count"), gr.Number(NATIVE, label="side")
        reading, parsing = gr.JSON(label="reading"), gr.Image(label="parsing", format="png")
        picture = gr.Image(label="picture", format="png")
        source, mask = gr.File(label="source", type="filepath"), gr.File(label="mask", type="filepath")
        region, label = gr.Textbox("", label="region"), gr.Textbox("", label="label")
        source_person = gr.Number(1, label="source_person")
        read, repose, style = gr.Button(), gr.Button(), gr.Button()
    read.click(endpoints.read, [photo, person], [reading, parsing], api_name="read", **queue)
    inputs = [photo, pose, person, steps, guidance_scale, seed, strength, locked, count, side]
    repose.click(endpoints.repose, inputs, picture, api_name="repose", **queue)
    inputs = [photo, source, mask, region, label, person, source_person, steps, guidance_scale, seed]
    style.click(endpoints.style, inputs, picture, api_name="style", **queue)


@contextmanager
def plainly(what: str) -> Iterator[None]:
    """What an endpoint raises becomes one plain message; only what nobody foresaw is logged."""
    try:
        yield
    except ValueError as error:  # photos, poses and people that cannot be used
        raise plain_error(str(error)) from None
    except gr.Error:
        raise
    except Exception:
        log.exception("%s failed", what)
        raise plain_error("This failed. The server's log says more.") from None


class Endpoints:
    """What programs can ask for."""

    def __init__(self, reader: PersonReader, serving: Serving):
        self._reader, self._serving = reader, serving

    @plainly("read")
    def read(self, photo: str | None, person: float | None) -> tuple[dict, Image.Image]:
        """A person of the photo as an OpenPose document with remarks, and the parsing map in its colours."""
        image = _opened(photo)
        who, people = self._person(image, person)
        document = format_openpose([who.skeleton], (image.height, image.width), [who.landmarks])
        more = {"found": people, "facing": facing(who.skeleton).value, "description": describe(who)}
        return document | more, parsing_image(who.parsing)

    def repose(
        self, photo, pose, person, steps, guidance_scale, seed, strength, locked, count, side
    ) -> Iterator[Image.Image]:
        """The person in the pose: a picture of each of `count` consecutive seeds, when it is made."""
        with plainly("repose"):  # around every picture: as a decorator it would end before the first
            settings = ReposeSettings.checked(steps, guidance_scale, seed, count, strength, side)
            parts, image = locked_parts(locked), _opened(photo)
            targets = parse_openpose(pose, (image.height, image.width))
            if not targets:
                raise ValueError("the pose holds no person: it has no visible joint")
            who, _ = self._person(image, person)
            pipeline = self._serving.pipeline
            source = pipeline.encode_source(image, who)
            for number in settings.seeds:
                result = pipeline.repose(image, targets[0], source=source, locked=parts, **settings.sampling(number))
                yield fitted(result.image, settings.side)

    @plainly("style")
    def style(
        self, reference, source, mask, region: str, label: str, person, source_person, steps, guidance_scale, seed
    ) -> Image.Image:
        """What is painted of the reference, by a mask or as a region, in the style of the source."""
        settings = checked_settings(steps, guidance_scale, seed)
        pipeline, photos = self._serving.pipeline, (_opened(reference), _opened(source))
        people = [self._person(photo, who)[0] for photo, who in zip(photos, (person, source_person), strict=True)]
        painted = _painted(mask, region, photos[0], people[0])
        sources = (pipeline.encode_source(photo, who) for photo, who in zip(photos, people, strict=True))
        kind = part_called(label) if label else None
        return transfer_style(pipeline, *sources, painted, label=kind, **settings).image

    def _person(self, image: Image.Image, person: float | None) -> tuple[Person, int]:
        """The Nth likeliest subject, and how many people there are."""
        found = self._reader.find(image)
        number = 1 if person is None else person
        if not is_number(number, 1, len(found), whole=True):
            raise ValueError(f"there is no person {number}: found {len(found)} in the photo")
        return self._reader.read(image, found[int(number) - 1]), len(found)


def _painted(mask: str | None, region: str, photo: Image.Image, person: Person) -> np.ndarray:
    """(H, W) in [0, 1]: the mask, or where the person shows the region."""
    if bool(mask) == bool(region):
        raise ValueError("either a mask or a region is needed")
    if mask:
        return open_mask(mask, person.parsing.shape)
    return region_mask(np.asarray(photo), person.parsing, part_called(region))


def _opened(photo: str | None) -> Image.Image:
    if photo is None:
        raise ValueError("a photo is needed")
    return open_photo(photo)
