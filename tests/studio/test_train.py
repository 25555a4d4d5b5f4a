"""The Train tab's actions with real files and a real subprocess, only small."""

from __future__ import annotations

import json
import shlex
import sys
import time
import zipfile

import gradio as gr
import pytest
from PIL import Image

from app import may_train
from studio import build_studio
from studio.serving import Serving
from studio.train import NOTHING, SHIPPED, TrainActions, Wish, estimate_text
from studio.watch import WatchActions, command_text, loss_frame, validation_frame
from tests.own import Nobody
from tests.tiny import tiny_config, tiny_model
from tests.training.tiny_run import write_run
from truepose.checkpoint import save_model, write_json
from truepose.data.own import open_own
from truepose.pipeline import TruePosePipeline
from truepose.training.config import load_training_config
from truepose.training.process import train_command
from truepose.training.runs import History, read_run

from .fakes import FigureReader, PaintingPipeline


@pytest.fixture
def runs(tmp_path):
    """A runs' folder with one run that has not begun: its config is there to choose."""
    write_run(tmp_path / "runs" / "tiny", tmp_path / "photos")
    return tmp_path / "runs"


@pytest.fixture
def actions(runs):
    return TrainActions(Nobody(), runs)


@pytest.fixture
def watch(runs):
    return WatchActions(Serving(TruePosePipeline(tiny_model(tiny_config()), device="cpu")), runs)


def wish(tmp_path, **changes) -> tuple:
    fields = {"folder": str(tmp_path / "photos"), "config": "as in run tiny", "start": NOTHING, "steps": 6,
              "batch_size": 2, "learning_rate": 1e-3, "name": "mine"}  # fmt: skip
    return tuple((fields | changes).values())


def test_check_counts_and_lists(actions, tmp_path):
    (tmp_path / "photos" / "broken.jpg").write_text("no")
    *_, (status, report, problems) = actions.check(str(tmp_path / "photos"))
    assert status == "These photos can be trained on." and "3 of 4 photos can be used" in report
    assert problems["value"] == [["broken.jpg", "not an image that can be read: use a JPEG, PNG or WebP file"]]


@pytest.mark.parametrize(("folder", "words"), [(None, "Name a folder"), (" ", "Name a folder"), ("/none", "no folder")])
def test_folders_that_cannot_be_checked(actions, folder, words):
    with pytest.raises(gr.Error, match=words) as caught:
        list(actions.check(folder))
    assert not caught.value.print_exception


def test_a_zip_is_unpacked_beside_the_runs(actions, tmp_path):
    with zipfile.ZipFile(tmp_path / "my photos!.zip", "w") as file:
        for path in (tmp_path / "photos").iterdir():
            file.write(path, f"in/{path.name}")
    first, _ = actions.unpack(str(tmp_path / "my photos!.zip"))
    second, _ = actions.unpack(str(tmp_path / "my photos!.zip"))
    assert first != second and len(open_own(first).photos) == 3 and "datasets" in first
    assert "datasets" not in "".join(actions.config_choices())
    (tmp_path / "bad.zip").write_text("no")
    with pytest.raises(gr.Error, match="no zip file"):
        actions.unpack(str(tmp_path / "bad.zip"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"steps": 0}, "Steps"), ({"steps": None}, "Steps"), ({"batch_size": 1.5}, "Batch"),
     ({"learning_rate": 0}, "rate"), ({"learning_rate": "fast"}, "rate"), ({"config": "mystery"}, "config"),
     ({"start": None}, "start from"), ({"folder": ""}, "folder"), ({"name": ""}, "Name the run"),
     ({"name": "../up"}, "Name the run"), ({"name": "tiny"}, "already")],
)  # fmt: skip
def test_bad_wishes_are_told_and_start_nothing(actions, runs, tmp_path, changes, words):
    with pytest.raises(gr.Error, match=words) as caught:
        actions.start(*wish(tmp_path, **changes))
    assert not caught.value.print_exception and [path.name for path in runs.iterdir()] == ["tiny"]


def test_the_weights_say_what_model_is_trained(actions, tmp_path):
    config = actions.config_of(Wish(*wish(tmp_path, config="compact", start=SHIPPED, steps=500, batch_size=4)))
    shipped = actions.start_choices()[SHIPPED]
    assert config.model.image_size == (256, 192) and config.init_from == str(shipped / "model.safetensors")
    assert config.pairs == {} and config.photos.count == 64 and config.loop.validate_every == 50
    assert (config.loop.warmup_steps, config.loop.log_every, config.loop.steps) == (50, 2, 500)
    assert actions.defaults("compact", SHIPPED)[2] < actions.defaults("compact", NOTHING)[2]


