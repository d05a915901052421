"""The numbers that JAX writes into its programs by itself: 1/3 into the derivative of cbrt, log 2 into that of exp2.

Where the caller's own function has the same double, 0.3333333333333333, the program does not say which of the two a
constant is. Asked of each op alone, JAX shows which numbers are its own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
from jax.extend import core

from symdiff.ops import TABLE


@functools.cache
def baked(name: str) -> frozenset[float]:
    """The literals in an elementwise op and in its first and second derivatives, as JAX traces them with 64 bits on."""
    row = TABLE.get(name)
    if row is None or not row.elementwise or row.boolean or not row.arity:
        return frozenset()

    def of_numbers(*args: Any) -> Any:
        return row.jax(*args, **dict.fromkeys(row.params, 2))

    def twice(*args: Any) -> Any:
        every = tuple(range(row.arity))
        return of_numbers(*args), jax.grad(of_numbers, every)(*args), jax.hessian(of_numbers, every)(*args)

    def once(*args: Any) -> Any:
        return of_numbers(*args), jax.grad(of_numbers, tuple(range(row.arity)))(*args)

    for f in (twice, once):
        try:
            return frozenset(_literals(jax.make_jaxpr(f)(*[0.5] * row.arity).jaxpr))
        except (NotImplementedError, ValueError):  # JAX has no (second) derivative of it: gammainc, betainc by orders
            continue
        except TypeError:  # not of real numbers: where(condition, ...)
            break
    return frozenset()


def _literals(jaxpr: Any) -> Iterator[float]:
    for eqn in jaxpr.eqns:
        for v in eqn.invars:
            if isinstance(v, core.Literal) and np.asarray(v.val).dtype == np.float64:
                yield from (float(x) for x in np.ravel(v.val))
        for inner in eqn.params.values():
            for each in inner if isinstance(inner, tuple | list) else (inner,):
                part = getattr(each, "jaxpr", each)
                if hasattr(part, "eqns"):
                    yield from _literals(part)
