"""sin(pi x) / (pi x), and the function that its derivatives are made of: right at 0, too, and accurate near it.

With z = -(pi x)**2/4 it is 0F1(; 3/2; z), and the derivative of 0F1(; b; z) is 0F1(; b + 1; z) / b (DLMF 16.3.1).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.ops.arithmetic import pi
from symdiff.ops.row import Domain, elementwise
from symdiff.vocabulary import arb, jnp, sp
from symdiff.vocabulary import special as scipy_special

NEAR, TERMS = 4.0, 26  # |z| up to which the power series is summed, and how many of its terms float64 can see


def _series(z: Any, n: int) -> Any:
    """sum_j z**j / ((n/2)_j j!), by Horner's rule."""
    total = 1.0
    for j in reversed(range(TERMS)):
        total = 1.0 + total * z * (2.0 / ((n + 2 * j) * (j + 1)))
    return total


def _half_hyp0f1(z: Any, n: int) -> Any:
    """Away from 0 by the spherical Bessel function of order k = (n - 3)/2: (2k + 1)!! j_k(y) / y**k, y = 2 sqrt(-z)."""
    z = np.asarray(z)
    near = np.abs(z) <= NEAR
    with np.errstate(all="ignore"):  # both branches are computed
        y, k = 2.0 * np.sqrt(np.where(near, NEAR, -z)), (n - 3) // 2
        far = scipy_special.spherical_jn(k, y)
        for j in range(k):
            far = far * ((2 * j + 3) / y)
        inside = np.where(near, _series(np.where(near, z, 0.0), n), far)
        return np.where(z > 0, np.nan, inside).astype(z.dtype)[()]


def _jax_half_hyp0f1(z: Any, n: int) -> Any:
    near = jnp.abs(z) <= NEAR
    y = 2.0 * jnp.sqrt(jnp.where(near, NEAR, -z))
    before, now = jnp.cos(y) / y, jnp.sin(y) / y
    for k in range((n - 3) // 2):
        before, now = now, (2 * k + 1) * now / y - before
    for k in range((n - 3) // 2):
        now = now * ((2 * k + 3) / y)
    inside = jnp.where(near, _series(jnp.where(near, z, 0.0), n), now)
    return jnp.where(z > 0, math.nan, inside)


half_hyp0f1 = elementwise(
    "half_hyp0f1", _half_hyp0f1, partials=lambda y, z, n: 2.0 * half_hyp0f1(z, n=n + 2) / float(n),
    sympy=lambda z, n: sp.hyper([], [sp.Rational(n, 2)], z), jax=_jax_half_hyp0f1, ball=arb.half_hyp0f1,
    params=("n",),
    domain=Domain(lambda z, n=3: z > 0, "an argument that is not positive", ((-400.0, 0.0),)),
    examples={"n": (3, 5, 7, 9)}, ulp=16, near_zero=1.0,
    doc="the hypergeometric function 0F1(; n/2; z) for odd n from 3 on and z <= 0 (DLMF 16.2.1)",
)


def _sinc_slope(x: Any) -> Any:
    """-(pi**2 x / 3) 0F1(; 5/2; -(pi x)**2/4)"""
    y = pi.beside(x) * x
    return -(pi.beside(x) * y) / 3.0 * half_hyp0f1(-(y * y) / 4.0, n=5)


sinc = elementwise(
    "sinc", np.sinc, partials=lambda y, x: _sinc_slope(x),
    sympy=lambda x: sp.hyper([], [sp.Rational(3, 2)], -((sp.acos(-1) * x) ** 2) / 4), jax=jnp.sinc, ball=arb.sinc,
    ulp=4, near_zero=1.0, doc="sin(pi x) / (pi x), 1 at 0, as NumPy has it",
)
