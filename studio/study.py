"""What the Study tab does: asks the next question of a rater, stores the answer, takes one back."""

from __future__ import annotations

import re
import uuid
from pathlib import Path

import gradio as gr
from PIL import Image

from pose_editor import StudyAnswer, StudyScene, StudyStage
from truepose.study import Question, Study, Votes, questions_of
from truepose.study.votes import Vote, answers_to

from .messages import plain_error

_RATER = re.compile(r"[0-9a-f]{32}")


class StudyActions:
    """A study being held. A rater is an anonymous id that the browser keeps; all else is in the votes' file.

    Args:
        study: its pictures.
        votes: where the answers go.
    """

    def __init__(self, study: Study, votes: Votes):
        self._study, self._votes = study, votes

    def show(self, rater: str | None) -> tuple[StudyScene, str]:
        """The first question that the rater has not answered; a new rater's first where there is none yet."""
        known = isinstance(rater, str) and _RATER.fullmatch(rater)
        rater = rater if known else uuid.uuid4().hex
        return self._scene(rater, back=False), rater

    def answer(self, given: StudyAnswer, rater: str) -> StudyScene:
        """Store an answer; the next question. An answer to another question than the next changes nothing."""
        question, number, _ = self._next(rater)
        voted = question is not None and given.number == number and 0 <= given.answer < len(answers_to(question))
        if voted:
            try:
                self._votes.add(Vote(rater, question, answers_to(question)[given.answer]))
            except ValueError as error:
                raise plain_error(f"Your answer could not be stored: {error}") from None
        return self._scene(rater, back=voted)

    def take_back(self, rater: str) -> StudyScene:
        """Forget the last answer, and ask that question again; once, until the next answer."""
        self._votes.take_back(rater)
        return self._scene(rater, back=False)

    def start_anew(self) -> tuple[StudyScene, str]:
        """The first question of a new rater."""
        return self.show(None)

    def _next(self, rater: str) -> tuple[Question | None, int, int]:
        """(The first open question or None, how many are answered, how many there are)."""
        asked, answered = questions_of(self._study, rater), self._votes.answered(rater)
        left = [question for question in asked if question not in answered]
        return (left[0] if left else None), len(asked) - len(left), len(asked)

    def _scene(self, rater: str, *, back: bool) -> StudyScene:
        question, number, total = self._next(rater)
        if question is None:
            return StudyScene(total, total, back=back)
        pictures = [_opened(self._study.groups[group][question.name]) for group in question.shown]
        beside = []
        if len(pictures) > 1:
            known = (("The person", self._study.sources), ("The new pose", self._study.poses))
            beside = [(caption, _opened(of[question.name])) for caption, of in known if question.name in of]
        return StudyScene(number, total, pictures, beside, back)


def _opened(path: Path) -> Image.Image:
    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except OSError:
        # The message goes to the rater: it must not name the file.
        raise plain_error("A picture of this study cannot be opened any more. Tell who runs it.") from None


def new_rater() -> gr.BrowserState:
    """Who rates in this browser; must lie outside the tabs, for what is in one is not read before it is opened."""
    # Any fixed secret: with Gradio's own, of each start, a rater could not go on after the app was restarted.
    return gr.BrowserState("", storage_key="truepose-study-rater", secret="truepose")


def build_study_tab(study: Study, votes: Votes, rater: gr.BrowserState, tab: gr.Tab) -> None:
    """Lay the tab out in the current Blocks and wire it.

    Args:
        study: its pictures.
        votes: where the answers go.
        rater: from `new_rater`.
        tab: whose opening shows the rater's next question.
    """
    actions = StudyActions(study, votes)
    stage = StudyStage(elem_id="tp-study")
    quiet = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    tab.select(actions.show, rater, [stage, rater], **quiet)
    stage.select(actions.answer, [stage, rater], stage, **quiet)
    stage.undo(actions.take_back, rater, stage, **quiet)
    stage.clear(actions.start_anew, None, [stage, rater], **quiet)
