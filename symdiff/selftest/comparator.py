"""Faults of the comparator itself: with each, some value is judged as it must not be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flint import arb

from symdiff.balls import precision
from symdiff.crosscheck.certified.rounding import Bounds
from symdiff.crosscheck.verdict import Judgement, Verdict, judge
from symdiff.selftest.score import KILLED, SURVIVED, Mutant

BITS = 400
TIGHT = 2.0**-51  # relative: what rounding may do to a good program
Judge = Callable[..., Judgement]

# value, truth, stage 1, the program's and the problem's bound relative to the truth: the verdict that is due
CASES: tuple[tuple[float, str | None, bool | None, float, float, Verdict], ...] = (
    (2.0, "2", True, TIGHT, TIGHT, Verdict.AGREE),
    (-2.0, "2", True, TIGHT, TIGHT, Verdict.DIFFER),
    (2.0, "2", False, TIGHT, TIGHT, Verdict.DIFFER),
    (2.0 + 2e-15, "2", True, TIGHT, TIGHT, Verdict.DIFFER),
    (-1e-12, "1e-12", True, TIGHT, TIGHT, Verdict.DIFFER),
    (-1e-300, "1e-300", True, TIGHT, TIGHT, Verdict.DIFFER),
    (1.01e-200, "1e-200", True, TIGHT, TIGHT, Verdict.DIFFER),
    (1.00000000000001e300, "1e300", True, TIGHT, TIGHT, Verdict.DIFFER),
    (0.0, "1e-9", True, TIGHT, TIGHT, Verdict.DIFFER),
    (math.nan, "2", True, TIGHT, TIGHT, Verdict.DIFFER),
    (math.nan, "0", True, 1.0, 1.0, Verdict.DIFFER),
    (math.inf, "1.7e308", True, TIGHT, TIGHT, Verdict.DIFFER),
    (math.inf, "1e400", True, TIGHT, TIGHT, Verdict.AGREE),
    (-math.inf, "1e400", True, TIGHT, TIGHT, Verdict.DIFFER),
    (2.0 + 1e-7, "2", True, 1e-3, TIGHT, Verdict.INACCURATE),
    (2.0 + 1e-10, "2", True, 1e-3, TIGHT, Verdict.AGREE),
    (2.0 + 1e-7, "2", True, 1e-3, 1e-6, Verdict.AGREE),
    (2.0, None, True, TIGHT, TIGHT, Verdict.UNDECIDED),
    (3.0, "2", None, TIGHT, TIGHT, Verdict.DIFFER),
)


def _floor(at: float) -> Callable[[Judge], Judge]:
    return lambda healthy: lambda v, r, rule, b, *w: healthy(v, r, rule, replace(b, program=b.program + at), *w)


def _value(change: Callable[[float], float]) -> Callable[[Judge], Judge]:
    return lambda healthy: lambda v, *rest: healthy(change(v), *rest)


def _verdict(change: Callable[[Verdict], Verdict]) -> Callable[[Judge], Judge]:
    def mutate(healthy: Judge) -> Judge:
        def mutant(*given: Any) -> Judgement:
            found = healthy(*given)
            return replace(found, verdict=change(found.verdict))

        return mutant

    return mutate


def _bounds(**factors: float) -> Callable[[Judge], Judge]:
    def mutate(healthy: Judge) -> Judge:
        def mutant(v: float, r: Any, rule: Any, b: Bounds, *w: Any) -> Judgement:
            return healthy(v, r, rule, replace(b, **{k: getattr(b, k) * f for k, f in factors.items()}), *w)

        return mutant

    return mutate


def _same_size(healthy: Judge) -> Judge:
    """Signs are not compared."""
    return lambda v, r, *rest: healthy(math.copysign(v, float(r)) if r is not None else v, r, *rest)


FAULTS: dict[str, Callable[[Judge], Judge]] = {
    "nan is 0": _value(lambda v: 0.0 if math.isnan(v) else v),
    "inf is the largest number": _value(lambda v: math.copysign(1.7e308, v) if math.isinf(v) else v),
    "an absolute floor of 1e-8": _floor(1e-8),
    "an absolute floor of 1e-13": _floor(1e-13),
    "an absolute floor of 1e-290": _floor(1e-290),
    "the bound a thousand times": _bounds(program=1e3),
    "a bound of nothing": _bounds(program=0.0),
    "signs are not compared": _same_size,
    "stage 1 is not looked at": lambda healthy: lambda v, r, rule, *rest: healthy(v, r, True, *rest),
    "what is wrong passes": _verdict(lambda v: Verdict.AGREE if v is Verdict.DIFFER else v),
    "what is not decided passes": _verdict(lambda v: Verdict.AGREE if v is Verdict.UNDECIDED else v),
    "lost digits pass": _verdict(lambda v: Verdict.AGREE if v is Verdict.INACCURATE else v),
    "what is right is accused": _verdict(lambda v: Verdict.DIFFER if v is Verdict.AGREE else v),
    "the problem's condition is not asked": _bounds(problem=0.0),
}


def wrongly_judged(judging: Judge) -> list[int]:
    """The cases in which the verdict is not the one that is due."""
    found = []
    with precision(BITS):
        for k, (value, truth, rule, program, problem, due) in enumerate(CASES):
            reference = arb(truth) if truth is not None else None
            scale = abs(float(reference)) if reference is not None and 0 < abs(float(reference)) < math.inf else 1.0
            bounds = Bounds(program * scale, problem * scale, scale)
            if judging(value, reference, rule, bounds).verdict is not due:
                found.append(k)
    return found


def comparing() -> Iterator[Mutant]:
    for fault, mutate in FAULTS.items():
        wrong = wrongly_judged(mutate(judge))
        said = f"{len(wrong)} of {len(CASES)} cases are judged as they must not be"
        yield Mutant("comparator", "judge", fault, KILLED if wrong else SURVIVED, said=said)
