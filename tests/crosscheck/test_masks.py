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


MASKED: dict[str, tuple[Any, Any, Any]] = {
    "log where it is defined": (lambda x: np.where(x > 0, np.log(x), -np.inf), 2.0, [0.5]),
    "and where it is not": (lambda x: np.exp(np.where(x > 0, np.log(x), -np.inf)), -1.0, [0.0]),
    "logsumexp": (lambda x: np.log(np.sum(np.exp(np.where(KEPT, x, -np.inf)))), X, np.exp(X) * KEPT),
    "the least of it and infinity": (lambda x: np.minimum(x, np.inf) ** 2, 3.0, [6.0]),
}


@pytest.mark.parametrize("name", MASKED)
def test_sympy_takes_an_infinity_that_is_written_down(name: str) -> None:
    """As a constant without a value: it makes nan of oo - oo, whoever takes which branch."""
    f, x, truth = MASKED[name]
    truth = np.asarray(truth) / (np.sum(truth) if name == "logsumexp" else 1.0)
    report = sd.crosscheck(f, x)
    assert {g.verdict for g in report.findings} == {Verdict.AGREE}, str(report)
    np.testing.assert_allclose([g.value for g in report.findings if g.method == "symbolic"], truth, rtol=1e-14)
    wrong = sd.crosscheck(f, x, claimed=lambda x: np.reshape(truth, np.shape(x)) + 1e-9, methods=("symbolic",))
    assert accused(wrong) == {"claimed"}


def test_an_infinity_is_one_in_the_formula_that_is_shown() -> None:
    assert "oo" in str(sd.formula(lambda x: x * np.exp(np.where(x > 0, np.log(x), -np.inf)), "x"))


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
