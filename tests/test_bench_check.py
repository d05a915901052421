"""The benchmark of the check: its subjects are right and its rows judge. Nothing here is timed: `make bench-check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import check
from benchmarks.race import Result, measure
from benchmarks.trust.checkers import SYMDIFF
from symdiff.sweep import read


@pytest.mark.parametrize(("checker", "methods"), [(SYMDIFF, "tape"), (check.SCIPY, "")])
def test_a_right_gradient_is_accepted(checker: str, methods: str) -> None:
    assert measure(check.asked(checker, 4, methods))[2] == 1.0


def test_the_network_has_a_hundred_thousand_parameters() -> None:
    _, params = check.network()
    assert sum(w.size + b.size for w, b in params) == pytest.approx(100_000, rel=0.05)


def test_the_manifest_is_two_hundred_different_formulas(tmp_path: Path) -> None:
    file = tmp_path / "many.symdiff.toml"
    file.write_text(check.manifest(), encoding="utf-8")
    found = read(str(file)).formulas
    assert len({f.expr for f in found}) == len(found) == check.FORMULAS == 200


def test_a_row_is_judged_by_its_goal() -> None:
    slow, fast = (Result([t] * 9, [t] * 9) for t in (0.3, 0.1))
    missed, met = check._row("a", slow, fast, 2.9), check._row("b", slow, fast, 3.1)
    assert [missed.met, met.met] == [False, True]
    page = check.document([missed, met], 9)
    assert "| a | 3 (3 to 3) | <= 2.9 | MISSED, 1.03 times the goal |" in page
    assert "| b | 3 (3 to 3) | <= 3.1 | met |" in page


def test_nothing_is_timed_of_a_check_that_refuses() -> None:
    with pytest.raises(SystemExit, match="not accepted by symdiff"):
        check._all_said_yes({"symdiff": Result(answer=0.0), "torch": Result(answer=1.0)})
