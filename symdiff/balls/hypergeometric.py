"""Hypergeometric functions of balls: FLINT's values on the complex plane, and Cauchy's integral.

The parameters may move as well as the argument.
"""

from __future__ import annotations

import math

from flint import acb, arb

from symdiff.balls.cauchy import analytic, log2_above
from symdiff.balls.series import NAN, Ball, bits, nan

REACH_OF_PARAMETER = 0.25
FAR_RIGHT = 2**20  # an argument of 1F1
MOST_TERMS = 10_000  # of a series: a tenth of a second


def hyp0f1(b: Ball, z: Ball) -> Ball:
    """0F1(; b; z), for b not 0, -1, -2, ..."""
    if _pole(b):
        return nan()
    return analytic(lambda b, z: z.hypgeom_0f1(b), [b, z], [REACH_OF_PARAMETER, _size(z).sqrt().max(arb(1)) / 2])


def hyp1f1(a: Ball, b: Ball, z: Ball) -> Ball:
    """Kummer's M(a, b, z), for b not 0, -1, -2, ...; entire in z, and like a power of z far to the left."""
    if _pole(b):
        return nan()
    reach = _size(z) / 4 if z.value < -4 else arb(1)
    return analytic(_kummer, [a, b, z], [REACH_OF_PARAMETER, REACH_OF_PARAMETER, reach])


def _kummer(a: acb, b: acb, z: acb) -> acb:
    """FLINT's value; far to the right by Kummer's transformation, exp(z) M(b - a, b, -z).

    FLINT encloses exp of a ball with ends of thirty bits: of 1e20 + [-1, 1] a bound that is e**(1e11) times too
    large, with which Cauchy's integral would take its longest way to nothing. About an exact middle it is narrow.
    Source: NIST DLMF 13.2.39.
    """
    if not z.real.mid() > FAR_RIGHT:
        return z.hypgeom_1f1(a, b)
    middle = z.mid()
    return middle.exp() * (z - middle).exp() * (-z).hypgeom_1f1(b - a, b)


def hyperu(a: Ball, b: Ball, z: Ball) -> Ball:
    """Tricomi's U(a, b, z), for z > 0."""
    if not z.value > 0:
        return nan()
    return analytic(_tricomi, [a, b, z], [REACH_OF_PARAMETER, REACH_OF_PARAMETER, z.value.lower() / 2])


def _tricomi(a: acb, b: acb, z: acb) -> acb:
    return z.hypgeom_u(a, b)


def hyp2f1(a: Ball, b: Ball, c: Ball, z: Ball) -> Ball:
    """Gauss's F(a, b; c; z), for z < 1 and c not 0, -1, -2, ..."""
    if not z.value < 1 or _pole(c):
        return nan()
    return analytic(_gauss, [a, b, c, z], [*[REACH_OF_PARAMETER] * 3, (1 - z.value).lower() / 2])


def _gauss(a: acb, b: acb, c: acb, z: acb) -> acb:
    """FLINT's value, or its plain series where a difference of the parameters is whole and not known to be.

    FLINT's way to 1 divides by the sine of c - a - b, and its way to -infinity by that of a - b; a ball that is not
    exact there costs it seconds and all but 92 bits. The series in the smaller of z and Pfaff's z/(z - 1) is short
    or refused. Source: NIST DLMF 15.8.1, 15.8.2, 15.8.4.
    """
    if not _nearly_whole(c - a - b if z.real.mid() > 0 else a - b):
        return z.hypgeom_2f1(a, b, c)
    turned = z / (z - 1)
    if abs(turned).mid() < abs(z).mid():
        return (1 - z) ** -a * _series(a, c - b, c, turned)
    return _series(a, b, c, z)


def _nearly_whole(difference: acb) -> bool:
    return difference.contains_integer() and not difference.is_exact()


def _series(a: acb, b: acb, c: acb, z: acb) -> acb:
    """The sum over powers of z, with FLINT's bound on what is left out; nan where it would be long."""
    smaller = -log2_above(abs(z).abs_upper())  # bits a term
    if not smaller * MOST_TERMS > bits():
        return acb(NAN)
    # 1 above and below: FLINT would take its usual way for two parameters above and one below
    return z.hypgeom([a, b, acb(1)], [c, acb(1)], n=math.ceil(1.25 * bits() / smaller) + 8)


def _pole(b: Ball) -> bool:
    """Whether a lower parameter may be 0, -1, -2, ..."""
    return not b.value > 0 and b.value.contains_integer()


def _size(z: Ball) -> arb:
    return abs(z.value).mid()
