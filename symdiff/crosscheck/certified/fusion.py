"""What a compiler may do to a program that is not written in it: compute a step once for each of its uses.

XLA fuses elementwise steps into the loops of all that need them, with a fused multiply-add in one and none in another.
So one step is rounded in several ways, and errors that cancel where it is one number, as that of the mean in the slope
of a standard deviation, do not. Only where a value is further off than its program explains is this asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from flint import arb

from symdiff.balls import precision
from symdiff.crosscheck.certified.rounding import BITS, Bounds, Enclosure
from symdiff.crosscheck.certified.stage1 import Certified
from symdiff.methods.base import Answer, Program


def fused(
    answers: Mapping[str, Answer], limits: Mapping[str, list[Bounds]], known: Certified, point: Sequence[float]
) -> dict[str, list[Bounds]]:
    """The bounds anew for those whose compiler fuses and whose values need it; what the problem justifies stays."""
    found = {}
    for name, answer in answers.items():
        program = answer.program
        if program is not None and program.arithmetic.fuses and _beyond(answer, limits[name], known):
            each = zip(limits[name], of_each_use(program, point), strict=True)
            found[name] = [replace(b, program=max(b.program, more)) for b, more in each]
    return found


def _beyond(answer: Answer, limits: Sequence[Bounds], known: Certified) -> bool:
    with precision(known.bits):
        return any(
            truth is not None and math.isfinite(value) and bool(abs(arb(value) - truth) > limit.program)
            for value, truth, limit in zip(answer.entries, known.reference, limits, strict=True)
        )


def of_each_use(program: Program, point: Sequence[float]) -> list[float]:
    """For every entry the program bound where every use of a step has a rounding of its own."""
    with precision(BITS, order=1):
        return [b.program for b in _EachUse(program, point, widened=True).all_bounds(program.graph.outputs)]


class _EachUse(Enclosure):
    """All the values a program's floats can have; the sizes of all paths to an entry are added up."""

    def _slopes(self, i: int) -> list[tuple[int, arb]]:
        return [(a, arb(slope.abs_upper())) for a, slope in super()._slopes(i)]
