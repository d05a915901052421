"""A claimed entry against an estimate: what is within its error, and narrow enough to mean something, agrees.

Narrow is: against the entry itself. Where the slope is zero, as at a minimum, nothing is; there the error is held
against how steep f is nearby, the change of f over a step divided by that step. A claim that is zero on that scale, to
the rounding of a few steps, agrees with an estimate that leaves no more than a thousand-millionth of it open. Any other
claim is held to what it says: twice a tiny slope is not as good as that slope.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from symdiff.crosscheck.boxed.differences import Estimated
from symdiff.crosscheck.verdict import HALF_OF_THE_DIGITS, Judgement, Verdict

BASIS = "estimated"
WIDE = 1e-3  # relative: a wrong rule would fit in, too
FAR_BELOW = 1e-6  # of the largest entry: an error that does not keep a claimed zero from agreeing
CONFIRMED = 1e-9  # nobody hits a number so nearly by chance
ROUNDED = 16.0 * 2.0**-53  # what any program of a few steps may lose
OF_A_SOLVER = 1e-3  # a relative difference that a tolerance inside of f may explain


def judged(
    k: int, value: float, found: Estimated, own_noise: Callable[[], np.ndarray], steepness: Callable[[], np.ndarray],
    exact: bool,
) -> tuple[Judgement, float]:  # fmt: skip
    """The verdict on entry `k`, and how far it may be from the estimate.

    Args:
        value: what is claimed.
        found: the estimates of all entries.
        own_noise: how far off the claimed entries are by their own rounding, measured when it is needed.
        steepness: how steep f is nearby, for every entry, or nan; likewise.
        exact: whether the estimate is the complex step, which keeps its digits where its error is not known so well.
    """
    truth, error, why = float(found.values[k]), float(found.errors[k]), found.why[k]
    size = max(abs(truth), abs(value)) if math.isfinite(value) else abs(truth)
    if not math.isfinite(error):
        return Judgement(Verdict.UNDECIDED, "", why or "the differences of f do not settle"), math.inf
    if not math.isfinite(value):
        if error > WIDE * size:
            return _too_wide(truth, error, why), error
        return Judgement(Verdict.DIFFER, BASIS, f"{value} where f has a slope"), error
    gap, error = abs(value - truth), error + ROUNDED * size
    in_ulps = gap / math.ulp(truth) if truth else (0.0 if gap == 0.0 else None)
    if gap > error:
        noise = 4.0 * float(own_noise()[k])
        if gap > error + noise:
            return Judgement(Verdict.DIFFER, BASIS, _apart(gap, error + noise, size, why), in_ulps), error + noise
        if noise > HALF_OF_THE_DIGITS * size:
            said = f"its own rounding takes it {noise:.1g} apart"
            return Judgement(Verdict.INACCURATE, BASIS, said, in_ulps), error + noise
        error += noise
    largest = float(np.max(np.abs(found.values[np.isfinite(found.values)]), initial=0.0))
    zero = value == 0.0 and error <= FAR_BELOW * largest
    same = exact and gap <= CONFIRMED * abs(truth) and truth != 0.0
    narrow = error <= WIDE * size or zero or same or error == 0.0
    if not narrow and not _is_nothing(value, error, steepness(), k):
        return _too_wide(truth, error, why), error
    return Judgement(Verdict.AGREE, BASIS, why, in_ulps), error


def _is_nothing(value: float, error: float, steepness: np.ndarray, k: int) -> bool:
    """Whether the claim is zero, and so is all that the estimate leaves open, beside how steep f is nearby."""
    scale = float(steepness[k]) if k < len(steepness) else math.nan
    return math.isfinite(scale) and abs(value) <= ROUNDED * scale and error <= CONFIRMED * scale


def _too_wide(truth: float, error: float, why: str) -> Judgement:
    estimate = f"the estimate {truth:.6g} +- {error:.1g} is too wide to tell"
    return Judgement(Verdict.UNDECIDED, "", f"{why}; {estimate}" if why else estimate)


def _apart(gap: float, error: float, size: float, why: str) -> str:
    said = f"off by {gap:.3g}, and the estimate by {error:.1g} at most"
    if gap <= OF_A_SOLVER * size:
        said += " (where f computes to a tolerance of its own, say to which: accuracy=1e-8)"
    return f"{said}; {why}" if why else said
