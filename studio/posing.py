"""What helps to find a pose: the puppet in the browser, and the pose of another picture."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr

from pose_editor import LiveScene, PoseEdit
from truepose.fitting import fitted
from truepose.photo import PhotoError, open_photo
from truepose.reading import NoPersonFound, PersonReader

from .messages import unexpected
from .opening import new_answer
from .repose import scene_of
from .session import Session


class PosingActions:
    """Handlers of the pose canvas, for any reader.

    Args:
        reader: finds the person of a picture.
    """

    def __init__(self, reader: PersonReader):
        self.reader = reader

    def live(self, session: Session) -> LiveScene | None:
        """The puppet of the photo just cut, for the browser."""
        work = session.work
        if work is None or work.puppet is None:
            return gr.skip()
        return LiveScene(work.key, work.puppet.puppet, work.puppet.to_preview)

    def borrow(self, edit: PoseEdit, session: Session) -> dict:
        """Another picture's pose, fitted to this photo's person; where there is none a warning says why."""
        work, unchanged = session.work, gr.update(answer=new_answer())
        if work is None or edit.lender is None or edit.key != work.key:
            return unchanged
        try:
            other = self.reader.read(open_photo(edit.lender))
        except (PhotoError, NoPersonFound) as error:
            gr.Warning(str(error), title="No pose was taken")
            return unchanged
        except Exception:
            unexpected("Reading that picture")
        scene = scene_of(work)
        pose = fitted(other.skeleton, work.person.skeleton)
        return gr.update(value=replace(scene, skeleton=pose, source=scene.skeleton), answer=new_answer())
