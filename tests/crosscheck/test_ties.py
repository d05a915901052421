"""Ties that no ball shows: two branches that are one real number, made in different ways. Proven, or said not to be."""

from __future__ import annotations

import inspect
import itertools
import math
from typing import Any

import mpmath
import numpy as np
import pytest

from symdiff import crosscheck
from symdiff.crosscheck.places import exact_values
from symdiff.crosscheck.places.exact_values import RULES, ExactValues
from symdiff.crosscheck.verdict import Verdict
from symdiff.graph import Graph
from symdiff.inputs import function
from symdiff.ops import TABLE
from tests.faults import accused, pull_back, times

ONE_SLOPE = {
    "max(sqrt(2)*sqrt(2)*x, 2*x)": 2.0, "max(exp(log(x)), x)": 1.0, "min(x*sqrt(3), 3*x/sqrt(3))": math.sqrt(3.0),
    "relu(log(exp(x)) - x)": 0.0, "max(exp(x)*exp(-x)*x, x)": 1.0,
    "abs(sin(x)**2 + cos(x)**2 - 1)": 0.0, "leaky_relu(log(exp(x)) - x)": 0.0,
}  # fmt: skip


@pytest.mark.parametrize("text", ONE_SLOPE)
def test_branches_that_are_one_function_have_one_slope_and_a_wrong_one_is_seen(text: str) -> None:
    slope = ONE_SLOPE[text]
    report = crosscheck(text, 0.7, claimed=lambda x: slope)
    assert report.verdict is Verdict.AGREE, report
    assert report.reference["grad"] == [pytest.approx(slope, rel=1e-15)]
    for wrong in (slope + 1e-9, -1.0, math.nan):
        assert accused(crosscheck(text, 0.7, claimed=lambda x, w=wrong: w, methods=("symbolic",))) == {"claimed"}


TWO_SLOPES = ["max(exp(log(x)), y)", "max(sqrt(2)*sqrt(2)*x/2, y)", "max((x + y) + 1e16, 1e16 + 2*y)"]


@pytest.mark.parametrize("text", TWO_SLOPES)
def test_at_a_tie_of_two_functions_each_slope_between_theirs_is_a_convention(text: str) -> None:
    """Rounding decides which branch the floats take; either is one that meets here."""
    report = crosscheck(text, 3.0, 3.0)
    assert report.verdict is Verdict.KINK, report
    whole = crosscheck(text, 3.0, 3.0, claimed=lambda x, y: (0.25, 0.9), methods=("symbolic",))
    assert accused(whole) == {"claimed"}


@pytest.mark.parametrize(("rule", "argument"), [("mul", 1), ("max", 0)])
def test_a_wrong_rule_is_seen_on_the_branch_that_rounding_took(rule: str, argument: int) -> None:
    with pull_back(rule, times(1 + 1e-9), argument):
        report = crosscheck("max(sqrt(2)*sqrt(2)*x, 2*x)", 3.0)
    assert accused(report) == {"tape"}


def test_what_is_not_proven_is_said_to_be_that() -> None:
    report = crosscheck("max(sin(2*x), 2*sin(x)*cos(x))", 0.7)
    assert report.verdict is Verdict.UNDECIDED
    assert all("zero to all digits looked at, and is not proven to be" in f.reason for f in report.findings)


def test_sums_that_differ_in_their_last_place_are_no_tie() -> None:
    report = crosscheck("max((x + y) + z, x + (y + z))", 0.1, 0.2, 0.3, methods=("symbolic",))
    assert report.verdict is Verdict.AGREE  # as real numbers they are equal, whatever rounding makes of them
    assert crosscheck("max(3*x, y)", 0.1, 0.30000000000000004, methods=("symbolic",)).reference["grad"] == [0.0, 1.0]


AT = {"x": 0.75, "y": 3.0, "z": 2.0, "w": 8.0}


def graph_of(text: Any, **options: Any) -> Graph:
    problem: Any = function(text, **options)  # Any: a formula is never a piece of code
    return problem.graph


def some(rng: np.random.Generator, depth: int) -> str:
    if not depth:
        return str(rng.choice(list(AT)))
    a, b = some(rng, depth - 1), some(rng, depth - 1)
    of = [
        "({a} + {b})", "({a})*({b})", "({a} - {b})", "({a})/({b} + w)", "sqrt({a})", "exp({a})", "log({a})", "({a})**2",
        "sqrt({a})*sqrt({b})", "sin({a})**2 + cos({a})**2", "max({a}, {a})", "({a})**0.5", "({a})**-1",
        "tanh({a})", "sinh({a})/cosh({a})", "cosh({a})**2 - sinh({a})**2", "sigmoid({a})", "1/(1 + exp(-({a})))",
        "log(({a})*({b}))", "log({a}) + log({b})", "cbrt({a})**3", "exp2({a})", "exp(({a})*log(2))",
        "sqrt(({a})*({b}))", "({a})/(({a}) + ({b})) + ({b})/(({a}) + ({b}))",
        "log(1 + exp({a}))", "softplus({a})", "log(({a})**2)/2", "abs({a})", "sqrt(({a})**2)", "abs(({a})*({b}))",
        "abs({a})*abs({b})", "max({a}, {b})", "min({b}, {a})", "abs(({a}) - ({b}))", "({a})**0.3",
    ]  # fmt: skip
    return str(rng.choice(of)).format(a=a, b=b)


