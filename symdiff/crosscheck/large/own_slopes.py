"""Slopes of the caller's own function of arrays, which never saw the graph: a witness where balls do not reach.

The complex step is exact to its last digits where it means anything, and silently wrong where the function is not
analytic (abs, norm, maximum): so it may confirm a number that somebody else has found, and never accuse. Whom it
does not confirm is held against differences, within their error.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.draws import weights
from symdiff.crosscheck.large.noise import Disturbed
from symdiff.crosscheck.places.terrain import array_sides
from symdiff.crosscheck.report import Lamp
from symdiff.methods import method as find_method
from symdiff.methods.base import Task
from symdiff.methods.disturbance import UNIT

STEP = 1e-100  # of the complex step
CONFIRMED = 1e-9  # nobody hits a number so nearly by chance
FACTOR = 16.0  # how many times the noise of a value is allowed for

Arrays = list[np.ndarray]


class Witness:
    """What the caller's function itself says about its slopes at a point."""

    def __init__(self, problem: ArrayProblem, leaves: Sequence[np.ndarray], rng: np.random.Generator) -> None:
        self.problem, self.leaves = problem, leaves
        self.direction = [_direction(v, rng) for v in leaves]
        self.gradient: Arrays | None = None  # the tape's, where it was asked for

    def right(
        self, task: Task, k: int, at: tuple[int, ...], values: tuple[float, float]
    ) -> tuple[int, float, str] | None:
        """Which of two values for an entry of a gradient is the slope: its position, the slope, the basis; None
        where the function cannot tell."""
        k -= task.operator == "value_and_grad"
        if task.operator not in ("grad", "value_and_grad") or k < 0:
            return None
        direction = [np.zeros(v.shape) for v in self.leaves]
        direction[k][at] = 1.0
        apart = abs(values[0] - values[1])
        exact = self.complex_step(direction)
        if exact is not None and float(exact[0]) != 0.0:
            gaps = [abs(v - float(exact[0])) for v in values]
            if min(gaps) <= 0.01 * apart:
                return gaps.index(min(gaps)), float(exact[0]), "measured"
        (slope,), (error,) = self.differences(direction)
        gaps = [abs(v - float(slope)) for v in values]
        if max(gaps) > 10 * float(error) and max(gaps) > 2 * min(gaps):
            return gaps.index(min(gaps)), float(slope), "estimated"
        return None

    @cached_property
    def along(self) -> tuple[Arrays, Arrays | None]:
        """The tape's derivative along the random direction; and the function's values here, if its complex step along
        it says the same: the step is too small to move them."""
        if self.gradient is not None:
            found = [np.asarray(sum(np.vdot(g, d) for g, d in zip(self.gradient, self.direction, strict=True)))]
        else:
            task = Task("jvp", tuple(range(len(self.leaves))))
            found = find_method("tape").arrays(self.problem, task, self.leaves, self.direction)
        moved = self._moved(self.direction)
        if moved is None or not all(_confirmed(f, np.imag(y) / STEP) for f, y in zip(found, moved, strict=True)):
            return found, None
        return found, [np.real(y) for y in moved]

    def lamp(self) -> Lamp:
        """B: the tape's derivative along a random direction against the function's own."""
        found, confirmed = self.along
        if confirmed is not None:
            return Lamp("green")
        for mine, slope, error in zip(found, *self.differences(self.direction), strict=True):
            if np.any(~(error <= 0.1 * np.abs(slope) + 1e-8)):
                return Lamp("unsure", "the differences do not settle")
            gap = np.abs(mine - slope)
            if np.any(gap > 10 * error + 1e-6 * np.abs(slope)):
                at = np.unravel_index(int(np.argmax(gap)), gap.shape)
                says = f"is {slope[at]:.9g}, not {mine[at]:.9g}"
                return Lamp("red", f"the own function's slope along a random direction {says}")
        return Lamp("green")

    def complex_step(self, direction: Sequence[np.ndarray]) -> Arrays | None:
        """Im f(x + i h v) / h for every output; None where the function takes no complex numbers."""
        moved = self._moved(direction)
        return None if moved is None else [np.imag(y) / STEP for y in moved]

    def _moved(self, direction: Sequence[np.ndarray]) -> Arrays | None:
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("error", np.exceptions.ComplexWarning)
                return self.problem.own([v + 1j * STEP * d for v, d in zip(self.leaves, direction, strict=True)])
        except Exception:  # noqa: BLE001 - the caller's code may object to complex numbers in any way it likes
            return None

    def differences(self, direction: Sequence[np.ndarray]) -> tuple[Arrays, Arrays]:
        """Central differences of every output along a direction, and their errors: what another step changes, and
        what rounding does to the values."""
        step = self._step(direction)
        fine, coarse = (self._stencil(direction, h) for h in (step, 2 * step))
        rounded = [FACTOR * noise / step for noise in self.noise]
        errors = [np.abs(a - b) + 1e-9 * np.abs(b) + r for a, b, r in zip(coarse, fine, rounded, strict=True)]
        return fine, errors

    @cached_property
    def noise(self) -> Arrays:
        """What rounding does to a value of the function."""
        found = Disturbed(self.problem.graph, self.leaves).floor()
        return [np.maximum(n, UNIT * np.abs(y)) for n, y in zip(found, self.problem.evaluate(self.leaves), strict=True)]

    def _step(self, direction: Sequence[np.ndarray]) -> float:
        """A step that does not cross a branch of the function, nor does twice it, as far as its floats can tell."""
        sides = array_sides(self.problem)
        step, here = self._reach(direction), sides(self.leaves)
        for _ in range(12):
            ends = [[v + s * step * d for v, d in zip(self.leaves, direction, strict=True)] for s in (-4, 4)]
            if all(sides(end) == here for end in ends):
                break
            step /= 8
        return step

    def _reach(self, direction: Sequence[np.ndarray]) -> float:
        sizes = [
            np.sqrt(np.mean(v**2)) / np.sqrt(np.mean(d[d != 0] ** 2))
            for v, d in zip(self.leaves, direction, strict=True)
            if np.any(v) and np.any(d)
        ]
        return 1e-3 * min(sizes, default=1.0)

    def _stencil(self, direction: Sequence[np.ndarray], h: float) -> Arrays:
        """Differences of order four."""
        total: list[Any] = [0.0] * len(self.problem.answers)
        for k, weight in ((1, 8.0), (2, -1.0)):
            for sign in (1.0, -1.0):
                moved = self.problem.own([v + sign * k * h * d for v, d in zip(self.leaves, direction, strict=True)])
                total = [t + sign * weight * np.real(y) for t, y in zip(total, moved, strict=True)]
        return [np.asarray(t / (12.0 * h)) for t in total]


def _confirmed(found: np.ndarray, exact: np.ndarray) -> bool:
    return bool(np.all((np.abs(found - exact) <= CONFIRMED * np.abs(exact)) & ((exact != 0.0) | (found == 0.0))))


def _direction(leaf: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A random direction that moves every entry in proportion to its size: none changes its sign."""
    size = np.where(leaf == 0.0, 1.0, np.abs(leaf))
    return size * weights(rng, leaf.shape)
