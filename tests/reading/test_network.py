from __future__ import annotations

import torch

from truepose.reading.network import ReaderConfig, ReaderNet, Reading, joint_probabilities


def test_shapes_at_any_multiple_of_32():
    net = ReaderNet(ReaderConfig(channels=16)).eval()
    with torch.no_grad():
        reading = net(torch.rand(2, 3, 96, 64) * 2 - 1)
    assert reading.heatmaps.shape == reading.parsing.shape == (2, 18, 24, 16)
    assert reading.absent.shape == (2, 18)


def test_places_and_absence_share_one_probability():
    reading = Reading(torch.randn(1, 18, 4, 5), torch.randn(1, 18), torch.zeros(1, 18, 4, 5))
    places, present = joint_probabilities(reading)
    torch.testing.assert_close(places.sum((2, 3)), present)
    assert (present > 0).all() and (present < 1).all()
