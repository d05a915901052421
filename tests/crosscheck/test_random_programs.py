"""What random programs have shown: each alarm's reason in small, and beside it a wrong derivative that must be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import sympy
from scipy import special

from symdiff import balls, crosscheck
from symdiff.balls import precision
from symdiff.ops import TABLE
from tests.faults import accused

TIED = {"x": 1e-160, "y": -1e-8}  # whose difference has more bits than the balls begin with


@pytest.mark.parametrize("text", ["max(x - y, x - y)", "min(x - y, x - y)", "clip(x - y, x - y, 9)"])
def test_one_number_twice_moves_as_it_does(text: str) -> None:
    """Program 437: the larger of a wide ball and itself was taken for a constant, and the truth for 0."""
    report = crosscheck(text, at=TIED)
    assert report.ok
    assert report.reference["grad"] == [1.0, -1.0]
    assert accused(crosscheck(text, at=TIED, claimed=lambda x, y: [0.0, 0.0])) == {"claimed"}
    assert accused(crosscheck(text, at=TIED, claimed=lambda x, y: [1.0, -1.0 - 1e-9])) == {"claimed"}


@pytest.mark.parametrize("text", ["max(1/x, 1/x)", "min(1/x, 1/x)", "max(exp(x), exp(x))**2"])
def test_one_number_twice_is_decided_however_wide_it_is(text: str) -> None:
    """Program 65: 1/x is never exact in balls, and nothing was certain about the larger of it and itself."""
    assert crosscheck(text, at={"x": -0.8747}).ok
    assert accused(crosscheck(text, at={"x": -0.8747}, claimed=lambda x: 0.0)) == {"claimed"}


def test_two_that_cannot_be_told_apart_and_move_differently_have_no_slope() -> None:
    with precision(64, 1):
        x, y = balls.variable(1e-160, 1.0), balls.variable(1e-160, 2.0)
        wide = balls.const(1e8)
        for chosen in (balls.maximum, balls.minimum):
            assert not chosen(x + wide, y + wide)[1].is_finite()
            assert chosen(x + wide, x + wide)[1] == 1


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.linalg.norm(x, 3) + np.sum(np.cbrt(np.exp(x))),
        lambda x: np.sum(x**0.3333333333333333 + np.cbrt(x) ** 2),
        lambda x: np.sum(0.4342944819032518 * x * np.log10(x)),
    ],
)
def test_a_number_that_is_the_callers_and_the_librarys(f: Callable[..., Any]) -> None:
    """Program 113 in float32: JAX's 1/3, in the derivative of cbrt, is the same double as the function's own."""
    x = np.array([1.0, 3.0, 1.5])
    assert crosscheck(f, x).ok


def test_such_a_number_hides_no_wrong_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """JAX is given another cbrt, whose slope is off by 1e-9, in a function that has 1/3 itself."""
    import jax

    from symdiff.ops import TABLE

    def off(x: Any) -> Any:
        return jax.numpy.cbrt(x) + 1e-9 * (x - jax.lax.stop_gradient(x)) * jax.numpy.cbrt(x)

    def f(x: Any) -> Any:
        return np.sum(x**0.3333333333333333 + np.cbrt(x) ** 2)

    row = TABLE["cbrt"]
    x = np.array([1.0, 3.0, 1.5])
    assert crosscheck(f, x).ok
    monkeypatch.setitem(TABLE, "cbrt", replace(row, jax=off))
    assert accused(crosscheck(f, x)) == {"jax"}


def test_no_float64_is_nearer_to_what_underflows_than_zero() -> None:
    """Program 654: the slope of expm1 at -1157000 is 1e-502475, and the claim is the double nearest to it."""
    assert crosscheck("expm1(x)", at={"x": -1157000.0}, claimed=lambda x: 0.0).ok
    assert accused(crosscheck("expm1(x)", at={"x": -700.0}, claimed=lambda x: 0.0)) == {"claimed"}
    assert accused(crosscheck("expm1(x)", at={"x": -1157000.0}, claimed=lambda x: 2.0 * np.exp(x))) == {"claimed"}


@pytest.mark.parametrize("x", [-719.5, -730.25, -744.0])
def test_a_subnormal_claim_has_as_few_places_as_it_has(x: float) -> None:
    """Programs 2466 and 2796: the slope is 1.1e-315, and the claim the double nearest to it."""
    right = crosscheck("exp(x)", at={"x": x}).reference["grad"][0]
    assert not accused(crosscheck("exp(x)", at={"x": x}, claimed=lambda x: right))
    for wrong in (right + 2 * 5e-324, -right, 1.5 * right):
        assert accused(crosscheck("exp(x)", at={"x": x}, claimed=lambda x, wrong=wrong: wrong)) == {"claimed"}


def test_the_side_of_a_jump_that_rounding_decides_is_no_wrong_value() -> None:
    """Program 8319: (x + z) - x is z, and a unit more in floats; lamp V was red."""

    def f(x: Any, z: Any) -> Any:
        moved = (x + z) - x
        return np.sum(np.where(moved > z, moved, z * 2.0))

    point = 1.0602830907941712, np.array([0.42362707061437516, -0.9770523094836785])
    assert (point[0] + point[1][0]) - point[0] > point[1][0]
    assert crosscheck(f, *point, wrt=(0, 1)).lamps["V"].state != "red"


def test_a_wrong_value_beside_a_jump_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    import jax

    monkeypatch.setitem(TABLE, "exp", replace(TABLE["exp"], jax=lambda x: jax.numpy.exp(x) * (1 + 1e-9)))
    report = crosscheck("where(x > 1, exp(x), 2*exp(x))", at={"x": 1.0})
    assert report.lamps["V"].state == "red"


def test_sinc_of_what_sympy_has_no_lasting_opinion_of() -> None:
    """Program 200 in float32: sinc's series lost its parameter, as the sign of its argument was known once only."""
    f = "sinc(atanh(sin(y)/2)/pi) + y"
    assert crosscheck(f, at={"y": 1.000437617301941}).ok
    assert accused(crosscheck(f, at={"y": 1.000437617301941}, claimed=lambda y: 1.0)) == {"claimed"}


