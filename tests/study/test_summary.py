"""R2G, G2R and Jab by hand."""

from __future__ import annotations

import json

import pytest

from tests.study.pictures import write_study
from truepose.cli import main
from truepose.study import Question, Votes, summarise, summary_table
from truepose.study.summary import wilson
from truepose.study.votes import Vote


def test_wilsons_interval_is_the_textbooks():
    # Newcombe 1998, Table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for (hits, votes), (low, high) in {
        (81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718),
    }.items():  # fmt: skip
        assert wilson(hits, votes) == pytest.approx((low, high), abs=5e-5)
    assert wilson(20, 20)[1] == 1 and wilson(0, 0) is None


def ballots():
    """Two raters: 4 votes on real photos (1 wrong), alpha 2 of 3 taken for real, beta 0 of 1; best: alpha 2, beta 1."""

    def single(rater, group, answer, name="case-0"):
        return Vote(rater, Question(name, (group,)), answer)

    def best(rater, name, answer):
        return Vote(rater, Question(name, ("beta", "alpha")), answer)

    return [
        single("one", "real", "real"), single("one", "real", "generated", "case-1"), single("two", "real", "real"),
        single("two", "real", "real", "case-1"), single("one", "alpha", "real"), single("two", "alpha", "real"),
        single("two", "alpha", "generated", "case-1"), single("one", "beta", "generated"),
        best("one", "case-0", "alpha"), best("two", "case-0", "alpha"), best("two", "case-1", "beta"),
    ]  # fmt: skip


def test_the_figures_by_hand():
    figures = summarise(ballots(), ("alpha", "beta", "gamma"))
    assert figures["raters"] == 2 and figures["votes"] == 11
    assert figures["r2g"]["share"] == 1 / 4 and figures["r2g"]["votes"] == 4 and figures["r2g"]["raters"] == 2
    alpha, beta, gamma = figures["methods"].values()
    assert alpha["g2r"]["share"] == 2 / 3 and beta["g2r"]["share"] == 0 and beta["g2r"]["raters"] == 1
    assert alpha["jab"]["share"] == 2 / 3 and beta["jab"]["share"] == 1 / 3 and beta["jab"]["votes"] == 3
    assert gamma["g2r"] == gamma["jab"] == {"share": None, "interval": None, "votes": 0, "raters": 0}
    assert figures["r2g"]["interval"] == pytest.approx([0.04559, 0.69936], abs=1e-4)


def test_the_table():
    table = summary_table(summarise(ballots(), ("alpha", "beta", "gamma"))).splitlines()
    assert table[0] == "2 raters, 11 votes; 95 % intervals"
    assert table[4:] == [
        "| real photos | 25.0 % (4.6–69.9) |  |  | 2 | 4 |",
        "| alpha |  | 66.7 % (20.8–93.9) | 66.7 % (20.8–93.9) | 2 | 6 |",
        "| beta |  | 0.0 % (0.0–79.3) | 33.3 % (6.1–79.2) | 2 | 4 |",
        "| gamma |  | – | – | 0 | 0 |",
    ]


def test_methods_that_the_folder_lost_are_listed_too():
    assert list(summarise(ballots(), ("gamma",))["methods"]) == ["gamma", "alpha", "beta"]


def test_the_command_prints_and_writes(tmp_path, capsys):
    folder = write_study(tmp_path / "study")
    assert main(["study", str(folder)]) == 2
    assert "there are no votes" in capsys.readouterr().err
    votes = Votes(folder / "votes.sqlite")
    for vote in ballots():
        votes.add(vote)
    assert main(["study", str(folder)]) == 0
    assert "| alpha |  | 66.7 %" in capsys.readouterr().out
    assert json.loads((folder / "summary.json").read_text())["methods"]["beta"]["jab"]["share"] == 1 / 3
    elsewhere = ["--votes", str(votes.path), "--json", str(tmp_path / "figures.json")]
    assert main(["study", str(folder), *elsewhere]) == 0
    assert json.loads((tmp_path / "figures.json").read_text())["raters"] == 2
