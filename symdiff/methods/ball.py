"""The certified reference: Taylor balls run through the graph, one direction at a time.

The derivatives are coefficients of FLINT's own power series; no rule of ours takes part. Second
derivatives come from second coefficients along directions: with q(d) the t**2 coefficient along d,
H_kl = q(e_k + e_l) - q(e_k) - q(e_l).

Source: Griewank and Walther, "Evaluating Derivatives" (2nd ed., SIAM 2008), chapter 13.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from flint import arb

from symdiff import balls
from symdiff.balls import Ball, precision
from symdiff.graph import run
from symdiff.methods.base import Answer, Method, Task, spread
from symdiff.problem import Problem

START_BITS, MOST_BITS = 128, 8192
BELOW_SUBNORMAL = 2.0**-1074


class BallMethod(Method):
    """Correctly rounded derivatives: precision is raised until every entry has one nearest double.

    Where f has no derivative, or is not defined, the entry is nan.
    """

    name = "ball"

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        bits = START_BITS
        while True:
            with precision(bits, order(task)):
                rounded = [nearest_double(e) for e in enclosures(problem, task, x, vector)]
            if None not in rounded or bits >= MOST_BITS:
                return Answer([float("nan") if r is None else r for r in rounded])
            bits *= 2


def order(task: Task) -> int:
    """How many Taylor coefficients beyond the value the task needs."""
    return {"value": 0, "hessian": 2, "hvp": 2}.get(task.operator, 1)


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
        return [y[0] for y in sweep.along((0.0,) * n)]
    if operator == "jvp":
        return [y[1] for y in sweep.along(spread(task.wrt, vector, n))]
    basis = {k: tuple(1.0 if j == k else 0.0 for j in range(n)) for k in task.wrt}
    if operator in ("hessian", "hvp"):
        return _second(sweep, task, basis, vector, n)
    columns = [[y[1] for y in sweep.along(basis[k])] for k in task.wrt]
    if operator == "vjp":
        return [sum((arb(c) * d for c, d in zip(vector, column, strict=True)), arb(0)) for column in columns]
    rows = [entry for row in zip(*columns, strict=True) for entry in row]
    return [sweep.along((0.0,) * n)[0][0], *rows] if operator == "value_and_grad" else rows


def along(
    problem: Problem,
    x: Sequence[float],
    direction: Sequence[float | arb],
    second: Sequence[float | arb] | None = None,
    const: Callable[[float | Fraction], Ball] = balls.const,
) -> list[arb]:
    """The derivative of every component along a direction of all variables; with `second` the second
    derivative along both."""
    sweep = _Sweeps(problem, x, const)
    if second is None:
        return [y[1] for y in sweep.along(direction)]
    both, d, e = (sweep.along(v) for v in ([arb(a) + arb(b) for a, b in zip(direction, second, strict=True)],
                                           direction, second))  # fmt: skip
    return [b[2] - p[2] - q[2] for b, p, q in zip(both, d, e, strict=True)]


def _second(
    sweep: _Sweeps, task: Task, basis: dict[int, tuple[float, ...]], vector: Sequence[float], n: int
) -> list[arb]:
    def mixed(component: int, d: tuple[float, ...], e: tuple[float, ...]) -> arb:
        both = sweep.along(tuple(arb(a) + arb(b) for a, b in zip(d, e, strict=True)))
        return both[component][2] - sweep.along(d)[component][2] - sweep.along(e)[component][2]

    if task.operator == "hvp":
        v = spread(task.wrt, vector, n)
        return [mixed(0, basis[k], v) for k in task.wrt]
    components = range(len(sweep.problem.graph.outputs))
    return [mixed(o, basis[k], basis[j]) for o in components for k in task.wrt for j in task.wrt]


class _Sweeps:
    """Taylor sweeps of one function at one point, each direction run once."""

    def __init__(self, problem: Problem, x: Sequence[float], const: Callable[[float | Fraction], Ball]) -> None:
        self.problem, self.x, self._const = problem, x, const
        self._needed = problem.graph.live()
        self._known: dict[tuple[float | str, ...], list[Ball]] = {}

    def along(self, direction: Sequence[float | arb]) -> list[Ball]:
        key = tuple(d if isinstance(d, float) else str(d) for d in direction)
        if key not in self._known:
            graph = self.problem.graph
            seeds = [balls.variable(v, d) for v, d in zip(self.x, direction, strict=True)]
            values = run(graph, "ball", seeds, self._const, self._needed)
            self._known[key] = [values[o] for o in graph.outputs]
        return self._known[key]
