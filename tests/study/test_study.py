"""A study's folder, questions and votes."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.study.pictures import write_study
from truepose.study import Question, Votes, questions_of, read_study
from truepose.study.questions import PER_GROUP
from truepose.study.votes import Vote


def test_a_folder_is_read_by_its_names(tmp_path):
    write_study(tmp_path)
    (tmp_path / "beta" / "case-1.png").unlink()
    (tmp_path / "beta" / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden").mkdir()
    study = read_study(tmp_path)
    assert study.methods == ("alpha", "beta") and study.cases == ("case-0",)
    assert list(study.groups["real"]) == ["case-0", "case-1"] and list(study.sources) == ["case-0", "case-1"]
    assert not study.poses


def test_folders_that_are_no_study_are_named(tmp_path):
    with pytest.raises(ValueError, match="there is no study folder"):
        read_study(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="needs real photos"):
        read_study(write_study(tmp_path / "a", groups=("alpha",)))
    with pytest.raises(ValueError, match="needs a method's pictures"):
        read_study(write_study(tmp_path / "b", groups=("real", "source")))
    write_study(tmp_path / "c")
    (tmp_path / "c" / "alpha" / "case-9.png").write_text("no")
    with pytest.raises(ValueError, match=r"case-9.png is not a picture"):
        read_study(tmp_path / "c")
    (tmp_path / "c" / "alpha" / "case-9.png").unlink()
    (tmp_path / "c" / "alpha" / "case-0.jpg").write_bytes((tmp_path / "c" / "alpha" / "case-0.png").read_bytes())
    with pytest.raises(ValueError, match="two pictures of one name"):
        read_study(tmp_path / "c")


def test_every_rater_has_an_order_of_their_own_and_keeps_it(tmp_path):
    study = read_study(write_study(tmp_path, names=PER_GROUP + 5))
    asked = questions_of(study, "one")
    assert asked == questions_of(study, "one") != questions_of(study, "two")
    singles, choices = asked[: 3 * PER_GROUP], asked[3 * PER_GROUP :]
    assert Counter(q.shown for q in singles) == dict.fromkeys((("real",), ("alpha",), ("beta",)), PER_GROUP)
    assert len(choices) == PER_GROUP and len({q.name for q in choices}) == PER_GROUP
    orders = Counter(q.shown for q in choices)
    assert set(orders) == {("alpha", "beta"), ("beta", "alpha")} and min(orders.values()) >= 5
    groups = [q.shown[0] for q in singles]
    assert sum(a != b for a, b in zip(groups, groups[1:], strict=False)) > PER_GROUP  # mixed, not one after another


@pytest.fixture
def votes(tmp_path):
    return Votes(tmp_path / "votes.sqlite")


SINGLE, CHOICE = Question("case-0", ("alpha",)), Question("case-0", ("beta", "alpha"))


def test_votes_are_kept_and_the_last_can_be_taken_back(votes):
    votes.add(Vote("one", SINGLE, "real"))
    votes.add(Vote("two", SINGLE, "generated"))
    votes.add(Vote("one", CHOICE, "alpha"))
    again = Votes(votes.path)  # another start of the app
    assert again.all() == [Vote("one", SINGLE, "real"), Vote("two", SINGLE, "generated"), Vote("one", CHOICE, "alpha")]
    assert again.answered("one") == {SINGLE, CHOICE} and again.answered("three") == frozenset()
    again.take_back("one")
    assert again.answered("one") == {SINGLE} and again.answered("two") == {SINGLE}
    again.take_back("three")
    assert len(votes.all()) == 2


def test_a_second_answer_and_a_wrong_one_do_not_count(votes):
    votes.add(Vote("one", SINGLE, "real"))
    votes.add(Vote("one", SINGLE, "generated"))
    assert votes.all() == [Vote("one", SINGLE, "real")]
    for question, answer in ((SINGLE, "alpha"), (CHOICE, "real"), (CHOICE, "gamma")):
        with pytest.raises(ValueError, match="the answer must be one of"):
            votes.add(Vote("one", question, answer))


def test_raters_vote_at_the_same_time(votes):
    def rate(rater):
        own = Votes(votes.path)
        for index in range(20):
            own.add(Vote(f"rater {rater}", Question(f"case-{index}", ("alpha",)), "real"))

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(rate, range(6)))
    assert Counter(vote.rater for vote in votes.all()) == {f"rater {rater}": 20 for rater in range(6)}


def test_a_file_that_holds_no_votes_is_named(tmp_path):
    (tmp_path / "votes.sqlite").write_text("this is a text, longer than a header of a database would be " * 4)
    with pytest.raises(ValueError, match="cannot use the votes .*votes.sqlite"):
        Votes(tmp_path / "votes.sqlite")
    with pytest.raises(ValueError, match="cannot use the votes"):
        Votes(tmp_path / "nowhere" / "votes.sqlite")
