"""The polylogarithm of balls, and its derivatives: by FLINT's values, near 0 by the power series.

With theta = z d/dz it is theta Li_n = Li_(n - 1), and z**k times the k-th derivative is a sum of powers of theta with
Stirling's numbers of the first kind (DLMF 26.8.1).
"""

from __future__ import annotations

import math

from flint import acb, arb, fmpz

from symdiff.balls.cauchy import analytic, log2_above
from symdiff.balls.series import Ball, _kinked, bits, nan

NEAR = 0.5  # |z| up to which the power series is summed


def polylog(z: Ball, n: int, k: int = 0) -> Ball:
    """The k-th derivative of Li_n(z), for z < 1; at z = 1 the value, where there is one."""
    if z.value == 1 and n - k > 1:
        return _kinked(_at_the_end(n, k), z)
    if not z.value < 1:
        return nan()
    return analytic(lambda z: _derivative(z, n, k), [z], [(1 - z.value).lower() / 2])


def _at_the_end(n: int, k: int) -> arb:
    """At z = 1: zeta's values."""
    return sum((c * arb(n - j).zeta() for j in range(k + 1) if (c := fmpz.stirling_s1(k, j))), arb(0))


def _derivative(z: acb, n: int, k: int) -> acb:
    if abs(z).abs_upper() < NEAR:
        return _series(z, n, k)
    return sum((c * z.polylog(n - j) for j in range(k + 1) if (c := fmpz.stirling_s1(k, j))), acb(0)) / z**k


def _series(z: acb, n: int, k: int) -> acb:
    """sum_j j! / (j - k)! j**-n z**(j - k), for j from 1 on; the tail is below that of a geometric series."""
    size, growth = abs(z).abs_upper(), max(-n, 0)
    count = math.ceil((bits() + 64) / max(-log2_above(size), 1.0)) if size > 0 else 1
    first = max(k, 1)
    last = first + count + 8 * (growth + k)
    total, power = acb(0), z if k == 0 else acb(1)
    for j in range(first, last):
        total += math.perm(j, k) * arb(j) ** -n * power
        power *= z
    ratio = size * (last / arb(last - k)) * (arb(last + 1) / last) ** growth
    term = math.perm(last, k) * arb(last) ** growth * size ** (last - k)
    rest = (term / (1 - ratio)).abs_upper() if ratio < 1 else arb.nan()
    return total + acb(arb(0, rest), arb(0, rest))
