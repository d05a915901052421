"""What a derivative of a random program is: one-sided differences of the program itself over mpf, at two steps.

Where both sides agree there is a derivative, of either sign infinite where the differences grow with every step, as
those of x log|x|. Where they do not, gradients drawn close by span Clarke's set.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from mpmath import mp, mpf
from scipy.optimize import linprog

from benchmarks.trust.random_programs.program import Program

# digits, and how many powers of ten a step is below its number, for first and for second derivatives
STEPS = {1: ((180, 50), (900, 400)), 2: ((220, 40), (900, 250))}
SETTLED = mpf(10) ** -60  # a smaller slope is asked for again, in more digits
NOTHING = mpf(10) ** -330
ALIKE = mpf(10) ** -20  # both sides, relative
SAMPLES = 40


class Unknown(Exception):
    """The program is not defined on both sides, or mpmath cannot say."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Unknown, once this much of the processor's time is used up (where the system has such a timer)."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: object) -> None:
        raise Unknown(f"mpmath takes longer than {seconds:g} s")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


class Truth:
    """The derivatives of one program at its point. `cotangent` makes one value of several."""

    def __init__(self, program: Program, cotangent: Sequence[float] | None = None) -> None:
        self.f, self.shapes = program.exact(), [np.shape(x) for x in program.args]
        self.point = [mpf(float(v)) for x in program.args for v in np.ravel(x)]
        self.cotangent = cotangent
        self.known: dict[Any, tuple[Any, bool]] = {}

    def at(self, point: Sequence[Any]) -> np.ndarray:
        """All values of the program, as mpf."""
        parts, start = [], 0
        for shape in self.shapes:
            count = int(np.prod(shape, dtype=int))
            piece = np.array(point[start : start + count], dtype=object)
            parts.append(piece.reshape(shape) if shape else point[start])
            start += count
        try:
            values = np.ravel(np.asarray(self.f(*parts), dtype=object))
        except (ValueError, ZeroDivisionError, OverflowError, TypeError, AttributeError, mp.NoConvergence) as e:
            raise Unknown(f"mpmath: {e}") from None
        if any(not isinstance(v, mp.mpf | float) or not mp.isfinite(v) for v in values):
            raise Unknown("not defined on both sides")
        return values if self.cotangent is None else np.array([np.dot(values, list(map(mpf, self.cotangent)))])

    def derivative(self, component: int, *by: int) -> tuple[Any, bool]:
        """The derivative of a value by one number, or by two, and whether both sides have it."""
        key = (component, *sorted(by))
        if key not in self.known:
            self.known[key] = self._derivative(component, by)
        return self.known[key]

    def _derivative(self, component: int, by: tuple[int, ...], point: Sequence[Any] | None = None) -> tuple[Any, bool]:
        found, smooth = mpf(0), False
        given = self.point if point is None else point
        small = max((-int(mp.log10(abs(given[i]))) for i in by if given[i]), default=0)
        for enough, power in STEPS[len(by)]:
            digits = enough + 2 * len(by) * max(small, 0)  # the step goes with the number
            with mp.workdps(digits):
                size = max((abs(self.at(given)[component])), mpf(0))
                first = self._sides(component, by, given, power)
                found, smooth = (first[0] + first[1]) / 2, _alike(*first)
                if not smooth:  # x**2 at 0: the sides meet where the step goes to 0
                    second = self._sides(component, by, given, power + 20)
                    smooth = abs(second[0] - second[1]) <= mpf(10) ** -4 * abs(first[0] - first[1])
                    found = (second[0] + second[1]) / 2
                reach = mpf(10) ** (-power * len(by))
                units = np.prod([abs(given[i]) or 1 for i in by])
                lost = mpf(10) ** (20 - digits) * size / (reach * units)
                if max(map(abs, first)) <= mpf(10) ** 10 * lost:  # nothing but rounding
                    found, smooth = mpf(0), True
                if smooth and abs(found) > max(SETTLED, mpf(10) ** 10 * lost):
                    return (found if self._settles(component, by, given, power, first[0]) else found * mp.inf), True
                if not smooth and min(map(abs, first)) > mpf(10) ** 10 * lost:
                    return found, False
        return (found if abs(found) > NOTHING else mpf(0)), smooth

    def _settles(self, component: int, by: tuple[int, ...], point: Sequence[Any], power: int, known: Any) -> bool:
        """Whether a smaller step leaves the quotient to the right what it is."""
        if len(by) > 1:
            return True
        step = (abs(point[by[0]]) or mpf(1)) * mpf(10) ** -(power + 20)
        return bool(abs(self._quotient(component, by, point, [step]) - known) <= ALIKE * abs(known))

    def _sides(self, component: int, by: tuple[int, ...], point: Sequence[Any], power: int) -> tuple[Any, Any]:
        """The difference quotient to the right and to the left."""
        steps = [(abs(point[i]) or mpf(1)) * mpf(10) ** -power for i in by]
        return tuple(self._quotient(component, by, point, [s * h for h in steps]) for s in (1, -1))  # type: ignore[return-value]  # two of them

    def _quotient(self, component: int, by: tuple[int, ...], point: Sequence[Any], steps: Sequence[Any]) -> Any:
        def value(*taken: bool) -> Any:
            moved = list(point)
            for i, h, yes in zip(by, steps, taken, strict=True):
                moved[i] = moved[i] + h if yes else moved[i]
            return self.at(moved)[component]

        if len(by) == 1:
            return (value(True) - value(False)) / steps[0]
        rise = value(True, True) - value(True, False) - value(False, True) + value(False, False)
        return rise / (steps[0] * steps[1])

    def gradient(self, component: int = 0) -> list[tuple[Any, bool]]:
        """By every number."""
        return [self.derivative(component, i) for i in range(len(self.point))]

    def differentiable(self, component: int = 0) -> bool:
        """Whether slopes along a few directions are those of one gradient."""
        gradient = self.gradient(component)
        if not all(smooth and mp.isfinite(g) for g, smooth in gradient):
            return False
        rng = np.random.default_rng(0)
        with mp.workdps(STEPS[1][0][0]):
            for _ in range(6):
                away = [mpf(float(v)) for v in rng.standard_normal(len(self.point))]
                step = [mpf(10) ** -50 * (abs(x) or 1) * d for x, d in zip(self.point, away, strict=True)]
                told = sum((g * h for (g, _), h in zip(gradient, step, strict=True)), mpf(0))
                reach = sum((abs(g * h) for (g, _), h in zip(gradient, step, strict=True)), mpf(0))
                rise = self.at([x + h for x, h in zip(self.point, step, strict=True)])[component]
                rise -= self.at(self.point)[component]
                size = abs(self.at(self.point)[component])
                if abs(rise - told) > mpf(10) ** -15 * reach + mpf(10) ** -140 * (size + 1) + mpf(10) ** -70:
                    return False
        return True

    def in_clarke(self, vector: Sequence[float], component: int = 0) -> bool:
        """Whether the vector is in the hull of gradients close by."""
        return in_hull(vector, self.near(component))

    def near(self, component: int = 0) -> list[list[float]]:
        """Gradients close to the point, in directions drawn at random."""
        rng, found = np.random.default_rng(0), []
        for _ in range(SAMPLES):
            with mp.workdps(STEPS[1][0][0]):
                away = rng.standard_normal(len(self.point)) * 10.0 ** rng.uniform(-3, 0, len(self.point))
                point = [
                    x + mpf(10) ** -20 * (abs(x) or 1) * mpf(float(d)) for x, d in zip(self.point, away, strict=True)
                ]
            try:
                each = [self._derivative(component, (i,), point) for i in range(len(point))]
            except Unknown:
                continue
            if all(smooth for _, smooth in each):
                found.append([float(g) for g, _ in each])
        return found


def _alike(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= ALIKE * (abs(a) + abs(b)))


def in_hull(vector: Sequence[float], vertices: list[list[float]], within: float = 1e-9) -> bool:
    """Whether some weights make the vector of the vertices: the least distance, by a linear program."""
    points, target = np.array(vertices), np.array(vector, float)
    if not len(vertices) or not np.all(np.isfinite(target)):
        return False
    scale = np.maximum(np.max(np.abs(points), 0), np.abs(target))
    scale = np.where(scale > 0, scale, 1.0)
    points, target = points / scale, target / scale
    m, n = points.shape
    rows = np.vstack([np.c_[points.T, -np.ones(n)], np.c_[-points.T, -np.ones(n)]])
    done = linprog(
        [0.0] * m + [1.0], A_ub=rows, b_ub=np.concatenate([target, -target]), A_eq=[[1.0] * m + [0.0]], b_eq=[1.0]
    )
    return bool(done.status == 0 and done.fun <= within)
