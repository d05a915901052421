"""The certified reference: Taylor balls run through the graph, one direction at a time.

The derivatives are coefficients of FLINT's own power series; no rule of ours takes part. Mixed ones come from
coefficients along sums of directions (polarisation): with q(d) the t**2 coefficient along d, the second derivative
along u and v is q(u + v) - q(u) - q(v), and the third is the alternating sum of t**3 coefficients in the same way.

Source: Griewank and Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), chapter 13.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import product
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from flint import arb

from symdiff import balls
from symdiff.balls import Ball, precision
from symdiff.graph import Graph
from symdiff.groups import run_groups
from symdiff.methods.base import Answer, Method, Task, refuse_modes, spread
from symdiff.problem import Problem

START_BITS, MOST_BITS = 128, 8192
BELOW_SUBNORMAL = 2.0**-1074


class BallMethod(Method):
    """Correctly rounded derivatives: precision is raised until every entry has one nearest double.

    Where f has no derivative, or is not defined, the entry is nan.
    """

    name = "ball"

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        refuse_modes(self.name, task)
        bits = START_BITS
        while True:
            with precision(bits, order(task)):
                rounded = [nearest_double(e) for e in enclosures(problem, task, x, vector)]
            if None not in rounded or bits >= MOST_BITS:
                return Answer([float("nan") if r is None else r for r in rounded])
            bits *= 2


def order(task: Task) -> int:
    """How many Taylor coefficients beyond the value the task needs."""
    return {"value": 0, "hessian": 2, "hvp": 2, "third": 3, "tvp": 3}.get(task.operator, 1)


def nearest_double(ball: arb) -> float | None:
    """The double that every number in the ball rounds to; None if there are two, or it is not finite."""
    if not ball.is_finite():
        return None
    low, high = float(ball.lower()), float(ball.upper())
    if low == high:
        return low + 0.0  # -0.0 is an accident of the lower end
    return 0.0 if -BELOW_SUBNORMAL < 2 * low and 2 * high < BELOW_SUBNORMAL else None


def enclosures(
    problem: Problem,
    task: Task,
    x: Sequence[float],
    vector: Sequence[float],
    const: Callable[[float | Fraction], Ball] = balls.const,
) -> list[arb]:
    """The entries as balls at the precision in force, which must also allow for `order(task)`.

    `const` says what the function's constants are: the exact doubles, unless the caller has a reason.
    """
    sweep = _Sweeps(problem, x, const)
    n, operator = len(x), task.operator
    if operator == "value":
        known = known_outputs(problem.graph, x) if const is balls.const else None
        return [y[0] for y in known or sweep.run((0.0,) * n)]
    if operator == "jvp":
        return [y[1] for y in sweep.run(spread(task.wrt, list(map(arb, vector)), n))]
    basis = {k: tuple(1.0 if j == k else 0.0 for j in range(n)) for k in task.wrt}
    if operator in ("hvp", "tvp"):
        tangents = [spread(task.wrt, list(map(arb, t)), n) for t in task.tangents(vector)]  # two that meet: exact
        return [sweep.mixed([basis[k], *tangents])[0] for k in task.wrt]
    if operator in ("hessian", "third"):
        entries = [sweep.mixed([basis[k] for k in at]) for at in product(task.wrt, repeat=order(task))]
        return [entry[o] for o in range(len(problem.graph.outputs)) for entry in entries]
    columns = [[y[1] for y in sweep.along(basis[k])] for k in task.wrt]
    if operator == "vjp":
        return [sum((arb(c) * d for c, d in zip(vector, column, strict=True)), arb(0)) for column in columns]
    rows = [entry for row in zip(*columns, strict=True) for entry in row]
    return [sweep.along((0.0,) * n)[0][0], *rows] if operator == "value_and_grad" else rows


_NOTED: WeakKeyDictionary[Graph, tuple[object, list[Any]]] = WeakKeyDictionary()


def noted_values(graph: Graph, x: Sequence[float], ends: Sequence[int]) -> list[Any]:
    """The balls of all steps that `ends` need, the outputs among them, at the precision in force; noted for
    `known_outputs`, as the value of a function is asked for more than once."""
    values = run_groups(graph, "ball", [balls.const(v) for v in x], balls.const, ends)
    _NOTED[graph] = (_where(graph, x), [values[o] for o in graph.outputs])
    return values


def known_outputs(graph: Graph, x: Sequence[float]) -> list[Ball] | None:
    """The outputs as they were noted, for the same point and precision."""
    where, outputs = _NOTED.get(graph, (None, []))
    return outputs if where is not None and where == _where(graph, x) else None


def _where(graph: Graph, x: Sequence[float]) -> object:
    return np.array(x, float).tobytes(), balls.bits(), balls.terms(), graph.outputs, len(graph.nodes)


def along(
    problem: Problem,
    x: Sequence[float],
    directions: Sequence[Sequence[float | arb]],
    const: Callable[[float | Fraction], Ball] = balls.const,
) -> list[arb]:
    """The derivative of every component along one, two or three directions of all variables."""
    sweeps = _Sweeps(problem, x, const)
    return [y[1] for y in sweeps.run(directions[0])] if len(directions) == 1 else sweeps.mixed(directions)


class _Sweeps:
    """Taylor sweeps of one function at one point, each direction run once."""

    def __init__(self, problem: Problem, x: Sequence[float], const: Callable[[float | Fraction], Ball]) -> None:
        self.problem, self.x, self._const = problem, x, const
        self._known: dict[tuple[float | str, ...], list[Ball]] = {}
        self._mixed: dict[tuple[Any, ...], list[arb]] = {}

    def along(self, direction: Sequence[float | arb]) -> list[Ball]:
        key = _key(direction)
        if key not in self._known:
            self._known[key] = self.run(direction)
        return self._known[key]

    def run(self, direction: Sequence[float | arb]) -> list[Ball]:
        """Every component along a direction."""
        graph = self.problem.graph
        seeds = [balls.variable(v, d) for v, d in zip(self.x, direction, strict=True)]
        values = run_groups(graph, "ball", seeds, self._const)
        return [values[o] for o in graph.outputs]

    def mixed(self, directions: Sequence[Sequence[float | arb]]) -> list[arb]:
        """The derivative of every component along all of these directions, whatever their order."""
        key = tuple(sorted((_key(d) for d in directions), key=str))
        if key not in self._mixed:
            total = [arb(0)] * len(self.problem.graph.outputs)
            for chosen in product((0, 1), repeat=len(directions)):
                some = [d for d, taken in zip(directions, chosen, strict=True) if taken]
                if some:
                    together = [sum(map(arb, v), arb(0)) for v in zip(*some, strict=True)]
                    moved = self.along(some[0] if len(some) == 1 else together)
                    sign = -1 if (len(directions) - len(some)) % 2 else 1
                    total = [t + sign * y[len(directions)] for t, y in zip(total, moved, strict=True)]
            self._mixed[key] = total
        return self._mixed[key]


def _key(direction: Sequence[float | arb]) -> tuple[float | str, ...]:
    return tuple(d if isinstance(d, float) else str(d) for d in direction)
