"""The comparator, `judge`: a table of cases, and mutants of the comparator that the table must catch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import pytest
from flint import arb

from symdiff.balls import precision
from symdiff.crosscheck import verdict
from symdiff.crosscheck.certified.rounding import Bounds
from symdiff.crosscheck.verdict import Judgement, Verdict, digits_left, judge, ulps
from tests.faults import rewritten

BITS = 400
U = 2.0**-53
SMALLEST = 2.0**-1074
NAN, INF = math.nan, math.inf
AGREE, DIFFER, INACCURATE, UNDECIDED = Verdict.AGREE, Verdict.DIFFER, Verdict.INACCURATE, Verdict.UNDECIDED


class Case(NamedTuple):
    """`program` and `problem` are relative to the truth, absolute where it is 0."""

    value: float
    truth: str | None
    expected: Verdict
    rule: bool | None = True
    program: float = 4 * U
    problem: float = 4 * U
    overflow: str = ""
    why: str = ""
    borrowed: bool = False


def bounds_of(case: Case) -> Bounds:
    scale = abs(float(arb(case.truth))) if case.truth and float(arb(case.truth)) else 1.0
    scale = scale if math.isfinite(scale) else 1.0
    return Bounds(case.program * scale, case.problem * scale, scale, case.overflow, case.borrowed)


CASES = {
    "equal": Case(2.0, "2", AGREE),
    "one ulp off": Case(2.0 + 2**-51, "2", AGREE),
    "the nearest double to what is none": Case(0.1, "0.1", AGREE, program=0.0, problem=0.0),
    "the double beside it": Case(0.1 + 2**-56, "0.1", DIFFER, program=0.0, problem=0.0),
    "beyond the program bound": Case(2.0 + 2**-49, "2", DIFFER),
    "beyond the program bound, below": Case(2.0 - 2**-49, "2", DIFFER),
    "sign flipped": Case(-2.0, "2", DIFFER),
    "twice": Case(4.0, "2", DIFFER),
    "zero where there is a derivative": Case(0.0, "2", DIFFER),
    "the rule is wrong, the digits are not": Case(2.0, "2", DIFFER, rule=False),
    "the rule is wrong, no reference": Case(2.0, None, DIFFER, rule=False),
    # on its own scale
    "sign flipped at 1e-12": Case(-1e-12, "1e-12", DIFFER),
    "sign flipped at 1e-300": Case(-1e-300, "1e-300", DIFFER),
    "zero at 1e-12": Case(0.0, "1e-12", DIFFER),
    "one per cent off at 1e-200": Case(1.01e-200, "1e-200", DIFFER),
    "right at 1e-300": Case(1e-300, "1e-300", AGREE),
    "right at 1e300": Case(1e300, "1e300", AGREE),
    "an ulp too many at 1e300": Case(1.00000000000001e300, "1e300", DIFFER),
    "subnormal": Case(5e-324, "4.94065645841246544176568792868e-324", AGREE),
    "subnormal flushed within the bound": Case(0.0, "5e-320", INACCURATE, program=1.5),
    "subnormal flushed beyond the bound": Case(0.0, "5e-320", DIFFER),
    # zero
    "true zero": Case(0.0, "0", AGREE, program=0.0, problem=0.0),
    "minus zero for a true zero": Case(-0.0, "0", AGREE, program=0.0, problem=0.0),
    "not zero for a true zero": Case(1e-17, "0", DIFFER, program=0.0, problem=0.0),
    "the smallest number for a true zero": Case(SMALLEST, "0", DIFFER, program=0.0, problem=0.0),
    "rounding for a true zero": Case(1e-17, "0", AGREE, program=1e-16, problem=1e-16),
    "rounding beyond the problem for a true zero": Case(1e-17, "0", INACCURATE, program=1e-16, problem=1e-18),
    # nan and inf
    "nan is not a number": Case(NAN, "2", DIFFER),
    "nan is not zero": Case(NAN, "0", DIFFER, program=1.0, problem=1.0),
    "nan with a wide bound": Case(NAN, "2", DIFFER, program=1e6),
    "nan with a wrong rule": Case(NAN, "2", DIFFER, rule=False),
    "nan with an undecided rule": Case(NAN, "2", DIFFER, rule=None),
    "inf is not big": Case(INF, "1.7e308", DIFFER),
    "-inf is not big": Case(-INF, "-1.7e308", DIFFER),
    "inf within an infinite bound": Case(INF, "2", INACCURATE, program=INF),
    "inf, undecided rule": Case(INF, "2", DIFFER, rule=None, program=INF),
    "inf where the truth overflows": Case(INF, "1e400", AGREE),
    "-inf where the truth overflows": Case(-INF, "-1e400", AGREE),
    "inf of the wrong sign": Case(-INF, "1e400", DIFFER),
    "nan where the truth overflows": Case(NAN, "1e400", DIFFER),
    "overflow on the way": Case(INF, "2", INACCURATE, overflow="z3 = exp"),
    "nan by overflow on the way": Case(NAN, "2", INACCURATE, overflow="z3 = exp"),
    "overflow on the way, wrong rule": Case(NAN, "2", DIFFER, rule=False, overflow="z3 = exp"),
    "overflow on the way, undecided rule": Case(NAN, "2", DIFFER, rule=None, overflow="z3 = exp"),
    "overflow on the way, an open rule": Case(NAN, "2", UNDECIDED, rule=None, overflow="z3 = exp", why="open"),
    "nan, open rule with a reason": Case(NAN, "2", DIFFER, rule=None, why="open"),
    "a finite value is no overflow": Case(4.0, "2", DIFFER, overflow="z3 = exp"),
    # digits lost
    "a third of the digits lost": Case(2.0 + 1e-10, "2", AGREE, program=1e-3),
    "more than half of the digits lost": Case(2.0 + 1e-7, "2", INACCURATE, program=1e-3),
    "lost, but the problem is that bad": Case(2.0 + 1e-7, "2", AGREE, program=1e-3, problem=1e-6),
    "all digits lost": Case(-5.0, "2", INACCURATE, program=10.0),
    "lost, and beyond the bound": Case(2.0 + 1e-7, "2", DIFFER, program=1e-9),
    "just over half of the digits": Case(2.0 * (1 + 1.1e-8), "2", INACCURATE, program=1e-3),
    "just under half of the digits": Case(2.0 * (1 + 1.0e-8), "2", AGREE, program=1e-3),
    # not decided
    "no reference": Case(2.0, None, UNDECIDED),
    "no reference, nan": Case(NAN, None, UNDECIDED),
    "an open rule with a reason": Case(2.0, "2", UNDECIDED, rule=None, why="rounding decides the branch"),
    "an open rule with a reason, wrong": Case(3.0, "2", DIFFER, rule=None, why="rounding decides the branch"),
    # a program that cannot be opened, held against the tape's bound; `why` where it is a library's
    "closed, good digits": Case(2.0, "2", AGREE, rule=None, borrowed=True),
    "closed, good digits, wide bound": Case(2.0, "2", AGREE, rule=None, program=10.0, borrowed=True),
    "closed, a few ulps in a wide bound": Case(2.0 + 2**-42, "2", UNDECIDED, rule=None, program=2e-3, borrowed=True),
    "closed, within a good bound": Case(2.0 + 2**-42, "2", AGREE, rule=None, program=5e-4, borrowed=True),
    "closed, beyond its bound": Case(2.1, "2", DIFFER, rule=None, program=2e-3, borrowed=True),
    "closed, sign flipped": Case(-2.0, "2", DIFFER, rule=None, program=1e-3, borrowed=True),
    "closed, half of the digits": Case(2.0 + 1e-6, "2", INACCURATE, rule=None, program=5e-4, borrowed=True),
    "a library's, beyond its bound": Case(2.1, "2", UNDECIDED, rule=None, program=2e-3, why="closed", borrowed=True),
    "a library's, good digits": Case(2.0, "2", AGREE, rule=None, why="closed", borrowed=True),
    "a library's, nan": Case(NAN, "2", DIFFER, rule=None, why="closed", borrowed=True),
    "a library's, nan, infinite bound": Case(NAN, "2", UNDECIDED, rule=None, program=INF, why="closed", borrowed=True),
    "closed, nan, infinite bound": Case(NAN, "2", DIFFER, rule=None, program=INF, borrowed=True),
    "a library's, nan, the tape's overflow": Case(
        NAN, "2", DIFFER, rule=None, overflow="z3 = exp", why="closed", borrowed=True
    ),
    "closed, tiny, sign flipped": Case(-1e-300, "1e-300", DIFFER, rule=None, borrowed=True),
}


def verdict_of(judging: Callable[..., Judgement], case: Case) -> Verdict:
    with precision(BITS):
        truth = arb(case.truth) if case.truth is not None else None
        return judging(case.value, truth, case.rule, bounds_of(case), case.why).verdict


@pytest.mark.parametrize("name", CASES)
def test_judge(name: str) -> None:
    assert verdict_of(judge, CASES[name]) is CASES[name].expected


@pytest.mark.parametrize("rule", [True, None])
def test_without_bounds_nothing_is_decided(rule: bool | None) -> None:
    assert judge(2.0, arb(2), rule, None).verdict is UNDECIDED
    assert judge(2.0, arb(2), False, None).verdict is DIFFER


NUMBER = "if not math.isfinite(value):"
PROGRAM = "if error > bounds.program:"
LOST = "error > STABLE * bounds.problem and error > HALF_OF_THE_DIGITS * truth"
MUTANTS: dict[str, tuple[str, str, str]] = {
    "nan is 0": ("judge", NUMBER, f"value = 0.0 if math.isnan(value) else value\n    {NUMBER}"),
    "nan is right": (
        "judge",
        NUMBER,
        f"if math.isnan(value):\n        return Judgement(Verdict.AGREE)\n    {NUMBER}",
    ),
    "an absolute floor of 1e-8": ("judge", PROGRAM, "if error > bounds.program + 1e-8:"),
    "an absolute floor of 1e-13": ("judge", PROGRAM, "if error > bounds.program + 1e-13:"),
    "an absolute floor of 1e-300": ("judge", PROGRAM, "if error > bounds.program + 1e-300:"),
    "a relative tolerance of 1e-5": ("judge", PROGRAM, "if error > bounds.program + 1e-5 * truth:"),
    "the bound a million times": ("judge", PROGRAM, "if error > 1e6 * bounds.program:"),
    "the bound ten times": ("judge", PROGRAM, "if error > 10 * bounds.program:"),
    "the bound a tenth": ("judge", PROGRAM, "if error > 0.1 * bounds.program:"),
    "only too large is wrong": ("judge", "abs(arb(value) - reference)", "(arb(value) - reference)"),
    "magnitudes compared": ("judge", "arb(value) - reference", "abs(arb(value)) - abs(reference)"),
    "stage 1 not looked at": ("judge", "if rule is False:", "if False:"),
    "stage 1 enough": ("judge", PROGRAM, "if rule is None and error > bounds.program:"),
    "an undecided rule passes": ("judge", "if rule is None and why:", "if False:"),
    "no reference passes": ("judge", 'Verdict.UNDECIDED, "", why or', 'Verdict.AGREE, "", why or'),
    "a closed program is an open one": ("judge", "if bounds.borrowed:", "if False:"),
    "half of the digits not asked": ("_digits", LOST, "False"),
    "the problem's condition not asked": ("_digits", "error > STABLE * bounds.problem and error", "error"),
    "the digits not asked": ("_digits", LOST, "error > STABLE * bounds.problem"),
    "a closed program always passes": ("_closed", "if bounds.program > 1e-3 * truth:", "if False:"),
    "a closed program beyond its bound passes": ("_closed", PROGRAM, "if False:"),
    "a closed program's few ulps are many": (
        "_closed",
        "in_ulps <= A_FEW_ULPS",
        "in_ulps <= 1e6 * A_FEW_ULPS",
    ),
    "a library is accused by the tape's bound": ("_closed", "if why:", "if False:"),
    "inf is big": ("_not_finite", "abs(reference).lower() > LARGEST", "abs(reference).lower() > 1e300"),
    "any inf for any large truth": ("_not_finite", "and (reference > 0) == (value > 0)", ""),
    "every inf is an overflow": ("_not_finite", "rule is True and bounds.overflow", "rule is True"),
    "an overflow excuses a closed program": (
        "_not_finite",
        "rule is True and bounds.overflow",
        "bounds.overflow",
    ),
    "an infinite bound excuses a closed program": (
        "_not_finite",
        "rule is True and math.isinf",
        "math.isinf",
    ),
    "an open rule excuses without overflow": ("_not_finite", "why and bounds.overflow and", "why and"),
    "an open rule is wrong where it overflows": ("_not_finite", "if rule is None and why", "if False and why"),
    "overflow excuses a closed library": ("_not_finite", "and not bounds.borrowed:", "and True:"),
    "overflow is no excuse": ("_not_finite", "rule is True and bounds.overflow", "False"),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_of_the_comparator_is_caught_by_the_table(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    where, old, new = MUTANTS[name]
    monkeypatch.setattr(verdict, where, rewritten(getattr(verdict, where), (old, new)))
    assert [n for n, case in CASES.items() if verdict_of(verdict.judge, case) is not case.expected]


# -- the words around it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "reference", "expected"),
    [
        (1.0, 1, 0.0),
        (1 + 2**-52, 1, 1.0),
        (1 - 2**-52, 1, 1.0),
        (SMALLEST, 2 * SMALLEST, 1.0),
        (0.0, 0, 0.0),
        (1e-9, 0, None),
    ],
)
def test_ulps(value: float, reference: float, expected: float | None) -> None:
    assert ulps(value, arb(reference)) == expected


def test_ulps_of_what_is_no_number() -> None:
    assert ulps(NAN, arb(1)) is None
    assert ulps(INF, arb(1)) is None
    assert ulps(1.0, arb.nan()) is None
    assert ulps(1.0, arb("1e400")) is None


def test_digits_left() -> None:
    assert digits_left(1e-6, 1.0).startswith(("5 of", "6 of"))
    assert digits_left(5.0, 2.0).startswith("0 of 16")
    assert digits_left(1.0, 0.0).startswith("0 of 16")