def _of_real(f: Any) -> Any:
    """mpmath's function, where it is a real number."""

    def real(x: Any) -> Any:
        if x < 0:
            raise ZeroDivisionError
        return f(x)

    return real


def in_mpmath(text: str, **x: float) -> Any:
    names = {name: getattr(mpmath, name) for name in ("sqrt exp log sin cos sinh cosh tanh cbrt".split())}
    names |= {name: _of_real(names[name]) for name in ("sqrt", "log", "cbrt")}
    names["sigmoid"] = lambda x: 1 / (1 + mpmath.exp(-x))
    names["softplus"], names["exp2"] = lambda x: mpmath.log(1 + mpmath.exp(x)), lambda x: mpmath.mpf(2) ** x
    exact = {name: mpmath.mpf(v) for name, v in x.items()}
    names |= {"max": max, "min": min, "abs": abs}
    return eval(text, {"__builtins__": {}, **names, **exact})  # formulas of this file's own


ZEROS = {  # everywhere, or at (3/4, 3) only
    "exp(x + 1) - exp(x)*exp(1)": True, "tanh(x) - sinh(x)/cosh(x)": True, "sigmoid(x) + sigmoid(-x) - 1": True,
    "cosh(x)**2 - sinh(x)**2 - 1": True, "log10(x) - log(x)/log(10)": True, "cbrt(x)**3 - x": True,
    "x/(x + y) + y/(x + y) - 1": True, "sqrt(x*y) - sqrt(x)*sqrt(y)": True, "log(x*y) - log(x) - log(y)": False,
    "abs(x*y) - abs(x)*abs(y)": True, "sqrt(x**2) - abs(x)": True, "abs(x)**2 - x**2": True, "floor(y/y) - 1": True,
    "abs(3 - x) - abs(x - 3)": True, "abs(x/sqrt(x**2)) - 1": True,
    "sqrt((x - y)**2) - abs(y - x)": True, "sqrt(3*(x*y + y)**2) - sqrt(3)*abs(y)*abs(x + 1)": False,
    "sqrt(x**4 + 2*x**2 + 1) - x**2 - 1": True, "sqrt((x/y + 1)**2) - abs(x/y + 1)": True,
    "atan2(x, 2*x) - atan2(y, 2*y)": False, "max(y**0.3, 1) - y**0.3": False, "floor(y + x) - y": False,
    "where(x < y, abs(x - y) - y + x, x)": False,
    "sqrt(x**2) - x": False, "y - 4*x": False, "log(y**2) - 2*log(y)": False,
}  # fmt: skip
NO_ZEROS = (
    "sqrt(x**2 + y**2) - abs(x + y)", "sqrt(x**2 - 2*x*y + 2*y**2) - abs(x - y)", "atan2(x, y) - atan2(y, x)",
    "sqrt((x + y)**2*x**3) - abs(x + y)*x", "abs(x) - x", "abs(x - y) - abs(x) - abs(y)",
    "sqrt(x**3) - x", "max(x, y) - y", "floor(x) - x", "sin(pi/2)*x",
    "sinc(x)", "tan(pi/4)*x", "sqrt(x**2*y) - x*sqrt(y)", "cos(pi) - 1 + 0*x",
    "exp(log(x**2)/2) - x", "sqrt(x**2) - x", "tanh(x) - sinh(x)", "cbrt(x)**2 - x", "sqrt(x*y) - x",
)  # fmt: skip


@pytest.mark.parametrize("text", ZEROS)
def test_zeros_that_no_ball_shows(text: str) -> None:
    graph = graph_of(text)
    (out,), at = graph.outputs, [AT[graph.nodes[i].name] for i in graph.inputs]
    assert ExactValues(graph, at).is_zero(out)
    assert ExactValues(graph).is_zero(out) == ZEROS[text]
    report = crosscheck(f"relu({text}) + x", at={n: AT[n] for n in "xy" if n in text + "x"})
    assert not any(f.verdict is Verdict.UNDECIDED for f in report.findings), str(report)


TURNS = ["x*sin(3*pi)", "cos(pi/2)*x", "x*(cos(2*pi) - 1)", "tan(pi)*x", "sinc(y)", "sinc(y - 3) - 1"]


@pytest.mark.parametrize("text", TURNS)
def test_whole_turns(text: str) -> None:
    graph = graph_of(text)
    assert ExactValues(graph, [AT[graph.nodes[i].name] for i in graph.inputs]).is_zero(graph.outputs[0])


def test_the_sum_and_the_mean_of_one_number_are_that_number() -> None:
    def f(x: Any) -> Any:
        gap = np.sqrt(np.abs(x - np.mean(x))) + np.abs(np.sum(x * np.exp(x)) - x[0] * np.exp(x[0]))
        return np.sum(gap) + np.prod(x)

    report = crosscheck(f, np.array([0.3]), claimed=lambda x: np.array([2.0]))
    assert {f.verdict for f in report.findings if f.method == "symbolic"} == {Verdict.AGREE}, str(report)
    assert "claimed" in accused(report)


