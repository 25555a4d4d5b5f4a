"""What the repose tab does with results: generate several, stop, go back to one, restore from a PNG. No layout here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import gradio as gr

from pose_editor import ParsingEdit, PoseEdit, ResultStrip, RunStatus, StripEdit, Thumb
from pose_editor.run_status import StatusValue
from truepose.correction import corrected, correction_of
from truepose.estimate import with_estimates
from truepose.parsing import BodyPart
from truepose.pipeline import OnStep, Result, TruePosePipeline
from truepose.recipe import Recipe, RecipeError, photo_mark, read_recipe

from .history import Entry, History
from .messages import plain_error, unexpected
from .opening import new_answer
from .pictures import fitted, write_screen_picture
from .repose import NO_JOINT_TEXT, OPENED, ReposeActions, moved, parsing_of, scene_of
from .run import Pace, Run, Step, Stopped
from .serving import Serving
from .session import Session, Work
from .settings import MAX_GUIDANCE_SCALE, MAX_STEPS, NATIVE, SIDES, ReposeSettings, preset_name

_NOTHING = gr.skip()
_FEW_STEPS = 2  # of a picture that follows the hand
_AGAIN = "Generate makes this picture again."
_ONLY_SETTINGS = "Its settings are restored. For its pose, open the original photo, then drop this PNG on it again."


@dataclass(frozen=True, eq=False)
class _Order:
    """What one press of Generate asks for, with everything it needs."""

    work: Work
    edit: PoseEdit
    settings: ReposeSettings
    locked: frozenset[BodyPart]
    pipeline: TruePosePipeline
    model: str
    mark: str

    def repose(self, session: Session, seed: int, on_step: OnStep | None) -> Result:
        source = session.source(self.work, self.pipeline)
        return self.pipeline.repose(
            self.work.photo,
            self.edit.skeleton,
            locked=self.locked,
            source=source,
            on_step=on_step,
            **self.settings.sampling(seed),
        )

    def recipe(self, seed: int) -> Recipe:
        work, settings = self.work, self.settings
        return Recipe(
            self.mark, (work.photo.height, work.photo.width), work.number + 1, self.model, self.edit.skeleton,
            settings.steps, settings.guidance_scale, seed, settings.strength, self.locked, settings.side,
            correction_of(work.as_read, work.person),
        )  # fmt: skip

    def progress(self, index: int, step: int, steps: int) -> StatusValue:
        """The status after a step of one of the pictures."""
        count = self.settings.count
        which = f"Picture {index + 1} of {count}, step" if count > 1 else "Step"
        text = f"{which} {step} of {steps}" if step < steps else "Finishing"
        return RunStatus.at(index * steps + step, count * steps, text)


class ResultActions:
    """The handlers that make and bring back results.

    Args:
        actions: those of the photo and the pose.
        serving: holds the pipeline that puts the person into a pose.
    """

    def __init__(self, actions: ReposeActions, serving: Serving):
        self.actions, self.serving = actions, serving

    def check(self, edit: PoseEdit, parsing: ParsingEdit, *fields) -> None:
        """Whether Generate can start; also takes back an earlier Stop.

        Args:
            edit, parsing: from the browser.
            fields: as `ReposeSettings.checked` takes them, then the session.

        Raises:
            gr.Error: it cannot, and why.
        """
        *settings, session = fields
        ReposeSettings.checked(*settings)
        work = session.work
        if work is None or edit.skeleton is None or edit.key != work.key:
            raise plain_error("Open a photo first.")
        if not edit.skeleton.visible.any():
            raise plain_error(NO_JOINT_TEXT)
        session.stop.clear()

    def generate(self, edit: PoseEdit, parsing: ParsingEdit, *fields) -> Iterator[tuple]:
        """Repose the photo, once a seed, following the run. `check` has passed, with the same arguments.

        Yields:
            pictures, status, download, strip.
        """
        *settings, session = fields
        settings, work = ReposeSettings.checked(*settings), session.work
        if edit.key != work.key:  # while this waited for its turn
            yield _NOTHING, "Not generated.", _NOTHING, _NOTHING
            raise plain_error("Another photo was opened. Press Generate again for this one.")
        order = self._order(work, edit, parsing, settings)
        yield _NOTHING, order.progress(0, 0, settings.steps), _NOTHING, _NOTHING
        made: list[Entry] = []
        try:
            for index, seed in enumerate(settings.seeds):
                yield from self._one(order, index, seed, made, session)
            yield _NOTHING, _summary(made), _NOTHING, _NOTHING
        except Stopped:
            yield self._as_before(edit, made, session), _stopped(made, settings.count), _NOTHING, _NOTHING
        except ValueError as error:
            yield self._as_before(edit, made, session), "Not generated.", _NOTHING, _NOTHING
            raise plain_error(f"This pose cannot be generated: {error}.") from None
        except Exception:
            yield self._as_before(edit, made, session), "Not generated.", _NOTHING, _NOTHING
            unexpected("Generating")

    def refine(self, edit: PoseEdit, parsing: ParsingEdit, is_wanted: bool, *fields) -> tuple:
        """After a preview: the same pose through the network in few steps, where that is wanted. It is not kept.

        Returns:
            pictures, status.
        """
        *settings, session = fields
        work = session.work
        if not is_wanted or work is None or edit.skeleton is None or edit.key != work.key:
            return _NOTHING, _NOTHING
        if not edit.skeleton.visible.any() or not moved(edit.skeleton, work.person.skeleton):
            return _NOTHING, _NOTHING
        settings = replace(ReposeSettings.checked(*settings), steps=_FEW_STEPS, count=1)
        try:
            result = self._order(work, edit, parsing, settings).repose(session, settings.seed, None)
        except Exception:
            unexpected("Refining")
        after = write_screen_picture(result.image, session.path("refined.jpg"))
        return _pair(session, after), f"Refined in {_FEW_STEPS} steps. Generate keeps it."

    def _order(self, work: Work, edit: PoseEdit, parsing: ParsingEdit, settings: ReposeSettings) -> _Order:
        locked = parsing.locked if parsing.key == work.key else frozenset()
        serving = self.serving
        return _Order(work, edit, settings, locked, serving.pipeline, serving.name, photo_mark(work.photo))

    def _one(self, order: _Order, index: int, seed: int, made: list[Entry], session: Session) -> Iterator[tuple]:
        """Make one picture and add it to `made`. Yields as `generate`."""
        run = Run(partial(order.repose, session, seed), session.stop, Pace())
        started = time.perf_counter()
        for done in run.steps():
            pictures = self._glance(done, session)
            yield pictures, order.progress(index, done.step, done.steps), _NOTHING, _NOTHING
        image = fitted(run.result.image, order.settings.side)
        name = f"{order.work.name}-repose-{seed}"
        seconds = time.perf_counter() - started
        entry = session.history.add(image, order.recipe(seed), order.work.person, name, seconds)
        made.append(entry)
        strip = strip_of(session.history, entry.number)
        yield _pair(session, entry.screen), _NOTHING, download_of(entry), strip

    def _glance(self, done: Step, session: Session) -> tuple | dict:
        if done.picture is None:
            return _NOTHING
        return _pair(session, write_screen_picture(done.picture, session.path("glance.jpg")))

    def _as_before(self, edit: PoseEdit, made: list[Entry], session: Session) -> tuple | dict:
        """What to show in place of an unfinished picture: the last finished one, else the preview."""
        return _pair(session, made[-1].screen) if made else self.actions.preview(edit, session)[0]

    def request_stop(self, session: Session) -> str:
        """End the running generation after its current step."""
        session.stop.set()
        return "Stopping"

    def recall(self, strip: StripEdit, session: Session) -> tuple:
        """Bring back a result of the session: picture, pose and settings.

        Returns:
            as `ReposeActions.open_upload`.
        """
        entry, work = session.history.find(strip.chosen), session.work
        if entry is None or work is None:
            return (*(_NOTHING,) * 3, "This result is no longer kept.", *(_NOTHING,) * (OPENED - 4))
        recipe = entry.recipe
        strip_update = strip_of(session.history, entry.number)
        return (
            gr.update(value=scene_of(work, recipe.pose)), parsing_of(work, recipe.locked), _pair(session, entry.screen),
            f"Result: {describe(recipe)}.", download_of(entry), strip_update, *self._fields(recipe),
        )  # fmt: skip

    def open_upload(self, edit: PoseEdit, session: Session) -> tuple:
        """Open what was dropped on the editor. Our own PNG brings back its settings; on its photo, its pose, too.

        Returns:
            as `ReposeActions.open_upload`.
        """
        recipe = _recipe_of(edit.upload)
        if recipe is None:
            return self.actions.open_upload(edit, session)
        work = session.work
        if work is not None and recipe.photo_size == work.photo.size[::-1] and photo_mark(work.photo) == recipe.photo:
            return self._restore(recipe, work, session)
        opened = self.actions.open_upload(edit, session)
        if session.work is work:  # this was no photo of a person
            return opened
        gr.Info(_ONLY_SETTINGS, title="A picture of TruePose")
        return (*opened[:-6], *self._fields(recipe))

    def _restore(self, recipe: Recipe, work: Work, session: Session) -> tuple:
        """The recipe's pose, corrections and settings for the photo that is open."""
        answer = new_answer()
        if recipe.person != work.number + 1:
            gr.Warning(
                f"It was made of person {recipe.person}: choose that one, then drop it again.", title="Not restored"
            )
            return (gr.update(answer=answer), *(_NOTHING,) * (OPENED - 1))
        try:
            person = corrected(work.as_read, recipe.correction)
        except ValueError as error:
            gr.Warning(f"Its corrections cannot be used: {error}.", title="Not restored")
            return (gr.update(answer=answer), *(_NOTHING,) * (OPENED - 1))
        if correction_of(work.person, person) is not None and not self.actions.recut(person, session):
            return (gr.update(answer=answer), *(_NOTHING,) * (OPENED - 1))
        said, work = _restored(recipe, work), session.work
        pose = with_estimates(recipe.pose, work.person.box[3] - work.person.box[1])
        pictures, _ = self.actions.preview(PoseEdit(pose, work.key, None, None), session)
        return (
            gr.update(value=scene_of(work, pose), answer=answer), parsing_of(work, recipe.locked), pictures, said,
            gr.update(value=None, interactive=False), strip_of(session.history, None), *self._fields(recipe),
        )  # fmt: skip

    def _fields(self, recipe: Recipe) -> tuple:
        """Values for preset, steps, guidance, seed, strength and size."""
        steps, guidance = min(recipe.steps, MAX_STEPS), min(recipe.guidance_scale, MAX_GUIDANCE_SCALE)
        preset = preset_name(self.serving.pipeline.defaults, steps, guidance)
        side = recipe.side if recipe.side in SIDES else NATIVE
        return preset, steps, guidance, recipe.seed, recipe.strength, side


