"""Arithmetic, and the two constants that are not numbers of the machine."""

from __future__ import annotations

import math
import operator

import numpy as np

from symdiff.ops.row import Domain, elementwise
from symdiff.vocabulary import arb, jnp, sp

WIDE = (-20.0, 20.0)

pi = elementwise(
    "pi", lambda: np.float64(math.pi), partials=(),
    sympy=lambda: sp.acos(-1), jax=lambda: jnp.asarray(math.pi), ball=arb.pi,
    ulp=0.5, doc="The constant 3.14159...",
)
euler_e = elementwise(
    "euler_e", lambda: np.float64(math.e), partials=(),
    sympy=lambda: sp.exp(1), jax=lambda: jnp.asarray(math.e), ball=arb.euler_e,
    ulp=0.5, doc="The constant 2.71828...",
)

add = elementwise(
    "add", operator.add, partials=(1.0, 1.0),
    sympy=lambda a, b: a + b, jax=jnp.add, ball=operator.add, infix="+", doc="a + b",
)
sub = elementwise(
    "sub", operator.sub, partials=(1.0, -1.0),
    sympy=lambda a, b: a - b, jax=jnp.subtract, ball=operator.sub, infix="-", doc="a - b",
)
mul = elementwise(
    "mul", operator.mul, partials=(lambda y, a, b: b, lambda y, a, b: a),
    sympy=lambda a, b: a * b, jax=jnp.multiply, ball=operator.mul, infix="*", doc="a b",
)
div = elementwise(
    "div", np.divide, partials=(lambda y, a, b: 1.0 / b, lambda y, a, b: -y / b),
    sympy=lambda a, b: a / b, jax=jnp.divide, ball=lambda a, b: a / b, infix="/", doc="a / b",
    domain=Domain(lambda a, b: b == 0, "a divisor that is not zero", (WIDE, (0.01, 20.0))),
)
neg = elementwise(
    "neg", operator.neg, partials=-1.0,
    sympy=lambda x: -x, jax=jnp.negative, ball=operator.neg, ulp=0.0, doc="-x",
)
