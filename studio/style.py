"""What the style tab does: open two photos, find objects, generate, stop. No layout here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import gradio as gr
import numpy as np

from pose_editor import MaskEdit, ParsingEdit, PhotoScene, RegionEdit, RunStatus, runs_of
from pose_editor.label_grid import grid_size
from truepose.cloth import snug
from truepose.photo import PhotoError, open_mask
from truepose.reading import PersonReader
from truepose.reading.hub.sam import ClickMasker, EncodedPhoto
from truepose.style import checked_mask, region_mask

from .accelerator import transfer_style
from .messages import plain_error, unexpected
from .opening import choose_person, new_answer, open_work, same_work
from .pictures import write_screen_picture
from .run import Run, Stopped
from .serving import Serving
from .session import Session, Work
from .settings import checked_settings

_KEPT = "Your photos and mask"
NOTHING_PAINTED = "Nothing is painted: paint what takes the new style, or click a region."


class StyleSession:
    """What one browser tab has open in the style tab.

    Attributes:
        reference: the photo that stays, the run, and the folder of its pictures.
        source: the photo that gives style.
        encoded: the reference as SAM sees it, and its work's key; None until an object is asked for.
    """

    def __init__(self):
        self.reference, self.source = Session(), Session()
        self.encoded: tuple[str, EncodedPhoto] | None = None

    def __deepcopy__(self, memo) -> StyleSession:
        # Gradio copies a state's initial value for every browser tab.
        return StyleSession()

    def close(self) -> None:
        """Stop what runs and delete the pictures."""
        self.reference.close()
        self.source.close()
        self.encoded = None


class StyleActions:
    """The tab's handlers, for any reader and pipeline.

    Args:
        reader: finds the people of a photo.
        serving: holds the pipeline that transfers style.
        masker: masks what is clicked; None where SAM is not there.
    """

    def __init__(self, reader: PersonReader, serving: Serving, masker: ClickMasker | None):
        self.reader, self.serving, self.masker = reader, serving, masker

    def open_reference(self, edit: MaskEdit, session: StyleSession) -> tuple:
        """Open the file dropped on the painter; what was open stays where the file cannot be used.

        Returns:
            painter, pictures, status, download.
        """
        if edit.upload is None:
            return (gr.skip(),) * 4
        return self._show_reference(self._opened(edit), session)

    def choose_reference(self, edit: MaskEdit, session: StyleSession) -> tuple:
        """Mask another person of the open photo. Returns as `open_reference`."""
        return self._show_reference(self._chosen(edit, session.reference), session)

    def repose_photo(self, repose: Session, session: StyleSession) -> tuple:
        """Take the photo of the repose tab. Returns as `open_reference`."""
        if repose.work is None:
            gr.Warning("Open a photo in the Repose tab first.", title="There is no photo")
            return self._show_reference(None, session)
        return self._show_reference(same_work(repose.work), session)

    def repose_regions(self, edit: ParsingEdit, repose: Session, session: StyleSession) -> tuple:
        """Take the photo of the repose tab with the regions selected there as the mask. Returns as `open_reference`.

        Raises:
            gr.Error: nothing is selected that the photo shows.
        """
        work = repose.work
        if work is None or edit.key != work.key or not edit.selected:
            raise plain_error("Select a region of the open photo first.")
        photo = np.asarray(work.photo)
        try:
            masks = [region_mask(photo, work.person.parsing, part) for part in edit.selected]
        except ValueError as error:
            raise plain_error(f"This cannot be a mask: {error}.") from None
        return self._show_reference(same_work(work), session, np.maximum.reduce(masks))

    def open_source(self, edit: RegionEdit, session: StyleSession) -> tuple:
        """Open the file dropped on the picker; what was open stays where the file cannot be used.

        Returns:
            picker, status.
        """
        if edit.upload is None:
            return gr.skip(), gr.skip()
        return self._show_source(self._opened(edit), session)

    def choose_source(self, edit: RegionEdit, session: StyleSession) -> tuple:
        """Take the style of another person of the open photo. Returns as `open_source`."""
        return self._show_source(self._chosen(edit, session.source), session)

    def reference_photo(self, session: StyleSession) -> tuple:
        """Let the reference give style, too. Returns as `open_source`."""
        if session.reference.work is None:
            gr.Warning("Open the photo that stays first.", title="There is no photo")
            return self._show_source(None, session)
        return self._show_source(same_work(session.reference.work), session)

    def open_example(self, path: str, session: StyleSession) -> tuple:
        """Open an example: as the reference where there is none yet, as the source otherwise.

        Returns:
            painter, pictures, status, download, picker.
        """
        work = open_work(self.reader, path, Path(path).name)
        if session.reference.work is None:
            return (*self._show_reference(work, session), gr.skip())
        picker, status = self._show_source(work, session)
        return gr.skip(), gr.skip(), status, gr.skip(), picker

    def _opened(self, edit: MaskEdit | RegionEdit) -> Work | None:
        return open_work(self.reader, edit.upload, edit.upload_name or "photo")

    def _chosen(self, edit: MaskEdit | RegionEdit, session: Session) -> Work | None:
        work = session.work
        if work is None or edit.key != work.key or not 0 <= edit.chosen < len(work.people):
            return None
        return choose_person(self.reader, work, edit.chosen)

    def _show_reference(self, work: Work | None, session: StyleSession, mask: np.ndarray | None = None) -> tuple:
        answer = new_answer()
        if work is None:
            return gr.update(answer=answer), gr.skip(), gr.skip(), gr.skip()
        session.reference.work, session.encoded = work, None
        write_screen_picture(work.photo, session.reference.path("before.jpg"))
        download = gr.update(value=None, interactive=False)
        # A region clicked is painted to the photo's own edges.
        parsing = snug(np.asarray(work.photo), work.person.parsing)
        scene = replace(_scene(work, parsing), mask=mask)
        return gr.update(value=scene, answer=answer), None, self._next(session), download

    def _show_source(self, work: Work | None, session: StyleSession) -> tuple:
        answer = new_answer()
        if work is None:
            return gr.update(answer=answer), gr.skip()
        session.source.work = work
        return gr.update(value=_scene(work, work.person.parsing), answer=answer), self._next(session)

    def _next(self, session: StyleSession) -> str:
        """What is to be done next."""
        if session.reference.work is None:
            return "Open the photo that stays."
        return "Paint, then Generate." if session.source.work else "Open the photo that gives the style."

    def find_object(self, edit: MaskEdit, session: StyleSession) -> dict:
        """Mask the object clicked last. Returns an update of the painter: its answer, `picked`."""
        work = session.reference.work
        nothing = {"key": edit.key, "runs": [], "removes": edit.removes, "number": new_answer()}
        if self.masker is None or work is None or edit.key != work.key or edit.pick is None:
            return gr.update(picked=nothing)
        try:
            mask = self.masker.mask(self._encoded(work, session), np.float32([edit.pick]), np.array([True]))
        except Exception:
            unexpected("Finding the object", _KEPT)
        small = cv2.resize(mask.astype(np.uint8), grid_size(*work.photo.size), interpolation=cv2.INTER_NEAREST)
        return gr.update(picked={**nothing, "runs": runs_of(small.astype(bool))})

    def _encoded(self, work: Work, session: StyleSession) -> EncodedPhoto:
        """The reference as SAM sees it, made at the first click."""
        held = session.encoded
        if held is None or held[0] != work.key:
            held = (work.key, self.masker.encode(np.asarray(work.photo)))
            session.encoded = held
        return held[1]

    def check(self, edit: MaskEdit, region: RegionEdit, steps, guidance_scale, seed, session: StyleSession) -> None:
        """Whether Generate can start; also takes back an earlier Stop.

        Raises:
            gr.Error: it cannot, and why.
        """
        checked_settings(steps, guidance_scale, seed)
        reference, source = session.reference.work, session.source.work
        if reference is None or edit.key != reference.key:
            raise plain_error("Open the photo that stays first.")
        if source is None or region.key != source.key:
            raise plain_error("Open the photo that gives the style first. It may be the same one.")
        self._mask(edit, reference)
        session.reference.stop.clear()

    def _mask(self, edit: MaskEdit, work: Work) -> np.ndarray:
        """(H, W) float32: what was painted, of the photo's size."""
        if edit.mask is None:
            raise plain_error(NOTHING_PAINTED)
        size = work.photo.size[::-1]
        try:
            return checked_mask(open_mask(edit.mask, size), size)
        except PhotoError as error:
            raise plain_error(f"The mask cannot be used: {error}.") from None
        except ValueError:
            raise plain_error(NOTHING_PAINTED) from None

    def generate(
        self, edit: MaskEdit, region: RegionEdit, steps, guidance_scale, seed, session: StyleSession
    ) -> Iterator[tuple]:
        """Transfer the style, following the run. `check` has passed.

        Yields:
            pictures, status, download.
        """
        settings = checked_settings(steps, guidance_scale, seed)
        reference, source = session.reference.work, session.source.work
        if edit.key != reference.key or region.key != source.key:  # while this waited for its turn
            yield gr.skip(), "Not generated.", gr.skip()
            raise plain_error("Another photo was opened. Press Generate again for this one.")
        mask, pipeline = self._mask(edit, reference), self.serving.pipeline

        def transfer(on_step):
            sources = (session.reference.source(reference, pipeline), session.source.source(source, pipeline))
            return transfer_style(pipeline, *sources, mask, label=region.region, on_step=on_step, **settings)

        run = Run(transfer, session.reference.stop)
        started = time.perf_counter()
        yield gr.skip(), RunStatus.at(0, settings["steps"], "Reading both photos"), gr.skip()
        try:
            for done in run.steps():
                text = f"Step {done.step} of {done.steps}" if done.step < done.steps else "Finishing"
                yield gr.skip(), RunStatus.at(done.step, done.steps, text), gr.skip()
            yield self._finished(run, reference, settings, time.perf_counter() - started, session)
        except Stopped:
            yield gr.skip(), "Stopped. The last picture stays.", gr.skip()
        except ValueError as error:
            yield gr.skip(), "Not generated.", gr.skip()
            raise plain_error(f"This style cannot be transferred: {error}.") from None
        except Exception:
            yield gr.skip(), "Not generated.", gr.skip()
            unexpected("Generating", _KEPT)

    def _finished(self, run: Run, work: Work, settings: dict, seconds: float, session: StyleSession) -> tuple:
        image = run.result.image
        full = session.reference.path(f"{work.name}-style-{settings['seed']}.png")
        image.save(full, compress_level=3)  # a third of the time of the default, little larger
        after = write_screen_picture(image, session.reference.path("result.jpg"))
        style = ", ".join(sorted(label.label.replace("-", " ") for label in run.result.labels))
        status = f"Result: style of the {style}, seed {settings['seed']}, {seconds:.1f} s."
        pictures = (str(session.reference.path("before.jpg")), after)
        return pictures, status, gr.update(value=str(full), interactive=True)

    def request_stop(self, session: StyleSession) -> str:
        """End the running generation after its current step."""
        session.reference.stop.set()
        return "Stopping"


def _scene(work: Work, parsing: np.ndarray) -> PhotoScene:
    boxes = tuple(candidate.box for candidate in work.people)
    return PhotoScene(work.photo, parsing, work.key, boxes, work.number)
