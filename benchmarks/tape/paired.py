"""Ratios of times that were measured in pairs, with an interval that does not assume anything of the noise.

In every round the runners come one after the other, so that what disturbs the machine disturbs them alike: a ratio is
taken in each round, and their median counts. The interval are two of the sorted ratios: each round lies below or above
the true median with probability 1/2, so how often the median is between them is binomial.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median of the paired ratios and its interval, by the clock or by CPU time; and the median by the other."""

    median: float
    low: float
    high: float
    by: str
    other: float

    @property
    def noisy(self) -> bool:
        """Whether clock and CPU tell ratios more than 5 percent apart."""
        return abs(self.other / self.median - 1.0) > 0.05


def interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Low, high and the confidence reached: all of the range, where there are too few values for more.

    >>> interval([1.0, 2.0, 3.0])
    (1.0, 3.0, 0.75)
    """
    ordered, n = sorted(values), len(values)
    below = [math.comb(n, k) / 2**n for k in range(n + 1)]
    left_out = 0
    while 2 * sum(below[: left_out + 2]) <= 1.0 - confidence and 2 * (left_out + 1) < n - 1:
        left_out += 1
    reached = 1.0 - 2 * sum(below[: left_out + 1])
    return ordered[left_out], ordered[n - 1 - left_out], reached


def ratio(above: Sequence[float], under: Sequence[float], cpu: tuple[Sequence[float], Sequence[float]]) -> Ratio:
    """How many times as long the first takes, over the rounds that both have.

    By the clock, unless others were using the machine: then the interval by CPU time is less than half as wide.
    """
    clock = [a / b for a, b in zip(above, under, strict=False)]
    used = [a / b for a, b in zip(*cpu, strict=False) if b > 0] or clock
    wide, narrow = (math.log(high / low) for low, high, _ in map(interval, (clock, used)))
    if wide > 0.05 and narrow < wide / 2:
        return _ratio(used, "CPU", clock)
    return _ratio(clock, "clock", used)


def _ratio(each: Sequence[float], by: str, others: Sequence[float]) -> Ratio:
    low, high, _ = interval(each)
    return Ratio(statistics.median(each), low, high, by, statistics.median(others))
