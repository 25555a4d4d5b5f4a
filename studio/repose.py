"""What the repose tab does: open a photo, preview a pose, generate, stop. No layout here."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import numpy as np

from pose_editor import ParsingScene, PoseEdit, PoseScene, RunStatus
from truepose.estimate import with_estimates
from truepose.facing import Facing, facing
from truepose.pipeline import Source, TruePosePipeline
from truepose.pose import Keypoint, Skeleton
from truepose.reading import UNSURE, Person, PersonReader

from .messages import plain_error, unexpected
from .opening import choose_person, new_answer, open_work
from .preview import PreviewPuppet
from .run import Run, Stopped
from .serving import Serving
from .session import Session, Work, write_screen_picture

log = logging.getLogger(__name__)

PREVIEW_TEXT = "Preview. Generate refines it."
NO_JOINT_TEXT = "Every joint is hidden: show some to get a pose."
MAX_SEED = 2**32 - 1
MAX_STEPS = 50
MAX_GUIDANCE_SCALE = 8.0


def is_number(value: Any, low: float, high: float, *, whole: bool = False) -> bool:
    """Whether what came from outside is a number from `low` to `high`."""
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    return fits and (not whole or value == int(value))


def checked_settings(steps: Any, guidance_scale: Any, seed: Any) -> dict[str, Any]:
    """The keyword arguments for the pipeline.

    Raises:
        gr.Error: a value is missing or out of range.
    """
    if not is_number(steps, 1, MAX_STEPS, whole=True):
        raise plain_error(f"Steps must be a whole number from 1 to {MAX_STEPS}.")
    if not is_number(guidance_scale, 0, MAX_GUIDANCE_SCALE):
        raise plain_error(f"Guidance must be from 0 to {MAX_GUIDANCE_SCALE:g}.")
    if not is_number(seed, 0, MAX_SEED, whole=True):
        raise plain_error(f"The seed must be a whole number from 0 to {MAX_SEED}.")
    return {"steps": int(steps), "guidance_scale": float(guidance_scale), "seed": int(seed)}


def remarks(person: Person) -> str:
    """What the user should know of a person just read, each a sentence; empty for a whole one seen from the front."""
    skeleton = person.skeleton
    unsure = int((skeleton.visible & (skeleton.score < UNSURE)).sum())
    unseen = int((~skeleton.visible).sum())
    counts = [f"{n} {what}" for n, what in ((unsure, "unsure"), (unseen, "not seen")) if n]
    said = [f"Joints: {', '.join(counts)}."] if counts else []
    if facing(skeleton) is Facing.BACK and not skeleton.visible[Keypoint.NOSE]:
        said.append("Seen from behind: there is no face to show.")
    return "".join(f"{sentence} " for sentence in said)


def moved(target: Skeleton, skeleton: Skeleton) -> bool:
    """Whether the target differs from the skeleton by more than the editor's rounding."""
    if not np.array_equal(target.visible, skeleton.visible):
        return True
    return bool((np.abs(target.xy - skeleton.xy)[target.visible] > 0.05).any())


def scene_of(work: Work) -> PoseScene:
    """What the pose canvas shows of an open photo, in its own pose."""
    skeleton = with_estimates(work.person.skeleton, work.person.box[3] - work.person.box[1])
    boxes = tuple(candidate.box for candidate in work.people)
    return PoseScene(work.photo, skeleton, work.key, boxes, work.number, work.person.landmarks)