@pytest.mark.parametrize("text", ["abs(asinh(x) - asinh(x))", "x*relu(x - x) + leaky_relu(exp(x)*exp(-x) - 1, 0.1)"])
def test_what_stays_zero_has_no_kink(text: str) -> None:
    report = crosscheck(text, 1.1)
    assert {f.verdict for f in report.findings} <= {Verdict.AGREE, Verdict.INACCURATE}, str(report)
    assert report.reference["grad"] == [0.0]
    assert accused(crosscheck(text, 1.1, claimed=lambda x: 1e-9, methods=("tape",))) == {"claimed"}


def test_rules_take_what_their_ops_do() -> None:
    for name, rule in RULES.items():
        wanted = set(inspect.signature(rule).parameters.values())
        named = {p.name for p in wanted if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)}
        assert named >= set(TABLE[name].params), name
        assert TABLE[name].params or not any(p.kind is p.KEYWORD_ONLY for p in wanted), name


def test_what_is_too_much_work_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_values, "MOST_WORK", 0)
    graph = graph_of("sqrt(x)*sqrt(x)*exp(y)")
    assert not ExactValues(graph).is_zero(graph.outputs[0])


def test_a_function_with_many_terms_ends_soon() -> None:
    graph = Graph()
    steps = [graph.input(f"x{k}") for k in range(8)]
    for k in range(1500):
        a, b = steps[-1 - k % 3], steps[-1 - 3 * k % 8]
        quotient = graph.apply("div", b, graph.apply("add", a, steps[k % 8]))
        steps.append(graph.apply("mul" if k % 2 else "add", a, quotient))
    graph.outputs = (graph.apply("sub", steps[-1], steps[-2]),)
    assert not ExactValues(graph).is_zero(graph.outputs[0])  # without a bound it takes more than anybody's patience


@pytest.mark.parametrize("text", NO_ZEROS)
def test_what_is_no_zero_is_not_proven_to_be_one(text: str) -> None:
    graph = graph_of(text)
    assert not ExactValues(graph).is_zero(graph.outputs[0])
    at = {"x": -0.5, "y": -2.5}
    assert not ExactValues(graph, [at[graph.nodes[i].name] for i in graph.inputs]).is_zero(graph.outputs[0])


@pytest.mark.parametrize("seed", range(8))
def test_functions_that_are_proven_equal_are_equal_everywhere(seed: int) -> None:
    """Where both are defined, at points with both signs."""
    rng = np.random.default_rng(seed)
    texts = [some(rng, int(rng.integers(1, 3))) for _ in range(60)]
    graph = graph_of(texts, variables=tuple(AT))
    exact = ExactValues(graph)
    for j, k in itertools.combinations(range(60), 2):
        if texts[j] != texts[k] and exact.equal(graph.outputs[j], graph.outputs[k]):
            for at in ({"x": -0.75, "y": 3.0, "z": -2.0, "w": 8.0}, {"x": 1.3, "y": -0.2, "z": 0.7, "w": -4.0}, AT):
                with mpmath.workdps(60):
                    try:
                        one, other = in_mpmath(texts[j], **at), in_mpmath(texts[k], **at)
                    except (ZeroDivisionError, OverflowError, TypeError):  # not defined there, as a real number
                        continue
                    if mpmath.im(one) == 0 == mpmath.im(other):
                        assert abs(one - other) <= mpmath.mpf(10) ** -50 * (1 + abs(one)), (texts[j], texts[k], at)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_proven_equal_is_equal(seed: int) -> None:
    """Every pair of nodes of random formulas, against 60 digits; and the proofs find something."""
    rng = np.random.default_rng(seed)
    texts = [some(rng, int(rng.integers(1, 4))) for _ in range(40)]
    graph = graph_of(texts, variables=tuple(AT))
    exact = ExactValues(graph, list(AT.values()))
    proven = 0
    with mpmath.workdps(60):
        numbers: list[Any] = []
        for text in texts:
            try:
                numbers.append(in_mpmath(text, **AT))
            except (ZeroDivisionError, OverflowError):
                numbers.append(None)
        real = [k for k, v in enumerate(numbers) if v is not None and mpmath.im(v) == 0 and mpmath.isfinite(v)]
        for j in real:
            for k in real[: real.index(j)]:
                if exact.equal(graph.outputs[j], graph.outputs[k]):
                    proven += graph.outputs[j] != graph.outputs[k]
                    assert abs(numbers[j] - numbers[k]) <= mpmath.mpf(10) ** -50 * (1 + abs(numbers[j])), (j, k)
    assert proven


def test_what_balls_show_is_known_of_every_step() -> None:
    """Not only of those beneath the first that was asked for."""
    graph = graph_of(["max(x, y) - y", "where(x < y, x, 7) - x"])
    exact = ExactValues(graph, [0.5, 3.0])
    assert all(exact.is_zero(o) for o in graph.outputs)
