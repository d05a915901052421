"""The functions that every method has to differentiate, by every operator, and how a result is judged.

`check` is the whole suite: whoever answers wrongly, fails it. A new method is added to METHODS below;
the null methods of test_null_methods.py show that the suite can fail.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import symdiff as sd
from symdiff.methods import method as find_method
from symdiff.methods.base import SCALAR_ONLY, Task
from symdiff.methods.black_box import BlackBox
from symdiff.problem import Problem, Wrt

METHODS = ("symbolic", "tape", "jax", "ball", "complex_step", "finite_difference")
WITH_WRT = ("grad", "value_and_grad", "jacobian", "hessian")
WITH_VECTOR = ("jvp", "vjp", "hvp")
OPERATORS = ("value", *WITH_WRT, *WITH_VECTOR)

# Units in the last place of the correctly rounded truth. The functions below are well conditioned at
# their points, so this is what a handful of roundings may come to: the ball method is right to 0.5.
ULPS = {"ball": 0.5, "symbolic": 16.0, "tape": 16.0, "jax": 16.0}
# A difference quotient may be further off than it estimates, but not by this factor; and it knows
# nothing below the rounding of the values it subtracts.
TRUST, FLOOR = 20.0, 1e-9


@dataclass(frozen=True)
class Scenario:
    """A function, a point, and the variables to differentiate by."""

    name: str
    formula: str | list[str]
    point: tuple[float, ...]
    wrt: Wrt = None
    variables: tuple[str, ...] | None = None
    analytic: bool = True  # whether the complex step passes through

    @property
    def problem(self) -> Problem:
        return _problem(self.name)

    @property
    def operators(self) -> tuple[str, ...]:
        """wrt is no argument of value, jvp, vjp and hvp: tried where it is not given."""
        kept = OPERATORS if self.wrt is None else WITH_WRT
        return tuple(o for o in kept if not (isinstance(self.formula, list) and o in SCALAR_ONLY))

    def tangents(self, operator: str) -> tuple[float, ...]:
        length = len(self.problem.graph.outputs) if operator == "vjp" else len(self.point)
        return tuple(0.75 * (-1) ** k + 0.5 * k for k in range(length)) if operator in WITH_VECTOR else ()


SCENARIOS = (
    Scenario("one variable", "sin(x)*exp(-x)", (0.7,)),
    Scenario("one variable, by name", "sin(x)*exp(-x)", (0.7,), wrt="x"),
    Scenario("one variable, in a sequence", "sin(x)*exp(-x)", (0.7,), wrt=["x"]),
    Scenario("the lecture", "x1**2*(x2*x3 - 2*x1**2)", (1.25, 2.5, 3.75)),
    Scenario("by position", "x1**2*(x2*x3 - 2*x1**2)", (1.25, 2.5, 3.75), wrt=1),
    Scenario("by position from the end", "x1**2*(x2*x3 - 2*x1**2)", (1.25, 2.5, 3.75), wrt=-1),
    Scenario("two of three, in another order", "x1**2*(x2*x3 - 2*x1**2)", (1.25, 2.5, 3.75), wrt=("x3", 0)),
    Scenario("one variable twice", "x*y**2 + x**3", (1.5, 0.5), wrt=["x", "y", "x"]),
    Scenario("quotients, roots", "tanh(a/b) + log(b + c**2)/sqrt(a) + hypot(a, c)", (0.75, 1.5, 2.0), analytic=False),
    Scenario("powers", "x**y + y**(x/2) + x**2.5", (1.5, 2.25)),
    Scenario("steps used twice", "u = x*y; v = u + sin(u); v*v - u", (0.5, 1.5)),
    Scenario("a variable that does not occur", "x**3", (1.5, 7.0), variables=("x", "unused")),
    Scenario("variables in another order", "x/y", (0.5, 3.0), variables=("y", "x")),
    Scenario("natural order", "x2 - x10**2 + x1*x2", (0.5, 2.0, 3.0)),
    Scenario("a linear function", "2*x - 3*y + 1", (0.5, 0.25)),
    Scenario("a constant", "3.5", (1.0, 2.0), variables=("x", "y")),
    Scenario("constants inside", "pi*x + e**2*y + sqrt(2*pi)", (0.5, 2.0)),
    Scenario("branches", "where(x > y, x**2*y, x - y**3) + abs(x - 2) + max(x, y)", (0.5, 1.25), analytic=False),
    Scenario("activations", "relu(x)*sigmoid(y) + softplus(x*y)", (0.75, 0.5), analytic=False),
    Scenario("a vector", ["x*y", "sin(x) + y**2", "exp(x/y)"], (0.75, 1.5)),
    Scenario("a vector of one", ["x*y + exp(x)"], (0.75, 1.5)),
    Scenario("a vector of one variable", ["x**2", "1/x", "3.0"], (0.75,)),
    Scenario("a vector, by one variable", ["x*y", "sin(x) + y**2"], (0.75, 1.5), wrt="y"),
    Scenario("a vector with a constant and a variable", ["x", "2.5", "x*y", "x"], (0.75, 1.5)),
)  # fmt: skip
BY_NAME = {s.name: s for s in SCENARIOS}
ALL = [(s, operator) for s in SCENARIOS for operator in s.operators]


@cache
def _problem(name: str) -> Problem:
    scenario = BY_NAME[name]
    return sd.function(scenario.formula, scenario.variables)


def result(scenario: Scenario, operator: str, method: str) -> Any:
    """What the public operator returns."""
    f, x, v = scenario.problem, scenario.point, scenario.tangents(operator)
    if operator == "vjp":
        y, pull_back = sd.vjp(f, *x, method=method)
        return y, pull_back(v if f.vector else v[0])
    if operator in ("jvp", "hvp"):
        return getattr(sd, operator)(f, x, v, method=method)
    if operator == "value":
        return sd.value(f, method=method)(*x)
    return getattr(sd, operator)(f, method=method, wrt=scenario.wrt)(*x)


def leaves(tree: Any) -> list[float]:
    """The numbers of nested tuples, in order; they must be plain floats."""
    if isinstance(tree, tuple):
        return [leaf for part in tree for leaf in leaves(part)]
    assert isinstance(tree, float), type(tree)
    return [float(tree)]


def structure(tree: Any) -> Any:
    """The nesting without the numbers."""
    return tuple(structure(part) for part in tree) if isinstance(tree, tuple) else "*"


@cache
def truth(name: str, operator: str) -> Any:
    """The correctly rounded result: the ball method's."""
    return result(BY_NAME[name], operator, "ball")


