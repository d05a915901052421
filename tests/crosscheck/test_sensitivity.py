"""How small a fault may be and is still seen: relative errors down to 1e-12, wherever, and signs at any scale.

For everybody whose program can be opened (the three methods, a claim in NumPy, a claim in JAX) the rule is judged in
balls, so the size of the error does not matter; a claim that cannot be opened has only its numbers, and an error of
1e-9 shows in them at well-conditioned points. Every test that plants a fault has a twin without one, which agrees.

What is caught of what, as a table: `pytest -rA tests/crosscheck/test_sensitivity.py`. In CI the largest
error and the smallest, at ten thousand entries the smallest; all of them with SYMDIFF_FULL=1 (make full K=sensitivity).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy as sp

import symdiff as sd
from symdiff.crosscheck import crosscheck
from symdiff.crosscheck.report import Report
from symdiff.crosscheck.verdict import Verdict
from symdiff.methods.symbolic import method as symbolic_method
from symdiff.methods.symbolic import program as symbolic_program
from symdiff.methods.symbolic import templates
from tests.data_files import FULL, cases
from tests.faults import accused, patched, pull_back, row, times

ERRORS = [1e-3, 1e-6, 1e-9, 1e-12] if FULL else [1e-3, 1e-12]
RNG = np.random.default_rng(6)
MANY = 10_000
A, B = RNG.normal(size=(20, 4)), RNG.normal(size=20)
LABELS = RNG.choice([-1.0, 1.0], 20)
W1, W2 = RNG.normal(size=(5, 4)), RNG.normal(size=5)
SPAN = np.linspace(0.1, 37.0, 24)  # exp of minus that: sixteen orders of magnitude


@dataclass(frozen=True)
class Case:
    """A function and its gradient, each for NumPy's and JAX's namespace; the point; an op of it to break."""

    f: Callable[[Any], Callable[[Any], Any]]
    gradient: Callable[[Any], Callable[[Any], Any]]
    x: np.ndarray
    op: str


def net(np: Any) -> Callable[[Any], Any]:
    return lambda x: np.sum(np.tanh(W1 @ x) * W2)


def net_gradient(np: Any) -> Callable[[Any], Any]:
    return lambda x: np.transpose(W1) @ (W2 * (1 - np.tanh(W1 @ x) ** 2))


CASES = {
    "elementwise": Case(
        lambda np: lambda x: np.sum(np.sin(x) * x), lambda np: lambda x: np.cos(x) * x + np.sin(x),
        RNG.normal(size=30), "sin",
    ),
    "least squares": Case(
        lambda np: lambda w: np.sum((A @ w - B) ** 2), lambda np: lambda w: 2.0 * (np.transpose(A) @ (A @ w - B)),
        RNG.normal(size=4), "integer_power",
    ),
    "logistic regression": Case(
        lambda np: lambda w: np.mean(np.log1p(np.exp(-LABELS * (A @ w)))),
        lambda np: lambda w: -(np.transpose(A) @ (LABELS / (1.0 + np.exp(LABELS * (A @ w))))) / 20.0,
        RNG.normal(size=4), "log1p",
    ),
    "net": Case(net, net_gradient, RNG.normal(size=4), "tanh"),
    "over 1e16 in scale": Case(
        lambda np: lambda x: np.sum(np.exp(-x) * x), lambda np: lambda x: np.exp(-x) * (1.0 - x), SPAN, "exp",
    ),
    "of size 1e-12": Case(
        lambda np: lambda x: 1e-12 * np.sum(np.sin(x)), lambda np: lambda x: 1e-12 * np.cos(x),
        RNG.normal(size=6), "sin",
    ),
}  # fmt: skip
FORMULAS = {
    "sin(x)*exp(y) + x*y": {"x": 1.37, "y": 0.61}, "log(1 + x**2)/y": {"x": 0.7, "y": 3.0},
    "sqrt(x**2 + y**2)*tanh(x)": {"x": -0.4, "y": 1.1}, "x**1.5*exp(-y**2/2)": {"x": 2.3, "y": 5.5},
}  # fmt: skip


# -- who makes the mistake --------------------------------------------------------------------------------------


def in_numpy(case: Case, weights: np.ndarray) -> Callable[[Any], Any]:
    return lambda x: case.gradient(np)(x) * weights


def in_jax(case: Case, weights: np.ndarray) -> Callable[[Any], Any]:
    return lambda x: case.gradient(jnp)(x) * weights


def of_jax_grad(case: Case, weights: np.ndarray) -> Callable[[Any], Any]:
    return lambda x: jax.grad(case.f(jnp))(x) * weights


def not_opened(case: Case, weights: np.ndarray) -> Callable[[Any], Any]:
    """Numbers only: what is recorded is no plain float, and what JAX traces is none either."""
    return lambda x: case.gradient(np)(np.array([float(v) for v in x])) * weights


CLAIMANTS = {"NumPy": in_numpy, "JAX": in_jax, "jax.grad": of_jax_grad, "not opened": not_opened}
OPENED = [c for c in CLAIMANTS if c != "not opened"]


def the_whole(case: Case, factor: float) -> np.ndarray:
    return np.full(case.x.shape, factor)


def the_smallest(case: Case, factor: float) -> np.ndarray:
    size = np.abs(case.gradient(np)(case.x))
    return np.where(size == np.min(size), factor, 1.0)


PLACES = {"every entry": the_whole, "the smallest entry": the_smallest}


def claimed(case: Case, who: str, weights: np.ndarray) -> Report:
    return crosscheck(case.f(np), case.x, claimed=CLAIMANTS[who](case, weights), methods=["tape"])


def wrong_entries(report: Report) -> list[tuple[int, ...]]:
    return [f.index for f in report.findings if f.verdict is Verdict.DIFFER]


# -- claims -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", OPENED)
@pytest.mark.parametrize("name", CASES)
def test_a_claim_that_can_be_opened(name: str, who: str, place: str, error: float) -> None:
    case = CASES[name]
    weights = PLACES[place](case, 1 + error)
    report = claimed(case, who, weights)
    assert accused(report) == {"claimed"}
    assert wrong_entries(report) == [(int(k),) for k in np.flatnonzero(weights != 1.0)]
    assert {f.reason for f in report.findings if f.verdict is Verdict.DIFFER} == {"the rule is wrong"}


@pytest.mark.parametrize("error", [1e-3, 1e-6, 1e-9] if FULL else [1e-3, 1e-9])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", CASES)
def test_a_claim_that_cannot_be_opened(name: str, place: str, error: float) -> None:
    case = CASES[name]
    weights = PLACES[place](case, 1 + error)
    report = claimed(case, "not opened", weights)
    assert accused(report) == {"claimed"}
    assert wrong_entries(report) == [(int(k),) for k in np.flatnonzero(weights != 1.0)]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("who", CLAIMANTS)
def test_a_sign_in_a_gradient_of_size_1e_12(who: str, place: str) -> None:
    case = CASES["of size 1e-12"]
    weights = PLACES[place](case, -1.0)
    report = claimed(case, who, weights)
    assert wrong_entries(report) == [(int(k),) for k in np.flatnonzero(weights != 1.0)]


@pytest.mark.parametrize("who", CLAIMANTS)
@pytest.mark.parametrize("name", CASES)
def test_the_same_without_the_fault_agrees(name: str, who: str) -> None:
    case = CASES[name]
    report = crosscheck(case.f(np), case.x, claimed=CLAIMANTS[who](case, the_whole(case, 1.0)))
    assert {str(f.verdict) for f in report.findings} == {"AGREE"}, str(report)
    assert report.ok


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("text", FORMULAS)
def test_a_claimed_formula(text: str, error: float) -> None:
    slopes = [sd.formula(text, v) for v in FORMULAS[text]]
    assert crosscheck(text, at=FORMULAS[text], claimed=slopes).ok
    report = crosscheck(text, at=FORMULAS[text], claimed=[slopes[0], slopes[1] * sp.Float(1 + error, 17)])
    assert accused(report) == {"claimed"}
    assert [f.argument for f in report.findings if f.verdict is Verdict.DIFFER] == ["y"]


# -- one of ten thousand ----------------------------------------------------------------------------------------

GUILTY = {17: 1e-3, 4321: 1e-6, 5000: 1e-9, 9998: 1e-12}
LARGE = {
    "taken apart": Case(
        lambda np: lambda x: np.sum(np.exp(-x)), lambda np: lambda x: -np.exp(-x), np.linspace(0.0, 37.0, MANY), "exp",
    ),
    "in arrays of balls": Case(
        lambda np: lambda x: np.sum(np.exp(-x) * np.sin(x) * np.cos(x) / (1.0 + x**2)),
        lambda np: lambda x: np.exp(-x) / (1.0 + x**2) * (
            np.cos(2.0 * x) - 0.5 * np.sin(2.0 * x) * (1.0 + 2.0 * x / (1.0 + x**2))
        ),
        np.linspace(0.0, 37.0, MANY), "exp",
    ),
}  # fmt: skip


@pytest.mark.parametrize("who", ["NumPy", "JAX"])
def test_one_of_ten_thousand_is_named_and_the_others_agree(who: str) -> None:
    """The last ones are sixteen orders of magnitude smaller than the first."""
    case, weights = LARGE["taken apart"], np.ones(MANY)
    for k, error in GUILTY.items():
        weights[k] += error
    report = claimed(case, who, weights)
    assert wrong_entries(report) == [(k,) for k in GUILTY]
    assert {str(f.verdict) for f in report.findings} == {"DIFFER", "AGREE"}


@pytest.mark.parametrize("who", CLAIMANTS)
@pytest.mark.parametrize(("k", "error"), [(0, 1e-3), (4321, 1e-12), (9999, 1e-9), (9999, 1e-12)][0 if FULL else 3 :])
def test_of_more_steps_than_are_taken_apart(who: str, k: int, error: float) -> None:
    """One finding for the array, at its worst entry."""
    case, weights = LARGE["in arrays of balls"], np.ones(MANY)
    if who == "not opened":
        error = max(error, 1e-9)
    weights[k] += error
    report = claimed(case, who, weights)
    assert wrong_entries(report) == [(k,)], str(report)
    assert accused(report) == {"claimed"}


@pytest.mark.parametrize("who", CLAIMANTS if FULL else ["NumPy", "not opened"])
def test_all_of_ten_thousand_right(who: str) -> None:
    case = LARGE["in arrays of balls"]
    report = crosscheck(case.f(np), case.x, claimed=CLAIMANTS[who](case, np.ones(MANY)))
    assert {(f.method, str(f.verdict)) for f in report.findings} == {
        (m, "AGREE") for m in ("symbolic", "tape", "jax", "claimed")
    }, str(report)
    basis = {f.method: f.basis for f in report.findings}
    assert {basis[m] for m in ("symbolic", "tape", "jax")} == {"certified"}
    assert basis["claimed"] == ("measured" if who == "not opened" else "certified")


# -- the methods ------------------------------------------------------------------------------------------------


def entry(k: int, factor: float) -> Callable[[Any], Any]:
    """A rule that is wrong in one entry of the array it is for."""

    def mutate(rule: Any) -> Any:
        def wrong(ct: Any, y: Any, *args: Any, **params: Any) -> Any:
            return rule(ct, y, *args, **params) * np.where(np.arange(np.size(y)) == k, factor, 1.0).reshape(np.shape(y))

        return wrong

    return mutate


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", CASES)
def test_a_rule_of_the_tape(name: str, error: float) -> None:
    case = CASES[name]
    with pull_back(case.op, times(1 + error)):
        assert accused(crosscheck(case.f(np), case.x)) == {"tape"}


@pytest.mark.parametrize("error", ERRORS)
def test_a_rule_of_the_tape_in_the_smallest_entry(error: float) -> None:
    case, last = CASES["over 1e16 in scale"], len(SPAN) - 1
    with pull_back("exp", entry(last, 1 + error)):
        report = crosscheck(case.f(np), case.x)
    assert wrong_entries(report) == [(last,)]
    assert accused(report) == {"tape"}


@pytest.mark.parametrize("factor", [-1.0, *(1 + e for e in ERRORS)])
def test_a_column_of_jax(factor: float) -> None:
    """With the right value, as a custom rule that is wrong would have it."""
    for name in ("elementwise", "of size 1e-12"):

        @jax.custom_jvp
        def sin(x: Any) -> Any:
            return jnp.sin(x)

        sin.defjvps(lambda t, y, x: factor * t * jnp.cos(x))
        case = CASES[name]
        with row("sin", jax=sin):
            assert accused(crosscheck(case.f(np), case.x)) == {"jax"}


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", CASES)
def test_a_partial_of_the_symbolic_program(name: str, error: float) -> None:
    def corrupt(shape: Any, arity: int) -> templates.Template:
        ready = templates.template(shape, arity)
        graph = ready.graph.copy()
        graph.outputs = tuple(graph.apply("mul", o, graph.const(1 + error)) for o in ready.graph.outputs)
        return replace(ready, graph=graph, constant=(None,) * arity)

    case = CASES[name]
    with patched(symbolic_method, "CLOSED_OPS", 0), patched(symbolic_program, "template", corrupt):
        assert accused(crosscheck(case.f(np), case.x)) == {"symbolic"}


@pytest.mark.parametrize("who", ["tape", "jax"])
@pytest.mark.parametrize("error", ERRORS if FULL else [1e-12])
def test_a_method_in_ten_thousand_entries(who: str, error: float) -> None:
    """A rule of more steps than are taken apart; the tape's is wrong in its smallest entry alone."""
    case = LARGE["in arrays of balls"]
    fault = (
        pull_back("exp", entry(MANY - 1, 1 + error)) if who == "tape"
        else row("exp", jax=lambda x: jnp.exp(x) * (1 + error))
    )  # fmt: skip
    with fault:
        report = crosscheck(case.f(np), case.x, methods=["tape", "jax"])
    assert accused(report) == {who}


