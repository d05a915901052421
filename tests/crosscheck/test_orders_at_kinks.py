"""Second derivatives where a number on the way underflows, and at kinks and removable points.

Where f is twice differentiable the finite number is due; where it is not, nobody is accused of a convention.
"""

from __future__ import annotations

from typing import Any

import pytest

from symdiff import crosscheck
from symdiff.crosscheck.verdict import Verdict
from tests.faults import accused, pull_back

# -- decided by a number that underflowed ------------------------------------------------------------------------

UNDERFLOWS = "logaddexp(exp2(exp(y)/4), relu(softplus(x)))**2"  # softplus(-1000) is 5e-435, and so above zero
BELOW = {"x": -1000.001, "y": 2.0}


def test_a_number_that_underflows_does_not_decide_which_second_derivative_is_written_down() -> None:
    """Entries of 1e-435 are 0 in float64; the rule that gave them keeps its other branch, and is right."""
    report = crosscheck(UNDERFLOWS, at=BELOW, order=2)
    assert report.verdict is Verdict.AGREE
    assert report.reference["hessian"] == [0.0, 0.0, 0.0, pytest.approx(118.3567944526013, rel=1e-15)]


@pytest.mark.parametrize(("op", "argument"), [("softplus", 0), ("relu", 0), ("logaddexp", 1)])
def test_a_wrong_rule_is_seen_behind_the_underflow(op: str, argument: int) -> None:
    """The float is the right 0; the program that made it is held against 1e-435, and is twice too large."""

    def doubled(rule: Any) -> Any:
        return lambda ct, *known, **params: 2.0 * rule(ct, *known, **params)

    with pull_back(op, doubled, argument):
        report = crosscheck(UNDERFLOWS, at=BELOW, operators=("hessian",))
    assert accused(report) == {"tape"}
    wrong = [f for f in report.findings if f.verdict is Verdict.DIFFER]
    assert (0, 0) in {f.index for f in wrong}
