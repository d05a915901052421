"""Points that the expression itself points at: where a step is special, and on both sides of it.

Zeros are looked for on lines through a point where the function is defined, along one variable or all at once: on a
grid first, then by Brent's method, where the numbers change sign, or where their size has a minimum. A zero
that is a number of few digits is preferred: it may be one in floating point, too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from typing import Any

import numpy as np

from symdiff.crosscheck.places.features import Feature, evaluate, features, value_is_zero, vanishes, variables_of
from symdiff.crosscheck.places.terrain import survey
from symdiff.graph import Graph
from symdiff.problem import Problem

Point = tuple[np.float64, ...]
LARGEST_VALUE = 1e100
MOST_AXES = 3  # variables along which zeros are looked for
MOST_FEATURES = 200
BESIDE = 1e-6  # relatively: where both sides of a zero are looked at
EDGE, TINY, CORNERS = 2.0**-40, 1e-12, 8  # how far around a point the function has to be defined: relatively; at zero
GRID = np.unique(np.concatenate([np.arange(-10.0, 10.5, 0.5), [s * 10.0**k for s in (-1, 1) for k in range(-9, 10)]]))
EXTREMES = (0.0, 1e-8, -1e8, 1e-300, -0.0, 1e8, -1e-8)  # XLA takes subnormal numbers for zero, whatever f is


@dataclass(frozen=True, slots=True)
class Chosen:
    """A point, and in words why it was chosen."""

    x: Point
    why: str


def sharp(problem: Problem, count: int, seed: int, bases: Sequence[Point]) -> list[Chosen]:
    """Up to `count` points where something is special, the sharpest first; `bases` are ordinary points to start from.

    A point outside the domain or at its edge, or where balls cannot tell what it is, is none of them. It may be on a
    kink.
    """
    if count <= 0 or not bases or not problem.names:
        return []
    found: dict[str, Chosen] = {}
    for chosen in _candidates(problem, seed, bases):
        if len(found) >= count:
            break
        key = str(chosen.x)  # -0 is not 0
        if key not in found and usable(problem, chosen.x):
            found[key] = chosen
    return list(found.values())


def usable(problem: Problem, x: Point) -> bool:
    """Whether the function is defined here and around here, with values of a size that leaves room for a derivative."""
    if not all(np.isfinite(v) and abs(v) < LARGEST_VALUE for v in problem.evaluate(x)) or _at_an_edge(problem, x):
        return False
    terrain = survey(problem, x)
    return not (terrain.outside or terrain.unsure)


def _at_an_edge(problem: Problem, x: Point) -> bool:
    """Whether the domain ends here: sqrt(x) at 0 has no derivative to be right about, nor has x**y at (0, 2)."""
    n = len(x)
    steps = np.array([EDGE * abs(v) or TINY for v in x])
    corners = np.random.default_rng(0).choice([-1.0, 1.0], (n, CORNERS)) * steps[:, None]
    around = np.array(x)[:, None] + np.hstack([np.diag(steps), -np.diag(steps), corners])
    return not all(np.all(np.isfinite(v)) for v in problem.evaluate(list(around)))


def _candidates(problem: Problem, seed: int, bases: Sequence[Point]) -> Iterator[Chosen]:
    """The places themselves and both sides of them, in turn: at max(x, y)**2 itself both slopes are 0. Then more sides,
    tails, and numbers of extreme size."""
    graph, rng = problem.graph, np.random.default_rng([seed, 1])
    of_steps = features(graph)[:MOST_FEATURES]
    zeros = {f: _Zeros(graph, f, bases, rng) for f in of_steps if not f.far}
    ties = chain.from_iterable(islice((Chosen(x, f.says) for x in places.at()), 1) for f, places in zeros.items())
    sides = chain.from_iterable(places.beside() for places in zeros.values())
    for tie in ties:
        yield from (tie, *islice(sides, 1))
    tails = (Chosen(x, f.says) for f in of_steps if f.far for x in islice(_Zeros(graph, f, bases, rng).near(), 1))
    values = (Chosen(x, f.says) for f in value_is_zero(graph) for x in islice(_Zeros(graph, f, bases, rng).near(), 1))
    for each in zip_longest(sides, tails, chain(values, _extremes(problem.names, bases[0], rng))):
        yield from (chosen for chosen in each if chosen is not None)


def _extremes(names: Sequence[str], base: Point, rng: np.random.Generator) -> Iterator[Chosen]:
    """Zeros, signed zeros, tiny numbers and sizes from 1e-8 to 1e8 among the variables."""
    n = len(base)
    if n > 1:
        yield Chosen((np.float64(0.0),) * n, "all variables are zero")
        mixed = 10.0 ** rng.permutation(np.linspace(-8, 8, n))
        yield Chosen(tuple(np.float64(f"{v:.4g}") for v in mixed), "scales are mixed")
    for value in EXTREMES:
        k = int(rng.integers(n))
        yield Chosen((*base[:k], np.float64(value), *base[k + 1 :]), f"{names[k]} is {value:g}")


class _Zeros:
    """Where a feature is zero on lines through the bases."""

    def __init__(self, graph: Graph, feature: Feature, bases: Sequence[Point], rng: np.random.Generator) -> None:
        self.graph, self.feature = graph, feature
        self.lines = list(_lines(bases, variables_of(graph, feature), rng))
        self._first: tuple[_Line, float] | None = None

    def at(self) -> Iterator[Point]:
        """Points where it is zero, in floating point and in truth: else rounding alone would decide."""
        for line in self.lines:
            for t in self._roots(line):
                if self._value(line, t) == 0 and vanishes(self.graph, self.feature, line.point(t)):
                    self._first = line, t
                    yield line.point(t)

    def near(self) -> Iterator[Point]:
        """Points where it is zero but for rounding."""
        for line in self.lines:
            for t in self._roots(line):
                yield line.point(t)

    def beside(self) -> Iterator[Chosen]:
        """Both sides of the first zero."""
        where = self._first or next(((line, t) for line in self.lines for t in self._roots(line)), None)
        if where is None:
            return
        line, t = where
        step = BESIDE * max(abs(t), 1e-3)
        for name, side in (("below", t - step), ("above", t + step)):
            yield Chosen(line.point(float(f"{side:.9g}")), f"just {name}: {self.feature.says}")

    def _value(self, line: _Line, t: float) -> float:
        return float(evaluate(self.graph, self.feature, line.point(t)))

    def _roots(self, line: _Line) -> Iterator[float]:
        """Parameters of zeros, those of few digits first."""
        values = np.broadcast_to(np.asarray(evaluate(self.graph, self.feature, line.points(GRID)), float), GRID.shape)
        flat = np.flatnonzero(values == 0)
        yield from sorted((float(t) for t in GRID[flat]), key=abs)
        if len(flat) == len(GRID):
            return
        with np.errstate(all="ignore"):
            crosses = np.flatnonzero(values[:-1] * values[1:] < 0)
            size = np.abs(values)
            dips = 1 + np.flatnonzero((size[1:-1] < size[:-2]) & (size[1:-1] < size[2:]) & (size[1:-1] > 0))
        for k in sorted(crosses, key=lambda k: abs(GRID[k])):
            root = _brent(lambda t: self._value(line, t), GRID[k], GRID[k + 1])
            if abs(self._value(line, root)) <= min(size[k], size[k + 1]):  # a pole changes its sign, too
                yield from self._plain(line, root)
        for k in sorted(set(dips) - set(crosses) - set(crosses + 1), key=lambda k: abs(GRID[k])):
            lowest = _lowest(lambda t: abs(self._value(line, t)), GRID[k - 1], GRID[k + 1])
            yield from (t for t in self._plain(line, lowest) if self._value(line, t) == 0)

    def _plain(self, line: _Line, root: float) -> Iterator[float]:
        """The root, with as few digits as it can have."""
        short = (float(f"{root:.{digits}g}") for digits in range(1, 17))
        yield next((t for t in short if self._value(line, t) == 0), root)


@dataclass(frozen=True, slots=True)
class _Line:
    """Along variable `axis` at the other variables of `base`, or through `base` in a `direction`."""

    base: Point
    axis: int = -1
    direction: tuple[float, ...] = ()

    def points(self, t: np.ndarray) -> list[np.ndarray]:
        """All variables for many parameters."""
        if self.axis >= 0:
            return [t if k == self.axis else np.full_like(t, v) for k, v in enumerate(self.base)]
        return [v + t * d for v, d in zip(self.base, self.direction, strict=True)]

    def point(self, t: float) -> Point:
        return tuple(np.float64(v[0]) for v in self.points(np.array([t])))


def _lines(bases: Sequence[Point], variables: Sequence[int], rng: np.random.Generator) -> Iterator[_Line]:
    """Along the variables through each base, and across."""
    order = [int(k) for k in rng.permutation(variables)] if len(variables) > MOST_AXES else list(variables)
    for base in bases:
        yield from (_Line(base, axis) for axis in order[:MOST_AXES])
        if len(variables) > 1:
            across = np.zeros(len(base))
            across[list(variables)] = rng.normal(size=len(variables))
            yield _Line(base, direction=tuple(across))


def _brent(f: Callable[[float], float], a: float, b: float) -> float:
    """The zero between a and b, where f has two signs."""
    from scipy import optimize

    solve: Any = optimize.brentq
    try:
        return float(solve(f, a, b, xtol=1e-300, rtol=4 * np.finfo(float).eps, disp=False))
    except ValueError:  # not a number on the way
        return math.nan


def _lowest(f: Callable[[float], float], a: float, b: float) -> float:
    """Where f is least between a and b."""
    from scipy import optimize

    minimize: Any = optimize.minimize_scalar
    return float(minimize(f, bounds=(a, b), method="bounded", options={"xatol": 1e-9}).x)
