"""What the two methods that see only values have in common: every task from directional slopes.

A black box has no graph and no rule to be wrong about; it has an error of its own instead, and says
how large it estimates it to be.
"""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.methods.base import Answer, Method, Task, spread
from symdiff.problem import Problem

LEVELS = 16  # halvings of a grid

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
        if task.modes or task.operator in ("third", "tvp"):
            raise UnsupportedError(f"{self.name} has only f's values: no modes, no digits left for a third derivative")
        f = own_function(problem) if problem.origin is not None else problem.evaluate
        if task.operator == "value":
            return Answer([float(v) for v in f([np.float64(v) for v in x])])
        return Answer(self.estimate(f, task, x, vector).values)

    def estimate(self, f: Function, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Slope:
        """The entries of a task for any callable, with error estimates."""
        n, operator = len(x), task.operator
        if operator == "jvp":
            return self.slope(f, x, spread(task.wrt, vector, n))
        basis = [[1.0 if j == k else 0.0 for j in range(n)] for k in task.wrt]
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


def extrapolated(
    phi: Callable[[float], float], scale: float, order: int = 8, noise: float = 0.0
) -> tuple[float, float]:
    """phi'(0) by central differences on a shrinking grid, and the estimated error.

    Each estimate is the slope of the polynomial through `order` points, at h, h/2, h/4, ... to both sides.
    What the next wider grid says otherwise is the estimate of the truncation error; what `noise`, the
    largest error of any value of phi, makes of that sum over the points is a bound of the rounding error.
    The grid with the least sum of both is taken. One that does not fit into the domain is no grid.
    """
    weights = _weights(order)
    with np.errstate(all="ignore"):
        noise = 2.0 * float(np.sum(np.abs(weights))) * max(noise, 2.0**-53 * abs(phi(0.0)))
        step = scale / 4
        for _ in range(12):
            found = _best(phi, step, weights, noise)
            if np.isfinite(found[1]):
                return found
            step /= 16
    return float("nan"), float("inf")


def _best(phi: Callable[[float], float], step: float, weights: np.ndarray, noise: float) -> tuple[float, float]:
    best, last = (float("nan"), float("inf")), float("nan")
    apart: list[float] = []
    for k in range(LEVELS):
        h = step / 2.0**k
        apart.append(phi(h) - phi(-h))
        if len(apart) < len(weights):
            continue
        widest = step / 2.0 ** (k + 1 - len(weights))
        slope = float(np.dot(weights, apart[-len(weights) :]) / widest)
        rounding = noise / widest
        error = abs(slope - last) + rounding
        if error < best[1]:
            best = slope, float(error)
        if 2.0 * rounding >= best[1] or best[1] <= 1e-13 * abs(best[0]):
            break  # a smaller grid has twice the rounding, and is no better
        last = slope
    return best


@functools.cache
def _weights(order: int) -> np.ndarray:
    """w with phi'(0) = sum of w_i (phi(t_i) - phi(-t_i)), t_i = 1, 1/2, 1/4, ..., for polynomials up to `order`."""
    nodes = 0.5 ** np.arange(order // 2)
    powers = nodes ** (2.0 * np.arange(order // 2)[:, None] + 1.0)
    right = np.zeros(order // 2)
    right[0] = 0.5
    return np.linalg.solve(powers, right)


def reach(x: Sequence[float], direction: Sequence[float]) -> float:
    """How far a step along the direction may sensibly go: the size of the variables that move."""
    sizes = [abs(a) / abs(d) for a, d in zip(x, direction, strict=True) if d and a]
    return min(sizes, default=1.0)


def _joined(pairs: Sequence[tuple[float, float]]) -> Slope:
    return Slope([v for v, _ in pairs], [e for _, e in pairs])
