"""The error functions and the gamma family."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.ops.arithmetic import pi
from symdiff.ops.exponential import exp
from symdiff.ops.powers import sqrt
from symdiff.ops.row import Approximated, Domain, elementwise
from symdiff.vocabulary import arb, jsp, sp
from symdiff.vocabulary import special as scipy_special


def _pole(x: Any) -> Any:
    return np.logical_and(x <= 0, x == np.floor(x))


NO_POLE = Domain(_pole, "an argument that is not 0, -1, -2, ...", ((0.05, 20.0),))


def _gauss(x: Any) -> Any:
    """2 / sqrt(pi) exp(-x**2)"""
    return 2.0 / sqrt(pi.beside(x)) * exp(-(x * x))


erf = elementwise(
    "erf", scipy_special.erf, partials=lambda y, x: _gauss(x),
    sympy=sp.erf, jax=jsp.erf, ball=arb.erf,
    ulp=4, doc="2 / sqrt(pi) times the integral of exp(-t**2) from 0 to x (DLMF 7.2.1)",
)
erfc = elementwise(
    "erfc", scipy_special.erfc, partials=lambda y, x: -_gauss(x),
    sympy=sp.erfc, jax=jsp.erfc, ball=arb.erfc,
    ulp=800, doc="1 - erf(x), exact in the right tail (DLMF 7.2.2)",
)


def _polygamma(x: Any, n: int) -> Any:
    """SciPy has it for x > 0, and for n = 0 inaccurately near negative poles (20,000 ulps at -0.99999);
    the rest by the reflection formula, DLMF 5.15.6."""
    if n == 0 and np.all(x > 0):
        return scipy_special.digamma(x)
    x = np.asarray(x)
    left = x <= 0
    with np.errstate(all="ignore"):  # both branches are computed; the unused one may well overflow
        right = scipy_special.polygamma(n, np.where(left, 1 - x, x))
        part = x - np.round(x)  # cot(pi x) has period 1
        cot = np.sin(np.pi * (0.5 - np.abs(part))) / np.sin(np.pi * part)
        p = np.polynomial.Polynomial([0.0, 1.0])
        for _ in range(n):  # d/du cot u = -(1 + cot**2 u)
            p = -p.deriv() * np.polynomial.Polynomial([1.0, 0.0, 1.0])
        reflected = (-1) ** n * right - np.pi ** (n + 1) * p(cot)
        answer = np.where(left, np.where(_pole(x), np.nan, reflected), right)
    return answer.astype(x.dtype)[()]


gamma = elementwise(
    "gamma", scipy_special.gamma, partials=lambda y, x: y * digamma(x),
    sympy=sp.gamma, jax=jsp.gamma, ball=arb.gamma, domain=NO_POLE,
    ulp=12, doc="the gamma function (DLMF 5.2.1)",
)
lgamma = elementwise(
    "lgamma", scipy_special.gammaln, partials=lambda y, x: digamma(x),
    sympy=sp.loggamma, jax=jsp.gammaln, ball=arb.lgamma, domain=NO_POLE,
    ulp=8, near_zero=1.0,
    doc="log |gamma(x)|, as the C library has it; SymPy's loggamma has this as its real part",
)
digamma = elementwise(
    "digamma", lambda x: _polygamma(x, 0), partials=lambda y, x: polygamma(x, n=1),
    sympy=sp.digamma, jax=jsp.digamma, ball=arb.digamma, domain=NO_POLE,
    ulp=64, near_zero=1.0, doc="the derivative of log gamma (DLMF 5.2.2)",
)
polygamma = elementwise(
    "polygamma", _polygamma, partials=lambda y, x, n: polygamma(x, n=n + 1),
    sympy=lambda x, n: sp.polygamma(n, x), jax=lambda x, n: jsp.polygamma(n, x), ball=arb.polygamma, params=("n",),
    domain=Domain(lambda x, n=0: _pole(x), NO_POLE.says, NO_POLE.draw),
    examples={"n": (0, 1, 2, 3)},
    ulp=64, near_zero=1.0, doc="the derivative of order n + 1 of log gamma (DLMF 5.15)",
)


def _beta_outside(a: Any, b: Any) -> Any:
    return np.logical_or(a <= 0, b <= 0)


beta = elementwise(
    "beta", lambda a, b: np.where(_beta_outside(a, b), np.nan, scipy_special.beta(a, b))[()],
    partials=(lambda y, a, b: y * (digamma(a) - digamma(a + b)), lambda y, a, b: y * (digamma(b) - digamma(a + b))),
    sympy=lambda a, b: sp.gamma(a) * sp.gamma(b) / sp.gamma(a + b), jax=Approximated(jsp.beta, opened=True),
    ball=arb.beta,
    domain=Domain(_beta_outside, "two arguments above zero", ((0.05, 10.0), (0.05, 10.0))),
    ulp=1e9,  # SciPy's: 18 up to 10, 860 up to 100, 2e6 at 1e5, 4e8 at 1e7
    examples={"decades": 3}, doc="gamma(a) gamma(b) / gamma(a + b) (DLMF 5.12.1)",
)
