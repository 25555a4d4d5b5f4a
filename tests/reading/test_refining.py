from __future__ import annotations

import cv2
import numpy as np

from tests.tiny import figure
from truepose.parsing import person_mask
from truepose.reading.refining import refined


def test_a_small_person_in_a_large_photo_is_refined_as_alone():
    photo, person = figure(512, 384)
    loose = cv2.dilate(person.parsing, np.ones((5, 5)))
    wide, labels = (cv2.copyMakeBorder(x, 900, 300, 900, 700, cv2.BORDER_REPLICATE) for x in (photo, loose))
    offset = np.array([900, 900])
    skeleton = type(person.skeleton)(person.skeleton.xy + offset, person.skeleton.visible, person.skeleton.score)
    found = refined(wide, labels, skeleton)[900 : 900 + 512, 900 : 900 + 384]
    alone = refined(photo, loose, person.skeleton)
    assert (found != alone).mean() < 0.01
    assert (person_mask(found) != person_mask(person.parsing)).sum() < 0.4 * (loose != person.parsing).sum()


def test_nobody_stays_nobody():
    photo, person = figure()
    empty = np.zeros(photo.shape[:2], np.uint8)
    assert refined(photo, empty, person.skeleton) is empty
