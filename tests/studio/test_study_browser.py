"""A user study in a real browser: voted through by mouse and keys, gone on with after a reload, and blind."""

from __future__ import annotations

import pytest

from app import open_study
from studio import build_studio, launch_options
from tests.pose_editor.browsing import PHONE, served, until, visit
from tests.study.pictures import write_study
from truepose.study import questions_of

from .fakes import FigureReader, PaintingPipeline


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return open_study(str(write_study(tmp_path_factory.mktemp("held") / "study")))


@pytest.fixture(scope="module")
def address(study):
    with served(build_studio(FigureReader(), PaintingPipeline(), None, study), **launch_options()) as url:
        yield url


def number(page) -> int:
    return int(page.locator("#tp-study .tp-study").get_attribute("data-number"))


def open_tab(page) -> None:
    page.get_by_role("tab", name="Study").click()
    until(lambda: number(page), lambda value: value >= 0)


def test_a_study_is_voted_through_blind(browser, address, study):
    folder, votes = study
    with visit(browser, address) as page:
        answers: list = []
        page.on("response", lambda response: answers.append(response))
        open_tab(page)
        page.locator(".tp-study-choices img").wait_for()
        page.get_by_role("button", name="1 Real photo").dblclick()  # the second press is no answer
        until(lambda: number(page), lambda value: value == 1)
        page.keyboard.press("2")
        until(lambda: number(page), lambda value: value == 2)
        page.keyboard.press("Backspace")
        until(lambda: number(page), lambda value: value == 1)
        assert page.get_by_role("button", name="Back").is_disabled() and len(votes.all()) == 1
        page.keyboard.press("1")
        until(lambda: number(page), lambda value: value == 2)
        answers.clear()  # what they said is gone with the page
        page.reload()
        page.wait_for_selector(".tp-editor[data-ready='1']")
        open_tab(page)
        until(lambda: number(page), lambda value: value == 2)
        assert page.locator(".tp-study [data-part='count']").text_content() == "3 of 8"
        for at in range(2, 6):
            page.keyboard.press("2")
            until(lambda: number(page), lambda value, at=at: value == at + 1)
        assert page.locator(".tp-study-choices button").count() == 2
        page.get_by_text("The person", exact=True).wait_for()
        page.get_by_role("button", name="Picture 2 is the best").click()
        until(lambda: number(page), lambda value: value == 7)
        page.keyboard.press("3")  # there is no third picture
        page.keyboard.press("1")
        until(lambda: number(page), lambda value: value == 8)
        page.get_by_text("Every answer is stored").wait_for()
        told = " ".join(response.url for response in answers) + page.content()
        for response in answers:
            if response.ok and response.headers.get("content-type", "").startswith("application/json"):
                told += response.text()
        assert "image.png" in told  # the questions are among what was looked at
        # What the study names: its folders, its files, its place.
        for word in ("alpha-method", "beta-method", "/alpha", "/beta", "case-0", "case-1", str(folder.folder)):
            assert word not in told
        stored = votes.all()
        rater = stored[0].rater
        assert [vote.question for vote in stored] == list(questions_of(folder, rater))
        assert [vote.answer for vote in stored[:3]] == ["real", "real", "generated"]
        assert stored[6].answer == stored[6].question.shown[1] and stored[7].answer == stored[7].question.shown[0]
        page.get_by_role("button", name="Next rater").click()
        until(lambda: number(page), lambda value: value == 0)
        page.keyboard.press("1")
        until(lambda: number(page), lambda value: value == 1)
        assert len({vote.rater for vote in votes.all()}) == 2


def test_it_fits_a_phone_and_keys_of_other_tabs_are_no_votes(browser, address, study):
    with visit(browser, address, PHONE) as page:
        open_tab(page)
        page.locator(".tp-study-choices img").wait_for()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        before = len(study[1].all())
        page.get_by_role("tab", name="Repose").click()
        page.keyboard.press("1")
        page.get_by_role("tab", name="Study").click()
        page.wait_for_timeout(500)
        assert number(page) == 0 and len(study[1].all()) == before
