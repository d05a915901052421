"""Stage 2: what rounding may do to a program, and what the problem itself justifies.

Every op's result z_i may be off by c_i units in its last place. Each such error reaches an entry g with
the weight dg/dz_i, so that the program bound is sum_i |dg/dz_i| (c_i u |z_i| + tiny). The weights are
enclosed over everything the floats can have been (mean value form), which makes the bound rigorous, not
first order. The problem bound is what a perturbation of the inputs in their last place would do.

The weights come from FLINT's power series op by op, and so from no rule of ours. Where steps come in groups, as
in functions of arrays, sums and products are taken together: see `grouped`, whose oracle this is.

Source: N. J. Higham, "Accuracy and Stability of Numerical Algorithms" (2nd ed., SIAM 2002), chapter 3.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from heapq import heappop, heappush
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from flint import arb, arb_series

from symdiff.balls import Ball, const, precision
from symdiff.crosscheck.certified.many_entries import shared_steps, sums
from symdiff.crosscheck.kinks import sides
from symdiff.graph import CONST, INPUT, SHORT, Graph, is_short
from symdiff.groups import groups
from symdiff.methods.base import Program
from symdiff.ops import TABLE

UNIT = 2.0**-53  # unit roundoff of float64
LARGEST = math.ldexp(1.0 - UNIT, 1024)  # the largest float64
SMALLEST = 2.0**-1022  # the smallest normal one
HUGE = 2.0**500  # numbers beyond it have weights that are no floats
FAINT = 2.0**-900  # weights below it may be none
BITS = 128
MANY = 24  # entries, from which on they are taken all at once
# Rounded correctly by everybody: where the result is a float64 already, as that of 2.0 - 1.0, not at all
CORRECTLY_ROUNDED = frozenset("add sub mul".split())
# Whose local derivatives are the same everywhere: FLINT is asked once
LINEAR = frozenset("add sub neg".split())
# Locally constant: one that is a single number, whatever the floats were, is not moved by anything
JUMPS = frozenset("floor ceil sign".split())
# Results that are chosen, not computed
EXACT = frozenset("neg abs sign max min where clip floor ceil relu".split())


@dataclass(frozen=True, slots=True)
class Bounds:
    """For one entry: how far off this program may be, how far off the problem lets any program be, the
    sum of the magnitudes that were added up, and the step that overflows ("" if none does). They are
    `borrowed` if they are the tape's, held against a program that cannot be opened. Where the program bound is
    inf, `underflow` is the step that may have become zero because it is so small ("" where that is not why)."""

    program: float
    problem: float
    magnitude: float
    overflow: str = ""
    borrowed: bool = False
    underflow: str = ""


def bounds(program: Program, point: Sequence[float]) -> list[Bounds]:
    """Bounds for every entry of a program at a point (the variables, then the vector).

    The branches are the ones in `program.guards` or, where it has none, those the exact values take.
    Where the errors may be too large to enclose (a division by something that may have become zero),
    the program bound is inf.
    """
    rows = tuple([TABLE.get(node.op) for node in program.graph.nodes])  # a row that is another one now rounds otherwise
    key = rows, program.graph.outputs, program.guards, program.arithmetic, program.loose, np.array(point).tobytes()
    known, found = _NOTED.get(program.graph, (None, []))
    if known != key:
        found = _bounds(program, point)
        _NOTED[program.graph] = key, found
    return list(found)


# The last bounds of a graph: those of the function's own value are asked for by three lamps
_NOTED: WeakKeyDictionary[Graph, tuple[object, list[Bounds]]] = WeakKeyDictionary()


def forget() -> None:
    """Leave nothing of what is remembered: what it was made by is another one now."""
    _NOTED.clear()


def _bounds(program: Program, point: Sequence[float]) -> list[Bounds]:
    from symdiff.crosscheck.certified import grouped  # it takes together what is here

    with precision(BITS, order=1):
        found = grouped.bounds(program, point)
        if found is not None:
            return found
        rounded = Enclosure(program, point, widened=True)
        exact: Enclosure | None = None
        tiny: dict[int, str] = {}
        outputs = program.graph.outputs
        result = rounded.all_bounds(outputs)
        for k, found in enumerate(result):
            if not math.isfinite(found.magnitude):
                if exact is None:
                    exact = Enclosure(program, point, widened=False)
                    tiny = _underflows(rounded, exact)
                first = exact.bounds(outputs[k])
                overflow, small = found.overflow or rounded.overflow, tiny.get(outputs[k], "")
                result[k] = Bounds(math.inf, first.problem, first.magnitude, overflow, underflow=small)
        return result


def _underflows(rounded: Enclosure, exact: Enclosure) -> dict[int, str]:
    """For every step below which digits are lost, in one sweep: the first whose floats may be zero and which is not, if
    it is no normal number. A larger one, "", has lost them otherwise, to cancellation for instance; an input was read
    as zero."""
    nodes, names = exact.graph.nodes, exact.graph.names()
    found: dict[int, str] = {}
    for i in exact.order:
        floats, truth = rounded.values[i], exact.values[i]
        first = next((a for a in nodes[i].args if a in found), None)
        if first is not None:
            found[i] = found[first]
        elif isinstance(truth, Ball) and floats.value.contains(0) and not truth.value.contains(0):
            small = nodes[i].op != INPUT and float(abs(truth.value).upper()) < SMALLEST
            found[i] = f"{names[i]} = {nodes[i].op}" if small else ""
    return found


def of_constants(program: Program, point: Sequence[float], short: int = SHORT) -> list[float]:
    """For every entry: how far it moves when each constant moves in its last place. Those of at most `short` bits stay
    what they are: the 4 in a mean of four is no measured one, and 2 is no exponent that somebody rounded."""
    nodes = program.graph.nodes
    if not any(nodes[i].op == CONST and not is_short(nodes[i].value, short) for i in program.graph.live()):
        return [0.0] * len(program.graph.outputs)
    with precision(BITS, order=1):
        return [b.program for b in _Constants(program, point, short).all_bounds(program.graph.outputs)]


class Enclosure:
    """All the values a program's floats can have, and the weights of their errors."""

    def __init__(self, program: Program, point: Sequence[float], widened: bool) -> None:
        self.prepare(program)
        self.values = dict(zip(self.graph.inputs, map(const, point), strict=True))
        for i in self.order:
            if self.graph.nodes[i].op != INPUT:
                self._enter(i, widened)
            elif self._read_as_zero(i):
                self.errors[i] = self._size(i)
                if widened:
                    self.values[i] = Ball(arb_series([self.values[i].value + arb(0, self.errors[i])]))

    def prepare(self, program: Program) -> None:
        """What is known before the first step."""
        self.graph, self.arithmetic = program.graph, program.arithmetic
        self.measured = dict(self.arithmetic.ulps)
        self.guards = dict(program.guards)
        self.loose = program.loose
        self.overflow = ""
        self.order = groups(self.graph, [*self.graph.outputs, *self.guards]).order
        self.values: dict[int, Any] = {}
        self.errors: dict[int, float] = {}
        self.known: set[int] = set()  # constants, and what is made of them without rounding: nothing moves these
        self.weights: dict[int, list[tuple[int, arb]]] = {}
        self.linear: dict[tuple[str, int], arb] = {}

    def _read_as_zero(self, i: int) -> bool:
        """Whether the library may take a number for zero: one that is too small for it to return."""
        return self.arithmetic.tiny >= SMALLEST and 0.0 < self._size(i) < SMALLEST

    def _enter(self, i: int, widened: bool) -> None:
        node = self.graph.nodes[i]
        args = [self.values[a] for a in node.args]
        known = True
        for a, arg in zip(node.args, args, strict=True):
            known = known and (a in self.known or not isinstance(arg, Ball))
        if node.op == "sub" and node.args[0] == node.args[1] and self._size(node.args[0]) < LARGEST:
            self.values[i], self.errors[i] = const(0.0), 0.0  # whatever the number is
            self.known.add(i)
            return
        if node.op == CONST:
            value = const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
            rounded = isinstance(node.value, Fraction) or node.value in self.loose
            ulp, near_zero = (2.0 if rounded else 0.0), 0.0
        else:
            row = TABLE[node.op]
            on_edge = node.op in sides.SIDES and sides.undecided(node.op, args)
            params = dict(node.params) if node.params else {}
            value = sides.enclosed(node.op, args) if on_edge else row.ball(*args, **params)
            if row.boolean:
                self.values[i] = self.guards.get(i, value)
                return
            if i in self.guards:  # a jump, decided: sign(0) is 0, and stays it
                self.values[i], self.errors[i] = const(self.guards[i]), 0.0
                self.known.add(i)
                return
            # e.g. lgamma near 1: accurate on this scale, not on its own
            near_zero = row.least_size(*map(self._size, node.args)) if callable(row.near_zero) else row.near_zero
            exact = node.op in EXACT or (known and node.op in CORRECTLY_ROUNDED and self._unrounded(value, node.args))
            ulp = 0.0 if exact else self.measured.get(node.op, max(row.ulp, 1.0) * self.arithmetic.factor)
            if node.op == "integer_power" and self.arithmetic.multiplies:
                ulp = max(ulp, float(abs(params["n"])))
            if row.rounding is not None:
                units = row.rounding(*[self._size(a) for a in node.args], **params)
                self._sum(i, value, float(units), widened)
                return
        size = float(value.value.abs_upper())
        if size > LARGEST and not self.overflow and node.op != CONST and _finite(args):
            self.overflow = self.graph.names()[i] + f" = {node.op}"
        self.errors[i] = (ulp * UNIT * max(size, near_zero) + self.arithmetic.tiny) if ulp else 0.0
        if (known and not ulp) or (node.op in JUMPS and value.value.is_exact()):
            self.known.add(i)
        if size == math.inf and value.value.abs_lower() == size:  # the caller's own infinity: inf - 1 is exact
            self.errors[i] = 0.0
        if widened and self.errors[i]:
            value = Ball(arb_series([value.value + arb(0, self.errors[i])]))
        self.values[i] = value

    def _unrounded(self, value: Ball, args: Sequence[int]) -> bool:
        return all(_is_a_float(v.value) for v in (value, *(self.values[a] for a in args)))

    def _size(self, i: int) -> float:
        return float(self.values[i].value.abs_upper())

    def _sum(self, i: int, value: Ball, units: float, widened: bool) -> None:
        """A step whose error is not relative to its result."""
        self.errors[i] = (units * UNIT * self.arithmetic.factor + self.arithmetic.tiny) if units else 0.0
        if widened and self.errors[i]:
            value = Ball(arb_series([value.value + arb(0, self.errors[i])]))
        self.values[i] = value

    def all_bounds(self, outputs: Sequence[int]) -> list[Bounds]:
        """The bounds of every output: one by one where there are few, or few steps lead to each; else all at once."""
        sizes = (float(v.value.abs_upper()) for v in self.values.values() if isinstance(v, Ball))
        if len(outputs) < MANY or max(sizes, default=0.0) > HUGE:
            return [self.bounds(o) for o in outputs]
        beneath = shared_steps(self.graph, outputs, self._slopes)
        if beneath is None:
            return [self._summed(o, *found) for o, found in zip(outputs, self._sums(outputs), strict=True)]
        known = dict(zip(sorted(beneath), self._sums(sorted(beneath)), strict=True)) if beneath else {}
        return [self.bounds(o, known) for o in outputs]

    def _sums(self, outputs: Sequence[int]) -> list[tuple[float, float, float]]:
        """What rounding, the problem, and all magnitudes sum to, for every output, in one sweep."""
        sizes = {i: float(v.value.abs_upper()) for i, v in self.values.items() if isinstance(v, Ball)}
        total, problem, magnitude = sums(self.graph, self.order, outputs, sizes, self.errors, self._slopes)
        return list(zip(total.tolist(), (UNIT * problem).tolist(), magnitude.tolist(), strict=True))

    def bounds(self, output: int, known: Mapping[int, tuple[float, float, float]] | None = None) -> Bounds:
        """One reverse sweep with enclosed local derivatives; it stops at the steps whose sums are `known`."""
        adjoint: dict[int, arb] = {output: arb(1)}
        total = problem = magnitude = 0.0
        waiting = [-output]  # a heap: an argument has a smaller number than what is made of it
        while waiting:
            i = -heappop(waiting)
            weight = adjoint.pop(i)
            if weight.is_zero():
                continue
            size = float(weight.abs_upper())
            if known and i in known:
                beneath = known[i]
                total, problem = total + size * beneath[0], problem + size * beneath[1]
                magnitude += size * beneath[2]
                continue
            value, error = self.values[i].value.abs_upper(), self.errors.get(i, 0.0)
            if size < FAINT:  # 1/u**2 of a u beyond 1e160 is no float, and times the error of u it is one
                wide = weight.abs_upper()
                reach, error = float(wide * value), float(wide * error)
            else:
                reach, error = size * float(value), size * error
            total += error
            magnitude += reach
            if self.graph.nodes[i].op == INPUT:
                problem += UNIT * reach
                continue
            for a, slope in self._slopes(i):
                share = weight * slope
                if a not in adjoint:
                    heappush(waiting, -a)
                adjoint[a] = adjoint[a] + share if a in adjoint else share
        return self._summed(output, total, problem, magnitude)

    def _summed(self, output: int, total: float, problem: float, magnitude: float) -> Bounds:
        value = float(self.values[output].value.abs_upper())
        if math.isnan(total) or math.isnan(magnitude) or math.isnan(value):
            total = magnitude = math.inf
        problem += UNIT * value
        return Bounds(total, problem if not math.isnan(problem) else math.inf, magnitude, self.overflow)

    def _slopes(self, i: int) -> list[tuple[int, arb]]:
        """The local derivatives of node i that are not zero, by argument."""
        if i not in self.weights:
            node = self.graph.nodes[i]
            row, params = TABLE.get(node.op), dict(node.params)
            args = [self.values[a] for a in node.args]
            found, on_edge = [], node.op in sides.SIDES and sides.undecided(node.op, args)
            for k, a in enumerate(node.args if i not in self.known else ()):  # a decided jump does not move
                if row is None or a in self.known or not isinstance(args[k], Ball):
                    continue
                if on_edge:
                    slope = sides.between(node.op, args, k)
                elif node.op == "clip":
                    slope = sides.of_clip(args, k)
                elif (node.op, k) in self.linear:
                    slope = self.linear[node.op, k]
                elif node.op == "mul" and _finite(args):
                    slope = args[1 - k].value  # what FLINT makes of (x + t) y; no step is as frequent
                else:
                    moved = Ball(arb_series([args[k].value, 1]))
                    slope = row.ball(*args[:k], moved, *args[k + 1 :], **params)[1]
                    if node.op in LINEAR:
                        self.linear[node.op, k] = slope
                if not slope.is_zero():
                    found.append((a, slope))
            self.weights[i] = found
        return self.weights[i]


