"""JAX's own programs that a check could not open: by what they are, each verdict on them is proved."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import jax.scipy.special as jsp
import mpmath
import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.balls import const, precision
from symdiff.crosscheck.report import Report
from symdiff.graph import run
from symdiff.inputs import formula_of
from symdiff.methods import method
from symdiff.methods.base import Task
from symdiff.ops import TABLE, Approximated
from tests.faults import accused, row


def verdicts(report: Report) -> set[str]:
    return {str(f.verdict) for f in report.findings if f.method == "jax"}


def reasons(report: Report) -> set[str]:
    return {f.reason for f in report.findings if f.method == "jax" and str(f.verdict) == "DIFFER"}


# -- gamma: its sign is asked of the bits of a number --------------------------------------------------

GAMMA = {"a positive argument": 2.3, "between two poles": -2.5, "where gamma is positive again": -3.3, "1e-10": 1e-10}


@pytest.mark.parametrize("operator", ["grad", "hessian"])
@pytest.mark.parametrize("name", GAMMA)
def test_the_derivative_of_gamma_is_opened_and_right(name: str, operator: str) -> None:
    report = crosscheck("gamma(x)", GAMMA[name], operators=operator)
    assert verdicts(report) == {"AGREE"}
    assert {f.basis for f in report.findings if f.method == "jax"} == {"certified"}


@pytest.mark.parametrize("name", GAMMA)
def test_a_gamma_that_is_off_where_no_float_shows_it_is_accused(name: str) -> None:
    """By 2**-54: only its program can tell."""
    with row("gamma", jax=lambda x: (1 + 2.0**-27) * ((1 - 2.0**-27) * jsp.gamma(x))):
        report = crosscheck("gamma(x)", GAMMA[name], operators="grad")
    assert accused(report) == {"jax"}
    assert reasons(report) == {"the rule is wrong"}


def test_the_sign_of_zero_is_not_told_by_balls() -> None:
    """signbit(-0.0) holds and signbit(0.0) does not: what depends on it is nobody's to judge."""

    def beside(x: Any) -> Any:
        return jnp.where(jnp.signbit(x - 1.0), 3.0 * x, 2.0 * x)

    with row("gamma", jax=beside):
        graph = crosscheck("gamma(x)", 1.0, operators="grad", methods=("jax",))
    assert verdicts(graph) <= {"UNDECIDED"}
    with row("gamma", jax=beside):
        assert reasons(crosscheck("gamma(x)", 2.5, operators="grad", methods=("jax",))) == {"the rule is wrong"}


# -- beta: a series that is cut off --------------------------------------------------------------------

BELOW, ABOVE = (2.5, 7.0), [(8.0, 1.5), (2.5, 8.3), (100.0, 1.5), (1e3, 1.5), (1e4, 1.5), (9.0, 9.0)]


def far_off(a: float, b: float) -> float:
    """By how much JAX's own beta misses its first slope, in parts of it."""
    with mpmath.workdps(40), jax.enable_x64(True):
        truth = mpmath.beta(a, b) * (mpmath.digamma(a) - mpmath.digamma(mpmath.mpf(a) + b))
        return float(abs((float(jax.grad(jsp.beta)(a, b)) - truth) / truth))


@pytest.mark.parametrize("operator", ["value", "grad", "hessian"])
def test_beta_is_right_where_jax_has_no_series(operator: str) -> None:
    assert verdicts(crosscheck("beta(x, y)", *BELOW, operators=operator)) == {"AGREE"}


@pytest.mark.parametrize("point", ABOVE, ids=str)
def test_beta_is_accused_where_its_series_misses_by_more_than_rounding(point: tuple[float, float]) -> None:
    """jax 0.10 is off by 1e-6 from 8 on. Another JAX may have mended that: its numbers say which verdict is due."""
    report = crosscheck("beta(x, y)", *point, operators="grad")
    if far_off(*point) > 1e-11:
        assert accused(report) == {"jax"}
    elif far_off(*point) < 1e-13:
        assert verdicts(report) == {"AGREE"}
    assert "UNDECIDED" not in verdicts(report)


@pytest.mark.parametrize("factor", [-1.0, 1 + 1e-6, 1 + 1e-11])
@pytest.mark.parametrize("point", [BELOW, (9.0, 9.0), (1e4, 1.5)], ids=str)
def test_a_series_that_is_off_by_more_than_rounding_is_accused(point: tuple[float, float], factor: float) -> None:
    with row("beta", jax=Approximated(lambda a, b: factor * jsp.beta(a, b), opened=True)):
        report = crosscheck("beta(x, y)", *point, operators="grad")
    assert accused(report) == {"jax"}
    assert reasons(report) == {"the rule is wrong"}


