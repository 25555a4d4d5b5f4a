from __future__ import annotations

import sys
from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from truepose.evaluation.words import (
    Word,
    WordReader,
    WordsNotMeasured,
    found_words,
    plain_words,
    printed_words,
    same_word,
)


@pytest.mark.parametrize(("word", "other", "same"), [
    ("paris", "paris", True), ("paris", "pari", True), ("paris", "parls", True), ("paris", "pariss", True),
    ("paris", "aris", True), ("paris", "pxrys", False), ("paris", "par", False), ("rome", "roma", False),
    ("rome", "rome", True), ("berlin", "merlin", True), ("berlin", "brelin", False), ("", "paris", False),
])  # fmt: skip
def test_one_letter_is_forgiven_in_long_words(word, other, same):
    assert same_word(word, other) is same


def test_words_are_plain():
    assert plain_words("New-York, N.Y. 1987! ÉTÉ a_bc") == ["new", "york", "1987", "été"]


def test_every_printed_word_needs_its_own():
    assert found_words(["paris", "paris"], ["parls"]) == ["paris"]
    assert found_words(["paris", "tokyo"], ["tokyo", "paris", "rome"]) == ["paris", "tokyo"]
    assert found_words([], ["paris"]) == found_words(["paris"], []) == []


def test_lines_read_without_their_spaces_hold_their_words():
    assert found_words(["1987", "paris"], ["paris1987"]) == ["1987", "paris"]
    assert found_words(["paris", "paris"], ["paris1987"]) == ["paris"] and found_words(["art"], ["party"]) == []


def test_large_words_on_the_person_count():
    person = np.zeros((100, 100), bool)
    person[:, 50:] = True
    words = [Word("paris", 20, (70, 50)), Word("tokyo", 20, (20, 50)), Word("small", 11, (70, 60)),
             Word("away", 30, (170, 50))]  # fmt: skip
    assert printed_words(words, person) == ["paris"]
    assert printed_words(words, person, ("Parls, 9",)) == ["parls"] and printed_words(words, person, ("Rome",)) == []


def test_print_is_read_where_it_is():
    """With RapidOCR; without it that is said plainly."""
    if find_spec("rapidocr_onnxruntime") is None:
        with pytest.raises(WordsNotMeasured, match="rapidocr-onnxruntime is not installed"):
            WordReader()
        return
    sheet = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(sheet).text((150, 180), "PARIS 1987", "black", ImageFont.load_default(40))
    words = WordReader().read(np.asarray(sheet), (100, 100, 400, 300))
    assert len(found_words(["paris", "1987"], [word.text for word in words])) == 2
    assert all(25 < word.height < 60 and abs(word.at[1] - 203) < 15 and word.at[0] > 200 for word in words)


def test_what_is_missing_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    with pytest.raises(WordsNotMeasured, match="rapidocr-onnxruntime is not installed"):
        WordReader()
