"""What a second or third derivative may be where steps on a kink have any slope between those of their sides.

Where the derivative below does not exist, as |x|' at 0, or nowhere near, as that of max(x, y)**2 at (0, 0), a number
that is no limit of those nearby may still be what the conventions of the steps add up to. Each such step is a linear
function of its arguments then (of |x| in `i0e`: any s x for |s| <= 1), with slopes that are the same in every entry. A
step that jumps is the number that it is at the point.
Whether some slopes give these entries is decided by dividing the box of all slopes: where no part of it encloses the
entries, none do (R. Moore, R. Kearfott, M. Cloud, "Introduction to Interval Analysis", SIAM 2009, section 5.3).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations_with_replacement, product
from typing import Any

from flint import arb

from symdiff import balls
from symdiff.balls import Ball, precision
from symdiff.crosscheck.kinks.sides import SIDES, piece, undecided
from symdiff.crosscheck.verdict import A_FEW_ULPS
from symdiff.graph import CONST, INPUT, Graph
from symdiff.ops import TABLE

BITS = 256
MOST_PARTS = 64  # of the box of slopes that are looked at, in all
MOST_STEPS = 200_000  # taken in balls for all of them
SMALLEST = 2.0**-16  # of a part

Form = dict[tuple[int, ...], arb]  # by places of the inputs in order; what differs in their order is one number
Part = tuple[tuple[float, float], ...]  # for each slope from where to where, in shares of all that it may be


@dataclass(frozen=True, slots=True)
class StepSlopes:
    """One output of a function at a point where steps have no slope; `wrt` are the inputs that move, `order` is that of
    the derivative."""

    graph: Graph
    x: Sequence[float]
    wrt: Sequence[int]
    output: int
    order: int

    def known(self) -> bool:
        """Whether all that can be put together is known: every step there has sides, or is `hypot` or `i0e`."""
        return self.form_of_all() is not None

    def form_of_all(self) -> Form | None:
        """The derivative's form, enclosed for all slopes that the steps may have; None where it is not known."""
        return self.form(self._whole())

    def can_be(self, entries: Any, values: Sequence[float]) -> bool:
        """Whether some slopes give the values, those that are finite. `entries` makes an operator's entries of a form.
        True where that is not ruled out."""
        parts, looked_at, affordable = [self._whole()], 0, self._affordable()
        while parts:
            found = []
            for part in parts:
                looked_at += 1
                form = self.form(part) if looked_at <= affordable else None
                if form is None:
                    return True
                with precision(BITS):
                    if all(_meets(e, v) for e, v in zip(entries(form), values, strict=True)):
                        found.append(part)
            if not found:
                return False
            size = max((high - low for low, high in found[0]), default=0.0)
            if size <= SMALLEST or looked_at > MOST_PARTS * len(found[0]) * self.order:
                return True
            parts = [half for part in found for half in _halves(part)]
        return False

    def _affordable(self) -> int:
        """How many parts may be looked at, by the steps that each takes."""
        return MOST_STEPS // (len(self.graph.nodes) * math.comb(len(self.wrt) + self.order, self.order))

    def form(self, part: Part) -> Form | None:
        """The derivative's form, enclosed for all slopes in a part of what they may be; None where it is not known."""
        form: Form = {}
        with precision(BITS, self.order):
            along = cache(lambda direction: self._along(direction, iter(part)))  # pairs of inputs share their axes
            for at in combinations_with_replacement(range(len(self.wrt)), self.order):
                alike = len(set(at)) == 1  # along one axis there is nothing to polarise
                total = arb(0)
                for taken in [(1,)] if alike else product((0, 1), repeat=self.order):
                    direction = [0.0] * len(self.x)
                    for t, i in zip(taken, at, strict=False):
                        direction[self.wrt[i]] += t
                    found = along(tuple(direction)) if any(taken) else balls.const(0.0)
                    if found is None:
                        return None
                    sign = (-1) ** (self.order - sum(taken))
                    total += math.factorial(self.order) * found[self.order] if alike else sign * found[self.order]
                form[at] = total
        return form

    def _whole(self) -> Part:
        """All slopes: as many as the steps on their kinks have."""
        count = 0

        def endless() -> Iterator[tuple[float, float]]:
            nonlocal count
            while True:
                count += 1
                yield 0.0, 1.0

        with precision(BITS, self.order):
            self._along([0.0] * len(self.x), endless())
        return ((0.0, 1.0),) * count

    def _along(self, direction: Sequence[float], shares: Iterator[tuple[float, float]]) -> Ball | None:
        """The function's series along a direction; each step on its kink takes the slopes that are next."""
        values: list[Any] = [None] * len(self.graph.nodes)
        start = {i: balls.variable(self.x[k], direction[k]) for k, i in enumerate(self.graph.inputs)}
        for i in self.graph.live([self.graph.outputs[self.output]]):
            node, args = self.graph.nodes[i], [values[a] for a in self.graph.nodes[i].args]
            if node.op == INPUT:
                values[i] = start[i]
            elif node.op == CONST:
                fixed: Any = node.value
                values[i] = fixed if node.kind == "b" else balls.const(fixed)
            elif node.op in SIDES and undecided(node.op, args):
                share = _ball(next(shares))
                one, other = (piece(node.op, side)(*args) for side in (1, -1))
                values[i] = other + (one - other) * balls.const(share)
            elif node.op == "hypot" and all(a.value == 0 for a in args):  # the tip of the cone
                values[i] = _sum_of(args, [2 * _ball(next(shares)) - 1, 2 * _ball(next(shares)) - 1])
            elif node.op == "i0e" and args[0].value == 0:
                values[i] = _i0e(args[0], 2 * _ball(next(shares)) - 1)
            elif node.op in JUMPS:
                values[i] = JUMPS[node.op](*args)
            else:
                values[i] = TABLE[node.op].ball(*args, **dict(node.params))
        found = values[self.graph.outputs[self.output]]
        return found if all(found[k].is_finite() for k in range(balls.terms())) else None


