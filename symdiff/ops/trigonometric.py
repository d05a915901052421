"""Sines and their inverses."""

from __future__ import annotations

import math

import numpy as np

from symdiff.ops.powers import hypot, sqrt
from symdiff.ops.row import VECTOR_KERNEL, Domain, Kink, elementwise
from symdiff.vocabulary import arb, jnp, sp

UNIT = Domain(lambda x: np.abs(x) > 1, "an argument between -1 and 1", ((-1.0, 1.0),))
STEEP = "infinite slope at -1 and 1; JAX says so, too"

sin = elementwise(
    "sin", np.sin, partials=lambda y, x: cos(x), sympy=sp.sin, jax=jnp.sin, ball=arb.sin,
    ulp=VECTOR_KERNEL, doc="sin x",
)
cos = elementwise(
    "cos", np.cos, partials=lambda y, x: -sin(x), sympy=sp.cos, jax=jnp.cos, ball=arb.cos,
    ulp=VECTOR_KERNEL, doc="cos x",
)
tan = elementwise(
    "tan", np.tan, partials=lambda y, x: 1.0 + y * y, sympy=sp.tan, jax=jnp.tan, ball=arb.tan,
    ulp=VECTOR_KERNEL, doc="tan x",
)
# (1 - x) (1 + x) is exact where 1 - x**2 has lost what matters, near 1
asin = elementwise(
    "asin", np.arcsin, partials=lambda y, x: 1.0 / sqrt((1.0 - x) * (1.0 + x)),
    sympy=sp.asin, jax=jnp.arcsin, ball=arb.asin, domain=UNIT,
    kink=Kink(lambda x: (x - 1.0, x + 1.0), (math.inf,), STEEP),
    ulp=VECTOR_KERNEL, doc="the angle whose sine is x",
)
acos = elementwise(
    "acos", np.arccos, partials=lambda y, x: -1.0 / sqrt((1.0 - x) * (1.0 + x)),
    sympy=sp.acos, jax=jnp.arccos, ball=arb.acos, domain=UNIT,
    kink=Kink(lambda x: (x - 1.0, x + 1.0), (-math.inf,), STEEP),
    ulp=VECTOR_KERNEL, doc="the angle whose cosine is x",
)
atan = elementwise(
    "atan", np.arctan, partials=lambda y, x: 1.0 / (1.0 + x * x),
    sympy=sp.atan, jax=jnp.arctan, ball=arb.atan, ulp=VECTOR_KERNEL, doc="the angle whose tangent is x",
)
atan2 = elementwise(  # two divisions by r and none by r**2, which would overflow or underflow
    "atan2", np.arctan2,
    partials=(lambda z, y, x: x / hypot(y, x) / hypot(y, x), lambda z, y, x: -y / hypot(y, x) / hypot(y, x)),
    sympy=sp.atan2, jax=jnp.arctan2, ball=arb.atan2,
    kink=Kink(lambda y, x: np.abs(y) + np.where(x > 0, 1.0, 0.0), (None, None),
              "the cut: the angle jumps from pi to -pi on the negative x axis, and has no value at 0", jump=True),
    ulp=VECTOR_KERNEL, doc="the angle of the point (x, y), arguments as in C: atan2(y, x)",
)