class _Constants(Enclosure):
    """The same with nothing rounded but the constants, those of more bits than `short`."""

    def __init__(self, program: Program, point: Sequence[float], short: int = SHORT) -> None:
        self.short = short
        super().__init__(program, point, widened=False)

    def _enter(self, i: int, widened: bool) -> None:
        super()._enter(i, widened)
        node = self.graph.nodes[i]
        self.known.discard(i)
        moves = node.op == CONST and i not in self._exponents and not is_short(node.value, self.short)
        self.errors[i] = UNIT * self._size(i) if moves else 0.0

    @functools.cached_property
    def _exponents(self) -> set[int]:
        """Constants that are exponents, or take part in one, and that nobody rounded: 2 is meant. A base below zero
        has no slope by them."""
        nodes, found = self.graph.nodes, set[int]()
        for e in {node.args[1] for node in nodes if node.op == "power"} - self._varying:
            beneath = self.graph.live([e])
            if all(nodes[i].op != CONST or is_short(nodes[i].value, self.short) for i in beneath):
                found.update(beneath)
        return found

    @functools.cached_property
    def _varying(self) -> set[int]:
        return {i for i, moves in enumerate(self.graph.varying()) if moves}

    def _slopes(self, i: int) -> list[tuple[int, arb]]:
        return [(a, slope) for a, slope in super()._slopes(i) if a not in self._exponents]


def _finite(args: Sequence[Any]) -> bool:
    """Whether these are numbers, and no infinities of the caller's own."""
    return all(isinstance(a, Ball) and a.value.is_finite() for a in args)


def _is_a_float(value: arb) -> bool:
    """Whether this is one number, and a float64 that nobody takes for zero, as XLA does a subnormal one."""
    if not value.is_exact() or not value.is_finite():
        return False
    nearest = float(value)
    return bool(arb(nearest) == value) and (nearest == 0.0 or SMALLEST <= abs(nearest) <= LARGEST)
