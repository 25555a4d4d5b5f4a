"""A word on a plain shirt is not cut by an arm, and not written twice."""

import numpy as np

from truepose.parsing import BodyPart as P
from truepose.warp.prints import whole_prints, without_prints

TRUNK, ARM = 2, 3
CLOTH, INK = (200, 180, 150), (40, 60, 140)


def _shirt() -> tuple[np.ndarray, np.ndarray]:
    """A shirt of 160 x 120 pixels with a bar printed across the chest."""
    photo = np.zeros((160, 120, 3), np.uint8) + np.uint8(CLOTH)
    photo[60:66, 30:90] = INK
    return photo, np.full((160, 120), P.UPPER_CLOTHES, np.uint8)


def test_the_trunk_keeps_its_whole_word():
    photo, labels = _shirt()
    owner = np.full(labels.shape, TRUNK, np.uint8)
    owner[:, 80:] = ARM  # the arm took the word's end
    whole_prints(photo, owner, labels, TRUNK, unit=100)
    assert (owner[60:66, 30:90] == TRUNK).all()
    assert (owner[120:, 90:] == ARM).all() and (owner[:, 110:] == ARM).all()


def test_what_is_printed_on_the_sleeve_stays_on_it():
    photo, labels = _shirt()
    photo[60:66, 30:90] = CLOTH
    photo[100:106, 95:110] = INK
    owner = np.full(labels.shape, TRUNK, np.uint8)
    owner[:, 80:] = ARM
    before = owner.copy()
    whole_prints(photo, owner, labels, TRUNK, unit=100)
    assert (owner == before).all()


def test_invented_cloth_repeats_no_letters_but_goes_on_with_a_pattern():
    photo, labels = _shirt()
    known = np.zeros(labels.shape, bool)
    known[:, 20:] = True
    filled = photo.copy()
    filled[60:66, 5:15] = INK  # a reflection of the word
    out = without_prints(filled, known, labels)
    assert np.abs(out[60:66, 5:15].astype(int) - CLOTH).max() < 4
    assert (out[known] == filled[known]).all()
    striped = filled.copy()
    striped[::4] = INK
    assert (without_prints(striped, known, labels) == striped).all()
