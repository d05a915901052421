"""Ops made of pieces: abs, max, where, floor, comparisons.

Where two pieces meet there is no derivative, and every library chooses: the rows say what they choose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.ops.row import Domain, Either, Kink, Op, elementwise
from symdiff.vocabulary import arb, jnp, sp

TIE = Kink(lambda a, b: a - b, (0.5, 0.5), "jnp.maximum, torch.maximum and autograd share the slope, too")
BRANCH = Kink(lambda a, b: a - b, (0.0, 0.0), "a branch changes here", jump=True)

absolute = elementwise(
    "abs", np.abs, partials=lambda y, x: sign(x),
    sympy=lambda x: sp.Piecewise((x, x >= 0), (-x, True)), jax=jnp.abs, ball=arb.abs,  # sp.Abs'' is a DiracDelta
    kink=Kink(lambda x: x, (0.0,), "torch and autograd say 0, JAX 1"), ulp=0.0, doc="the absolute value",
)
sign = elementwise(
    "sign", np.sign, partials=0.0,
    sympy=lambda x: sp.Piecewise((1, x > 0), (-1, x < 0), (0, True)), jax=jnp.sign, ball=arb.sign,
    kink=Kink(lambda x: x, (0.0,), "a jump; JAX and torch say 0, too", jump=True), ulp=0.0, doc="-1, 0 or 1",
)
maximum = elementwise(
    "max", np.maximum,
    partials=(Either(lambda y, a, b: a > b, 1.0, Either(lambda y, a, b: np.equal(a, b), 0.5, 0.0)),
              Either(lambda y, a, b: b > a, 1.0, Either(lambda y, a, b: np.equal(a, b), 0.5, 0.0))),
    sympy=lambda a, b: sp.Piecewise((a, a >= b), (b, True)), jax=jnp.maximum, ball=arb.maximum,
    kink=TIE, ulp=0.0, doc="the larger of the two",
)
minimum = elementwise(
    "min", np.minimum,
    partials=(Either(lambda y, a, b: a < b, 1.0, Either(lambda y, a, b: np.equal(a, b), 0.5, 0.0)),
              Either(lambda y, a, b: b < a, 1.0, Either(lambda y, a, b: np.equal(a, b), 0.5, 0.0))),
    sympy=lambda a, b: sp.Piecewise((a, a <= b), (b, True)), jax=jnp.minimum, ball=arb.minimum,
    kink=TIE, ulp=0.0, doc="the smaller of the two",
)
where = elementwise(
    "where", lambda c, a, b: np.where(c, a, b)[()],
    partials=(0.0, Either(lambda y, c, a, b: c, 1.0, 0.0), Either(lambda y, c, a, b: c, 0.0, 1.0)),
    sympy=lambda c, a, b: sp.Piecewise((a, c), (b, True)), jax=jnp.where, ball=arb.where,
    ulp=0.0, examples={"conditions": (0,)}, doc="a where the condition c holds, else b",
)
clip = elementwise(  # min(max(x, lo), hi), also where lo > hi
    "clip", np.clip,
    partials=(Either(lambda y, x, lo, hi: np.logical_and(x > lo, x < hi), 1.0, 0.0),
              Either(lambda y, x, lo, hi: np.logical_and(x <= lo, lo < hi), 1.0, 0.0),
              Either(lambda y, x, lo, hi: np.logical_or(x >= hi, lo >= hi), 1.0, 0.0)),
    sympy=lambda x, lo, hi: sp.Piecewise((hi, sp.Or(x >= hi, lo >= hi)), (lo, x <= lo), (x, True)),
    jax=jnp.clip, ball=arb.clip,
    kink=Kink(lambda x, lo, hi: (x - lo, x - hi, lo - hi), (0.0, None, None),
              "at a bound the bound has slope 1; torch and autograd, too; JAX shares"),
    ulp=0.0, doc="x, but not below lo and not above hi",
)
floor = elementwise(
    "floor", np.floor, partials=0.0, sympy=sp.floor, jax=jnp.floor, ball=arb.floor,
    kink=Kink(lambda x: x - np.floor(x), (0.0,), "a jump; JAX and torch say 0, too", jump=True), ulp=0.0,
    doc="the largest whole number not above x",
)
ceil = elementwise(
    "ceil", np.ceil, partials=0.0, sympy=sp.ceiling, jax=jnp.ceil, ball=arb.ceil,
    kink=Kink(lambda x: np.ceil(x) - x, (0.0,), "a jump; JAX and torch say 0, too", jump=True), ulp=0.0,
    doc="the smallest whole number not below x",
)
mod = elementwise(  # a/b may round up to the next whole number, (a - y)/b is one but for rounding
    "mod", np.mod, partials=(1.0, lambda y, a, b: -floor((a - y) / b + 0.5)),
    sympy=lambda a, b: a - b * sp.floor(a / b), jax=jnp.mod, ball=arb.mod,
    domain=Domain(lambda a, b: b == 0, "a divisor that is not zero", ((-20.0, 20.0), (0.1, 5.0))),
    kink=Kink(lambda a, b: np.mod(a, b), (1.0, None), "a jump; JAX and torch go on with slope 1, too", jump=True),
    doc="a - b floor(a/b): the sign of b, as in Python",
)


def _comparison(name: str, ufunc: np.ufunc, sympy: Callable[..., Any], jax: Callable[..., Any], symbol: str) -> Op:
    return elementwise(
        name, ufunc, partials=(0.0, 0.0), sympy=sympy, jax=jax, ball=getattr(arb, name), kink=BRANCH,
        boolean=True, ulp=0.0, infix=symbol, doc=f"whether a {symbol} b",
    )


less          = _comparison("less", np.less, sp.Lt, jnp.less, "<")
less_equal    = _comparison("less_equal", np.less_equal, sp.Le, jnp.less_equal, "<=")
greater       = _comparison("greater", np.greater, sp.Gt, jnp.greater, ">")
greater_equal = _comparison("greater_equal", np.greater_equal, sp.Ge, jnp.greater_equal, ">=")
equal         = _comparison("equal", np.equal, sp.Eq, jnp.equal, "==")
not_equal     = _comparison("not_equal", np.not_equal, sp.Ne, jnp.not_equal, "!=")

logical_and = elementwise(
    "logical_and", np.logical_and, partials=(0.0, 0.0),
    sympy=sp.And, jax=jnp.logical_and, ball=arb.logical_and, boolean=True,
    examples={"conditions": (0, 1)}, ulp=0.0, doc="whether both hold",
)
logical_or = elementwise(
    "logical_or", np.logical_or, partials=(0.0, 0.0),
    sympy=sp.Or, jax=jnp.logical_or, ball=arb.logical_or, boolean=True,
    examples={"conditions": (0, 1)}, ulp=0.0, doc="whether one of the two holds",
)
logical_not = elementwise(
    "logical_not", np.logical_not, partials=0.0,
    sympy=sp.Not, jax=jnp.logical_not, ball=arb.logical_not, boolean=True,
    examples={"conditions": (0,)}, ulp=0.0, doc="whether it does not hold",
)
