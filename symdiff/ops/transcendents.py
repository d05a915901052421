"""Incomplete gamma and beta functions, zeta, the dilogarithm, Lambert's W and Airy's functions."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.ops.exponential import exp, log, log1p
from symdiff.ops.hypergeometric import hyp2f1
from symdiff.ops.powers import power
from symdiff.ops.row import Approximated, Domain, Either, Kink, Lacking, elementwise, not_in_jax
from symdiff.ops.special import lgamma
from symdiff.vocabulary import arb, jsp, sp
from symdiff.vocabulary import special as scipy_special


def _by(name: str, which: str) -> Lacking:
    return Lacking(f"the derivative of {name} by {which} has no closed form: only that by the other argument is known")


# -- gamma, incomplete ---------------------------------------------------------------------------------


def _density(a: Any, x: Any) -> Any:
    """x**(a - 1) exp(-x) / gamma(a) (DLMF 8.8.13 and 8.8.14)"""
    return exp((a - 1.0) * log(x) - x - lgamma(a))


def _outside(a: Any, x: Any) -> Any:
    return np.logical_or(a <= 0, x < 0)


def _written(head: Any, a: Any, x: Any) -> Any:
    """SymPy's function; not written out as a sum of so many terms where a is a large whole number."""
    many = getattr(a, "is_Integer", False) and abs(a) > 32
    return head(a, x, evaluate=False) if many else head(a, x)


INCOMPLETE: dict[str, Any] = {
    "domain": Domain(_outside, "an order above zero, and an argument not below it", ((0.1, 20.0), (0.1, 30.0))),
    "kink": Kink(lambda a, x: x, (None, None), "the end of the domain, where x**a begins"),
    "examples": {"measured": ((1e-4, 1e3), (1e-100, 1e4))},
}
gammainc = elementwise(
    "gammainc", lambda a, x: np.where(a > 0, scipy_special.gammainc(a, x), np.nan).astype(np.result_type(a, x))[()],
    partials=(_by("gammainc(a, x)", "a"), lambda y, a, x: _density(a, x)),
    sympy=lambda a, x: _written(sp.lowergamma, a, x) / sp.gamma(a), jax=jsp.gammainc, ball=arb.gammainc,
    ulp=4e3, doc="the lower incomplete gamma function P(a, x), over gamma(a) (DLMF 8.2.4)", **INCOMPLETE,
)
gammaincc = elementwise(
    "gammaincc", lambda a, x: np.where(a > 0, scipy_special.gammaincc(a, x), np.nan).astype(np.result_type(a, x))[()],
    partials=(_by("gammaincc(a, x)", "a"), lambda y, a, x: -_density(a, x)),
    sympy=lambda a, x: _written(sp.uppergamma, a, x) / sp.gamma(a), jax=jsp.gammaincc, ball=arb.gammaincc,
    ulp=4e3, doc="the upper incomplete gamma function Q(a, x), over gamma(a) (DLMF 8.2.4)", **INCOMPLETE,
)


# -- beta, incomplete ----------------------------------------------------------------------------------


def _beta_density(y: Any, a: Any, b: Any, x: Any) -> Any:
    """x**(a - 1) (1 - x)**(b - 1) / beta(a, b) (DLMF 8.17.1 and 8.17.2)"""
    return exp((a - 1.0) * log(x) + (b - 1.0) * log1p(-x) - (lgamma(a) + lgamma(b) - lgamma(a + b)))


def _no_part(a: Any, b: Any, x: Any) -> Any:
    return np.logical_or(np.logical_or(a <= 0, b <= 0), np.logical_or(x < 0, x > 1))


betainc = elementwise(
    "betainc", lambda a, b, x: np.where(np.logical_and(a > 0, b > 0), scipy_special.betainc(a, b, x), np.nan)[()],
    partials=(_by("betainc(a, b, x)", "a"), _by("betainc(a, b, x)", "b"), _beta_density),
    sympy=lambda a, b, x: sp.betainc_regularized(a, b, 0, x), jax=jsp.betainc, ball=arb.betainc,
    domain=Domain(
        _no_part, "two orders above zero, and an argument between 0 and 1", ((0.1, 20.0), (0.1, 20.0), (0.0, 1.0))
    ),
    kink=Kink(lambda a, b, x: (x, 1.0 - x), (None, None, None), "an end of the domain, where x**a begins"),
    examples={
        "measured": ((1e-2, 100.0), (1e-2, 100.0), (1e-100, 1.0)), "landmarks": (0.0, 1e-20, 0.25, 1.0, 1.5, 3.0, 20.0),
    },
    ulp=1e5,
    doc="the incomplete beta function I_x(a, b), over beta(a, b) (DLMF 8.17.2)",
)


# -- gamma, the upper one ------------------------------------------------------------------------------


def _upper(s: Any, x: Any) -> Any:
    """SciPy has it for s > 0, over gamma(s); down from there by DLMF 8.8.2, or 8.4.15 for whole s."""
    s, x = np.asarray(s), np.asarray(x)
    found = np.vectorize(_upper_of_numbers, otypes=[float])(s, x) if s.size and x.size else s * x
    return found.astype(np.result_type(s, x))[()]


def _upper_of_numbers(s: float, x: float) -> float:
    whole = s == np.floor(s)
    if x <= 0 and not (whole and s > 0):
        return np.nan
    if whole and 0 < s <= 64:  # (s - 1)! exp(-x) (1 + x + x**2/2 + ...), DLMF 8.4.10
        term = total = 1.0
        for k in range(1, int(s)):
            term *= x / k
            total += term
        return float(scipy_special.gamma(s) * np.exp(-x) * total)
    if s > 0:
        return float(scipy_special.gammaincc(s, x) * scipy_special.gamma(s))
    if whole:
        return float(scipy_special.expn(int(1 - s), x) * x**s)
    return (_upper_of_numbers(s + 1, x) - x**s * np.exp(-x)) / s


