"""The benchmark of learning judges by its goals. The figures themselves: `make bench-learn`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import learn
from symdiff.learn.recipes import RECIPES


def test_a_row_is_judged_by_its_goal() -> None:
    rows = [learn.Row("a", "0.98", ">= 0.97", True, "logistic regression 0.9667"), learn.Row("b", "3", "<= 2", False)]
    page = learn.document(rows, ["", "## Directions"])
    assert "| a | 0.98 | >= 0.97 | met | logistic regression 0.9667 |" in page
    assert "| b | 3 | <= 2 | MISSED | - |" in page
    assert page.endswith("## Directions\n")


def test_a_tenth_of_the_work_is_a_tenth_of_the_epochs() -> None:
    assert [learn.Size(1, 10).epochs(e) for e in (5, 30, 137)] == [1, 3, 13]
    assert learn.Size().epochs(30) == 30


def test_every_goal_of_the_digits_has_a_recipe() -> None:
    assert set(learn.DIGITS) <= set(RECIPES["digits"])


def test_a_net_of_one_epoch_is_not_aligned() -> None:
    page: list[str] = []
    own, other = learn.alignment(learn.Size(1, 31), page)
    assert not own.met  # before the first step the feedback is as random as it was drawn
    assert own.baseline == f"trained by backprop {other.found}"
    assert any("alignment" in line for line in page)


def test_the_figure_is_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    learn.draw({"direct_feedback_alignment": np.zeros((2, 3, 2)), "backprop": np.ones((2, 3, 2))}, tmp_path / "a.svg")
    assert (tmp_path / "a.svg").stat().st_size > 1000
