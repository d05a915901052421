"""Powers and roots."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.ops.exponential import log
from symdiff.ops.row import VECTOR_KERNEL, Domain, Kink, elementwise
from symdiff.vocabulary import arb, jnp, lax, sp


def _power_outside(a: Any, b: Any) -> Any:
    fractional_of_negative = np.logical_and(a < 0, b != np.floor(b))
    return np.logical_or(fractional_of_negative, np.logical_and(a == 0, b < 0))


def _power_by_base(y: Any, a: Any, b: Any) -> Any:
    """b a**(b - 1); at (0, 0), where that is 0 times infinity, the slope 0 of a**0."""
    both_zero = np.logical_and(np.equal(a, 0.0), np.equal(b, 0.0))
    return b * power(a, np.where(both_zero, 1.0, b - 1.0))


def _power_by_exponent(y: Any, a: Any, b: Any) -> Any:
    """y log a; at a = 0, where 0**b is 0 for all b > 0, the slope 0. Below 0 there is no slope: nan."""
    return y * log(np.where(np.equal(a, 0.0), 1.0, a))


power = elementwise(
    "power", np.power, partials=(_power_by_base, _power_by_exponent),
    sympy=lambda a, b: a**b, jax=jnp.power, ball=arb.power,
    domain=Domain(_power_outside, "a base above zero, or a whole exponent", ((0.01, 20.0), (-5.0, 5.0))),
    kink=Kink(lambda a, b: np.abs(a) + np.where(b >= 1, 1.0, 0.0), (None, 0.0),
              "at a = 0 the slope is infinite for 0 < b < 1, as JAX says, and 0 for the constant a**0", jump=True),
    infix="**", ulp=VECTOR_KERNEL, doc="a**b",
)


def _integer_power_slope(y: Any, x: Any, n: int) -> Any:
    """n x**(n-1); n = 0 and n = 1 apart, because 0 * x**-1 is nan at 0."""
    return 0.0 if n == 0 else 1.0 if n == 1 else float(n) * (x if n == 2 else integer_power(x, n=n - 1))


def _integer_power(x: Any, n: int) -> Any:
    return np.square(x) if n == 2 else np.power(x, float(n))


integer_power = elementwise(
    "integer_power", _integer_power, partials=_integer_power_slope,
    sympy=lambda x, n: x**n, jax=lambda x, n: lax.integer_pow(x, n), ball=arb.integer_power, params=("n",),
    domain=Domain(lambda x, n=1: np.logical_and(x == 0, n < 0), "a base that is not zero", ((-20.0, 20.0),)),
    examples={"n": (-2, 0, 1, 2, 3, 7)}, ulp=VECTOR_KERNEL, doc="x**n for a whole number n",
)
sqrt = elementwise(
    "sqrt", np.sqrt, partials=lambda y, x: 0.5 / y,
    sympy=sp.sqrt, jax=jnp.sqrt, ball=arb.sqrt,
    domain=Domain(lambda x: x < 0, "an argument that is not negative", ((0.0, 50.0),)),
    kink=Kink(lambda x: x, (math.inf,), "infinite slope; JAX and torch say inf, too"), doc="the square root",
)
cbrt = elementwise(
    "cbrt", np.cbrt, partials=lambda y, x: 1.0 / (3.0 * y * y),          # y / (3 x) would be nan at 0
    sympy=lambda x: sp.Piecewise((x ** sp.Rational(1, 3), x >= 0), (-((-x) ** sp.Rational(1, 3)), True)),
    jax=jnp.cbrt, ball=arb.cbrt,
    kink=Kink(lambda x: x, (math.inf,), "infinite slope; JAX says inf, too"),
    ulp=VECTOR_KERNEL, doc="the real cube root, negative for negative x",
)
hypot = elementwise(
    "hypot", np.hypot,
    partials=(lambda y, a, b: np.where(np.equal(y, 0.0), 0.0, a / np.where(np.equal(y, 0.0), 1.0, y)),
              lambda y, a, b: np.where(np.equal(y, 0.0), 0.0, b / np.where(np.equal(y, 0.0), 1.0, y))),
    sympy=lambda a, b: sp.sqrt(a**2 + b**2), jax=jnp.hypot, ball=arb.hypot,
    kink=Kink(lambda a, b: np.abs(a) + np.abs(b), (0.0, 0.0), "a cone; 0 is torch.linalg.norm's subgradient"),
    ulp=2, doc="sqrt(a**2 + b**2), without overflow",
)