def _left_of_zero(s: Any, x: Any) -> Any:
    return np.logical_and(x <= 0, np.logical_or(s != np.floor(s), s <= 0))


uppergamma = elementwise(
    "uppergamma", _upper, partials=(_by("uppergamma(s, x)", "s"), lambda y, s, x: -power(x, s - 1.0) * exp(-x)),
    sympy=lambda s, x: _written(sp.uppergamma, s, x), jax=not_in_jax("uppergamma"), ball=arb.uppergamma,
    domain=Domain(_left_of_zero, "an argument above zero, unless s is 1, 2, 3, ...", ((0.1, 6.0), (0.1, 20.0))),
    examples={"measured": ((0.25, 20.0), (1e-4, 100.0))}, ulp=1e10,
    doc="the upper incomplete gamma function (DLMF 8.2.2)",
)


# -- others --------------------------------------------------------------------------------------------

zeta = elementwise(
    "zeta", lambda s, q: np.where(q > 0, scipy_special.zeta(s, q), np.nan).astype(np.result_type(s, q))[()],
    partials=(_by("zeta(s, q)", "s"), lambda y, s, q: -s * zeta(s + 1.0, q)),  # DLMF 25.11.17
    sympy=sp.zeta, jax=Approximated(jsp.zeta), ball=arb.zeta,
    domain=Domain(lambda s, q: np.logical_or(s <= 1, q <= 0), "s above 1 and q above 0", ((1.1, 8.0), (0.1, 20.0))),
    examples={"measured": ((1.0, 100.0), (1e-2, 1e4))}, ulp=64, doc="Hurwitz's zeta function (DLMF 25.11.1)",
)
spence = elementwise(
    "spence", scipy_special.spence,
    # log(z)/(1 - z) = -F(1, 1; 2; 1 - z) (DLMF 15.4.1), which is defined at 1, too
    partials=Either(
        lambda y, z: np.abs(1.0 - z) < 0.5, lambda y, z: -hyp2f1(1.0, 1.0, 2.0, np.where(z > 0.25, 1.0 - z, 0.0)),
        lambda y, z: log(z) / np.where(np.abs(1.0 - z) < 0.5, 1.0, 1.0 - z),
    ),
    sympy=lambda z: sp.polylog(2, 1 - z), jax=Approximated(jsp.spence), ball=arb.spence,
    domain=Domain(lambda z: z < 0, "an argument not below zero", ((0.05, 20.0),)),
    kink=Kink(lambda z: z, (None,), "the end of the domain, where the slope is infinite"),
    ulp=64, near_zero=1.0, doc="the dilogarithm of 1 - z (DLMF 25.12.2)",
)


def _principal(x: Any) -> Any:
    w = scipy_special.lambertw(x)
    return np.where(w.imag == 0, w.real, np.nan).astype(np.asarray(x).dtype)[()]


lambertw = elementwise(
    "lambertw", _principal, partials=lambda y, x: 1.0 / (x + exp(y)),  # DLMF 4.13.4, with exp(W) for x/W
    sympy=sp.LambertW, jax=not_in_jax("lambertw"), ball=arb.lambertw,
    domain=Domain(lambda x: x * np.exp(1.0) < -1.0, "an argument not below -1/e", ((-0.3, 20.0),)),
    ulp=64, doc="the principal branch of W exp(W) = x, which is real (DLMF 4.13)",
)


def _airy(which: int) -> Any:
    return lambda x: scipy_special.airy(x)[which]


def _phase(power: float) -> Any:
    """Far to the left they oscillate, and the error is that of the phase, 2/3 |x|**(3/2), times the amplitude, which is
    |x|**(-1/4) or |x|**(1/4) over sqrt(pi) (DLMF 9.7). Eight units of that; sizes do not tell the left from the right.
    """
    return lambda x: 8.0 / ULPS * x**power if x > 0.5 else 0.0


ULPS = 1e5  # far to the right, where they grow or fall like exp(2/3 x**(3/2))
AIRY: dict[str, Any] = {"examples": {"measured": ((1e-300, 100.0),)}, "ulp": ULPS, "near_zero": _phase(1.25)}
SLOPE_OF_AIRY = AIRY | {"near_zero": _phase(1.75)}


airy_ai = elementwise(
    "airy_ai", _airy(0), partials=lambda y, x: airy_aip(x),
    sympy=sp.airyai, jax=not_in_jax("airy_ai"), ball=arb.airy_ai, doc="the Airy function Ai (DLMF 9.2)", **AIRY,
)
airy_aip = elementwise(
    "airy_aip", _airy(1), partials=lambda y, x: x * airy_ai(x),  # DLMF 9.2.1
    sympy=sp.airyaiprime, jax=not_in_jax("airy_aip"), ball=arb.airy_aip, doc="Ai', of Airy's Ai (DLMF 9.2)",
    **SLOPE_OF_AIRY,
)
airy_bi = elementwise(
    "airy_bi", _airy(2), partials=lambda y, x: airy_bip(x),
    sympy=sp.airybi, jax=not_in_jax("airy_bi"), ball=arb.airy_bi, doc="the Airy function Bi (DLMF 9.2)", **AIRY,
)
airy_bip = elementwise(
    "airy_bip", _airy(3), partials=lambda y, x: x * airy_bi(x),  # DLMF 9.2.1
    sympy=sp.airybiprime, jax=not_in_jax("airy_bip"), ball=arb.airy_bip, doc="Bi', of Airy's Bi (DLMF 9.2)",
    **SLOPE_OF_AIRY,
)
