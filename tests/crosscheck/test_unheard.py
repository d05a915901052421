"""What a check computes warns nobody; the caller's own function warns as it would at the point that he gave."""

from __future__ import annotations

import math
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import optimize

import symdiff as sd
from symdiff.crosscheck.boxed.estimates import BlackBox
from symdiff.inputs.boxes import boxed
from symdiff.inputs.code import from_code


def heard(call: Callable[[], Any]) -> list[str]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        call()
    return [str(w.message) for w in said]


def squares(x: Any) -> float:
    return float(np.sum(np.asarray(x, float) ** 2))


def logarithm(x: float) -> float:
    return math.log(x)


def exponential(x: float) -> float:
    return math.exp(x)


def root(x: Any) -> float:
    """Of t exp(t) = x: below -1/e there is none, and the solver warns."""
    return float(optimize.fsolve(lambda t: t * np.exp(t) - float(x), 0.5)[0])


CHECKS: dict[str, Callable[[], Any]] = {
    "log far out": lambda: sd.crosscheck(logarithm, 1e300, claimed=lambda x: 1 / x, points=24),
    "overflow": lambda: sd.crosscheck(squares, np.array([1e160, 1e200]), claimed=lambda x: 2 * x, points=4),
    "a pole": lambda: sd.crosscheck(lambda x: 1 / np.float64(float(x)), 0.0, claimed=lambda x: -1 / x**2, points=4),
    "check_grad": lambda: sd.check_grad(lambda x: np.sum(np.log(x)), lambda x: 1 / x, np.array([1e-3, 2.0])),
    "a solver": lambda: sd.crosscheck(root, -0.3, claimed=lambda x: 1 / (math.exp(root(x)) * (1 + root(x))), points=9),
}


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_is_heard(name: str) -> None:
    assert heard(CHECKS[name]) == []


def test_check_grad_at_a_pole_says_only_what_is_its_own() -> None:
    said = heard(lambda: sd.check_grad(lambda x: np.sum(np.log(x)), lambda x: 1 / x, np.array([0.0, 2.0])))
    assert len(said) == 1
    assert "no derivative to compare with" in said[0]


def test_a_warning_at_the_point_itself_is_the_callers() -> None:
    def f(x: Any) -> float:
        warnings.warn("approximate", stacklevel=1)
        return math.cos(x)

    said = heard(lambda: sd.crosscheck(f, 1.2, claimed=lambda x: -math.sin(x), points=3))
    assert 1 <= said.count("approximate") <= 3  # it is tried on recorded values first, in two ways


def test_the_filters_are_left_to_other_threads() -> None:
    """Only the main thread sets them aside, and puts them back."""
    before, seen = list(warnings.filters), []
    everything = ("ignore", None, Warning, None, 0)

    def f(x: Any) -> float:
        seen.append(everything not in warnings.filters)
        return math.cos(x)

    worker = threading.Thread(target=lambda: sd.crosscheck(f, 1.2, claimed=lambda x: -math.sin(x)))
    worker.start()
    worker.join()
    assert len(seen) > 10
    assert all(seen)
    assert list(warnings.filters) == before


def test_points_that_were_generated_where_the_function_raises_are_left_out() -> None:
    report = sd.assert_agree(exponential, 700.0, claimed=exponential, points=24)
    assert 1 < len(report.points) < 25
    assert any("left out, as exponential raises there" in note for note in report.notes)
    with pytest.raises(OverflowError):  # at one that was given
        sd.crosscheck(exponential, at=[{"x": 1.0}, {"x": 800.0}], claimed=exponential)


def test_an_infinite_value_is_the_same_value_when_it_is_asked_for_again() -> None:
    report = sd.crosscheck(lambda x: 1 / np.float64(float(x)), 0.0, claimed=lambda x: -1.0)
    assert report.lamps["R"].state == "green"


def test_a_point_whose_square_is_no_float_has_a_size() -> None:
    recording, leaves = boxed(from_code(squares), (np.array([1e200, 2e200]),), {})
    with np.errstate(all="ignore"):
        assert np.all(np.isfinite(BlackBox(recording.problem, leaves)._reach))
