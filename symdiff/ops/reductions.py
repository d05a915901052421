"""Ops that make fewer entries of many: sums, running sums, the largest entry.

A sum is given in scalar steps as `total` of up to sixteen terms at a time. NumPy adds in pairs, BLAS in
blocks, XLA in its own order; so the rounding that `total` is allowed is that of any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from symdiff.ops.exponential import logaddexp
from symdiff.ops.piecewise import logical_and, logical_or, maximum, minimum
from symdiff.ops.row import primitive
from symdiff.vocabulary import jnp, jsp, sp

TERMS = 16  # SymPy differentiates a sum of so many at once


def _sum_of(*terms: Any, of: int) -> Any:
    return reduce(add, terms)


total = primitive(
    "total", _sum_of, vjp=lambda k, ct, y, *terms, of: ct, variadic=True,
    sympy=lambda *terms, of: sp.Add(*terms), jax=_sum_of, ball=_sum_of, params=("of",),
    rounding=lambda *sizes, of: of * sum(sizes),  # N. J. Higham, as in rounding.py, (4.4): any order of summation
    doc="some of the terms of a sum of `of` terms",
)


def add_up(terms: Sequence[Any]) -> Any:
    """The sum of scalar steps, sixteen at a time."""
    terms, of = list(terms), len(terms)
    while len(terms) > 1:
        terms = [
            total(*terms[k : k + TERMS], of=of) if len(terms[k : k + TERMS]) > 1 else terms[k]
            for k in range(0, len(terms), TERMS)
        ]
    return terms[0] if terms else 0.0


def _lines(x: Any, axis: tuple[int, ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    """The entries to be reduced as the last axis, and the shape of what is left."""
    kept = [k for k in range(np.ndim(x)) if k not in axis]
    left = tuple(np.shape(x)[k] for k in kept)
    counts = [int(np.prod([np.shape(x)[k] for k in some], dtype=int)) for some in (kept, axis)]
    return np.transpose(x, [*kept, *axis]).reshape(counts), left


def folded(fold: Any) -> Any:
    """The scalar steps of a reduction, from what it does with one line of entries."""

    def scalars(x: Any, axis: tuple[int, ...]) -> np.ndarray:
        lines, left = _lines(x, axis)
        out = np.empty(len(lines), object)
        for k, line in enumerate(lines):
            out[k] = fold(list(line))
        return out.reshape(left)

    return scalars


def all_of(x: tuple[int, ...], axis: Any) -> int:
    """The cost of looking at every entry of x once, whatever the axes."""
    return int(np.prod(x, dtype=int))


def spread(ct: Any, x: Any, axis: tuple[int, ...]) -> Any:
    """A cotangent of the answer, at every entry that went into it."""
    shape = np.shape(x)
    ones = tuple(1 if k in axis else n for k, n in enumerate(shape))
    return np.broadcast_to(np.reshape(ct, ones), shape)


def _extreme_rule(ct: Any, y: Any, x: Any, axis: tuple[int, ...]) -> Any:
    """Equal entries share: the slope of jnp.max and of torch.amax.

    The share is selected, not multiplied by 0 or 1: where the cotangent is infinite, sqrt(amax(x)) at 0, the
    product would be nan for every entry that is not the largest.
    """
    winners = np.equal(x, spread(y, x, axis))
    count = np.sum(np.where(winners, 1.0, 0.0), axis)
    return np.where(winners, spread(ct / count, x, axis), 0.0)


sum_ = primitive(
    "sum", lambda x, axis: np.sum(x, axis),
    vjp=lambda ct, y, x, axis: spread(ct, x, axis),
    scalars=folded(add_up), jax=lambda x, axis: jnp.sum(x, axis), params=("axis",),
    cost=all_of, examples={"linear": True}, doc="the sum over some axes",
)
amax = primitive(
    "amax", lambda x, axis: np.max(x, axis), vjp=_extreme_rule,
    scalars=folded(lambda line: reduce(maximum, line)), jax=lambda x, axis: jnp.max(x, axis), params=("axis",),
    cost=all_of, ulp=0.0, doc="the largest entry along some axes",
)
amin = primitive(
    "amin", lambda x, axis: np.min(x, axis), vjp=_extreme_rule,
    scalars=folded(lambda line: reduce(minimum, line)), jax=lambda x, axis: jnp.min(x, axis), params=("axis",),
    cost=all_of, ulp=0.0, doc="the smallest entry along some axes",
)


def _log_of_sum(x: Any, axis: tuple[int, ...]) -> Any:
    """Shifted by the largest entry: exp overflows from 710 on."""
    if not np.size(x):
        return np.log(np.sum(x, axis))  # of nothing: -inf
    top = np.max(x, axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    return np.log(np.sum(np.exp(x - top), axis)) + np.squeeze(top, axis)


logsumexp = primitive(
    "logsumexp", _log_of_sum, vjp=lambda ct, y, x, axis: spread(ct, x, axis) * np.exp(x - spread(y, x, axis)),
    scalars=folded(lambda line: reduce(logaddexp, line)), jax=lambda x, axis: jsp.logsumexp(x, axis),
    params=("axis",), cost=lambda x, axis: 3 * all_of(x, axis), ulp=4.0,
    doc="log(sum(e**x)) over some axes: the softmax's logarithm is x - logsumexp(x)",
)


def _running(x: Any, axis: int) -> np.ndarray:
    out = np.array(x, object)
    along = np.moveaxis(out, axis, 0)
    for k in range(1, len(along)):
        along[k] = along[k - 1] + along[k]
    return out


cumsum = primitive(
    "cumsum", lambda x, axis: np.cumsum(x, axis),
    vjp=lambda ct, y, x, axis: np.flip(np.cumsum(np.flip(ct, axis), axis), axis),
    scalars=_running, jax=lambda x, axis: jnp.cumsum(x, axis), params=("axis",),
    examples={"linear": True}, doc="the running sum along an axis",
)
any_ = primitive(
    "any", lambda x, axis: np.any(x, axis), vjp=None, boolean=True,
    scalars=folded(lambda line: reduce(logical_or, line) if line else False), jax=lambda x, axis: jnp.any(x, axis),
    params=("axis",), cost=all_of, ulp=0.0, doc="whether an entry along some axes is true",
)
all_ = primitive(
    "all", lambda x, axis: np.all(x, axis), vjp=None, boolean=True,
    scalars=folded(lambda line: reduce(logical_and, line) if line else True), jax=lambda x, axis: jnp.all(x, axis),
    params=("axis",), cost=all_of, ulp=0.0, doc="whether all entries along some axes are true",
)
