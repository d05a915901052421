"""Exponentials and logarithms."""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.ops.row import VECTOR_KERNEL, Domain, elementwise
from symdiff.vocabulary import arb, jnn, jnp, sp

POSITIVE = Domain(lambda x: x <= 0, "an argument above zero", ((0.01, 50.0),))


def ln2(x: Any) -> Any:
    return log.beside(x, 2.0)


def ln10(x: Any) -> Any:
    return log.beside(x, 10.0)


exp = elementwise(
    "exp", np.exp, partials=lambda y, x: y,
    sympy=sp.exp, jax=jnp.exp, ball=arb.exp, ulp=VECTOR_KERNEL, doc="e**x",
)
expm1 = elementwise(
    "expm1", np.expm1, partials=lambda y, x: exp(x),                     # y + 1 would lose exp(-40)
    sympy=lambda x: sp.exp(x) - 1, jax=jnp.expm1, ball=arb.expm1,
    ulp=VECTOR_KERNEL, doc="e**x - 1, exact for tiny x",
)
exp2 = elementwise(
    "exp2", np.exp2, partials=lambda y, x: y * ln2(x),
    sympy=lambda x: 2**x, jax=jnp.exp2, ball=arb.exp2, ulp=VECTOR_KERNEL, doc="2**x",
)
log = elementwise(
    "log", np.log, partials=lambda y, x: 1.0 / x,
    sympy=sp.log, jax=jnp.log, ball=arb.log, domain=POSITIVE, ulp=VECTOR_KERNEL, doc="the natural logarithm",
)
log1p = elementwise(
    "log1p", np.log1p, partials=lambda y, x: 1.0 / (1.0 + x),
    sympy=lambda x: sp.log(1 + x), jax=jnp.log1p, ball=arb.log1p,
    domain=Domain(lambda x: x <= -1, "an argument above -1", ((-0.99, 50.0),)),
    ulp=VECTOR_KERNEL, doc="log(1 + x), exact for tiny x",
)
log2 = elementwise(
    "log2", np.log2, partials=lambda y, x: 1.0 / (x * ln2(x)),
    sympy=lambda x: sp.log(x) / sp.log(2), jax=jnp.log2, ball=arb.log2, domain=POSITIVE,
    ulp=VECTOR_KERNEL, doc="the logarithm to base 2",
)
log10 = elementwise(
    "log10", np.log10, partials=lambda y, x: 1.0 / (x * ln10(x)),
    sympy=lambda x: sp.log(x) / sp.log(10), jax=jnp.log10, ball=arb.log10, domain=POSITIVE,
    ulp=VECTOR_KERNEL, doc="the logarithm to base 10",
)


def logistic(x: Any) -> Any:
    """1 / (1 + e**-x) down to the subnormals, which `scipy.special.expit` flushes to zero."""
    e, above = np.exp(-np.abs(x)), np.greater_equal(x, 0)
    # e is at most 1; to choose entry by entry takes a processor that guesses wrong half of the time six times as long
    top = np.maximum(e, above) if np.ndim(x) else np.where(above, 1.0, e)[()]
    return top / (1.0 + e)


# The logistic function: here and not among the activations, because other rules are made of it.
sigmoid = elementwise(
    "sigmoid", logistic, partials=lambda y, x: y * sigmoid(-x),     # y (1 - y) would lose 1 - y
    sympy=lambda x: 1 / (1 + sp.exp(-x)), jax=jnn.sigmoid, ball=arb.sigmoid, ulp=4, doc="1 / (1 + e**-x)",
)
logaddexp = elementwise(
    "logaddexp", np.logaddexp, partials=(lambda y, a, b: sigmoid(a - b), lambda y, a, b: sigmoid(b - a)),
    sympy=lambda a, b: sp.log(sp.exp(a) + sp.exp(b)), jax=jnp.logaddexp, ball=arb.logaddexp,
    ulp=4, near_zero=1.0, doc="log(e**a + e**b), without overflow",
)
