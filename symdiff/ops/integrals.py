"""Exponential, trigonometric and Fresnel integrals, and the error functions beyond erf (DLMF chapters 6 and 7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.ops.arithmetic import pi
from symdiff.ops.exponential import exp
from symdiff.ops.hyperbolic import cosh, sinh
from symdiff.ops.hypergeometric import hyp0f1, hyp1f1, hyperu
from symdiff.ops.powers import sqrt
from symdiff.ops.row import Approximated, Domain, Either, elementwise, not_in_jax
from symdiff.ops.trigonometric import cos, sin
from symdiff.vocabulary import arb, jnp, jsp, lax, sp
from symdiff.vocabulary import special as scipy_special

POSITIVE = Domain(lambda x: x <= 0, "an argument above zero", ((0.05, 20.0),))


def _near_zero(y: Any, x: Any) -> Any:
    return np.abs(x) < 1.0


def _off_zero(x: Any) -> Any:
    """x, or 1 where it is near zero and another branch is taken."""
    return np.where(np.abs(x) < 1.0, 1.0, x)


def _number_by_number(f: Callable[..., Any]) -> Approximated:
    """JAX's `f`, of an array one number after the other. All numbers of an array go through the same loops, and the
    continued fraction of a large one takes some 80/x turns for a small x: beside 16, 1e-300 would never be done."""

    def column(x: Any) -> Any:
        return f(x) if jnp.ndim(x) == 0 else jnp.reshape(lax.map(f, jnp.ravel(x)), jnp.shape(x))

    return Approximated(column)


# -- exponential and trigonometric integrals -----------------------------------------------------------

exp1 = elementwise(
    "exp1", scipy_special.exp1, partials=lambda y, x: -exp(-x) / x,
    sympy=lambda x: sp.expint(1, x), jax=_number_by_number(jsp.exp1), ball=arb.exp1, domain=POSITIVE,
    ulp=16, doc="the integral of exp(-t)/t from x to infinity (DLMF 6.2.1)",
)
expi = elementwise(
    "expi", scipy_special.expi, partials=lambda y, x: exp(x) / x,
    sympy=sp.Ei, jax=_number_by_number(jsp.expi), ball=arb.expi,
    domain=Domain(lambda x: x == 0, "an argument that is not zero", ((0.05, 20.0),)),
    ulp=64, near_zero=1.0, doc="the integral of exp(t)/t from -infinity to x (DLMF 6.2.5)",
)
# sin(x)/x and sinh(x)/x are 0F1(; 3/2; -+x**2/4): near 0 that keeps the digits of all further derivatives
si = elementwise(
    "si", lambda x: scipy_special.sici(x)[0],
    partials=Either(
        _near_zero, lambda y, x: hyp0f1(1.5, -0.25 * (x * x)), lambda y, x: sin(_off_zero(x)) / _off_zero(x)
    ),
    sympy=sp.Si, jax=Approximated(lambda x: jsp.sici(x)[0]), ball=arb.si,
    ulp=8, doc="the integral of sin(t)/t from 0 to x (DLMF 6.2.9)",
)
ci = elementwise(
    "ci", lambda x: np.where(x > 0, scipy_special.sici(x)[1], np.nan).astype(np.asarray(x).dtype)[()],
    partials=lambda y, x: cos(x) / x,
    sympy=sp.Ci, jax=Approximated(lambda x: jsp.sici(x)[1]), ball=arb.ci, domain=POSITIVE,
    ulp=16, near_zero=lambda x: 0.25 if x > 0.25 else 0.0,
    doc="minus the integral of cos(t)/t from x to infinity (DLMF 6.2.11)",
)
shi = elementwise(
    "shi", lambda x: scipy_special.shichi(x)[0],
    partials=Either(
        _near_zero, lambda y, x: hyp0f1(1.5, 0.25 * (x * x)), lambda y, x: sinh(_off_zero(x)) / _off_zero(x)
    ),
    sympy=sp.Shi, jax=not_in_jax("shi"), ball=arb.shi,
    ulp=16, doc="the integral of sinh(t)/t from 0 to x (DLMF 6.2.15)",
)
chi = elementwise(
    "chi", lambda x: np.where(x > 0, scipy_special.shichi(x)[1], np.nan).astype(np.asarray(x).dtype)[()],
    partials=lambda y, x: cosh(x) / x,
    sympy=sp.Chi, jax=not_in_jax("chi"), ball=arb.chi, domain=POSITIVE,
    ulp=64, near_zero=1.0, doc="gamma + log(x) + the integral of (cosh(t) - 1)/t from 0 to x (DLMF 6.2.16)",
)
fresnel_s = elementwise(
    "fresnel_s", lambda x: scipy_special.fresnel(x)[0], partials=lambda y, x: sin(pi.beside(x) / 2.0 * (x * x)),
    sympy=sp.fresnels, jax=Approximated(lambda x: jsp.fresnel(x)[0]), ball=arb.fresnel_s,
    examples={"measured": ((1e-300, 1e4),)}, ulp=1024, doc="the integral of sin(pi t**2/2) from 0 to x (DLMF 7.2.8)",
)
fresnel_c = elementwise(
    "fresnel_c", lambda x: scipy_special.fresnel(x)[1], partials=lambda y, x: cos(pi.beside(x) / 2.0 * (x * x)),
    sympy=sp.fresnelc, jax=Approximated(lambda x: jsp.fresnel(x)[1]), ball=arb.fresnel_c,
    examples={"measured": ((1e-300, 1e4),)}, ulp=1024, doc="the integral of cos(pi t**2/2) from 0 to x (DLMF 7.2.7)",
)

# -- error functions -----------------------------------------------------------------------------------


def _two_over_root_pi(x: Any) -> Any:
    return 2.0 / sqrt(pi.beside(x))


erfi = elementwise(
    "erfi", scipy_special.erfi, partials=lambda y, x: _two_over_root_pi(x) * exp(x * x),
    sympy=sp.erfi, jax=not_in_jax("erfi"), ball=arb.erfi,
    ulp=800, doc="2 / sqrt(pi) times the integral of exp(t**2) from 0 to x (DLMF 7.2.4)",
)
erfcx = elementwise(
    "erfcx", scipy_special.erfcx,
    # y is U(1/2, 1/2, x**2)/sqrt(pi) for x > 0 (DLMF 7.11.5), and 2 x y - 2/sqrt(pi) cancels far out
    partials=Either(
        lambda y, x: x > 8.0, lambda y, x: -x / sqrt(pi.beside(x)) * hyperu(1.5, 1.5, np.where(x > 8.0, x * x, 64.0)),
        lambda y, x: 2.0 * x * y - _two_over_root_pi(x),
    ),
    sympy=lambda x: sp.exp(x**2) * sp.erfc(x), jax=Approximated(jsp.erfcx), ball=arb.erfcx,
    ulp=800, doc="exp(x**2) erfc(x) (DLMF 7.2.2)",
)
dawsn = elementwise(
    "dawsn", scipy_special.dawsn,
    # M(1, 1/2, -x**2) = 1 - 2 x y (DLMF 7.5.1), which cancels far out
    partials=lambda y, x: hyp1f1(1.0, 0.5, -(x * x)),
    sympy=lambda x: sp.sqrt(pi.sympy()) / 2 * sp.exp(-(x**2)) * sp.erfi(x), jax=Approximated(jsp.dawsn), ball=arb.dawsn,
    ulp=64, doc="exp(-x**2) times the integral of exp(t**2) from 0 to x (DLMF 7.2.5)",
)
log_ndtr = elementwise(
    "log_ndtr", scipy_special.log_ndtr,
    partials=lambda y, x: sqrt(2.0 / pi.beside(x)) / erfcx(-x / sqrt.beside(x, 2.0)),
    sympy=lambda x: sp.log(sp.erfc(-x / sp.sqrt(2)) / 2), jax=Approximated(jsp.log_ndtr), ball=arb.log_ndtr,
    ulp=800, doc="log of the normal distribution function (DLMF 7.18)",
)
ndtri = elementwise(
    "ndtri", scipy_special.ndtri, partials=lambda y, p: sqrt(2.0 * pi.beside(p)) * exp(0.5 * (y * y)),
    sympy=lambda p: -sp.sqrt(2) * sp.erfcinv(2 * p), jax=Approximated(jsp.ndtri), ball=arb.ndtri,
    domain=Domain(lambda p: np.logical_or(p <= 0, p >= 1), "a probability between 0 and 1", ((0.001, 0.999),)),
    ulp=64, near_zero=1.0, doc="the normal distribution function inverted (DLMF 7.17)",
)
erfinv = elementwise(
    "erfinv", scipy_special.erfinv, partials=lambda y, x: sqrt(pi.beside(x)) / 2.0 * exp(y * y),
    sympy=sp.erfinv, jax=jsp.erfinv, ball=arb.erfinv,
    domain=Domain(lambda x: np.abs(x) >= 1, "an argument between -1 and 1", ((-0.999, 0.999),)),
    ulp=16, doc="erf inverted (DLMF 7.17.1)",
)
erfcinv = elementwise(
    "erfcinv", scipy_special.erfcinv, partials=lambda y, x: -(sqrt(pi.beside(x)) / 2.0) * exp(y * y),
    sympy=sp.erfcinv, jax=not_in_jax("erfcinv"), ball=arb.erfcinv,
    domain=Domain(lambda x: np.logical_or(x <= 0, x >= 2), "an argument between 0 and 2", ((0.001, 1.999),)),
    ulp=64, near_zero=1.0, doc="erfc inverted (DLMF 7.17.1)",
)
