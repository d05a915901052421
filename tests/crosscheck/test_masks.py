"""What a mask of minus infinity leaves out of a logsumexp: nothing comes of it, and that is certain."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest
from flint import arb

import symdiff as sd
from symdiff import balls
from symdiff.balls.functions import is_infinite
from symdiff.crosscheck.verdict import Verdict
from tests.faults import accused, pull_back, times

X = np.array([0.3, 0.2, 0.1])
KEPT = np.array([True, False, True])


def of_jax(x: Any) -> Any:
    return jax.scipy.special.logsumexp(x, b=np.array([1.0, 0.0, 1.0]))


def shifted(x: Any) -> Any:
    scores = np.where(KEPT, x, -np.inf)
    top = np.max(scores)
    return top + np.log(np.sum(np.exp(scores - top)))


@pytest.mark.parametrize("f", [of_jax, shifted])
def test_what_is_masked_has_the_slope_zero_and_the_others_theirs(f: Any) -> None:
    report = sd.crosscheck(f, X, methods=("tape", "jax"))
    assert {g.verdict for g in report.findings} == {Verdict.AGREE}, str(report)
    e = np.exp(X) * KEPT
    found = [g.value for g in report.findings if g.method == "tape"]
    np.testing.assert_allclose(found, e / e.sum(), rtol=1e-14)


@pytest.mark.parametrize("wrong", [lambda x: np.exp(x) / np.sum(np.exp(x)), lambda x: np.full(3, np.nan)])
def test_a_gradient_that_forgets_the_mask_is_wrong(wrong: Any) -> None:
    assert accused(sd.crosscheck(shifted, X, claimed=wrong, methods=("tape",))) == {"claimed"}


def test_a_rule_that_is_wrong_behind_the_mask_is_seen() -> None:
    with pull_back("exp", times(1 + 1e-9)):
        assert accused(sd.crosscheck(shifted, X, methods=("tape",))) == {"tape"}


def test_only_a_certain_infinity_counts() -> None:
    """exp(log(x)) at 0 is x: a value of minus infinity whose slope is infinite, too, is no mask."""
    with balls.precision(64, order=2):
        assert is_infinite(arb("-inf") - arb(1.0, 0.5))
        assert not is_infinite(arb(0, 1) / arb(0, 1))
        assert not is_infinite(arb("nan"))
        at_zero = balls.exp(balls.log(balls.variable(arb(0), 1.0)))
        assert not at_zero[1].is_finite()
