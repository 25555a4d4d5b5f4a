"""What the repose tab does with a photo: open it, preview a pose, correct what was read. No layout here."""

from __future__ import annotations

import logging
from dataclasses import replace

import gradio as gr
import numpy as np

from pose_editor import ParsingEdit, ParsingScene, PoseEdit, PoseScene, ResultStrip
from pose_editor.label_grid import corrected_labels, read_labels
from truepose.correction import corrected, correction_of
from truepose.estimate import with_estimates
from truepose.facing import Facing, facing
from truepose.parsing import BodyPart
from truepose.pose import Keypoint, Skeleton
from truepose.reading import UNSURE, Person, PersonReader

from .messages import unexpected
from .opening import choose_person, new_answer, open_work
from .pictures import write_screen_picture
from .preview import PreviewPuppet
from .serving import Serving
from .session import Session, Work

log = logging.getLogger(__name__)

PREVIEW_TEXT = "Preview. Generate refines it."
NO_JOINT_TEXT = "Every joint is hidden: show some to get a pose."
CORRECTED_TEXT = "Corrected: the photo was cut anew. "
# What opening a photo writes: scene, parsing, pictures, status, download, strip, and six settings.
OPENED = 12


def scene_of(work: Work, pose: Skeleton | None = None) -> PoseScene:
    """What the pose canvas shows of an open photo, in its own pose or in another."""
    own = with_estimates(work.person.skeleton, work.person.box[3] - work.person.box[1])
    boxes = tuple(candidate.box for candidate in work.people)
    return PoseScene(work.photo, pose or own, work.key, boxes, work.number, work.person.landmarks, own)


def parsing_of(work: Work, locked: frozenset[BodyPart] | None = None) -> ParsingScene:
    """The work in the parsing viewer; without `locked` the browser keeps its locks."""
    return ParsingScene(work.photo, work.person.parsing, work.key, locked)


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
            scene, parsing, pictures, status, download, strip, and preset, steps, guidance, seed, strength, size.
        """
        if edit.upload is None:
            return (gr.skip(),) * OPENED
        return self.open_file(edit.upload, edit.upload_name or "photo", session)

    def open_file(self, path: str, name: str, session: Session) -> tuple:
        """Open a photo and read its person. Returns as `open_upload`."""
        work = open_work(self.reader, path, name)
        if work is None:
            return (gr.update(answer=new_answer()), *(gr.skip(),) * (OPENED - 1))
        return self._open(work, session)

    def choose(self, edit: PoseEdit, session: Session) -> tuple:
        """Edit another person of the open photo. Returns as `open_upload`."""
        work = session.work
        if work is not None and edit.key == work.key and 0 <= edit.chosen < len(work.people):
            other = choose_person(self.reader, work, edit.chosen)
            if other is not None:
                return self._open(other, session)
        return (gr.update(answer=new_answer()), *(gr.skip(),) * (OPENED - 1))

    def _open(self, work: Work, session: Session) -> tuple:
        session.work = work
        session.history.clear()
        write_screen_picture(work.photo, session.path("before.jpg"))
        editor = gr.update(value=scene_of(work), answer=new_answer())
        download = gr.update(value=None, interactive=False)
        strip = ResultStrip.showing([], None)
        settings = (gr.skip(),) * 6
        return editor, parsing_of(work, frozenset()), None, "Preparing the preview", download, strip, *settings

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
                session.source(work, self.serving.pipeline)
            except Exception:
                log.exception("encoding ahead failed")  # Generate tries again, and tells

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

    def apply_labels(self, viewer: ParsingEdit, edit: PoseEdit, session: Session) -> tuple:
        """Take over the labels that were painted on the parsing map.

        Returns:
            parsing, pictures, status.
        """
        answer, work = new_answer(), session.work
        try:
            if work is None or viewer.key != work.key or viewer.corrected is None:
                raise ValueError("another photo was opened meanwhile")
            labels = read_labels(viewer.corrected, work.photo.size)
            painted = replace(work.person, parsing=corrected_labels(work.person.parsing, labels))
            # By way of the correction, so that a result that keeps it brings back this very person.
            person = corrected(work.as_read, correction_of(work.as_read, painted))
        except ValueError as error:
            gr.Warning(f"These labels cannot be used: {error}.", title="Not corrected")
            return gr.update(answer=answer), gr.skip(), gr.skip()
        return self.correct(person, edit, session)

    def apply_joints(self, edit: PoseEdit, session: Session) -> tuple:
        """Take over the photo's own joints as the user put them right.

        Returns:
            editor, parsing, pictures, status.
        """
        answer, work = gr.update(answer=new_answer()), session.work
        if work is None or edit.corrected is None or edit.key != work.key:
            return answer, *(gr.skip(),) * 3
        if not edit.corrected.visible.any():
            gr.Warning(NO_JOINT_TEXT, title="Not corrected")
            return answer, *(gr.skip(),) * 3
        return answer, *self.correct(replace(work.person, skeleton=edit.corrected), edit, session)

    def correct(self, person: Person, edit: PoseEdit, session: Session) -> tuple:
        """Put a corrected person in the place of the one that was read: the photo is cut anew.

        The pose being edited stays, and so do the results made so far. `encode` makes the source anew afterwards.

        Args:
            person: of the open photo.
            edit: the pose to preview.
            session: where the photo is open.

        Returns:
            parsing, pictures, status.
        """
        answer = new_answer()
        if not self.recut(person, session):
            return gr.update(answer=answer), gr.skip(), gr.skip()
        pictures, status = self.preview(edit, session)
        said = status if isinstance(status, str) else ""
        return gr.update(value=parsing_of(session.work), answer=answer), pictures, CORRECTED_TEXT + said

    def recut(self, person: Person, session: Session) -> bool:
        """Cut the open photo for another reading of its person; False, and a warning, where that cannot be."""
        work = session.work
        try:
            puppet = PreviewPuppet.cut(work.photo, person)
        except Exception:
            log.exception("cutting a corrected person failed")
            gr.Warning("The photo cannot be cut so. What was read before stays.", title="Not corrected")
            return False
        session.work = replace(work, person=person, puppet=puppet, source=None, encoder=None)
        return True