def test_the_parameter_of_such_a_series_is_a_number_of_its_own() -> None:
    import sympy as sp

    from symdiff.graph import Graph
    from symdiff.inputs.sympy_special import _hyper

    graph = Graph()
    x = sp.Symbol("x", real=True)
    series = sp.hyper((), (sp.Rational(3, 2),), x)  # whose sign nobody knows
    at = graph.nodes[_hyper(series, graph, {x: graph.input("x")})]  # type: ignore[index]  # there is a row
    assert at.op == "hyp0f1"
    assert float(graph.nodes[at.args[0]].value) == 1.5  # type: ignore[arg-type]  # a constant


def test_where_a_function_is_not_defined_beside_the_point_an_infinity_says_so() -> None:
    """Program 5403: 0 to the power of a number below zero is inf, beside a point where it was 0**0; lamp R was red."""

    def f(x: Any) -> Any:
        return np.sum(np.abs(np.flip(x, axis=0)) ** np.tanh(special.gammaln(1.0 + np.abs(x))))

    x = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 1.2799336778455974]])
    assert crosscheck(f, x).lamps["R"].state == "green"
    seen: list[float] = []

    def remembers(x: Any) -> Any:  # a constant that was another one when it was recorded
        seen.append(0.0)
        return f(x) + float(len(seen))

    assert crosscheck(remembers, x).lamps["R"].state == "red"


def test_beside_an_infinite_slope_the_others_may_be_rounded() -> None:
    """Programs 6281 and 7451: -0.507366 where the slope is -0.507366, a few units in the last place beside it."""

    def f(x: Any) -> Any:
        return np.sum(np.sqrt(np.abs(x))) + np.sum(np.tanh(x) * x)

    x = np.array([1.7894473659290608, -0.9711762837148028, 0.0, 5.0, 7.0, 8.0])
    assert not accused(crosscheck(f, x))
    with np.errstate(all="ignore"):
        right = np.sign(x) / (2 * np.sqrt(np.abs(x))) + np.tanh(x) + x / np.cosh(x) ** 2
    right[2] = np.inf
    assert not accused(crosscheck(f, x, claimed=lambda x: right))
    assert accused(crosscheck(f, x, claimed=lambda x: np.where(x == 7.0, 1 + 1e-9, 1.0) * right)) == {"claimed"}


def test_a_side_that_is_met_where_one_entry_is_small_beside_another() -> None:
    """Program 1172 in float32: rays whose entries are of one size never meet the side whose slopes the tape and JAX
    take, and they were accused. SymPy's, who takes two sides for one, are out of all."""

    def f(x: Any) -> Any:
        z = x.T @ x
        least = np.min(z, axis=1, keepdims=True)
        scaled = x / np.array([[2.0, 1.27], [2.54, 1.0]])
        return np.sum(np.where(scaled > least, scaled, least * 2.0))

    x = np.array([[1.9654662609100342, 0.0], [0.0, 0.0]])
    report = crosscheck(f, x)
    assert accused(report) <= {"symbolic"}, str(report)
    tape = [f.value for f in report.findings if f.method == "tape"]
    wrong = np.reshape(tape, (2, 2)) * np.array([[1.0, 3.0], [1.0, 1.0]])
    assert "claimed" in accused(crosscheck(f, x, claimed=lambda x: wrong))


def deviation(x: Any) -> Any:
    z = np.arcsinh(x)
    return np.sum(x / (1.0 + z * z)) + np.std(x)


NEARLY_EQUAL = np.array([1.0002479553222656, 1.0000734329223633, 1.0002086162567139])