def check(scenario: Scenario, operator: str, method: str) -> None:
    """Raise AssertionError unless `method` has the right shape and the right numbers."""
    found, wanted = result(scenario, operator, method), truth(scenario.name, operator)
    assert structure(found) == structure(wanted)
    allowed = tolerances(scenario, operator, method, leaves(wanted))
    for k, (value, exact, error) in enumerate(zip(leaves(found), leaves(wanted), allowed, strict=True)):
        assert abs(value - exact) <= error, f"entry {k}: {value!r}, truth {exact!r}, allowed {error:.2g}"


def tolerances(scenario: Scenario, operator: str, method: str, exact: Sequence[float]) -> list[float]:
    """What each number may be off: ulps of the truth, or what the differences themselves estimate."""
    second = operator in ("hessian", "hvp")
    if method in ULPS or operator == "value" or (method == "complex_step" and not second):
        return [ULPS.get(method, 16.0) * math.ulp(e) if e else 0.0 for e in exact]
    witness = find_method(method)
    assert isinstance(witness, BlackBox)
    f = scenario.problem
    task = Task("jacobian" if operator == "grad" else operator, f.select(scenario.wrt))
    errors = witness.estimate(f.evaluate, task, scenario.point, scenario.tangents(operator)).errors
    errors = [0.0] * (len(exact) - len(errors)) + errors  # the values come first
    return [TRUST * error + FLOOR * max(1.0, abs(e)) for error, e in zip(errors, exact, strict=True)]


def affordable(scenario: Scenario, operator: str, method: str) -> bool:
    """Second differences take thousands of calls an entry: large Hessians are left to the other methods."""
    entries = len(scenario.point) ** 2 * (len(scenario.formula) if isinstance(scenario.formula, list) else 1)
    return method not in ("finite_difference", "complex_step") or operator != "hessian" or entries <= 4
