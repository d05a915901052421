"""Each of the four lamps has a case in which it alone is red; on the healthy twin all four are green."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

from symdiff import balls, crosscheck
from symdiff.crosscheck.certified import stage1
from symdiff.inputs import function
from symdiff.ops import TABLE
from tests.faults import accused, pull_back, red, row, states, times

AT = {"x": 1.37, "y": 0.61}
GREEN = "green green green green"


def f(x, y):
    return np.arcsinh(x) + x * y


def meaning(of: Callable[[Any, Any], Any], rule: Callable[..., Any]) -> dict[str, Any]:
    """Every column of a row that means `of`, a function of the vocabulary and x. It is written in other
    ops than the row's own: the libraries' derivative programs stand on the table, too."""
    vocabularies = {"forward": np, "jax": jnp, "sympy": sp, "ball": balls}

    def column(vocabulary: Any) -> Callable[[Any], Any]:
        return lambda x: of(vocabulary, x)

    return {name: column(v) for name, v in vocabularies.items()} | {"vjp": (rule,)}


def asinh_and_a_quarter(m: Any, x: Any) -> Any:
    return m.log(x + m.sqrt(x * x + 1)) + 0.25


def test_all_four_are_green_on_the_healthy_case() -> None:
    report = crosscheck(f, at=AT, wrt=(0, 1))
    assert states(report) == GREEN
    assert report.ok


def test_v_alone_one_library_means_another_value_with_the_same_derivative() -> None:
    healthy = TABLE["asinh"].jax
    with row("asinh", jax=lambda x: healthy(x) + 0.25):
        report = crosscheck(f, at=AT, wrt=(0, 1))
    assert red(report) == "V"
    assert report.lamps["V"].note.startswith("jax")
    assert not report.ok


def test_v_alone_in_the_numpy_column() -> None:
    with row("asinh", forward=lambda x: np.arcsinh(x) + 0.25):
        report = crosscheck(f, at=AT, wrt=(0, 1))
    assert red(report) == "V"
    assert accused(report) == set(), "no derivative is wrong"


def test_v_is_unsure_where_nobody_can_tell_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """mod jumps at z = 10, and SymPy's z (1/5) is no whole number to any ball; 0.25 more would pass unseen."""
    monkeypatch.setattr(stage1, "in_all", lambda *_: None)
    lamp = crosscheck("mod(z, 5) + x", at={"x": 1.0, "z": 10.0}).lamps["V"]
    assert lamp.state == "unsure"
    assert lamp.note.startswith("symbolic: ")


def test_d_alone_a_wrong_rule_of_the_tape() -> None:
    with pull_back("asinh", times(1 + 1e-12)):
        report = crosscheck(f, at=AT, wrt=(0, 1))
    assert red(report) == "D"
    assert report.lamps["D"].note == "tape: the rule is wrong"
    assert not report.ok


def test_r_alone_all_columns_mean_another_value_with_the_same_derivative() -> None:
    with row("asinh", **meaning(asinh_and_a_quarter, TABLE["asinh"].vjp[0])):
        report = crosscheck(f, at=AT, wrt=(0, 1))
    assert red(report) == "R"
    assert "own function gives" in report.lamps["R"].note
    assert not report.ok


def test_b_alone_another_function_with_the_same_value_at_the_point() -> None:
    problem = function("x**2*y")
    at = {"x": 1.0, "y": 0.7}
    own = {"healthy": lambda x, y: x**2 * y, "faulty": lambda x, y: x**3 * y}
    report = crosscheck(dataclasses.replace(problem, own=own["faulty"]), at=at)
    assert red(report) == "B"
    assert "d/dx" in report.lamps["B"].note
    assert not report.ok
    healthy = crosscheck(dataclasses.replace(problem, own=own["healthy"]), at=at)
    assert states(healthy) == GREEN
    assert healthy.ok


@pytest.mark.parametrize("error", [2.0**-10, 2.0**-17])
def test_b_sees_a_small_error_that_all_columns_share(error: float) -> None:
    """The black box knows nothing of the table."""

    def stretched(m: Any, x: Any) -> Any:
        return (1 + error) * (1 - 2 / (m.exp(2 * x) + 1))

    healthy = TABLE["tanh"].vjp[0]
    with row("tanh", **meaning(stretched, lambda ct, y, x: healthy(ct, y, x) * (1 + error))):
        report = crosscheck(lambda x, y: np.tanh(x) * y, at=AT, wrt=(0, 1))
    assert red(report) == "RB"


def test_b_is_unsure_and_not_red_where_differences_do_not_settle() -> None:
    """The witness may only accuse what it has seen: noise of the own function is no accusation."""
    rng = np.random.default_rng(0)
    problem = dataclasses.replace(function("x**2"), own=lambda x: float(x) ** 2 * (1 + 1e-3 * rng.random()))
    report = crosscheck(problem, 1.5)
    assert report.lamps["B"].state == "unsure"


def test_b_does_not_take_the_complex_step_on_its_word() -> None:
    """On its own it says 0 for a function that casts to real; B keeps to the differences there."""
    problem = dataclasses.replace(function("x**2"), own=lambda x: np.real(x) ** 2)
    assert states(crosscheck(problem, 1.5)) == GREEN


def test_b_is_a_witness_for_an_own_function_that_takes_real_numbers_only() -> None:
    """float() of a complex number warns or raises, and neither is the user's to see."""
    problem = dataclasses.replace(function("x**2"), own=lambda x: float(x) ** 2)
    assert states(crosscheck(problem, 1.5)) == GREEN


def test_b_is_no_error_where_the_own_function_raises_outside_its_domain() -> None:
    """Differences step over the edge of the domain; math.log raises there, where np.log says nan."""
    problem = dataclasses.replace(function("log(x)"), own=math.log)
    assert red(crosscheck(problem, 1e-3)) == ""


def test_r_is_red_where_the_own_function_gives_nan() -> None:
    report = crosscheck(dataclasses.replace(function("x**2"), own=lambda x: float("nan")), 1.5)
    assert report.lamps["R"].state == "red"
