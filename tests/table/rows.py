"""What the tests of the op table share: cases, points, and one reading of a row in each vocabulary."""

from __future__ import annotations

import functools
import itertools
import math
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from symdiff import balls
from symdiff.graph import Graph, run
from symdiff.inputs.recorded import Recorded
from symdiff.ops import TABLE, Lacking, Op

BITS = 400
WIDE = (-20.0, 20.0)
# Tiny, moderate, saturated; both signs; whole numbers and halves, where floor, mod and gamma turn.
LANDMARKS = (0.0, 1e-300, 1e-20, 1e-8, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 6.5, 20.0, 40.0, 700.0, 1e4)

TINY = float(np.finfo(np.float64).tiny)

Point = tuple[Any, ...]


class Case:
    """One row with its parameters chosen: integer_power with n = 3."""

    def __init__(self, row: Op, params: dict[str, int]) -> None:
        self.row, self.params = row, params
        self.conditions = row.examples.get("conditions", ())

    def __repr__(self) -> str:
        return self.row.name + "".join(f"-{k}={v}" for k, v in self.params.items())

    @property
    def real_arguments(self) -> list[int]:
        """The arguments that a derivative may be asked by: not the order of a Bessel function."""
        lacking = [k for k, rule in enumerate(self.row.vjp) if isinstance(rule, Lacking)]
        return [k for k in range(self.row.arity) if k not in self.conditions and k not in lacking]

    def least_size(self, point: Point) -> float:
        return self.row.least_size(*map(abs, point))

    def outside(self, point: Point) -> bool:
        outside = self.row.domain.outside
        with np.errstate(all="ignore"):
            return outside is not None and bool(outside(*point, **self.params))

    def at_kink(self, point: Point) -> bool:
        if self.row.kink is None:
            return False
        with np.errstate(all="ignore"):
            return any(np.any(np.asarray(v) == 0) for v in as_tuple(self.row.kink.at(*point)))

    # -- points ---------------------------------------------------------------------------------------

    def drawn(self, count: int, seed: int = 0) -> list[Point]:
        """Points from the domain's own intervals, uniformly."""
        rng = np.random.default_rng([seed, zlib.crc32(repr(self).encode())])
        intervals = self.row.domain.draw or [WIDE] * self.row.arity
        columns = [
            rng.uniform(*interval, count) if k not in self.conditions else rng.integers(0, 2, count).astype(bool)
            for k, interval in enumerate(intervals)
        ]
        return self._inside(zip(*(c.tolist() for c in columns), strict=True)) if columns else [()]

    def scattered(self, count: int, decades: float = 300.0, seed: int = 0) -> list[Point]:
        """Points of all magnitudes and signs, as far as the domain reaches (and the row's library)."""
        decades = min(decades, self.row.examples.get("decades", math.inf))
        rng = np.random.default_rng([seed, 1, zlib.crc32(repr(self).encode())])
        points = []
        for _ in range(count):
            size = 10.0 ** rng.uniform(-decades, decades, self.row.arity)
            near = rng.integers(0, 3)  # the arguments near one another, or each of its own size
            size = size[:1] * (1 + 10.0 ** rng.uniform(-16, 0, self.row.arity)) if near == 0 else size
            values = (size * rng.choice([-1, 1], self.row.arity)).tolist()
            points.append(tuple(v > 0 if k in self.conditions else v for k, v in enumerate(values)))
        return self._inside(points)

    def landmarks(self) -> list[Point]:
        """Every combination of a few telling values, inside the domain and off the kinks."""
        return [p for p in self._inside(self.combinations()) if not self.at_kink(p)]

    def kinks(self) -> list[Point]:
        """Those of the combinations that lie on a kink, the tamest first."""
        found = [p for p in self._inside(self.combinations()) if self.at_kink(p)]
        return sorted(found, key=lambda p: sum(abs(math.log10(abs(v))) for v in p if v))

    def combinations(self) -> Iterator[Point]:
        values = sorted({s * v for v in LANDMARKS for s in (1.0, -1.0)}, key=abs)
        if self.row.arity == 1:
            return ((v,) for v in values)
        few = values if self.row.arity == 2 else self.row.examples.get("landmarks", values[::4])
        return itertools.product(*[(True, False) if k in self.conditions else few for k in range(self.row.arity)])

    def _inside(self, points: Any) -> list[Point]:
        return [p for p in points if not self.outside(p) and self._measured(p)]

    def _measured(self, point: Point) -> bool:
        """Whether the row's library was measured here: SciPy's Bessel functions end at orders and arguments."""
        sizes = self.row.examples.get("measured", ())
        return not sizes or all(v == 0 or low <= abs(v) <= high for v, (low, high) in zip(point, sizes, strict=True))

    # -- readings -------------------------------------------------------------------------------------

    def float_value(self, points: Sequence[Point], dtype: Any = np.float64) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.asarray(self.row.forward(*self.columns(points, dtype), **self.params))

    def columns(self, points: Sequence[Point], dtype: Any = np.float64) -> list[np.ndarray]:
        return [np.array(c, bool if k in self.conditions else dtype) for k, c in enumerate(zip(*points, strict=True))]

    def ball(self, point: Point, along: int | None = None) -> Any:
        """The ball column at a point, moving along one argument. Call it inside `balls.precision`."""
        return self.row.ball(*self.as_balls(point, along), **self.params)

    def certain(self, point: Point, along: int | None = None, order: int = 0, coefficient: int = 0) -> Any:
        """A Taylor coefficient of the ball column to 100 bits, at whatever precision that takes.

        None where FLINT cannot say: beyond its range.
        """
        for bits in (BITS, 2 * BITS, 6 * BITS):
            with balls.precision(bits, order):
                found = self.ball(point, along)[coefficient]
                if found.is_finite() and (found.rad() <= abs(found.mid()) / 2**100 or decided(found)):
                    return found
        return None

    def as_balls(self, point: Point, along: int | None = None) -> list[Any]:
        return [
            v if k in self.conditions else balls.variable(v, 1) if k == along else balls.const(v)
            for k, v in enumerate(point)
        ]

    def rule(self, k: int) -> Graph:
        """The pull-back of argument k recorded: a graph of the inputs (ct, *args)."""
        return recorded_rule(self.row, k, tuple(self.params.items()))

    def rule_in_balls(self, k: int, point: Point, graph: Graph | None = None) -> Any:
        """dy/darg_k by the row's rule, in ball arithmetic."""
        graph = graph or self.rule(k)
        inputs = [balls.const(1), *self.as_balls(point)]
        return run(graph, "ball", inputs, balls.const)[graph.outputs[0]]

    def rule_in_floats(self, k: int, points: Sequence[Point], dtype: Any = np.float64) -> np.ndarray:
        """dy/darg_k by the row's rule, as it stands, on arrays."""
        args = self.columns(points, dtype)
        ct = np.ones(len(points), dtype)
        rule = self.row.vjp[k]
        if rule is None:
            return np.zeros(len(points), dtype)
        with np.errstate(all="ignore"):
            y = self.row.forward(*args, **self.params)
            return np.broadcast_to(rule(ct, y, *args, **self.params), ct.shape)


