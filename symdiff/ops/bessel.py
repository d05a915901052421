"""Bessel functions: of the orders 0 and 1, and of any real order (DLMF chapter 10).

Their derivatives by the argument are neighbours in order (DLMF 10.6.1, 10.29.1). By the order there is a series
and no closed form: such a partial is unsupported by name.

The errors of SciPy's functions were measured against the balls at orders up to 20; where a function oscillates, they
are relative to its amplitude, and for large arguments the argument is reduced in float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from symdiff.ops.arithmetic import pi
from symdiff.ops.hypergeometric import hyp1f1, hyperu
from symdiff.ops.powers import sqrt
from symdiff.ops.row import Domain, Either, Kink, Lacking, elementwise, not_in_jax
from symdiff.vocabulary import arb, jsp, sp
from symdiff.vocabulary import special as scipy_special

ORDER = (0.1, 6.0)  # where orders are drawn
# Beyond these sizes of order and argument AMOS, which is behind SciPy's functions of any order, underflows or overflows
# on the way, and from 1e9 on it gives nan or another function's digits.
OF_ORDER = {"measured": ((1e-8, 50.0), (1e-30, 1e8))}
UNSCALED = {"measured": ((1e-8, 50.0), (1e-30, 600.0))}  # from 700 on K is 0 there, a little before it underflows


def _not_positive(x: Any) -> Any:
    return x <= 0


def _off_the_line(v: Any, x: Any) -> Any:
    """Where x**v is no real number: below 0 for a broken order, and at 0 for a broken one below 0."""
    broken = np.logical_and(v != np.floor(v), np.logical_or(x < 0, v < 0))
    return np.logical_and(x <= 0, broken)


POSITIVE = Domain(_not_positive, "an argument above zero", ((0.05, 30.0),))
OF_POSITIVE = Domain(lambda v, x: _not_positive(x), "an argument above zero", (ORDER, (0.05, 30.0)))
FIRST_KIND = Domain(
    _off_the_line, "an argument that is not below zero, unless the order is a whole number", (ORDER, (0.05, 30.0))
)


def _by_order(name: str) -> Lacking:
    return Lacking(f"the derivative of {name}(v, x) by its order v has no closed form: only that by x is known here")


def _neighbours(f: Any, v: Any, x: Any, sign: float) -> Any:
    """(f(v - 1, x) +- f(v + 1, x)) / 2"""
    return 0.5 * (f(v - 1.0, x) + f(v + 1.0, x)) if sign > 0 else 0.5 * (f(v - 1.0, x) - f(v + 1.0, x))


def _amplitude(x: float) -> float:
    """What the errors of an oscillating function are relative to, in proportion to x for large x: x times its
    amplitude."""
    return 0.0 if x < 0.5 else max(1.0, math.sqrt(x))


def _amplitude_of_order(v: float, x: float) -> float:
    return _amplitude(x)


# -- the oscillating ones ----------------------------------------------------------------------------

jv = elementwise(
    "jv", scipy_special.jv, partials=(_by_order("jv"), lambda y, v, x: _neighbours(jv, v, x, -1)),
    sympy=sp.besselj, jax=not_in_jax("J of any order"), ball=arb.jv, examples=OF_ORDER, domain=FIRST_KIND,
    ulp=1000, near_zero=_amplitude_of_order, doc="the Bessel function J of order v (DLMF 10.2.2)",
)
yv = elementwise(
    "yv", scipy_special.yv, partials=(_by_order("yv"), lambda y, v, x: _neighbours(yv, v, x, -1)),
    sympy=sp.bessely, jax=not_in_jax("Y of any order"), ball=arb.yv, examples=OF_ORDER, domain=OF_POSITIVE,
    ulp=1000, near_zero=_amplitude_of_order, doc="the Bessel function Y of order v (DLMF 10.2.3)",
)
j0 = elementwise(
    "j0", scipy_special.j0, partials=lambda y, x: -j1(x),
    sympy=lambda x: sp.besselj(0, x), jax=not_in_jax("j0"), ball=arb.j0,
    ulp=16, near_zero=_amplitude, doc="the Bessel function J of order 0 (DLMF 10.2.2)",
)
j1 = elementwise(
    "j1", scipy_special.j1, partials=lambda y, x: 0.5 * (j0(x) - jv(2.0, x)),
    sympy=lambda x: sp.besselj(1, x), jax=not_in_jax("j1"), ball=arb.j1,
    ulp=16, near_zero=_amplitude, doc="the Bessel function J of order 1 (DLMF 10.2.2)",
)
y0 = elementwise(
    "y0", scipy_special.y0, partials=lambda y, x: -y1(x),
    sympy=lambda x: sp.bessely(0, x), jax=not_in_jax("y0"), ball=arb.y0, domain=POSITIVE,
    ulp=16, near_zero=_amplitude, doc="the Bessel function Y of order 0 (DLMF 10.2.3)",
)
y1 = elementwise(
    "y1", scipy_special.y1, partials=lambda y, x: 0.5 * (y0(x) - yv(2.0, x)),
    sympy=lambda x: sp.bessely(1, x), jax=not_in_jax("y1"), ball=arb.y1, domain=POSITIVE,
    ulp=16, near_zero=_amplitude, doc="the Bessel function Y of order 1 (DLMF 10.2.3)",
)

# -- the modified ones -------------------------------------------------------------------------------

iv = elementwise(
    "iv", scipy_special.iv, partials=(_by_order("iv"), lambda y, v, x: _neighbours(iv, v, x, 1)),
    sympy=sp.besseli, jax=not_in_jax("I of any order"), ball=arb.iv, examples=OF_ORDER, domain=FIRST_KIND,
    ulp=300, doc="the modified Bessel function I of order v (DLMF 10.25.2)",
)
kv = elementwise(
    "kv", scipy_special.kv, partials=(_by_order("kv"), lambda y, v, x: -_neighbours(kv, v, x, 1)),
    sympy=sp.besselk, jax=not_in_jax("K of any order"), ball=arb.kv, examples=UNSCALED, domain=OF_POSITIVE,
    ulp=1024, doc="the modified Bessel function K of order v (DLMF 10.25.3)",
)
i0 = elementwise(
    "i0", scipy_special.i0, partials=lambda y, x: i1(x),
    sympy=lambda x: sp.besseli(0, x), jax=jsp.i0, ball=arb.i0,
    ulp=8, doc="the modified Bessel function I of order 0 (DLMF 10.25.2)",
)
i1 = elementwise(
    "i1", scipy_special.i1, partials=lambda y, x: 0.5 * (i0(x) + iv(2.0, x)),
    sympy=lambda x: sp.besseli(1, x), jax=jsp.i1, ball=arb.i1,
    ulp=16, doc="the modified Bessel function I of order 1 (DLMF 10.25.2)",
)
k0 = elementwise(
    "k0", scipy_special.k0, partials=lambda y, x: -k1(x),
    sympy=lambda x: sp.besselk(0, x), jax=not_in_jax("k0"), ball=arb.k0, domain=POSITIVE,
    ulp=16, doc="the modified Bessel function K of order 0 (DLMF 10.25.3)",
)
k1 = elementwise(
    "k1", scipy_special.k1, partials=lambda y, x: -(k0(x) + y / x),  # DLMF 10.29.2
    sympy=lambda x: sp.besselk(1, x), jax=not_in_jax("k1"), ball=arb.k1, domain=POSITIVE,
    ulp=8, doc="the modified Bessel function K of order 1 (DLMF 10.25.3)",
)

# -- the modified ones, scaled -----------------------------------------------------------------------

# Far out the slope of the scaling cancels that of the function. The scaled functions are Kummer's and Tricomi's:
# exp(-x) I_0(x) = M(1/2, 1, -2 x) and exp(-x) I_1(x) = x/2 M(3/2, 3, -2 x) for x > 0 (DLMF 10.39.5),
# exp(x) K_0(x) = sqrt(pi) U(1/2, 1, 2 x) and exp(x) K_1(x) = 2 x sqrt(pi) U(3/2, 3, 2 x) (DLMF 10.39.6).
FAR = 32.0  # from where SciPy's U keeps its digits


def _far(x: Any) -> Any:
    """x where it is far out, and else a number that is, for the branch that is not taken."""
    return np.where(x > FAR, x, FAR)


def _is_far(y: Any, x: Any) -> Any:
    return x > FAR


def _k0e_far(y: Any, x: Any) -> Any:
    return -sqrt(pi.beside(x)) * hyperu(1.5, 2.0, 2.0 * _far(x))


def _k1e_far(y: Any, x: Any) -> Any:
    z = 2.0 * _far(x)
    return y / _far(x) - 3.0 * sqrt(pi.beside(x)) * (z * hyperu(2.5, 4.0, z))


def _i1e_far(y: Any, x: Any) -> Any:
    size = np.where(np.abs(x) > 2.0, np.abs(x), 2.0)
    return np.sign(x) * y / size - 0.5 * size * hyp1f1(2.5, 4.0, -2.0 * size)


ive = elementwise(
    "ive", scipy_special.ive,
    partials=(_by_order("ive"), lambda y, v, x: _neighbours(ive, v, x, 1) - np.sign(x) * y),
    sympy=lambda v, x: sp.besseli(v, x) * sp.exp(-sp.Abs(x)), jax=not_in_jax("ive"), ball=arb.ive, examples=OF_ORDER,
    domain=FIRST_KIND,
    kink=Kink(lambda v, x: np.abs(v) + np.abs(x), (None, 0.0), "|x| in exp(-|x|) I_0(x): 0 is the slope of jax's i0e"),
    ulp=1000, doc="exp(-|x|) I_v(x) (DLMF 10.25.2)",
)
kve = elementwise(
    "kve", scipy_special.kve, partials=(_by_order("kve"), lambda y, v, x: y - _neighbours(kve, v, x, 1)),
    sympy=lambda v, x: sp.exp(x) * sp.besselk(v, x), jax=not_in_jax("kve"), ball=arb.kve, domain=OF_POSITIVE,
    examples=OF_ORDER, ulp=1024, doc="exp(x) K_v(x) (DLMF 10.25.3)",
)
i0e = elementwise(
    "i0e", scipy_special.i0e, partials=lambda y, x: -np.sign(x) * hyp1f1(1.5, 2.0, -2.0 * np.abs(x)),
    sympy=lambda x: sp.besseli(0, x) * sp.exp(-sp.Abs(x)), jax=jsp.i0e, ball=arb.i0e,
    kink=Kink(lambda x: x, (0.0,), "|x| in exp(-|x|) I_0(x): 0 is the slope of jax's i0e"),
    ulp=12, doc="exp(-|x|) I_0(x) (DLMF 10.25.2)",
)
i1e = elementwise(
    "i1e", scipy_special.i1e,
    partials=Either(
        lambda y, x: np.abs(x) > 2.0, _i1e_far, lambda y, x: 0.5 * (i0e(x) + ive(2.0, x)) - np.sign(x) * y
    ),
    sympy=lambda x: sp.besseli(1, x) * sp.exp(-sp.Abs(x)), jax=jsp.i1e, ball=arb.i1e,
    ulp=12, doc="exp(-|x|) I_1(x) (DLMF 10.25.2)",
)
k0e = elementwise(
    "k0e", scipy_special.k0e, partials=Either(_is_far, _k0e_far, lambda y, x: y - k1e(x)),
    sympy=lambda x: sp.exp(x) * sp.besselk(0, x), jax=not_in_jax("k0e"), ball=arb.k0e, domain=POSITIVE,
    ulp=16, doc="exp(x) K_0(x) (DLMF 10.25.3)",
)
k1e = elementwise(
    "k1e", scipy_special.k1e, partials=Either(_is_far, _k1e_far, lambda y, x: y - (k0e(x) + y / x)),
    sympy=lambda x: sp.exp(x) * sp.besselk(1, x), jax=not_in_jax("k1e"), ball=arb.k1e, domain=POSITIVE,
    ulp=8, doc="exp(x) K_1(x) (DLMF 10.25.3)",
)
