"""sin(pi x) / (pi x) of balls, also at 0 and near it: the power series, with a bound on what is left of it."""

from __future__ import annotations

import math

from flint import arb, arb_series

from symdiff.balls.functions import cos, pi, sin, sqrt
from symdiff.balls.series import Ball, bits, const, nan, terms

NEAR = 4  # |z| up to which the power series is summed: its terms stay below 3, and fall soon


def sinc(x: Ball) -> Ball:
    y = pi() * x
    if y.value.abs_upper() < 2:
        return half_hyp0f1(-(y * y) / 4, 3)
    return sin(y) / y


def half_hyp0f1(z: Ball, n: int) -> Ball:
    """0F1(; n/2; z) for odd n from 3 on (DLMF 16.2.1); away from 0 for z < 0 alone."""
    if z.value.abs_upper() <= NEAR:
        return _summed(z, n)
    return _by_recurrence(z, n) if z.value < 0 else nan()


def _summed(z: Ball, n: int) -> Ball:
    """sum_j z**j / ((n/2)_j j!), by Horner's rule. Coefficient by coefficient the tail is below that of a geometric
    series in M(t) = sum |z_k| t**k."""
    coefficient, ratios, left = arb(1), [], bits() + 32.0
    while left > 0:
        j = len(ratios)
        ratios.append(arb(2) / ((n + 2 * j) * (j + 1)))
        coefficient *= ratios[-1]
        left += math.log2(2 * NEAR / ((n + 2 * j) * (j + 1)))
    total = const(1)
    for ratio in reversed(ratios[:-1]):
        total = 1 + total * z * Ball(arb_series([ratio]))
    majorant = arb_series([arb(z[k].abs_upper()) for k in range(terms())])
    tail = arb_series([coefficient])
    for _ in ratios:
        tail = tail * majorant
    tail = tail * (1 - majorant * arb_series([ratios[-1]])).inv()
    return total + Ball(arb_series([arb(0, tail[k].abs_upper()) for k in range(terms())]))


def _by_recurrence(z: Ball, n: int) -> Ball:
    """(2k + 1)!! j_k(y) / y**k with y = 2 sqrt(-z) and k = (n - 3)/2, the spherical Bessel functions upwards from
    sin(y)/y (DLMF 10.51.1)."""
    y = 2 * sqrt(-z)
    before, now = cos(y) / y, sin(y) / y
    for k in range((n - 3) // 2):
        before, now = now, (2 * k + 1) * now / y - before
    answer = now
    for k in range((n - 3) // 2):
        answer = answer * (2 * k + 3) / y
    return answer