def describe(recipe: Recipe) -> str:
    """The settings in one line."""
    said = [f"seed {recipe.seed}", f"{recipe.steps} steps", f"guidance {recipe.guidance_scale:g}"]
    if recipe.strength != 1:
        said.append(f"strength {recipe.strength:g}")
    if recipe.locked:
        said.append("locked " + ", ".join(sorted(part.label.replace("-", " ") for part in recipe.locked)))
    if recipe.side:
        said.append(f"at most {recipe.side} px")
    return ", ".join(said)


def _restored(recipe: Recipe, work: Work) -> str:
    """What was brought back to a photo that was open, with corrections perhaps of its own."""
    if recipe.correction is not None:
        return f"Settings, pose and corrections restored. {_AGAIN}"
    if work.person is not work.as_read:
        return f"Settings and pose restored. It was made without your corrections: they are undone. {_AGAIN}"
    return f"Settings and pose restored. {_AGAIN}"


def strip_of(history: History, chosen: int | None):
    """The thumbnails of a history, one of them marked."""
    thumbs = [
        Thumb(
            entry.number, entry.screen, f"Seed {entry.recipe.seed}", f"{describe(entry.recipe)}, {entry.seconds:.1f} s"
        )
        for entry in history.entries
    ]
    return ResultStrip.showing(thumbs, chosen)


def download_of(entry: Entry) -> dict:
    """The download button for a result."""
    return gr.update(value=str(entry.file), interactive=True)


def _pair(session: Session, after: str | Path) -> tuple[str, str]:
    return str(session.path("before.jpg")), str(after)


def _summary(made: list[Entry]) -> str:
    recipe, seconds = made[-1].recipe, sum(entry.seconds for entry in made)
    if len(made) == 1:
        return f"Result: {describe(recipe)}, {seconds:.1f} s."
    return f"Result: {len(made)} pictures, seeds {made[0].recipe.seed} to {recipe.seed}, {seconds:.1f} s."


def _stopped(made: list[Entry], count: int) -> str:
    if not made:
        return "Stopped. This is the preview."
    return f"Stopped. {len(made)} of {count} pictures {'is' if len(made) == 1 else 'are'} kept."


def _recipe_of(path: str | None) -> Recipe | None:
    if path is None:
        return None
    try:
        return read_recipe(path)
    except RecipeError as error:
        text = str(error)
        gr.Warning(f"{text[0].upper()}{text[1:]}. It is opened as a photo.", title="No settings restored")
        return None