def test_a_compiler_may_round_the_mean_in_two_ways() -> None:
    """Program 1050 in float32: XLA computes x - mean(x) in two loops, in one with a fused multiply-add, and the error
    of the mean no longer cancels. In float32 that takes more than half of the digits, which is said."""
    assert not accused(crosscheck(deviation, NEARLY_EQUAL))
    assert not accused(crosscheck(deviation, NEARLY_EQUAL.astype(np.float32), operators="vjp"))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_that_hides_no_wrong_rule_of_jax(monkeypatch: pytest.MonkeyPatch, dtype: str) -> None:
    import jax

    def off(x: Any) -> Any:  # its slope
        return jax.numpy.arcsinh(x) + 1e-7 * (x - jax.lax.stop_gradient(x))

    monkeypatch.setitem(TABLE, "asinh", replace(TABLE["asinh"], jax=off))
    assert accused(crosscheck(deviation, NEARLY_EQUAL.astype(dtype))) == {"jax"}


def test_a_second_derivative_that_is_zero_beside_a_kink() -> None:
    """Program 2163: differences between rays very close together left 5e-82 where the derivative is 0."""

    def f(x: np.ndarray) -> Any:
        z = np.minimum(x, 3.0 * x)
        return np.sum(np.arctanh(0.5 * np.sin(z))) + np.sum(np.sin(z))

    def hessian(x: np.ndarray, beside: float) -> np.ndarray:
        h = np.diag([0.0, 1.5939789446332338, 1.5939789446332338])
        h[1, 2] = beside
        return h

    x = np.array([0.0, -1.0, -1.0])
    assert crosscheck(f, x, operators="hessian").ok
    assert crosscheck(f, x, claimed={"hessian": lambda x: hessian(x, 0.0)}).ok
    for beside in (1e-25, -1e-14, 1.0):
        assert "claimed" in accused(crosscheck(f, x, claimed={"hessian": lambda x, b=beside: hessian(x, b)}))


def test_a_jvp_beyond_all_slopes_nearby_is_held_against_the_ends() -> None:
    """Program 5797: of many variables nobody knows both sides, and 48 slopes were listed."""

    def f(x: np.ndarray) -> Any:
        return np.sum(np.fmax(x, np.hypot(x, x))) + 2 * np.sum(np.where(x > 0.0, x, 2.0 * np.expm1(x)))

    x, sides = np.array([5.0, 0.0]), 2 + np.sqrt(2.0)
    report = crosscheck(f, x, operators="jvp")
    wrong = [finding for finding in report.findings if finding.method == "tape"]
    assert [str(w.verdict) for w in wrong] == ["DIFFER"]
    assert wrong[0].reason.count(" and ") < 5
    between = crosscheck(f, x, claimed={"jvp": lambda x, v: sides * v[0] + 3.0 * v[1]}, methods=("tape",))
    assert [str(f.verdict) for f in between.findings if f.method == "claimed"] == ["KINK"]


GAMMA_OVERFLOWS = "silu(mod(z, 5))/mod(1.25 + y, 2 + abs(beta(1 + abs(y), 2 + sin(z))))"


def test_a_value_that_overflows_beside_a_jump_is_no_wrong_value() -> None:
    """Program 8828: which side of its jump mod is on decides nothing about SymPy's gamma, which is infinite."""
    at = {"y": 17020.0, "z": -22930.0}
    report = crosscheck(GAMMA_OVERFLOWS, at=at)
    assert report.lamps["V"].state != "red", report.lamps["V"].note
    assert not accused(report)


@pytest.mark.parametrize("wrong", ["log(-1 - x**2)", "x / (1 + exp(-x)) + 1/4"])
def test_a_wrong_value_beside_a_jump_is_one(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As above, and SymPy means something else by silu: nan, or a quarter more."""
    x, meant = sympy.Symbol("x"), sympy.sympify(wrong)
    monkeypatch.setitem(TABLE, "silu", replace(TABLE["silu"], sympy=lambda at: meant.subs(x, at)))
    report = crosscheck("silu(mod(z, 5)) / mod(1.25 + y, 2)", at={"y": 17020.0, "z": -22930.0})
    assert report.lamps["V"].state == "red"
    assert report.lamps["V"].note.startswith("symbolic")


MOD_JUMPS = (
    "beta(1 + abs(polygamma(1, 1 + abs(digamma(1 + mod(x, 2.5)**2)))), "
    "2 + sin(log(abs(clip((1 + abs(x))**x, -2, x - 1e-3)))))"
)


def test_digits_beside_a_jump_where_nobody_knows_what_rounding_does() -> None:
    """Program 390: a power underflows on the way, so that rounding has no bound; JAX's slope is 11 last places off."""
    report = crosscheck(MOD_JUMPS, at={"x": -710.0})
    assert not accused(report)
    for factor, right in ((1 + 1e-12, True), (1 - 1e-6, False), (-1.0, False)):
        claimed = crosscheck(MOD_JUMPS, at={"x": -710.0}, claimed=lambda x, k=factor: k * 0.00014464016077768747)
        assert ("claimed" not in accused(claimed)) == right
