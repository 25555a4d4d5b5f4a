from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from truepose.evaluation.appearance import appearance_figures, wide_box


def test_the_truth_is_perfect_and_what_did_not_change_is_not_measured(case):
    figures = appearance_figures(case.target, case)
    assert figures["ssim"] == pytest.approx(1) and figures["distance"] == pytest.approx(0, abs=1e-6)
    assert figures["psnr"] > 70 and "changed_ssim" not in figures


def test_psnr_by_hand_and_only_the_person_counts(case):
    grey = replace(case, target=np.full_like(case.target, 100))
    assert appearance_figures(np.full_like(case.target, 110), grey)["psnr"] == pytest.approx(10 * np.log10(650.25))
    spoilt, (rows, columns) = case.target.copy(), wide_box(case)
    outside = np.ones(spoilt.shape[:2], bool)
    outside[rows, columns] = False
    spoilt[outside] = 0
    assert appearance_figures(spoilt, case)["ssim"] == pytest.approx(1)


def test_what_changed_is_measured_where_it_changed(case):
    x0, y0, x1, y1 = case.box
    source = case.target.copy()
    source[y0 : y0 + 60, x0:x1] = 0  # source and target differ at the head
    changing = replace(case, source=source)
    blurred = cv2.GaussianBlur(case.target, (0, 0), 3)
    head, feet = case.target.copy(), case.target.copy()
    head[y0 : y0 + 50], feet[y1 - 50 : y1] = blurred[y0 : y0 + 50], blurred[y1 - 50 : y1]
    at_head, at_feet = (appearance_figures(picture, changing) for picture in (head, feet))
    assert at_feet["changed_ssim"] == pytest.approx(1) and at_feet["changed_distance"] == pytest.approx(0, abs=0.02)
    assert at_head["changed_ssim"] < 0.95 and at_head["changed_distance"] > 0.1 < at_feet["distance"]


def test_the_distance_does_not_depend_on_the_size(case):
    large = {name: np.repeat(np.repeat(getattr(case, name), 3, 0), 3, 1) for name in ("source", "target", "parsing")}
    big = replace(case, **large)
    worse = cv2.GaussianBlur(case.target, (0, 0), 2)
    small = appearance_figures(worse, case)["distance"]
    assert appearance_figures(np.repeat(np.repeat(worse, 3, 0), 3, 1), big)["distance"] == pytest.approx(small, rel=0.2)
