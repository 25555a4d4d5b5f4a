"""What the repose tab does when asked where the network looked for a result. No layout here."""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr
from PIL import Image

from pose_editor import RunStatus, StripEdit
from truepose.pipeline import OnStep
from truepose.where import Look

from .accelerator import where_it_looked
from .history import Entry
from .messages import plain_error, unexpected
from .pictures import write_screen_picture
from .run import Run, Stopped
from .serving import Serving
from .session import Session, Work

_NOTHING = gr.skip()
_NO_RESULT = "There is no result to look into: press Generate, or click a result that is kept."
_OTHER_MODEL = "Another model is in use by now. Press Generate to make this picture with it, then look."
_WARPED = (
    "Most of the result comes from the warp of the photo, though, and not from this attention: "
    "the network only corrects what the warp cannot show."
)


class LookActions:
    """The handlers of "Where did it look?".

    Args:
        serving: holds the pipeline that made the results.
    """

    def __init__(self, serving: Serving):
        self.serving = serving

    def offer(self, strip: StripEdit, session: Session) -> tuple:
        """After another result, or none, is shown: its look is yet to be asked for.

        Returns:
            button, panel.
        """
        return gr.update(interactive=session.history.find(strip.chosen) is not None), gr.update(visible=False)

    def check(self, strip: StripEdit, session: Session) -> None:
        """Whether there is something to look into; also takes back an earlier Stop.

        Raises:
            gr.Error: there is not, and why.
        """
        self._marked(strip, session)
        session.stop.clear()

    def look(self, strip: StripEdit, session: Session) -> Iterator[tuple]:
        """Make the result that is marked in the strip once more, watching. `check` has passed.

        Yields:
            status, panel, picture, text.
        """
        work, entry = self._marked(strip, session)
        steps = entry.recipe.steps
        yield RunStatus.at(0, steps, "Looking"), *(_NOTHING,) * 3
        run = Run(lambda on_step: self._look(work, entry, session, on_step), session.stop)
        try:
            for done in run.steps():
                yield RunStatus.at(done.step, steps, f"Looking, step {done.step} of {steps}"), *(_NOTHING,) * 3
        except Stopped:
            yield "Stopped. The result is kept.", *(_NOTHING,) * 3
            return
        except Exception:
            yield "Not looked.", *(_NOTHING,) * 3
            unexpected("Looking", "Your photo and results")
        picture = write_screen_picture(Image.fromarray(run.result.picture), session.path("look.jpg"))
        status = f"Where it looked for seed {entry.recipe.seed} is shown below."
        yield status, gr.update(visible=True), picture, sentence(run.result, entry.recipe.seed)

    def _marked(self, strip: StripEdit, session: Session) -> tuple[Work, Entry]:
        work, entry = session.work, session.history.find(strip.chosen)
        if work is None or entry is None:
            raise plain_error(_NO_RESULT)
        if entry.recipe.model != self.serving.name:
            raise plain_error(_OTHER_MODEL)
        return work, entry

    def _look(self, work: Work, entry: Entry, session: Session, on_step: OnStep) -> Look:
        pipeline, recipe = self.serving.pipeline, entry.recipe
        # The person may have been corrected since; the result is of the one before.
        is_current = entry.person is work.person
        source = session.source(work, pipeline) if is_current else pipeline.encode_source(work.photo, entry.person)
        return where_it_looked(
            pipeline,
            source,
            recipe.pose,
            steps=recipe.steps,
            guidance_scale=recipe.guidance_scale,
            seed=recipe.seed,
            locked=recipe.locked,
            on_step=on_step,
        )


def sentence(look: Look, seed: int) -> str:
    """What the picture says, in words; and what it does not say, where a warp does most of the work."""
    said = f"Of the photo, the network looked at: {look.describe()}. Bright is where it looked most, for seed {seed}."
    return f"{said}\n\n{_WARPED}" if look.hinted else said
