"""Taylor balls of functions of which FLINT has values only, by Cauchy's integral.

g(t) = f(x(t), ...) is analytic in a disk about t = 0, and its Taylor coefficients are the means of
g(t) t**-k over a circle in it. The mean of N equidistant points differs from the integral by the coefficients
c_(k+N) r**N + c_(k+2N) r**(2N) + ..., which the largest value on a larger circle bounds (Cauchy's inequality). So
the enclosure is rigorous, and no derivative of f is known to anybody.

Source: L. N. Trefethen and J. A. C. Weideman, "The exponentially convergent trapezoidal rule", SIAM Review 56
(2014), section 2; F. Johansson, "Numerical integration in arbitrary-precision ball arithmetic", ICMS 2018.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from flint import acb, arb, arb_series, fmpq

from symdiff.balls.series import NAN, Ball, bits, nan, precision, terms

# The circles' radii are 2**32 apart, or more with more bits, where the arguments are exact: few points, each
# with a few bits more.
APART, POINTS = 32, 8
APART_WIDE = 2  # where they are not: dividing by r**k must not magnify what is not known of them
HOPELESS = 4.0  # times the bits that are asked for: a bound on the disk that is so far above the value is none
BOUND_BITS = 128  # for the bound on the disk, which is a rough one anyway
HALVINGS = 40  # of the disk, until f is finite on it

Value = Callable[..., acb]


def analytic(f: Value, args: Sequence[Ball], reach: Sequence[arb | float]) -> Ball:
    """The Taylor ball of f(*args) for a real f that is analytic while no argument moves by more than its `reach`.

    f takes complex balls (`acb`). That it has no branch point and no cut within reach is the caller's promise.
    Where no enclosure is found the answer is nan.
    """
    value = f(*[acb(a.value) for a in args]).real
    if not value.is_finite():
        return nan()
    if terms() == 1 or all(a.constant for a in args):
        return Ball(arb_series([value]))
    radius, largest = _disk(f, args, _radius(args, reach))
    if not largest.is_finite():
        return Ball(arb_series([value] + [NAN] * (terms() - 1)))
    blurred = max(_unknown(a, most, radius) for a, most in zip(args, reach, strict=True))
    return Ball(arb_series([value, *_coefficients(f, args, value, radius, largest, blurred)]))


def _disk(f: Value, args: Sequence[Ball], radius: arb) -> tuple[arb, arb]:
    """The largest disk, of this radius or by powers of two smaller, on which f is enclosed well; and a bound there.

    An enclosure of f on a wide disk may be finite and beyond all reason. A smaller disk is taken while its bound is
    that much smaller.
    """
    found = radius, NAN
    for _ in range(HALVINGS if radius > 0 else 0):
        with precision(BOUND_BITS):
            largest = abs(_at(f, args, acb(arb(0, radius), arb(0, radius)))).abs_upper()
        if largest.is_finite():
            if found[1].is_finite() and found[1] <= largest * 2**32:
                return found
            found = radius, largest
        radius = radius / 2
    return found


def _radius(args: Sequence[Ball], reach: Sequence[arb | float]) -> arb:
    """A power of two: how far t may go before some argument is out of reach; nan where that is not known."""
    size = -math.inf
    for a, most in zip(args, reach, strict=True):
        for k in range(1, a.series.length()):
            share = (a[k].abs_upper() / most) * (a.series.length() - 1)
            size = max(size, log2_above(share) / k)
    return arb(2) ** (-math.ceil(size)) if math.isfinite(size) else NAN


def log2_above(x: arb) -> float:
    """An upper bound of log2(x), also where x is beyond the floats; -inf for 0."""
    if x.is_zero():
        return -math.inf
    with precision(64):
        return float((x.log() / arb(2).log()).upper()) if x > 0 else math.inf


def _at(f: Value, args: Sequence[Ball], t: acb) -> acb:
    """f where every argument is the polynomial of its Taylor coefficients at t."""
    values = []
    for a in args:
        total = acb(0)
        for k in range(max(a.series.length(), 1) - 1, 0, -1):
            total = (total + a[k]) * t
        values.append(total + a.value)
    return f(*values)


def _coefficients(
    f: Value, args: Sequence[Ball], value: arb, radius: arb, largest: arb, blurred: float
) -> list[arb]:
    """Those of t**1, t**2, ... as far as they are kept. `blurred`: log2 of what is not known of the arguments."""
    last = terms() - 1
    known = bits()
    apart = max(APART, known // POINTS)
    wide = blurred > -known - apart * last
    if wide:
        apart = APART_WIDE
    wanted = min(known, math.ceil(-blurred) + 32) if wide else known
    least = abs(value).abs_lower()
    excess = max(log2_above(largest) - log2_above(least), 0.0) if least > 0 else 64.0
    if excess > HOPELESS * known:
        return [NAN] * last
    count = last + 1 + math.ceil(max(wanted + excess, apart) / apart)
    count += count % 2
    with precision(known + math.ceil(apart * last + excess) + 32):
        r = radius / arb(2) ** apart
        # f is real on the real line: at conjugate points it has conjugate values
        roots = [acb(arb.cos_pi_fmpq(q), arb.sin_pi_fmpq(q)) for q in (fmpq(2 * j, count) for j in range(count))]
        halves = [_at(f, args, acb(r) * roots[j]) for j in range(count // 2 + 1)]
        found = []
        for k in range(1, last + 1):
            ends = halves[0].real + halves[-1].real * (-1) ** k
            inner = sum(((halves[j] * roots[-j * k % count]).real for j in range(1, count // 2)), arb(0))
            tail = largest / radius**k * arb(2) ** (-apart * count) * 2
            found.append((ends + 2 * inner) / (count * r**k) + arb(0, tail.abs_upper()))
    return found


def _unknown(a: Ball, reach: arb | float, radius: arb) -> float:
    """log2 of the radii of the coefficients, beside the reach; -inf where they are exact."""
    return max((log2_above(a[k].rad() * radius**k / reach) for k in range(a.series.length())), default=-math.inf)
