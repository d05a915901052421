"""Functions that are integrals, of balls: exponential, trigonometric, of the normal distribution, elliptic, and others.

FLINT's power series where it has them, values on the complex plane and Cauchy's integral where it does not.
"""

from __future__ import annotations

from collections.abc import Callable

from flint import acb, arb, arb_series

from symdiff.balls.cauchy import analytic
from symdiff.balls.functions import exp, log, pi, sqrt, whole
from symdiff.balls.series import Ball, _kinked, const, nan, terms
from symdiff.balls.special import erf, erfc

REACH_OF_PARAMETER = 0.25


def expi(x: Ball) -> Ball:
    """Ei(x), the principal value for x > 0."""
    return Ball(x.series.ei())


def exp1(x: Ball) -> Ball:
    """E_1(x) = -Ei(-x), for x > 0."""
    return -expi(-x) if x.value > 0 else nan()


def si(x: Ball) -> Ball:
    return Ball(x.series.si())


def ci(x: Ball) -> Ball:
    return Ball(x.series.ci()) if x.value > 0 else nan()


def shi(x: Ball) -> Ball:
    return Ball(x.series.shi())


def chi(x: Ball) -> Ball:
    return Ball(x.series.chi()) if x.value > 0 else nan()


def fresnel_s(x: Ball) -> Ball:
    """The integral of sin(pi t**2 / 2) from 0 to x."""
    return Ball(x.series.fresnel_s())


def fresnel_c(x: Ball) -> Ball:
    """The integral of cos(pi t**2 / 2) from 0 to x."""
    return Ball(x.series.fresnel_c())


# -- of the normal distribution ------------------------------------------------------------------------


def erfi(x: Ball) -> Ball:
    return Ball(x.series.erfi())


def erfcx(x: Ball) -> Ball:
    return exp(x * x) * erfc(x)


def dawsn(x: Ball) -> Ball:
    return sqrt(pi()) / 2 * exp(-(x * x)) * erfi(x)


def log_ndtr(x: Ball) -> Ball:
    """log of the normal distribution function."""
    return log(erfc(-x / sqrt(const(2))) / 2)


def ndtri(p: Ball) -> Ball:
    """The normal distribution function inverted."""
    if not (p.value > 0 and p.value < 1):
        return nan()
    root = sqrt(const(2))
    return _inverse(-root.value * (2 * p.value).erfcinv(), lambda x: erfc(-x / root) / 2, p)


def erfinv(y: Ball) -> Ball:
    """erf inverted, for -1 < y < 1."""
    return _inverse(y.value.erfinv(), erf, y) if abs(y.value) < 1 else nan()


def erfcinv(y: Ball) -> Ball:
    """erfc inverted, for 0 < y < 2."""
    return _inverse(y.value.erfcinv(), erfc, y) if y.value > 0 and y.value < 2 else nan()


def _inverse(x: arb, f: Callable[[Ball], Ball], y: Ball) -> Ball:
    """The inverse of f at y, where it is x: the power series of f at x, reverted."""
    step = arb_series([0, *(y[k] for k in range(1, terms()))])
    if not x.is_finite():
        return nan()
    if terms() == 1 or not step.length():
        return Ball(arb_series([x]))
    series = f(Ball(arb_series([x, 1])))
    inverse = arb_series([0, *(series[k] for k in range(1, terms()))]).reversion()
    answer = arb_series([0])
    for k in range(terms() - 1, 0, -1):
        answer = (answer + inverse[k]) * step
    return Ball(answer + x)


# -- gamma, incomplete ---------------------------------------------------------------------------------


def gammainc(a: Ball, x: Ball) -> Ball:
    """P(a, x), the lower one over gamma(a), for a > 0 and x >= 0."""
    if x.value == 0 and a.value > 0:
        return _kinked(arb(0), x, a)
    return _incomplete(lambda a, x: x.gamma_lower(a, regularized=1), a, x)


def gammaincc(a: Ball, x: Ball) -> Ball:
    """Q(a, x), the upper one over gamma(a), for a > 0 and x >= 0."""
    if x.value == 0 and a.value > 0:
        return _kinked(arb(1), x, a)
    return _incomplete(lambda a, x: x.gamma_upper(a, regularized=1), a, x)


def _incomplete(f: Callable[[acb, acb], acb], a: Ball, x: Ball) -> Ball:
    if not (a.value > 0 and x.value > 0):
        return nan()
    return analytic(f, [a, x], [(a.value.lower() / 2).min(arb(REACH_OF_PARAMETER)), x.value.lower() / 2])


def betainc(a: Ball, b: Ball, x: Ball) -> Ball:
    """I_x(a, b), the incomplete beta function over beta(a, b), for a, b > 0 and 0 <= x <= 1."""
    if not (a.value > 0 and b.value > 0):
        return nan()
    if x.value in (0, 1):
        return _kinked(arb(x.value), a, b, x)
    if not (x.value > 0 and x.value < 1):
        return nan()
    reach = [(p.value.lower() / 2).min(arb(REACH_OF_PARAMETER)) for p in (a, b)]
    edge = x.value.lower().min((1 - x.value).lower()) / 2
    return analytic(lambda a, b, x: x.beta_lower(a, b, regularized=1), [a, b, x], [*reach, edge])


def uppergamma(s: Ball, x: Ball) -> Ball:
    """gamma(s, x), the upper one, for x > 0; also for x < 0 where s is 1, 2, 3, ..."""
    if x.value > 0:
        return analytic(lambda s, x: x.gamma_upper(s), [s, x], [REACH_OF_PARAMETER, x.value.lower() / 2])
    n = whole(s)
    if n is not None and n > 0:
        return analytic(lambda s, x: x.gamma_upper(s), [s, x], [REACH_OF_PARAMETER, 1.0])
    return nan()


# -- others --------------------------------------------------------------------------------------------


def spence(z: Ball) -> Ball:
    """Li_2(1 - z), for z >= 0."""
    if z.value == 0:
        return _kinked((const(1).value * arb.pi() ** 2) / 6, z)
    if not z.value > 0:
        return nan()
    return analytic(_dilogarithm if z.value > 0.5 else _near_the_cut, [z], [z.value.lower() / 2])


def _dilogarithm(z: acb) -> acb:
    return (1 - z).polylog(2)


def _near_the_cut(z: acb) -> acb:
    """The same by DLMF 25.12.6: 1 - z would lose the digits of a small z."""
    return acb.pi() ** 2 / 6 - z.log() * (-z).log1p() - z.polylog(2)


def zeta(s: Ball, q: Ball) -> Ball:
    """Hurwitz's zeta function, for s > 1 and q > 0."""
    if not (s.value > 1 and q.value > 0):
        return nan()
    return analytic(lambda s, q: s.zeta(q), [s, q], [(s.value - 1).lower() / 2, q.value.lower() / 2])


def lambertw(x: Ball) -> Ball:
    """The principal branch of W exp(W) = x, for x >= -1/e."""
    if not x.value * arb.const_e() > -1:
        return nan()
    return Ball(x.series.lambertw())


def airy_ai(x: Ball) -> Ball:
    return Ball(x.series.airy_ai())


def airy_bi(x: Ball) -> Ball:
    return Ball(x.series.airy_bi())


def airy_aip(x: Ball) -> Ball:
    """Ai'(x)."""
    return Ball(x.series.airy_ai_prime())


def airy_bip(x: Ball) -> Ball:
    """Bi'(x)."""
    return Ball(x.series.airy_bi_prime())