def _whole_number(op: str) -> Callable[[Ball], Ball]:
    return lambda x: balls.const(TABLE[op].ball(x).value)


def _mod(a: Ball, b: Ball) -> Ball:
    return a - b * balls.const(TABLE["floor"].ball(balls.const(a.value / b.value)).value)


def _atan2(y: Ball, x: Ball) -> Ball:
    """At the cut it goes on as it is above it."""
    if x.value < 0 and y.value == 0:
        return TABLE["atan"].ball(y / x) + balls.const(arb.pi())
    return TABLE["atan2"].ball(y, x)


JUMPS: dict[str, Callable[..., Ball]] = {  # what steps are where they jump: the numbers that they are there
    "floor": _whole_number("floor"), "ceil": _whole_number("ceil"), "sign": _whole_number("sign"), "mod": _mod,
    "atan2": _atan2,
}  # fmt: skip


def _sum_of(args: Sequence[Ball], slopes: Sequence[arb]) -> Ball:
    return args[0] * balls.const(slopes[0]) + args[1] * balls.const(slopes[1])


def _i0e(x: Ball, slope: arb) -> Ball:
    """exp(-u) I_0(u) of u = slope x, where x is 0."""
    u = balls.variable(0.0, 1.0)
    series = TABLE["exp"].ball(-u) * TABLE["iv"].ball(balls.const(0.0), u)
    total, power, factor = balls.const(series[0]), balls.const(1.0), arb(1)
    for k in range(1, balls.terms()):
        power, factor = power * x, factor * slope
        total = total + power * balls.const(series[k] * factor)
    return total


def _ball(share: tuple[float, float]) -> arb:
    low, high = share
    return arb((low + high) / 2, (high - low) / 2)


def _halves(part: Part) -> Iterator[Part]:
    each = [((low, (low + high) / 2), ((low + high) / 2, high)) for low, high in part]
    yield from product(*each)


def _meets(entry: arb, value: float) -> bool:
    return not math.isfinite(value) or bool(entry.overlaps(arb(value, A_FEW_ULPS * math.ulp(value))))

