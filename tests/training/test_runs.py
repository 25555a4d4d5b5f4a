"""What is told of a run from its folder."""

from __future__ import annotations

import json

import pytest

from truepose.training.runs import duration, read_history, read_run


def write_log(run, *records) -> None:
    (run / "log.jsonl").write_text("\n".join(json.dumps(r) if isinstance(r, dict) else r for r in records))


def loss(step: int, value: float = 1.0) -> dict:
    return {"step": step, "loss": value, "seconds": 2.0}


def test_what_a_killed_process_did_twice_is_told_once(tmp_path):
    write_log(tmp_path, {"started": 0}, {"step": 0, "validation": {}}, loss(1), loss(2), {"step": 2, "validation": {}},
              loss(3, 9.0), {"started": 2}, loss(3), "half a li")  # fmt: skip
    history = read_history(tmp_path)
    assert [(r["step"], r["loss"]) for r in history.losses] == [(1, 1.0), (2, 1.0), (3, 1.0)]
    assert [r["step"] for r in history.validations] == [0, 2]


def test_words_before_and_while_training(tmp_path, monkeypatch):
    (tmp_path / "train.json").write_text('{"loop": {"steps": 500}}')
    monkeypatch.setattr("truepose.training.runs.running", lambda run: 7)
    assert read_run(tmp_path).words() == "Starting"
    write_log(tmp_path, {"reading": 3, "of": 12})
    assert read_run(tmp_path).words() == "Reading photo 3 of 12"
    write_log(tmp_path, {"making": 30, "of": 300})
    assert read_run(tmp_path).words() == "Making pair 30 of 300"
    write_log(tmp_path, {"making": 300, "of": 300}, {"started": 0}, *(loss(n) for n in range(1, 121)))
    assert read_run(tmp_path).words() == "Step 120 of 500, 13 minutes left"
    (tmp_path / "process.json").write_text('{"stopping": true}')
    assert read_run(tmp_path).words().startswith("Stopping after step 120")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"loop": {"steps": "many"}}'])
def test_a_folder_without_a_run_is_told(tmp_path, text):
    (tmp_path / "train.json").write_text(text)
    with pytest.raises(ValueError, match="holds no run"):
        read_run(tmp_path)


def test_lengths_of_time():
    assert [duration(s) for s in (0.2, 61, 600, 7200)] == ["1 seconds", "61 seconds", "10 minutes", "2.0 hours"]
