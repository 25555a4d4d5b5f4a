"""Specks vanish, and a skirt read as trousers above its hem is one skirt."""

import numpy as np

from truepose.parsing import BodyPart as P
from truepose.warp.labels import clean_labels, whole_skirts


def _column(*bands: tuple[int, P]) -> np.ndarray:
    labels = np.zeros((200, 60), np.uint8)
    row = 10
    for height, part in bands:
        labels[row : row + height, 15:45] = part
        row += height
    return labels


def test_specks_take_the_label_around_them():
    labels = _column((80, P.UPPER_CLOTHES), (80, P.PANTS))
    speckled = labels.copy()
    speckled[30:32, 30:32] = P.BAG
    speckled[2, 2] = P.FACE
    assert (clean_labels(speckled) == labels).all()


def test_trousers_that_end_in_a_skirt_are_a_skirt_and_what_comes_below_it_is_left():
    labels = _column((60, P.UPPER_CLOTHES), (60, P.PANTS), (20, P.DRESS), (30, P.PANTS))
    expected = _column((60, P.UPPER_CLOTHES), (80, P.SKIRT), (30, P.PANTS))
    assert (whole_skirts(labels) == expected).mean() > 0.99  # the hem's last row may fall to either


def test_a_dress_over_trousers_stays_one():
    labels = _column((90, P.DRESS), (80, P.PANTS))
    assert (whole_skirts(labels) == labels).all()


def test_trousers_alone_stay_trousers():
    labels = _column((60, P.UPPER_CLOTHES), (100, P.PANTS))
    assert (whole_skirts(labels) == labels).all()
