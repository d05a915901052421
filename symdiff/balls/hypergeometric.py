"""Hypergeometric functions of balls: FLINT's values on the complex plane, and Cauchy's integral.

The parameters may move as well as the argument.
"""

from __future__ import annotations

from flint import acb, arb

from symdiff.balls.cauchy import analytic
from symdiff.balls.series import Ball, nan

REACH_OF_PARAMETER = 0.25


def hyp0f1(b: Ball, z: Ball) -> Ball:
    """0F1(; b; z), for b not 0, -1, -2, ..."""
    return analytic(lambda b, z: z.hypgeom_0f1(b), [b, z], [REACH_OF_PARAMETER, _size(z).sqrt().max(arb(1)) / 2])


def hyp1f1(a: Ball, b: Ball, z: Ball) -> Ball:
    """Kummer's M(a, b, z), for b not 0, -1, -2, ...; entire in z, and like a power of z far to the left."""
    reach = _size(z) / 4 if z.value < -4 else arb(1)
    return analytic(_kummer, [a, b, z], [REACH_OF_PARAMETER, REACH_OF_PARAMETER, reach])


def _kummer(a: acb, b: acb, z: acb) -> acb:
    return z.hypgeom_1f1(a, b)


def hyperu(a: Ball, b: Ball, z: Ball) -> Ball:
    """Tricomi's U(a, b, z), for z > 0."""
    if not z.value > 0:
        return nan()
    return analytic(_tricomi, [a, b, z], [REACH_OF_PARAMETER, REACH_OF_PARAMETER, z.value.lower() / 2])


def _tricomi(a: acb, b: acb, z: acb) -> acb:
    return z.hypgeom_u(a, b)


def hyp2f1(a: Ball, b: Ball, c: Ball, z: Ball) -> Ball:
    """Gauss's F(a, b; c; z), for z < 1 and c not 0, -1, -2, ..."""
    if not z.value < 1:
        return nan()
    return analytic(_gauss, [a, b, c, z], [*[REACH_OF_PARAMETER] * 3, (1 - z.value).lower() / 2])


def _gauss(a: acb, b: acb, c: acb, z: acb) -> acb:
    return z.hypgeom_2f1(a, b, c)


def _size(z: Ball) -> arb:
    return abs(z.value).mid()