@functools.cache
def recorded_rule(row: Op, k: int, params: tuple[tuple[str, int], ...]) -> Graph:
    return record_rule(row, row.vjp[k], params)


def record_rule(row: Op, rule: Any, params: tuple[tuple[str, int], ...]) -> Graph:
    graph = Graph()
    ct = Recorded(graph, graph.input("ct"))
    args = [Recorded(graph, graph.input(f"a{i}")) for i in range(row.arity)]
    y = row(*args, **dict(params))
    found = rule(ct, y, *args, **dict(params)) if rule is not None else 0.0
    graph.outputs = (found.index if isinstance(found, Recorded) else graph.const(float(found)),)
    return graph


def as_tuple(v: Any) -> tuple[Any, ...]:
    return v if isinstance(v, tuple) else (v,)


def cases(rows: Sequence[Op] | None = None) -> list[Case]:
    """Every elementwise row, once for each choice of its parameters; array rows have tests of their own."""
    found = []
    for row in rows or [r for r in TABLE.values() if r.elementwise]:
        choices = itertools.product(*(row.examples[p] for p in row.params))
        found += [Case(row, dict(zip(row.params, choice, strict=True))) for choice in choices]
    return found


CASES = cases()
REAL = [c for c in CASES if not c.row.boolean]
SLOPES = [(c, k) for c in REAL for k in c.real_arguments]  # every partial there is


def decided(ball: Any) -> bool:
    """Whether the whole ball rounds to one double: exactly zero, or far below the smallest."""
    with balls.precision(BITS):
        return float(ball.lower()) == float(ball.upper())


def ulps(found: float, truth: Any, near_zero: float = 0.0) -> float:
    """The distance of a float from the truth, in units in its last place.

    Below the smallest normal number everything is near: results there may be flushed to zero. Where
    the truth is within a few ulps of the largest number, infinity is the same as that.
    """
    nearest = float(truth.mid())
    if math.isnan(found):
        return math.inf
    if math.isinf(nearest) or math.isinf(found):
        return 0.0 if found == nearest or abs(nearest) > 1.797e308 else math.inf
    with balls.precision(BITS):
        gap = max(abs(float((truth - found).mid())) - TINY, 0.0)
    return gap / math.ulp(max(abs(nearest), near_zero))


def hessian_entry(case: Case, point: Point, k: int, j: int) -> Any:
    """d2f / dx_k dx_j from FLINT's second Taylor coefficients; call it inside `balls.precision(bits, 2)`."""

    def along(*moving: int) -> Any:
        args = [
            v if i in case.conditions else balls.variable(v, 1) if i in moving else balls.const(v)
            for i, v in enumerate(point)
        ]
        return case.row.ball(*args, **case.params)[2]

    return 2 * along(k) if j == k else along(k, j) - along(k) - along(j)
