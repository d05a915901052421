"""A library's literals, whose exact value is not known, only their double: what their last places may do.

JAX writes 2/sqrt(pi) as 1.1283791670955126. In balls such a literal, widened by its last place, meets itself again
in every layer of a deep net, each time as if it were another number, and the widths grow with the absolute values
of the weights instead of the weights. But it is one number: by the mean value theorem the program moves by at most
the literal's width times its derivative by the literal, which is a Taylor coefficient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction

from flint import arb

from symdiff import balls
from symdiff.balls import Ball
from symdiff.graph import run
from symdiff.methods.base import Program

LAST_PLACE = 2.0**-52  # of a literal: a computed one may be off by more than half a unit
MOST = 32  # literals, each a sweep
# What a double is that nobody writes for its own sake. No more than a program's literals may be, and exactly this.
STANDS_FOR: dict[float, Callable[[], arb]] = {
    math.pi: arb.pi, math.e: lambda: arb(1).exp(), math.log(2): lambda: arb(2).log(),
    1 / math.log(2): lambda: 1 / arb(2).log(), 1 / math.log(10): lambda: 1 / arb(10).log(),
    2 / math.sqrt(math.pi): lambda: 2 / arb.pi().sqrt(), 1 / 3: lambda: arb(1) / 3,
}  # fmt: skip


def width(value: float) -> arb:
    """0 plus or minus what the literal may be off by."""
    return arb(0, abs(value) * LAST_PLACE)


def stood_for(program: Program, value: float | Fraction) -> Ball:
    """A constant of a program: of the library's literals what it stands for, where that is known."""
    known = STANDS_FOR.get(float(value)) if value in program.loose else None
    return balls.const(value if known is None else known())


def widened(program: Program, point: Sequence[float], moving: float | None = None) -> list[Ball]:
    """The entries with every literal anywhere within its last place; as series in `moving`, if one is to move."""

    def const(value: float | Fraction) -> Ball:
        ball = balls.const(value)
        if value not in program.loose:
            return ball
        wide = ball.value + width(float(value))
        return balls.variable(wide, 1.0) if value == moving else balls.const(wide)

    values = run(program.graph, "ball", [balls.const(v) for v in point], const)
    return [values[o] for o in program.graph.outputs]


def sharpened(program: Program, point: Sequence[float], exact: Sequence[arb], wide: Sequence[arb]) -> list[arb]:
    """Narrower enclosures than `wide` of the same, from the entries `exact` at the literals as they are written:
    p(v + e) lies in p(v) + sum_k e_k dp/dv_k, the derivatives taken anywhere within the last places.

    At least one Taylor coefficient must be in force; where it has no bound, as at a kink, `wide` stays. So it does
    for a program of very many literals.
    """
    if balls.terms() < 2 or len(program.loose) > MOST:
        return list(wide)
    reach = [arb(0)] * len(exact)
    for literal in program.loose:
        slopes = widened(program, point, literal)
        reach = [r + width(literal) * s[1] for r, s in zip(reach, slopes, strict=True)]
    moved = [e + r for e, r in zip(exact, reach, strict=True)]
    return [m if m.is_finite() and m.rad() < w.rad() else w for m, w in zip(moved, wide, strict=True)]
