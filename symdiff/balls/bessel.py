"""Bessel functions of balls: FLINT's values on the complex plane, and Cauchy's integral for the coefficients."""

from __future__ import annotations

from collections.abc import Callable

from flint import acb, arb, arb_series

from symdiff.balls.cauchy import analytic
from symdiff.balls.functions import exp, integer_power, power, whole
from symdiff.balls.series import NAN, Ball, const, nan, terms

# How far order and argument go from where they are. The functions oscillate, or grow, on this scale.
REACH_OF_ORDER, REACH = 0.5, 1.0

OfOrder = Callable[[acb, acb], acb]


def jv(v: Ball, x: Ball) -> Ball:
    """J_v(x), for x > 0, or a whole number v."""
    return _first_kind(lambda order, z: z.bessel_j(order), -1, v, x)


def iv(v: Ball, x: Ball) -> Ball:
    """I_v(x), for x > 0, or a whole number v."""
    return _first_kind(lambda order, z: z.bessel_i(order), 1, v, x)


def ive(v: Ball, x: Ball) -> Ball:
    """exp(-|x|) I_v(x)."""
    if x.value > 0:
        if _is_small(v, x):
            return iv(v, x) * exp(-x)
        return _right(lambda order, z: z.bessel_i(order, scaled=True), v, x)
    n = whole(v)
    if n is not None and x.value < 0:
        return -ive(v, -x) if n % 2 else ive(v, -x)
    if x.value == 0:
        inside = iv(v, x)  # x**n (1 - |x| + ...): up to the n-th coefficient |x| does nothing
        smooth = terms() if x.constant else abs(n) if n is not None else 0
        return Ball(arb_series([inside[k] if k <= smooth else NAN for k in range(terms())]))
    return nan()


def yv(v: Ball, x: Ball) -> Ball:
    """Y_v(x), for x > 0."""
    return _right(lambda order, z: z.bessel_y(order), v, x)


def kv(v: Ball, x: Ball) -> Ball:
    """K_v(x), for x > 0."""
    return _right(lambda order, z: _scaled_k(order, z) * (-z).exp(), v, x)


def kve(v: Ball, x: Ball) -> Ball:
    """exp(x) K_v(x), for x > 0."""
    return _right(_scaled_k, v, x)


def _scaled_k(order: acb, z: acb) -> acb:
    """exp(z) K. Away from 0 by Tricomi's U (DLMF 10.39.6): FLINT's own takes seconds for some, and loses digits."""
    if z.real > 1:
        return acb.pi().sqrt() * (2 * z) ** order * (2 * z).hypgeom_u(order + 0.5, 2 * order + 1)
    return z.bessel_k(order, scaled=True)


def _right(f: OfOrder, v: Ball, x: Ball) -> Ball:
    """On the right half plane, where all of them are analytic."""
    if not x.value > 0:
        return nan()
    return analytic(f, [v, x], [REACH_OF_ORDER, (x.value.lower() / 2).min(arb(REACH))])


def _first_kind(f: OfOrder, sign: int, v: Ball, x: Ball) -> Ball:
    """J (sign -1) and I (sign 1), which are x**v times an entire function of sign * x**2."""
    n = whole(v)
    if n is not None and n < 0:  # J_-n = (-1)**n J_n, I_-n = I_n (DLMF 10.4.1, 10.27.1)
        other = _first_kind(f, sign, const(-n), x)
        return -other if sign < 0 and n % 2 else other
    if _is_small(v, x) and (n is not None or x.value > 0):
        half, order = x / 2, v + 1
        entire = analytic(
            lambda a, z: z.hypgeom_0f1(a, regularized=True), [order, sign * (half * half)], [REACH_OF_ORDER, REACH]
        )
        return entire * (power(half, v) if n is None else integer_power(half, n))
    if x.value > 0:
        return _right(f, v, x)
    if n is not None:
        return analytic(f, [v, x], [REACH_OF_ORDER, REACH])
    if v.value.contains_integer() and v.value.is_exact():  # real there, and for no order near it
        return Ball(arb_series([f(acb(v.value), acb(x.value)).real] + [NAN] * (terms() - 1)))
    if x.value == 0 and v.constant and v.value > 0:  # like x**v: derivatives at 0 below v, and they are zero
        return Ball(arb_series([arb(0) if v.value > k else NAN for k in range(terms())]))
    return nan()


def _is_small(v: Ball, x: Ball) -> bool:
    """Whether the power series in x**2 is the form to take: it keeps the digits of tiny arguments."""
    return v.constant and bool(abs(x.value) < 1)


def j0(x: Ball) -> Ball:
    return jv(const(0), x)


def j1(x: Ball) -> Ball:
    return jv(const(1), x)


def i0(x: Ball) -> Ball:
    return iv(const(0), x)


def i1(x: Ball) -> Ball:
    return iv(const(1), x)


def i0e(x: Ball) -> Ball:
    return ive(const(0), x)


def i1e(x: Ball) -> Ball:
    return ive(const(1), x)


def y0(x: Ball) -> Ball:
    return yv(const(0), x)


def y1(x: Ball) -> Ball:
    return yv(const(1), x)


def k0(x: Ball) -> Ball:
    return kv(const(0), x)


def k1(x: Ball) -> Ball:
    return kv(const(1), x)


def k0e(x: Ball) -> Ball:
    return kve(const(0), x)


def k1e(x: Ball) -> Ball:
    return kve(const(1), x)