# -- physics ----------------------------------------------------------------------------------------------------


def test_the_laws_of_physics() -> None:
    """An error of 1e-12 in the first slope of every fourth formula; without it, none is accused."""
    missed, alarms = [], []
    for case in cases("feynman")[::4]:
        names = [name for name, _, _ in case["variables"]]
        at = dict(zip(names, map(float, case["points"][0]["x"]), strict=True))
        slopes = [sd.formula(sd.function(case["formula"], names), name) for name in names]
        f = sd.function(case["formula"], names)
        if not crosscheck(f, at=at, claimed=slopes, methods=["tape"]).ok:
            alarms.append(case["id"])
        wrong = [slopes[0] * sp.Float(1 + 1e-12, 17), *slopes[1:]]
        if accused(crosscheck(f, at=at, claimed=wrong, methods=["tape"])) != {"claimed"} and slopes[0] != 0:
            missed.append(case["id"])
    assert (missed, alarms) == ([], [])


SIZES = 10.0 ** np.array([-300, -150, 0, 150, 300])
WIDE = 10.0 ** np.linspace(-300, 300, 16_000)


@pytest.mark.parametrize("who", CLAIMANTS)
def test_gradients_that_span_six_hundred_orders_of_magnitude(who: str) -> None:
    """Grossly wrong where the entries are small, right where they are large; and off by 1e-9 in each alone."""
    case = Case(lambda np: lambda x: np.sum(SIZES * np.sin(x)), lambda np: lambda x: SIZES * np.cos(x), SPAN[:5], "sin")
    assert claimed(case, who, np.ones(5)).ok
    assert wrong_entries(claimed(case, who, np.array([7.0, -1.0, 1.0, 1.0, 1.0]))) == [(0,), (1,)]
    for k in range(5):
        weights = np.ones(5)
        weights[k] += 1e-9
        assert wrong_entries(claimed(case, who, weights)) == [(k,)]


def test_one_of_many_thousands_that_span_as_much() -> None:
    """Of 16,000, in arrays of balls: the third smallest, 1e-299, is off by 1e-9."""

    def f(x: Any) -> Any:
        return np.sum(WIDE * np.sin(x) ** 2)

    def gradient(x: Any) -> Any:
        return WIDE * weights * np.sin(2 * x)

    x, weights = np.full(len(WIDE), 0.7), np.ones(len(WIDE))
    weights[3] += 1e-9
    assert wrong_entries(crosscheck(f, x, claimed=gradient, methods=("tape",))) == [(3,)]