def test_a_run_is_started_watched_and_used(actions, watch, runs, tmp_path):
    update, next_name = actions.start(*wish(tmp_path))
    assert update["value"] == "mine" and next_name == "mine-2"
    shown = watch.look("mine", None, "")
    assert shown[1]["visible"] and not shown[2]["visible"] and "mine/train.json" in shown[7]["value"]
    assert all(value == gr.skip() for value in watch.look("mine", None, shown[-1])) or shown[-1] == ""
    with pytest.raises(gr.Error, match="being trained already"):
        watch.resume("mine")
    end = time.monotonic() + 240  # it starts a process, which has low priority
    while read_run(runs / "mine").pid is not None:
        assert time.monotonic() < end
        time.sleep(0.1)
    status, stop, resume, loss, validation, sheet, checkpoints, _, seen = watch.look("mine", None, shown[-1])
    assert status == "Finished: 6 steps." and not stop["visible"] and not resume["visible"]
    assert set(loss["value"]["line"]) == {"loss", "smoothed"} and loss["value"]["step"].max() == 6
    assert set(validation["value"]["line"]) == {"result", "warp"} and Image.open(sheet["value"]).width > 100
    assert all(value == gr.skip() for value in watch.look("mine", None, seen))
    with pytest.raises(gr.Error, match="not being trained"):
        watch.stop("mine")

    before = watch._serving.pipeline
    assert any("best" in label for label, _ in checkpoints["choices"])
    with pytest.raises(gr.Error, match="Choose a checkpoint"):
        watch.use("mine", "../../somewhere")
    assert watch.use("mine", "000006") == "In use: mine, step 6." and watch._serving.pipeline is not before
    assert "mine, step 6" in actions.start_choices() and "as in run mine" in actions.config_choices()
    (runs / "mine" / "checkpoints" / "000006" / "model.safetensors").write_bytes(b"broken")
    served = watch._serving.pipeline
    with pytest.raises(gr.Error, match="Cannot read the weights"):
        watch.use("mine", "000006")
    assert watch._serving.pipeline is served


def test_runs_there_are_found_and_a_missing_one_is_told(watch, tmp_path):
    assert watch.runs_now()["value"] == "tiny" and watch.runs_now("gone")["value"] == "tiny"
    assert watch.look("gone", None, "")[0].startswith("No run yet")
    assert all(value == gr.skip() for value in watch.look("gone", None, "none"))
    for act in (watch.stop, watch.resume):
        with pytest.raises(gr.Error, match="Choose a run"):
            act("../..")


def test_a_model_saved_since_the_last_validation_can_be_chosen(watch, runs):
    run = runs / "tiny"
    save_model(tiny_model(tiny_config()), tiny_config(), run)
    write_json(run / "state.json", {"step": 7})
    assert watch.look("tiny", None, "")[6]["choices"] == [("Step 7: not validated", "last")]
    assert watch.use("tiny", "last") == "In use: tiny, the last saved."


def test_the_command_shown_is_the_command_run(runs):
    words = shlex.split(command_text(runs / "tiny"))
    assert words[1:] == train_command(runs / "tiny")[1:] and train_command(runs / "tiny")[0] == sys.executable
    assert load_training_config(words[5]).loop.steps == 40


def test_an_estimate_is_measured(actions, tmp_path):
    first, said = actions.estimate(*wish(tmp_path))
    assert first.startswith("Measuring") and "s a step" in said and "6 steps take" in said and "GB" in said
    assert not (tmp_path / "runs" / "mine").exists()
    with pytest.raises(gr.Error, match="The measurement failed"):
        for path in (tmp_path / "photos").glob("*.json"):
            path.write_text("{")
        list(actions.estimate(*wish(tmp_path)))


def test_an_estimate_in_words():
    measured = {"device": "cpu", "seconds_preparing": 120.0, "seconds_per_step": 1.2, "seconds_per_validation": 12.0,
                "validations": 11, "steps": 500, "gigabytes": 2.61}  # fmt: skip
    assert estimate_text(measured) == (
        "About 1.2 s a step on this machine's processor: 500 steps take 10 minutes. Making the pairs first takes "
        "2 minutes, 11 validations 2 minutes: 14 minutes in all. Memory: 2.6 GB."
    )


def test_curves():
    losses = tuple({"step": n, "loss": float(n)} for n in (1, 2))
    figures = {"a: result_distance@1": 9, "a: result_distance@10": 1.0, "b: result_distance@10": 3.0}
    history = History(losses, ({"step": 5, "validation": figures},))
    assert loss_frame(history).to_dict("list")["value"] == pytest.approx([1, 1, 2, 1.15])
    assert validation_frame(history).to_dict("records") == [{"step": 5, "value": 2.0, "line": "result"}]
    assert validation_frame(History()).empty


@pytest.mark.parametrize(
    ("host", "share", "environment", "allowed"),
    [(None, False, {}, True), ("127.0.0.1", False, {}, True), ("0.0.0.0", False, {}, False), (None, True, {}, False),
     (None, False, {"SPACE_ID": "me/app"}, False), (None, False, {"GRADIO_SERVER_NAME": "0.0.0.0"}, False),
     (None, False, {"SPACE_ID": "me/app", "TRUEPOSE_TRAINING": "1"}, True),
     (None, False, {"SPACES_ZERO_GPU": "true", "TRUEPOSE_TRAINING": "1"}, False)],
)  # fmt: skip
def test_strangers_do_not_train(host, share, environment, allowed):
    assert may_train(host, share, environment) is allowed


def test_without_runs_there_is_no_tab_and_with_them_no_public_endpoint(tmp_path):
    plain = build_studio(FigureReader(), PaintingPipeline())
    training = build_studio(FigureReader(), PaintingPipeline(), tmp_path)
    assert "Train" not in json.dumps(plain.config["components"], default=str)
    assert "Train" in json.dumps(training.config["components"], default=str)
    endpoints = [set(studio.get_api_info()["named_endpoints"]) for studio in (plain, training)]
    assert endpoints[0] == endpoints[1]


def test_every_shipped_config_takes_ones_own_photos(actions, tmp_path):
    names = [name for name in actions.config_choices() if not name.startswith("as in")]
    assert {"compact", "sd15-512", "sd15-256", "sd15-24gb"} <= set(names)
    for name in names:
        config = actions.config_of(Wish(*wish(tmp_path, config=name, batch_size=8)))
        assert config.loop.batch_size == 8 and config.cache is None and config.photos.folder.endswith("photos")
