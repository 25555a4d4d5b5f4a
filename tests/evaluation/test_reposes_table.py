from __future__ import annotations

import pytest

from truepose.evaluation.reposes import METHODS
from truepose.evaluation.reposes_table import BEFORE, summary, tables


def row(name: str, stratum: str, warp: dict, result: dict) -> dict:
    figures = {method: {} for method in METHODS} | {"warp": warp, "result": result}
    return {"name": name, "stratum": stratum, "methods": figures}


ROWS = [
    row("a", "turn", {"ssim": 0.4, "distance": 2.0, "joint_error": 0.1},
        {"ssim": 0.5, "distance": 1.0, "joint_error": 0.1}),
    row("b", "turn", {"ssim": 0.6, "distance": 2.0, "joint_error": 0.4},
        {"ssim": 0.5, "distance": 2.0, "joint_error": 0.3}),
    row("c", "in-plane small", {"ssim": 0.8, "face_same": 1.0, "words_printed": 4.0, "words_read": 4.0},
        {"ssim": 0.9, "face_same": 0.0, "words_printed": 4.0, "words_read": 1.0}),
    {"name": "d", "stratum": "turn", "unread": "nobody"},
]  # fmt: skip


def test_means_medians_and_shares_per_stratum():
    figures = summary(ROWS)
    assert list(figures) == ["all", "in-plane small", "turn"]
    turn = figures["turn"]
    assert turn["cases"] == 2 and figures["all"]["cases"] == 3 and figures["all"]["words"] == 4
    assert turn["methods"]["warp"]["ssim"] == pytest.approx(0.5) and turn["methods"]["warp"]["words"] is None
    assert turn["methods"]["warp"]["joint_error"] == turn["methods"]["warp"]["joint_error_median"] == 0.25
    small = figures["in-plane small"]
    assert small["methods"]["result"]["words"] == 0.25 and small["methods"]["result"]["face_same"] == 0
    assert small["faces"] == 1 and turn["faces"] == 0 and small["methods"]["warp"]["distance"] is None


def test_gains_have_a_sign_that_says_better():
    turn = summary(ROWS)["turn"]["gains"]["warp"]
    assert turn["ssim"] == {"percent": pytest.approx(0), "better": 1, "worse": 1, "equal": 0}
    assert turn["distance"] == {"percent": pytest.approx(25), "better": 1, "worse": 0, "equal": 1}
    assert turn["joint_error_median"] == {"percent": pytest.approx(20)} and turn["words"] is None


def test_an_earlier_result_is_compared_on_what_both_read():
    earlier = [ROWS[0], {"name": "b", "stratum": "turn", "unread": "nobody"}, row("c", "turn", {}, {"ssim": 0.6})]
    figures = summary(ROWS, earlier)
    assert figures["turn"]["methods"][BEFORE]["ssim"] == 0.5 and figures["all"]["methods"][BEFORE]["ssim"] == 0.55
    gain = figures["all"]["gains"][BEFORE]["ssim"]
    assert gain["percent"] == pytest.approx(100 * (0.7 - 0.55) / 0.55) and (gain["better"], gain["equal"]) == (1, 1)


def test_tables_are_markdown_and_leave_out_what_was_not_measured():
    text = tables(summary(ROWS, ROWS))
    assert "**turn** (2 cases, 0 with a face, 0 words)" in text and "| result before | 0.500 | 1.500 |" in text
    assert "**Result against warp**" in text and "**Result against result before**" in text
    assert "| distance | +25.00 % (1 / 0) |  | +25.00 % (1 / 0) |" in text
    assert "PSNR" not in text and "| words read | -75.00 % | -75.00 % |  |" in text
    assert tables(summary([ROWS[3]])) == ""
