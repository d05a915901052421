"""The bounds of `rounding`, for groups of equal steps at once.

A function of a thousand numbers is a handful of array steps, and so its scalar steps come in groups: the same op, as
far from the inputs. Sums, products, quotients and whole powers of a group are enclosed together, in midpoints and radii
that are floats, every operation's own rounding added to the radius; every other step is FLINT's, as in `rounding`. A
slope is what the power series says of x + t: of a product the other factor. The weights are swept
back for all entries together, as pairs of an entry and a step that it depends on.

Wherever something is not an ordinary number, there is no answer, and `rounding` does it step by step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from flint import arb, arb_series

from symdiff.balls import Ball
from symdiff.crosscheck.certified.many_entries import SLACK
from symdiff.crosscheck.certified.pairs import Edges, Sweep
from symdiff.crosscheck.certified.rounding import EXACT, HUGE, SMALLEST, UNIT, Bounds, Enclosure
from symdiff.graph import CONST, INPUT
from symdiff.groups import Group, Groups, groups
from symdiff.methods.base import Program
from symdiff.ops import TABLE

FEW = 8  # steps of a group, below which FLINT is faster
WORTH_IT = 400  # steps of a program
LEAST = 2.0**-1074
UNDERFLOW = 8 * LEAST  # what the products inside one enclosed product may lose together
HIGHEST_POWER = 8


class Spread(NamedTuple):
    """Midpoints and radii of the enclosures of a group."""

    mid: np.ndarray
    rad: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """The largest absolute value in each."""
        return np.abs(self.mid) + self.rad


Slopes = Sequence["Spread | float"]


def summed(*terms: Spread) -> Spread:
    mid, rad, sizes = terms[0].mid, terms[0].rad, np.abs(terms[0].mid)
    for term in terms[1:]:
        mid, rad = mid + term.mid, rad + term.rad
        sizes = sizes + np.abs(term.mid)
    return Spread(mid, (rad + SLACK * len(terms) * sizes) * (1 + SLACK * len(terms)))


def product(a: Spread, b: Spread) -> Spread:
    mid = a.mid * b.mid
    rad = np.abs(a.mid) * b.rad + a.rad * b.size + SLACK * np.abs(mid) + UNDERFLOW
    zero = (a.size == 0.0) | (b.size == 0.0)
    return Spread(mid, np.where(zero, 0.0, rad * (1 + SLACK)))


def quotient(a: Spread, b: Spread) -> Spread:
    """a/b; nan where b may be zero."""
    mid, least = a.mid / b.mid, (np.abs(b.mid) - b.rad) * (1 - SLACK)
    rad = (a.rad + np.abs(mid) * b.rad + UNDERFLOW * (1 + b.rad)) * (1 + SLACK) / least + SLACK * np.abs(mid)
    rad = np.where(least > 0.0, rad * (1 + SLACK) + UNDERFLOW, np.nan)
    return Spread(mid, rad)


def _power(x: Spread, n: int) -> tuple[Spread, Slopes]:
    """x**n and its slope, as those of n factors x + t."""
    one = Spread(np.ones_like(x.mid), np.zeros_like(x.mid))
    value, slope = x, one
    for _ in range(n - 1):
        slope = summed(product(slope, x), value)
        value = product(value, x)
    return value, [slope]


def _quotient(a: Spread, b: Spread) -> tuple[Spread, Slopes]:
    one = Spread(np.ones_like(b.mid), np.zeros_like(b.mid))
    value, inverse = quotient(a, b), quotient(one, b)
    down = product(value, inverse)
    return value, [inverse, Spread(-down.mid, down.rad)]


FORMS: dict[str, Callable[..., tuple[Spread, Slopes]]] = {
    "add": lambda a, b: (summed(a, b), [1.0, 1.0]),
    "sub": lambda a, b: (summed(a, Spread(-b.mid, b.rad)), [1.0, -1.0]),
    "neg": lambda a: (Spread(-a.mid, a.rad), [-1.0]),
    "mul": lambda a, b: (product(a, b), [b, a]),
    "div": _quotient,
    "integer_power": _power,
    "total": lambda *terms, of: (summed(*terms), [1.0] * len(terms)),
}


def bounds(program: Program, point: Sequence[float]) -> list[Bounds] | None:
    """The bounds of every entry, or None where the steps do not come in groups, or not all is finite. At a precision
    with first Taylor coefficients."""
    if len(program.graph.nodes) < WORTH_IT:
        return None
    found = groups(program.graph, [*program.graph.outputs, *dict(program.guards)])
    if 2 * sum(len(g.steps) for g in found.groups if _together(g)) < len(found.order):
        return None
    with np.errstate(all="ignore"):
        enclosure = _Groups(program, point, found)
        result = enclosure.all_bounds(program.graph.outputs) if enclosure.fine() else None
    return result if result and math.isfinite(sum(b.program + b.problem + b.magnitude for b in result)) else None


def _together(group: Group) -> bool:
    """Whether the steps of a group are taken at once."""
    power = dict(group.params)["n"] if group.op == "integer_power" else 1
    return group.op in FORMS and len(group.steps) >= FEW and 1 <= power <= HIGHEST_POWER


class _Lazy(dict[int, Any]):
    """The values by step, made of midpoints and radii where they are asked for."""

    def __init__(self, mid: np.ndarray, rad: np.ndarray) -> None:
        self.mid, self.rad = mid, rad

    def __missing__(self, i: int) -> Ball:
        self[i] = Ball(arb_series([arb(float(self.mid[i]), float(self.rad[i]))]))
        return self[i]


class _Groups(Enclosure):
    """The same enclosures, group by group."""

    def __init__(self, program: Program, point: Sequence[float], found: Groups) -> None:
        self.prepare(program)
        count = len(self.graph.nodes)
        self.depth, self.mid, self.rad, self.noise = found.depth, *(np.zeros(count) for _ in range(3))
        self.fixed, self.odd = np.zeros(count, bool), np.zeros(count, bool)  # as `known`; truth values
        self.values, self.edges = _Lazy(self.mid, self.rad), Edges()
        self._read(point)
        for group in found.groups:
            if group.op == INPUT:
                continue
            alone = self._take(group) if _together(group) else group.steps
            for i in alone:
                self._enter(i, widened=True)
                self._note(i)

    def _read(self, point: Sequence[float]) -> None:
        """The inputs."""
        inputs, numbers = np.array(self.graph.inputs, int), np.array(point, float)
        sizes = np.abs(numbers)
        lost = (self.arithmetic.tiny >= SMALLEST) & (sizes > 0.0) & (sizes < SMALLEST)  # as in `_read_as_zero`
        self.mid[inputs], self.rad[inputs] = numbers, np.where(lost, sizes, 0.0)
        self.noise[inputs] = self.rad[inputs]

    def _take(self, group: Group) -> list[int]:
        """Enclose a group; the steps that are left are those of known constants alone, which may be exact, and those
        that were decided."""
        steps, args = np.array(group.steps), np.array(group.args)
        moves = ~self.fixed[args]
        alone = ~moves.any(axis=0) | self.odd[args].any(axis=0) | np.isin(steps, list(self.guards))
        left = steps[alone].tolist()
        if left:
            steps, args, moves = steps[~alone], args[:, ~alone], moves[:, ~alone]
        row, params = TABLE[group.op], dict(group.params)
        given = [Spread(self.mid[a], self.rad[a]) for a in args]
        value, slopes = FORMS[group.op](*given, **params)
        error = np.zeros(len(steps))
        if row.rounding is not None:
            units = row.rounding(*[v.size for v in given], **params)
            error = np.where(units > 0.0, units * UNIT * self.arithmetic.factor + self.arithmetic.tiny, 0.0)
        elif group.op not in EXACT:
            ulp = self.measured.get(group.op, max(row.ulp, 1.0) * self.arithmetic.factor)
            error = ulp * UNIT * value.size + self.arithmetic.tiny
        error *= 1 + SLACK
        self.mid[steps], self.rad[steps], self.noise[steps] = value.mid, (value.rad + error) * (1 + SLACK), error
        for a, moved, slope in zip(args, moves, slopes, strict=True):
            mid, rad = slope if isinstance(slope, Spread) else (np.full(len(steps), slope), np.zeros(len(steps)))
            there = moved & ((mid != 0.0) | (rad != 0.0))
            self.edges.add(steps[there], a[there], mid[there], rad[there])
        return left

    def _note(self, i: int) -> None:
        """What FLINT found for one step, as floats."""
        value = self.values[i]
        self.fixed[i] = i in self.known
        self.noise[i] = self.errors.get(i, 0.0)
        if not isinstance(value, Ball):
            self.odd[i] = True
            return
        self.mid[i], self.rad[i] = _floats(value.value)
        slopes = self._slopes(i) if self.graph.nodes[i].op != CONST else []
        if slopes:
            floats = np.array([_floats(slope) for _, slope in slopes])
            self.edges.add(np.full(len(slopes), i), np.array([a for a, _ in slopes]), *floats.T)

    def fine(self) -> bool:
        """Whether everything is an ordinary number."""
        sizes = np.abs(self.mid) + self.rad
        return not self.overflow and bool((sizes < HUGE).all() and np.isfinite(self.noise).all())

    def all_bounds(self, outputs: Sequence[int]) -> list[Bounds]:
        """The bounds of every output, swept back for all together; step by step where they depend on too much."""
        sweep = Sweep(self.edges, self.depth, self.noise, np.abs(self.mid) + self.rad, self._inputs())
        found = sweep.sums_of_all(outputs)
        if found is None:
            self._taken_apart()
            return super().all_bounds(outputs)
        total, problem, magnitude = found
        problem = UNIT * (problem + sweep.size[list(outputs)])  # in the last place of the inputs and of the entry
        return [Bounds(*each) for each in zip(*(f.tolist() for f in (total, problem, magnitude)), strict=True)]

    def _inputs(self) -> np.ndarray:
        there = np.zeros(len(self.graph.nodes), bool)
        there[self.graph.inputs] = True
        return there

    def _taken_apart(self) -> None:
        """Everything as `rounding` wants it."""
        self.weights = {i: [] for i in self.order}
        for i, a, mid, rad in zip(*(v.tolist() for v in self.edges.sorted()), strict=True):
            self.weights[i].append((a, arb(mid, rad)))
        self.errors = dict(enumerate(self.noise.tolist()))
        self.values = {i: self.values[i] for i in self.order}


def _floats(value: arb) -> tuple[float, float]:
    """A ball as a midpoint and a radius that are floats."""
    mid, rad = float(value.mid()), float(value.rad()) * (1 + SLACK)
    return mid, rad if not rad and bool(arb(mid) == value) else rad + SLACK * abs(mid) + LEAST
