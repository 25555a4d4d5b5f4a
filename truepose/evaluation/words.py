"""Whether printed words can still be read: RapidOCR on the true target and on what a method makes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import torch

_SHORTEST = 3  # letters
_LOWEST = 12.0  # pixels of a line's box: smaller print is misread in photos, too
_FORGIVING = 5  # letters from which on one may be wrong
_PART = 4  # letters from which on a word may be a part of another


class WordsNotMeasured(ValueError):
    """What reading words needs is not installed."""


@dataclass(frozen=True)
class Word:
    """A word as read.

    Attributes:
        text: lower-case letters and digits.
        height: pixels of its line.
        at: (x, y) middle of its line.
    """

    text: str
    height: float
    at: tuple[float, float]


class WordReader:
    """RapidOCR with the models of its package.

    Raises:
        WordsNotMeasured: it is not installed.
    """

    def __init__(self):
        try:
            from rapidocr_onnxruntime import RapidOCR
        except ImportError:
            raise WordsNotMeasured("rapidocr-onnxruntime is not installed") from None
        self._read = RapidOCR(intra_op_num_threads=torch.get_num_threads())

    def read(self, picture: np.ndarray, box: tuple[int, int, int, int]) -> list[Word]:
        """The words of at least three letters inside a box (x0, y0, x1, y1) of an (H, W, 3) uint8 RGB picture."""
        x0, y0, x1, y1 = box
        lines, _ = self._read(np.ascontiguousarray(picture[y0:y1, x0:x1, ::-1]))  # BGR
        words = []
        for corners, text, _ in lines or ():
            corners = np.array(corners, float) + (x0, y0)
            height = (np.linalg.norm(corners[3] - corners[0]) + np.linalg.norm(corners[2] - corners[1])) / 2
            at = tuple(corners.mean(0).tolist())
            words += [Word(each, float(height), at) for each in plain_words(text)]
        return words


def plain_words(text: str) -> list[str]:
    """The words of at least three letters or digits, in lower case."""
    return [word for word in re.findall(r"[^\W_]+", text.lower()) if len(word) >= _SHORTEST]


def printed_words(words: list[Word], person: np.ndarray, known: tuple[str, ...] = ()) -> list[str]:
    """Which words of a true target count: large enough, on the person, and of those known to be printed.

    Args:
        words: read in the target.
        person: (H, W) bool.
        known: what is printed; if empty, whatever is read counts.
    """
    kept = []
    for word in words:
        x, y = (round(v) for v in word.at)
        inside = 0 <= y < person.shape[0] and 0 <= x < person.shape[1] and person[y, x]
        if inside and word.height >= _LOWEST:
            kept.append(word.text)
    return found_words([word for text in known for word in plain_words(text)], kept) if known else kept


def found_words(printed: list[str], read: list[str]) -> list[str]:
    """Which printed words are among those read; each of these stands for one of those.

    Lines lose their spaces in reading, so a word of four letters or more may be a part of one that was read.
    """
    left, found = list(read), []
    for word in printed:
        for i, other in enumerate(left):
            inside = len(word) >= _PART and word in other
            if inside or same_word(word, other):
                left[i] = other.replace(word, " ", 1) if inside else ""
                found.append(word)
                break
    return found


def same_word(word: str, other: str) -> bool:
    """Whether two words in lower case are one: equal, or, from five letters on, one letter apart."""
    return word == other or (len(word) >= _FORGIVING and _one_apart(word, other))


def _one_apart(word: str, other: str) -> bool:
    """Whether one letter put in, left out or changed makes the one of the other."""
    short, long = sorted((word, other), key=len)
    if len(long) - len(short) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at + (len(short) == len(long)) :] == long[at + 1 :]
