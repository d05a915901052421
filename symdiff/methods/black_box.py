"""What the two methods that see only values have in common: every task from directional slopes.

A black box has no graph and no rule to be wrong about; it has an error of its own instead, and says
how large it estimates it to be.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import differentiate

from symdiff.methods.base import Answer, Method, Task, spread
from symdiff.problem import Problem

Function = Callable[[Sequence[complex]], Sequence[Any]]  # point -> components, real at a real point


@dataclass(frozen=True, slots=True)
class Slope:
    """A derivative along a direction, one value per component, with its estimated error."""

    values: list[float]
    errors: list[float]


class BlackBox(Method):
    """A method made of `slope`: the derivative of a function of one variable t at t = 0."""

    @abstractmethod
    def slope(self, f: Function, x: Sequence[float], direction: Sequence[float]) -> Slope:
        """d/dt f(x + t direction) at t = 0."""

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        f = own_function(problem) if problem.origin is not None else problem.evaluate
        if task.operator == "value":
            return Answer([float(v) for v in f([np.float64(v) for v in x])])
        return Answer(self.estimate(f, task, x, vector).values)

    def estimate(self, f: Function, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Slope:
        """The entries of a task for any callable, with error estimates."""
        n, operator = len(x), task.operator
        basis = [[1.0 if j == k else 0.0 for j in range(n)] for k in task.wrt]
        if operator == "jvp":
            return self.slope(f, x, spread(task.wrt, vector, n))
        if operator == "hvp":
            along = spread(task.wrt, vector, n)
            return _joined([self._second(f, x, d, along, 0) for d in basis])
        if operator == "hessian":
            components = range(len(f(x)))
            return _joined([self._second(f, x, d, e, o) for o in components for d in basis for e in basis])
        columns = [self.slope(f, x, d) for d in basis]
        if operator == "vjp":
            values = [float(np.dot(vector, c.values)) for c in columns]
            return Slope(values, [float(np.dot(np.abs(vector), c.errors)) for c in columns])
        components = range(len(columns[0].values) if columns else 0)
        values = [c.values[o] for o in components for c in columns]
        errors = [c.errors[o] for o in components for c in columns]
        if operator == "value_and_grad":
            return Slope([float(np.real(f(x)[0])), *values], [0.0, *errors])
        return Slope(values, errors)

    def _second(
        self, f: Function, x: Sequence[float], d: Sequence[float], e: Sequence[float], component: int
    ) -> tuple[float, float]:
        """The slope along d, differenced along e."""

        def slope_at(t: float) -> float:
            moved = [a + t * b for a, b in zip(x, e, strict=True)]
            return self.slope(f, moved, d).values[component]

        return extrapolated(slope_at, reach(x, e), order=4)


def own_function(problem: Problem) -> Function:
    """The caller's own callable, from a point to a list of components."""
    own = problem.own
    assert own is not None  # a recorded function has one

    def f(point: Sequence[Any]) -> list[Any]:
        result = own(*point)
        return list(result) if problem.vector else [result]

    return f


def extrapolated(phi: Callable[[float], float], scale: float, order: int = 8) -> tuple[float, float]:
    """phi'(0) by central differences on a shrinking grid, and the estimated error (SciPy's `derivative`).

    The first grid must fit into the function's domain: it is shrunk until every value is finite.
    """
    step = scale / 4
    for _ in range(12):
        with np.errstate(all="ignore"):
            found = differentiate.derivative(
                np.vectorize(phi, otypes=[float]), 0.0, initial_step=step, order=order, maxiter=12,
                tolerances={"atol": 0.0, "rtol": 1e-13},
            )  # fmt: skip
        if np.isfinite(found.df) and np.isfinite(found.error):
            last = step / 2.0 ** int(found.nit)  # two grids may agree by accident, to less than rounding allows
            return float(found.df), float(found.error) + 2.0**-52 * abs(float(phi(0.0))) / last
        step /= 16
    return float("nan"), float("inf")


def reach(x: Sequence[float], direction: Sequence[float]) -> float:
    """How far a step along the direction may sensibly go: the size of the variables that move."""
    sizes = [abs(a) / abs(d) for a, d in zip(x, direction, strict=True) if d and a]
    return min(sizes, default=1.0)


def _joined(pairs: Sequence[tuple[float, float]]) -> Slope:
    return Slope([v for v, _ in pairs], [e for _, e in pairs])
