"""Lamps R and B where floats underflow, saturate, cancel or turn faster than they lie apart: no false alarm.

R says whether the graph is the caller's function: there both lose the same. B accuses only where its own error is
known. What is planted at such points, or near them, still goes red.
"""

from __future__ import annotations

import dataclasses
import warnings
from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import special

from symdiff import crosscheck, grad
from symdiff.crosscheck.verdict import Verdict
from symdiff.inputs import function
from tests.faults import accused, pull_back, red, times

COUNTS = np.array([3, 0, 5])
Function = Callable[..., Any]

# name: the function, the point, its derivative in digits that last, the state of R and what it says
LOST: dict[str, tuple[Function, Any, Function, str, str]] = {
    "log erfc": (
        lambda x: np.log(special.erfc(x)), 26.4, lambda x: -2 / np.sqrt(np.pi) / special.erfcx(x), "green", "",
    ),
    "log of the upper tail": (
        lambda x: np.log(1 - special.ndtr(x)), 8.2,
        lambda x: -np.exp(-x * x / 2) / np.sqrt(2 * np.pi) / special.ndtr(-x), "green", "",
    ),
    "log-sum-exp": (
        lambda x: np.log(np.sum(np.exp(x))), np.array([-760.0, -761]),
        lambda x: np.exp(x - x.max()) / np.sum(np.exp(x - x.max())), "unsure", "z1 = exp underflows on the way",
    ),
    "log of a sigmoid": (
        lambda x: np.log(1 - 1 / (1 + np.exp(-x))), 36.5, lambda x: -1 / (1 + np.exp(-x)), "green", "",
    ),
    "multinomial": (
        lambda z: np.sum(COUNTS * np.log(special.softmax(z))), np.array([0.0, -800, 3]),
        lambda z: COUNTS - 8 * special.softmax(z), "unsure", "z7 = exp underflows on the way",
    ),
    "log exp": (lambda x: np.log(np.exp(x)), -760.0, lambda x: 1.0 + 0 * x, "unsure", "z1 = exp underflows on the way"),
    "log normal": (
        lambda x: np.log(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)), 38.5, lambda x: -x, "green", "",
    ),
    "log normal, further": (
        lambda x: np.log(np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)), 40.0, lambda x: -x, "unsure",
        "underflows on the way",
    ),
    "atanh tanh": (lambda x: np.arctanh(np.tanh(x)), 18.0, lambda x: 1.0 + 0 * x, "green", ""),
    "log of 1 - tanh**2": (lambda x: np.log(1 - np.tanh(x) ** 2), 18.5, lambda x: -2 * np.tanh(x), "green", ""),
    "saturated": (
        lambda x: np.log(1 - np.tanh(x) ** 2), 21.0, lambda x: -2 * np.tanh(x), "unsure", "all digits are lost",
    ),
    "product in another order": (
        np.prod, np.array([1e-200, 1e-200, 1e200, 1e150]), lambda x: np.array([1e150, 1e150, 1e-250, 1e-200]),
        "unsure", "in long double it gives the graph's value",
    ),
    "product that overflows in its order": (
        np.prod, np.array([1e200, 1e200, 1e-200, 1e-150]), lambda x: np.array([1e-150, 1e-150, 1e250, 1e200]),
        "unsure", "in long double it gives the graph's value",
    ),
    "product of which digits are left": (
        np.prod, np.array([1e-155, 1e-155, 1e155, 1e150]), lambda x: np.array([1e150, 1e150, 1e-160, 1e-155]),
        "unsure", "in long double it gives the graph's value",
    ),
    "product of JAX's, in its order": (
        jnp.prod, np.array([1e-200, 1e-200, 1e200, 1e150]), lambda x: np.array([1e150, 1e150, 1e-250, 1e-200]),
        "unsure", "if its factors come in another order",
    ),
    "determinant": (
        lambda a: np.linalg.det(np.diag(a)), np.array([1e-200, 1e-200, 1e200, 1e150]),
        lambda x: np.array([1e150, 1e150, 1e-250, 1e-200]), "", "",
    ),
    "of JAX, which takes subnormal numbers for zero": (
        lambda x: jnp.log(jnp.exp(x)), -740.0, lambda x: 1.0 + 0 * x, "unsure", "z1 = exp underflows on the way",
    ),
    "overflow": (
        lambda x: np.log(np.exp(x)), 800.0, lambda x: 1.0 + 0 * x, "unsure", "z1 = exp overflows on the way",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_r_tells_what_floats_lose_from_what_the_function_is(name: str) -> None:
    f, x, claim, state, says = LOST[name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "divide by zero|invalid value|overflow encountered")  # the caller's own
        report = crosscheck(f, x, claimed=claim)
    assert red(report) == ""
    assert report.ok
    assert {f.verdict for f in report.findings if f.method == "claimed"} == {Verdict.AGREE}
    assert state in ("", report.lamps["R"].state)
    assert says in report.lamps["R"].note


@pytest.mark.parametrize("name", ["log erfc", "log-sum-exp", "log of a sigmoid", "atanh tanh", "saturated"])
def test_a_wrong_claim_there_is_seen(name: str) -> None:
    f, x, claim, _, _ = LOST[name]
    assert accused(crosscheck(f, x, claimed=lambda x: claim(x) * (1 + 1e-9))) == {"claimed"}


@pytest.mark.parametrize("x", [-760.0, -745.0, 700.0, 800.0])
def test_r_is_red_for_a_random_draw_that_the_lost_value_hides_at_the_point(x: float) -> None:
    """-inf plus anything is -inf: further away it is not."""
    rng = np.random.default_rng(0)
    report = crosscheck(lambda x: np.log(np.exp(x)) + rng.uniform(1, 2), x)
    assert report.lamps["R"].state == "red"
    assert not report.ok


@pytest.mark.parametrize("x", [2.0, 18.5, 21.0])
def test_r_is_red_for_a_state_that_changed_after_the_recording(x: float) -> None:
    calls: list[float] = []

    def f(x: Any) -> Any:
        calls.append(0.0)
        return np.log(1 - np.tanh(x) ** 2) * (1.0 if len(calls) < 2 else 1.001)

    lamp = crosscheck(f, x).lamps["R"]
    assert lamp.state == "red"
    assert "away from the point, where it was recorded, the own function gives" in lamp.note or x < 20.0


@pytest.mark.parametrize(("text", "x", "own"), [
    ("exp(x)*1e200", -700.0, lambda x: 0.0),  # far from any underflow
    ("x*y", (1e-200, 1e200), lambda x, y: 0.0),  # nothing is lost, and long double says 0, too
    ("x**2", 1.5, lambda x: float("nan")),
    ("x*y*x*y", (1e-70, 1e70), lambda x, y: 0.0),  # in no order
    ("exp(x) - 1", 1e-12, lambda x: np.expm1(x) * (1 + 1e-3)),
    ("log(1 + exp(x))", -30.0, lambda x: np.log1p(np.exp(x)) + 1e-14),  # more than the digits that are lost
])  # fmt: skip
def test_r_is_red_where_nothing_that_is_lost_explains_the_value(text: str, x: Any, own: Function) -> None:
    problem = dataclasses.replace(function(text), own=own)
    at = dict(zip(problem.names, x if isinstance(x, tuple) else (x,), strict=True))
    assert crosscheck(problem, at=at).lamps["R"].state == "red"


NOISY: dict[str, tuple[Function, Any]] = {
    **{f"sin at {x:.0e}": (np.sin, x) for x in (1e10, 1e12, 1e13, 1e16, 1e22, 1e300)},
    **{f"a quick one at {x:.0e}": (lambda x: np.sin(x) + 1e-3 * np.sin(1e6 * x), x) for x in (3.0, 1e6, 1e10, 1e14)},
    "sinc far out": (lambda x: np.sin(x) / x, 1e16),
    "a slope that is no float64": (lambda x: 1 / x, 1e-160),
    "another": (lambda x: x**5, 1e100),
    "values that are none": (np.exp, 745.0),
    "squares that underflow": (lambda x: x / np.sqrt(x * x), 1e-160),
}


@pytest.mark.parametrize("name", NOISY)
def test_b_accuses_nobody_where_its_own_steps_are_at_fault(name: str) -> None:
    f, x = NOISY[name]
    report = crosscheck(f, x)
    assert report.lamps["B"].state == "unsure" or (report.lamps["B"].state == "green" and abs(x) <= 1e6)
    assert report.lamps["B"].note or report.lamps["B"].state == "green"
    assert red(report) == ""


def test_b_accuses_nobody_of_arrays_whose_squares_underflow() -> None:
    """The value is exactly 0 at the point, and as noisy as the others beside it."""
    report = crosscheck(
        lambda q: q / np.sqrt(np.sum(q * q)), np.array([1e-160, 2e-160, 0, 0]),
        claimed={"jacobian": lambda q: np.eye(4) / np.linalg.norm(q) - np.outer(q, q) / np.linalg.norm(q) ** 3},
    )  # fmt: skip
    assert report.lamps["B"].state == "unsure"
    assert red(report) == ""


def test_b_accuses_nobody_of_a_determinant_that_is_too_small_for_a_float() -> None:
    report = crosscheck(lambda a: np.linalg.det(np.outer(a, a) + np.diag(a)), np.array([1e-100, 1e-120, 1e-150]))
    assert red(report) == ""


@pytest.mark.parametrize("x", [1e16, 1e22])
def test_a_wrong_slope_there_is_seen_by_the_others(x: float) -> None:
    assert accused(crosscheck(np.sin, x, claimed=lambda x: np.cos(x) * (1 + 1e-9))) == {"claimed"}
    with pull_back("sin", times(1 + 1e-9)):
        assert accused(crosscheck(np.sin, x)) == {"tape"}


SMOOTH: dict[str, Function] = {
    "sin(x)": np.sin, "exp(x)": np.exp, "log(x)": np.log, "x**3": lambda x: x**3, "1/x": lambda x: 1 / x,
    "tanh(x)": np.tanh, "x - 1": lambda x: x - 1, "sqrt(x)": np.sqrt, "sin(20*x)": lambda x: np.sin(20 * x),
}  # fmt: skip


@pytest.mark.parametrize("error", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize("text", SMOOTH)
def test_b_is_red_for_a_slope_that_is_another_one(text: str, error: float) -> None:
    """The value at the point is the graph's, the slope is not: at ordinary points B sees it, whatever their scale."""
    f, problem = SMOOTH[text], function(text)
    for x in (1e-3, 0.3, 1.0, 1.7, 5.0, 300.0):
        slope = float(grad(problem)(x))

        def own(a: Any, x: float = x, slope: float = slope) -> Any:
            return f(a) + error * slope * (a - x)

        if slope > 1e100 or abs(slope) < 1e-6:
            continue  # saturated
        assert crosscheck(dataclasses.replace(problem, own=own), x).lamps["B"].state == "red"


def test_what_underflows_is_named_and_what_cancels_is_not() -> None:
    """A wrong rule is not excused by either."""
    tiny = crosscheck("sqrt(x**2 + y**2)", at={"x": 3e-170, "y": 4e-170}, claimed=["x/hypot(x, y)", "y/hypot(x, y)"])
    lost = [f for f in tiny.findings if f.verdict is Verdict.INACCURATE]
    assert lost
    assert all(f.reason.endswith("underflows on the way") for f in lost)
    cancelled = crosscheck("log(1 - tanh(x)**2)", 21.0)
    reasons = {f.reason for f in cancelled.findings if f.verdict is Verdict.INACCURATE}
    assert reasons
    assert not any("underflow" in reason for reason in reasons)
    assert accused(crosscheck("sqrt(x**2 + y**2)", at={"x": 3e-170, "y": 4e-170}, claimed=["x", "y"])) == {"claimed"}