def test_a_series_that_is_missing_less_than_rounding_takes_is_right() -> None:
    with row("beta", jax=Approximated(lambda a, b: (1 + 2.0**-50) * jsp.beta(a, b), opened=True)):
        assert verdicts(crosscheck("beta(x, y)", *BELOW, operators="grad")) == {"AGREE"}
    with row("beta", jax=lambda a, b: (1 + 2.0**-50) * jsp.beta(a, b)):  # nothing is said of a series: it is wrong
        assert accused(crosscheck("beta(x, y)", *BELOW, operators="grad")) == {"jax"}


def test_overflow_on_the_way_is_told_from_a_wrong_rule() -> None:
    formula, far = "beta(1 + abs(3 / x), 1.5)", 1e-160
    report = crosscheck(formula, far, operators="grad")
    assert not all(math.isfinite(f.value or 0.0) for f in report.findings if f.method == "jax")
    assert verdicts(report) == {"INACCURATE"}


# -- eigenvalues -----------------------------------------------------------------------------------------


def spectrum(x: Any) -> Any:
    return np.sum(np.linalg.eigvalsh(np.outer(np.tanh(x), np.tanh(x)) + np.diag([1.0, 2.0, 3.0])) ** 3)


def vectors(x: Any) -> Any:
    values, them = np.linalg.eigh(np.outer(x, x) + np.diag([1.0, 2.0, 3.0]))
    return np.sum(them**3) + values[0]


EIGEN: dict[str, tuple[Callable[..., Any], Any]] = {
    "eigenvalues, where 1 - tanh(x)**2 loses digits": (spectrum, np.array([7.4, -3.0, 5.0])),
    "eigenvectors": (vectors, np.array([0.3, -0.7, 1.1])),
    "one number as a matrix": (lambda x: np.linalg.eigvalsh(np.outer(np.tanh(x), np.tanh(x)))[0], np.array([7.4])),
}


@pytest.mark.parametrize("name", EIGEN)
@pytest.mark.parametrize("operator", ["grad", "hessian"])
def test_eigenvalues_are_opened(name: str, operator: str) -> None:
    f, x = EIGEN[name]
    assert verdicts(crosscheck(f, x, operators=operator)) <= {"AGREE", "INACCURATE"}


@pytest.mark.parametrize("name", EIGEN)
def test_a_wrong_eigenvalue_is_accused(name: str) -> None:
    """By 2**-54, by which only a program can be told from another."""
    f, x = EIGEN[name]

    def off(healthy: Callable[..., Any]) -> Callable[..., Any]:
        return lambda a: (1 + 2.0**-27) * ((1 - 2.0**-27) * healthy(a))

    op = "eigenvectors" if f is vectors else "eigvalsh"
    with row(op, jax=off(TABLE[op].jax)):
        report = crosscheck(f, x, operators="grad")
    assert accused(report) == {"jax"}
    assert reasons(report) == {"the rule is wrong"}


# -- constants of a library that stand for something ------------------------------------------------------

HUGE = "sin((pi + 3)**3 * x)"


def test_a_literal_is_held_for_what_it_stands_for_where_its_last_place_decides() -> None:
    """The double next to pi is another number by as much as a whole turn of the sine."""
    report = crosscheck(HUGE, 3e15, operators="grad")
    assert verdicts(report) == {"AGREE"}


@pytest.mark.parametrize("factor", [1 + 2.0**-20, -1.0])
def test_a_wrong_rule_is_not_explained_by_a_literal(factor: float) -> None:
    with row("sin", jax=lambda x: factor * jnp.sin(x)):
        report = crosscheck(HUGE, 3e15, operators="grad")
    assert accused(report) == {"jax"}
    assert reasons(report) == {"the rule is wrong"}


def test_the_program_of_gamma_is_the_one_that_runs() -> None:
    problem = formula_of("gamma(x)")
    answer = method("jax").answer(problem, Task("grad", (0,)), (-2.5,))
    assert answer.program is not None
    with precision(100, 0):
        values = run(answer.program.graph, "ball", [const(-2.5)], const)
    assert float(values[answer.program.graph.outputs[0]].value) == pytest.approx(answer.entries[0], rel=1e-14)
