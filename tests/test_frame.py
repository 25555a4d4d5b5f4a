from __future__ import annotations

import numpy as np
import pytest

from truepose.frame import Frame
from truepose.pose import Keypoint as K
from truepose.pose import Skeleton


def ramp(height=200, width=150):
    yy, xx = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([xx, yy], -1)


@pytest.mark.parametrize("boxes", [[(20, 30, 80, 170)], [(0, 0, 10, 10), (100, 150, 150, 200)], [(-50, 0, 300, 60)]])
def test_a_frame_holds_its_boxes_centred_and_unstretched(boxes):
    frame = Frame.around(boxes, (64, 48))
    corners = np.array([(b[i], b[j]) for b in boxes for i in (0, 2) for j in (1, 3)], float)
    mapped = corners @ frame.matrix[:, :2].T + frame.matrix[:, 2]
    assert mapped.min() >= -0.5 and (mapped <= (48, 64)).all()
    assert frame.matrix[0, 0] == frame.matrix[1, 1] and frame.matrix[0, 1] == frame.matrix[1, 0] == 0


@pytest.mark.parametrize("scale", [0.3, 0.9, 2.5])
def test_a_view_shows_what_the_matrix_says(scale):
    frame = Frame(scale, (3.0, -2.0), (40, 30))
    view = frame.view(ramp())
    y, x = np.mgrid[12:28, 12:18]
    np.testing.assert_allclose(view[12:28, 12:18, 0], (x - 3) / scale, atol=0.6)
    np.testing.assert_allclose(view[12:28, 12:18, 1], (y + 2) / scale, atol=0.6)


def test_back_undoes_view_for_smooth_pictures():
    frame = Frame.around([(30, 40, 120, 160)], (64, 48))
    back = frame.back(frame.view(ramp()), (200, 150))
    np.testing.assert_allclose(back[60:140, 50:100], ramp()[60:140, 50:100], atol=0.8)


def test_skeletons_move_with_the_pictures():
    frame = Frame(0.5, (4.0, 6.0), (40, 30))
    assert frame.skeleton(Skeleton.from_points({K.NOSE: (10, 20)})).xy[K.NOSE].tolist() == [9, 16]


def test_labels_stay_labels():
    labels = np.zeros((200, 150), np.uint8)
    labels[50:100, 50:100] = 17
    view = Frame.around([(40, 40, 110, 110)], (64, 48)).view_labels(labels)
    assert set(np.unique(view)) == {0, 17}