class ReposeActions:
    """The tab's handlers, for any reader and pipeline.

    Args:
        reader: finds the person of a photo.
        serving: holds the pipeline that puts the person into a pose.
    """

    def __init__(self, reader: PersonReader, serving: Serving):
        self.reader = reader
        self.serving = serving

    def open_upload(self, edit: PoseEdit, session: Session) -> tuple:
        """Open the file dropped on the editor; what was open stays where the file cannot be used.

        Returns:
            scene, parsing, pictures, status, download.
        """
        if edit.upload is None:
            return (gr.skip(),) * 5
        return self.open_file(edit.upload, edit.upload_name or "photo", session)

    def open_file(self, path: str, name: str, session: Session) -> tuple:
        """Open a photo and read its person. Returns as `open_upload`."""
        work = open_work(self.reader, path, name)
        if work is None:
            return (gr.update(answer=new_answer()), *(gr.skip(),) * 4)
        return self._open(work, session)

    def choose(self, edit: PoseEdit, session: Session) -> tuple:
        """Edit another person of the open photo. Returns as `open_upload`."""
        work = session.work
        if work is not None and edit.key == work.key and 0 <= edit.chosen < len(work.people):
            other = choose_person(self.reader, work, edit.chosen)
            if other is not None:
                return self._open(other, session)
        return (gr.update(answer=new_answer()), *(gr.skip(),) * 4)

    def _open(self, work: Work, session: Session) -> tuple:
        session.work = work
        write_screen_picture(work.photo, session.path("before.jpg"))
        scene = scene_of(work)
        parsing = ParsingScene(work.photo, work.person.parsing)
        download = gr.update(value=None, interactive=False)
        return gr.update(value=scene, answer=new_answer()), parsing, None, "Preparing the preview", download

    def cut(self, edit: PoseEdit, session: Session) -> tuple:
        """Cut the photo just opened for previews, then catch up with what was dragged meanwhile.

        Returns:
            pictures, status.
        """
        work = session.work
        if work is None or work.puppet is not None:
            return gr.skip(), gr.skip()
        try:
            puppet = PreviewPuppet.cut(work.photo, work.person)
        except Exception:
            unexpected("Preparing the photo")
        session.complete(work, puppet=puppet)
        if edit.skeleton is not None and edit.key == work.key and moved(edit.skeleton, work.person.skeleton):
            return self.preview(edit, session)
        return gr.skip(), f"Ready. {remarks(work.person) or 'Drag a joint to see the new pose.'}"

    def encode(self, session: Session) -> None:
        """Encode the photo just opened, ahead of the first Generate."""
        work = session.work
        if work is not None and work.source is None:
            try:
                self._source(work, session, self.serving.pipeline)
            except Exception:
                log.exception("encoding ahead failed")  # Generate tries again, and tells

    def _source(self, work: Work, session: Session, pipeline: TruePosePipeline) -> Source:
        if work.source is not None and work.encoder is pipeline:
            return work.source
        source = pipeline.encode_source(work.photo, work.person)
        session.complete(work, source=source, encoder=pipeline)
        return source

    def preview(self, edit: PoseEdit, session: Session) -> tuple:
        """Show the warp into the edited pose.

        Returns:
            pictures, status.
        """
        work = session.work
        if work is None or work.puppet is None or edit.skeleton is None or edit.key != work.key:
            return gr.skip(), gr.skip()
        if not edit.skeleton.visible.any():
            return gr.skip(), NO_JOINT_TEXT
        try:
            picture = work.puppet.warp(edit.skeleton)
        except Exception:
            unexpected("The preview")
        after = write_screen_picture(picture, session.path("preview.jpg"))
        return (str(session.path("before.jpg")), after), PREVIEW_TEXT

    def check(self, edit: PoseEdit, steps, guidance_scale, seed, session: Session) -> None:
        """Whether Generate can start; also takes back an earlier Stop.

        Raises:
            gr.Error: it cannot, and why.
        """
        checked_settings(steps, guidance_scale, seed)
        work = session.work
        if work is None or edit.skeleton is None or edit.key != work.key:
            raise plain_error("Open a photo first.")
        if not edit.skeleton.visible.any():
            raise plain_error(NO_JOINT_TEXT)
        session.stop.clear()

    def generate(self, edit: PoseEdit, steps, guidance_scale, seed, session: Session) -> Iterator[tuple]:
        """Repose the photo, following the run. `check` has passed.

        Yields:
            pictures, status, download.
        """
        settings = checked_settings(steps, guidance_scale, seed)
        work = session.work
        if edit.key != work.key:  # while this waited for its turn
            yield gr.skip(), "Not generated.", gr.skip()
            raise plain_error("Another photo was opened. Press Generate again for this one.")

        pipeline = self.serving.pipeline

        def repose(on_step):
            source = self._source(work, session, pipeline)
            return pipeline.repose(work.photo, edit.skeleton, source=source, on_step=on_step, **settings)

        run = Run(repose, session.stop)
        started = time.perf_counter()
        yield gr.skip(), RunStatus.at(0, settings["steps"], "Starting"), gr.skip()
        try:
            for step, total in run.steps():
                text = f"Step {step} of {total}" if step < total else "Finishing"
                yield gr.skip(), RunStatus.at(step, total, text), gr.skip()
            yield self._finished(run, work, settings, time.perf_counter() - started, session)
        except Stopped:
            yield gr.skip(), "Stopped. The last picture stays.", gr.skip()
        except ValueError as error:
            yield gr.skip(), "Not generated.", gr.skip()
            raise plain_error(f"This pose cannot be generated: {error}.") from None
        except Exception:
            yield gr.skip(), "Not generated.", gr.skip()
            unexpected("Generating")

    def _finished(self, run: Run, work: Work, settings: dict, seconds: float, session: Session) -> tuple:
        image = run.result.image
        full = session.path(f"{work.name}-repose-{settings['seed']}.png")
        image.save(full, compress_level=3)  # a third of the time of the default, little larger
        after = write_screen_picture(image, session.path("result.jpg"))
        status = f"Result: seed {settings['seed']}, {settings['steps']} steps, {seconds:.1f} s."
        pictures = (str(session.path("before.jpg")), after)
        return pictures, status, gr.update(value=str(full), interactive=True)

    def request_stop(self, session: Session) -> str:
        """End the running generation after its current step."""
        session.stop.set()
        return "Stopping"
