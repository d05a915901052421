"""What a check can say, and how one value comes to be said to be right or wrong.

`judge` is the comparator: one function, no tolerance that anybody guessed. nan is not 0, inf is not
big, and a tiny derivative is judged on its own scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from flint import arb

from symdiff.crosscheck.certified.rounding import LARGEST, UNIT, Bounds

HALF_OF_THE_DIGITS = math.sqrt(UNIT)
A_FEW_ULPS = 4.0
STABLE = 8.0  # times what the problem justifies: what a backward stable program may lose (Higham, section 1.5)
NEAREST = 0.5  # units in the last place: the nearest double
RULE = "the rule is wrong"  # what stage 1 says


class Verdict(StrEnum):
    """The verdict on one value; `Report.verdict` says which of several goes first."""

    UNSUPPORTED = "UNSUPPORTED"  # this method cannot do this function
    OUTSIDE_DOMAIN = "OUTSIDE_DOMAIN"  # f itself is not defined here
    DIFFER = "DIFFER"  # wrong
    UNDECIDED = "UNDECIDED"  # the reference cannot tell
    KINK = "KINK"  # no derivative here; the value is a convention
    INACCURATE = "INACCURATE"  # the rule is right, this program lost the digits
    AGREE = "AGREE"  # right here
    PROVED = "PROVED"  # right wherever f is differentiable


DECIDED = frozenset({Verdict.DIFFER, Verdict.KINK, Verdict.INACCURATE, Verdict.AGREE, Verdict.PROVED})


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict on one value with what it rests on."""

    verdict: Verdict
    basis: str = ""
    reason: str = ""
    error_ulps: float | None = None


def judge(value: float, reference: arb | None, rule: bool | None, bounds: Bounds | None, why: str = "") -> Judgement:
    """Judge one float against the certified reference.

    Args:
        value: what the method returned.
        reference: a tight enclosure of the truth, or None where there is none.
        rule: stage 1, the method's own program in balls: True right, False wrong, None not decided.
        bounds: stage 2, what rounding may do; None if nothing is known about the program.
        why: the reason why stage 1 is not decided, or why there is no reference.
    """
    if rule is False:
        error = ulps(value, reference) if reference is not None else None
        return Judgement(Verdict.DIFFER, "certified", RULE, error)
    if reference is None or bounds is None:
        return Judgement(Verdict.UNDECIDED, "", why or "there is no reference")
    if not math.isfinite(value):
        return _not_finite(value, reference, rule, bounds, why)
    error = float(abs(arb(value) - reference).lower())  # certainly off by so much
    in_ulps = ulps(value, reference)
    truth = float(abs(reference).upper())
    if in_ulps is not None and in_ulps <= NEAREST:
        error = 0.0  # no program can do better, whatever its bound is
    if bounds.borrowed:
        return _closed(error, in_ulps, truth, bounds, why)
    if error > bounds.program:
        return Judgement(Verdict.DIFFER, "certified", "further off than rounding can take this program", in_ulps)
    if rule is None and why:
        return Judgement(Verdict.UNDECIDED, "", why, in_ulps)
    return _digits(error, in_ulps, truth, bounds)


def _digits(error: float, in_ulps: float | None, truth: float, bounds: Bounds) -> Judgement:
    """The rule is right: are the digits?"""
    if error > STABLE * bounds.problem and error > HALF_OF_THE_DIGITS * truth:
        return Judgement(Verdict.INACCURATE, "certified", digits_left(error, truth), in_ulps)
    return Judgement(Verdict.AGREE, "certified", "", in_ulps)


def _closed(error: float, in_ulps: float | None, truth: float, bounds: Bounds, why: str) -> Judgement:
    """A program that cannot be opened: nothing but its numbers to go by.

    Its value is right here if it is the truth to a few units in the last place. Otherwise the tape's
    bound says what rounding may do; `why` (a library's program, not a claim) asks not to accuse by it.
    """
    if in_ulps is not None and in_ulps <= A_FEW_ULPS:
        return Judgement(Verdict.AGREE, "certified", "", in_ulps)
    if error > bounds.program:
        reason = "further off than rounding can explain, going by the tape's program"
        if why:
            return Judgement(Verdict.UNDECIDED, "", f"{reason}, but {why}", in_ulps)
        return Judgement(Verdict.DIFFER, "certified", reason, in_ulps)
    if bounds.program > 1e-3 * truth:  # a wrong rule would fit in, too
        return Judgement(Verdict.UNDECIDED, "", "rounding alone may change this value by more than 0.1 %", in_ulps)
    return _digits(error, in_ulps, truth, bounds)


def _not_finite(value: float, reference: arb, rule: bool | None, bounds: Bounds, why: str) -> Judgement:
    if math.isinf(value) and abs(reference).lower() > LARGEST and (reference > 0) == (value > 0):
        return Judgement(Verdict.AGREE, "certified", "the derivative is larger than a float64 can hold", 0.0)
    if rule is True and bounds.overflow:
        return Judgement(Verdict.INACCURATE, "certified", f"{bounds.overflow} overflows on the way", None)
    if rule is True and math.isinf(bounds.program):
        return Judgement(Verdict.INACCURATE, "certified", lost(bounds), None)
    if rule is None and why and bounds.overflow and not bounds.borrowed:
        return Judgement(Verdict.UNDECIDED, "", f"{value}, as {bounds.overflow} overflows on the way, but {why}", None)
    if bounds.borrowed and why and math.isinf(bounds.program):
        return Judgement(Verdict.UNDECIDED, "", f"{value}, as overflow on the way would explain, but {why}", None)
    return Judgement(Verdict.DIFFER, "certified", f"{value} where the derivative exists", None)


def ulps(value: float, reference: arb) -> float | None:
    """The error in units in the last place of the correctly rounded reference; None if not a number.

    A true zero has no last place: the error there is 0, or None.
    """
    if not math.isfinite(value) or not reference.is_finite():
        return None
    if reference.contains(0):
        return 0.0 if value == 0.0 else None
    nearest = float(reference)
    if not math.isfinite(nearest):
        return None
    return float(abs(arb(value) - reference).upper()) / math.ulp(nearest)


def lost(bounds: Bounds) -> str:
    """Why a program has no digit left, where its bound is inf: `z3 = exp underflows on the way`."""
    if bounds.underflow:
        return f"{bounds.underflow} underflows on the way"
    return "all digits are lost on the way to a division"


def digits_left(error: float, truth: float) -> str:
    """`6 of 16 digits left`."""
    left = 0 if truth == 0 or error >= truth else int(-math.log10(error / truth))
    return f"{left} of 16 digits left"
