"""Hyperbolic functions and their inverses."""

from __future__ import annotations

import math

import numpy as np

from symdiff.ops.exponential import sigmoid
from symdiff.ops.powers import hypot, sqrt
from symdiff.ops.row import VECTOR_KERNEL, Domain, Kink, elementwise
from symdiff.vocabulary import arb, jnp, sp

sinh = elementwise(
    "sinh", np.sinh, partials=lambda y, x: cosh(x), sympy=sp.sinh, jax=jnp.sinh, ball=arb.sinh,
    ulp=VECTOR_KERNEL, doc="(e**x - e**-x)/2",
)
cosh = elementwise(
    "cosh", np.cosh, partials=lambda y, x: sinh(x), sympy=sp.cosh, jax=jnp.cosh, ball=arb.cosh,
    ulp=VECTOR_KERNEL, doc="(e**x + e**-x)/2",
)
tanh = elementwise(  # 1 - y**2 has no digits left at x = 18; cosh(x)**2 overflows at x = 360
    "tanh", np.tanh, partials=lambda y, x: 4.0 * sigmoid(2.0 * x) * sigmoid(-2.0 * x),
    sympy=sp.tanh, jax=jnp.tanh, ball=arb.tanh, ulp=VECTOR_KERNEL, doc="sinh x / cosh x",
)
asinh = elementwise(
    "asinh", np.arcsinh, partials=lambda y, x: 1.0 / hypot(x, 1.0),
    sympy=sp.asinh, jax=jnp.arcsinh, ball=arb.asinh, ulp=VECTOR_KERNEL, doc="the inverse of sinh",
)
acosh = elementwise(  # two square roots: x**2 - 1 cancels near 1 and overflows
    "acosh", np.arccosh, partials=lambda y, x: 1.0 / (sqrt(x - 1.0) * sqrt(x + 1.0)),
    sympy=sp.acosh, jax=jnp.arccosh, ball=arb.acosh,
    domain=Domain(lambda x: x < 1, "an argument that is not below 1", ((1.0, 50.0),)),
    kink=Kink(lambda x: x - 1.0, (math.inf,), "infinite slope at 1; JAX says inf, too"),
    ulp=VECTOR_KERNEL, doc="the inverse of cosh",
)
atanh = elementwise(
    "atanh", np.arctanh, partials=lambda y, x: 1.0 / ((1.0 - x) * (1.0 + x)),
    sympy=sp.atanh, jax=jnp.arctanh, ball=arb.atanh,
    domain=Domain(lambda x: np.abs(x) >= 1, "an argument between -1 and 1, both excluded", ((-0.999, 0.999),)),
    ulp=VECTOR_KERNEL, doc="the inverse of tanh",
)
