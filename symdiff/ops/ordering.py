"""Orders: which entry is the largest, how an array is sorted, where a number belongs in a sorted array.

The answers are whole numbers, and decisions: nothing flows back through them. In scalar steps a decision is
made by comparing entries, so that it is written down as a guard; two equal ones are a kink of whatever comes
after. Only the comparisons that the answer hangs on are made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from symdiff.ops.linalg import number
from symdiff.ops.reductions import all_of
from symdiff.ops.row import primitive
from symdiff.vocabulary import jnp

Side = Literal["left", "right"]


def _lines(x: np.ndarray, axis: int, of_line: Callable[[Sequence[Any]], Any]) -> np.ndarray:
    """What `of_line` says of every line along an axis, a whole number or as many as the line has."""
    lines = np.moveaxis(x, axis, -1)
    found = [of_line(list(lines[at])) for at in np.ndindex(*lines.shape[:-1])]
    if found and np.ndim(found[0]) == 0:
        out = np.empty(lines.shape[:-1], object)
        for at, value in zip(np.ndindex(*out.shape), found, strict=True):
            out[at] = int(value)
        return out
    return np.moveaxis(np.array(found, object).reshape(lines.shape), -1, axis)


def _largest(line: Sequence[Any]) -> int:
    """The first of the largest: every other one is held against it."""
    winner = int(np.argmax([number(e) for e in line]))
    for k, e in enumerate(line):
        if k != winner:
            bool(e > line[winner])
    return winner


def _order(line: Sequence[Any]) -> list[int]:
    """The places in ascending order, equal ones as they came: neighbours are held against each other."""
    order = np.argsort([number(e) for e in line], kind="stable").tolist()
    for before, after in pairwise(order):
        bool(line[before] > line[after])
    return order


def _place(ascending: Sequence[Any], v: Any, side: Side) -> int:
    at = int(np.searchsorted([number(e) for e in ascending], number(v), side=side))
    if at > 0:
        bool(ascending[at - 1] < v) if side == "left" else bool(ascending[at - 1] <= v)
    if at < len(ascending):
        bool(ascending[at] < v) if side == "left" else bool(ascending[at] <= v)
    return at


def _searchsorted_scalars(a: np.ndarray, v: np.ndarray, side: Side) -> np.ndarray:
    out = np.empty(np.shape(v), object)
    for at in np.ndindex(*out.shape):
        out[at] = _place(list(a), v[at], side)
    return out


argmax = primitive(
    "argmax", lambda x, axis: np.argmax(x, axis), vjp=None, whole=True,
    scalars=lambda x, axis: _lines(x, axis, _largest), jax=lambda x, axis: jnp.argmax(x, axis), params=("axis",),
    cost=all_of, ulp=0.0, doc="where along an axis the first of the largest entries is",
)
argsort = primitive(
    "argsort", lambda x, axis: np.argsort(x, axis, kind="stable"), vjp=None, whole=True,
    scalars=lambda x, axis: _lines(x, axis, _order), jax=lambda x, axis: jnp.argsort(x, axis, stable=True),
    params=("axis",), cost=all_of, ulp=0.0, doc="the places along an axis in ascending order of their entries",
)
searchsorted = primitive(
    "searchsorted", lambda a, v, side: np.searchsorted(a, v, side=side), vjp=(None, None), whole=True,
    scalars=_searchsorted_scalars, jax=lambda a, v, side: jnp.searchsorted(a, v, side=side), params=("side",),
    cost=lambda a, v, side: 2 * int(np.prod(v, dtype=int)), ulp=0.0,
    doc="where each number belongs in an array in ascending order",
)
