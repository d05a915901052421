"""Sums, means, products and extremes of recorded arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements
from symdiff.inputs.numpy.shaping import apply
from symdiff.inputs.recorded import Recorded, as_number, place

MISSING = np._NoValue  # what NumPy passes for an argument that was not given


def _axes(a: Any, axis: Any) -> tuple[int, ...]:
    return tuple(range(a.ndim)) if axis is None else tuple(sorted(normalize_axis_tuple(axis, a.ndim)))


def _kept(y: Any, a: Any, axes: tuple[int, ...], keepdims: Any) -> Any:
    if keepdims is MISSING or not keepdims:
        return y
    return np.reshape(y, tuple(1 if k in axes else n for k, n in enumerate(a.shape)))


def numbers(a: Any) -> Any:
    """Truth values are counted as 1 and 0."""
    return as_number(a) if isinstance(a, Recorded) and a.graph.nodes[a.index].kind != "f" else a


def _plain(name: str, dtype: Any, out: Any) -> None:
    if out is not None:
        raise UnsupportedError(f"{place()}{name}: out= cannot be recorded; use the value that is returned")
    if dtype not in (None, MISSING) and np.dtype(dtype) != np.float64:
        raise UnsupportedError(f"{place()}{name}: dtype={dtype} cannot be recorded; values are float64")


@implements(np.sum)
def sum_(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = MISSING,
        initial: Any = MISSING, where: Any = MISSING) -> Any:  # fmt: skip
    _plain("np.sum", dtype, out)
    a = numbers(a)
    if where is not MISSING:
        a = np.where(where, a, 0.0)
    axes = _axes(a, axis)
    y = apply("sum", a, axis=axes) if axes else a
    y = _kept(y, a, axes, keepdims)
    return y if initial is MISSING else y + initial


@implements(np.mean)
def mean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = MISSING, *,
         where: Any = MISSING) -> Any:  # fmt: skip
    _plain("np.mean", dtype, out)
    return np.sum(a, axis, keepdims=keepdims, where=where) / _count(a, axis, keepdims, where)


def _count(a: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    if where is MISSING:
        return float(np.prod([a.shape[k] for k in _axes(a, axis)], dtype=float))
    full = np.broadcast_to(where, a.shape)
    return np.sum(np.where(full, 1.0, 0.0), axis, keepdims=False if keepdims is MISSING else keepdims)


@implements(np.var)
def var(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: Any = MISSING, *,
        where: Any = MISSING, mean: Any = MISSING, correction: Any = MISSING) -> Any:  # fmt: skip
    _plain("np.var", dtype, out)
    ddof = ddof if correction is MISSING else correction
    center = np.mean(a, axis, keepdims=True, where=where) if mean is MISSING else mean
    gap = a - center
    return np.sum(gap * gap, axis, keepdims=keepdims, where=where) / (_count(a, axis, keepdims, where) - ddof)


@implements(np.std)
def std(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: Any = MISSING,
        **options: Any) -> Any:  # fmt: skip
    return np.sqrt(np.var(a, axis, dtype, out, ddof, keepdims, **options))


@implements(np.max, np.amax)
def max_(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING, initial: Any = MISSING,
        where: Any = MISSING) -> Any:  # fmt: skip
    return _extreme("amax", np.maximum, a, axis, out, keepdims, initial, where)


@implements(np.min, np.amin)
def min_(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING, initial: Any = MISSING,
        where: Any = MISSING) -> Any:  # fmt: skip
    return _extreme("amin", np.minimum, a, axis, out, keepdims, initial, where)


def _extreme(op: str, two: Any, a: Any, axis: Any, out: Any, keepdims: Any, initial: Any, where: Any) -> Any:
    _plain(f"np.{op}", None, out)
    if where is not MISSING:
        if initial is MISSING:
            raise ValueError(f"reduction operation {op} does not have an identity, so to use a where mask one has to "
                             "specify 'initial'")  # fmt: skip
        a = np.where(where, a, initial)
    axes = _axes(a, axis)
    if 0 in [a.shape[k] for k in axes]:
        raise ValueError(f"zero-size array to reduction operation {op} which has no identity")
    y = _kept(apply(op, a, axis=axes) if axes else a, a, axes, keepdims)
    return y if initial is MISSING else two(y, initial)


@implements(np.ptp)
def ptp(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING) -> Any:
    return np.max(a, axis, keepdims=keepdims) - np.min(a, axis, keepdims=keepdims)


@implements(np.prod)
def prod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = MISSING,
         initial: Any = MISSING, where: Any = MISSING) -> Any:  # fmt: skip
    """Halves multiplied with one another: a derivative that is right with any number of zeros, and no
    division."""
    _plain("np.prod", dtype, out)
    a = numbers(a)
    if where is not MISSING:
        a = np.where(where, a, 1.0)
    axes = _axes(a, axis)
    rest = [k for k in range(a.ndim) if k not in axes]
    y = np.reshape(np.transpose(a, [*axes, *rest]), (-1, *[a.shape[k] for k in rest])) if axes else a[None]
    if not len(y):
        y = np.ones(y.shape[1:])
    else:
        while len(y) > 1:
            half = len(y) // 2
            pairs = y[:half] * y[half : 2 * half]
            y = pairs if len(y) % 2 == 0 else np.concatenate([pairs, y[2 * half :]])
        y = y[0]
    y = _kept(y, a, axes, keepdims)
    return y if initial is MISSING else y * initial


@implements(np.cumsum)
def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    _plain("np.cumsum", dtype, out)
    a = numbers(a)
    if axis is None:
        a, axis = np.ravel(a), 0
    return apply("cumsum", a, axis=normalize_axis_index(axis, a.ndim))


@implements(np.cumprod)
def cumprod(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Every entry times the one 1, 2, 4, ... before it: running products in few steps, with no division."""
    _plain("np.cumprod", dtype, out)
    if axis is None:
        a, axis = np.ravel(a), 0
    y = np.moveaxis(a, axis, 0)
    shift = 1
    while shift < len(y):
        y = np.concatenate([y[:shift], y[shift:] * y[:-shift]])
        shift *= 2
    return np.moveaxis(y, 0, axis)


@implements(np.diff)
def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = MISSING, append: Any = MISSING) -> Any:
    if prepend is not MISSING or append is not MISSING:
        raise UnsupportedError(f"{place()}np.diff with prepend= or append= cannot be recorded: use np.concatenate first")
    axis = normalize_axis_index(axis, a.ndim)
    lead = (slice(None),) * axis
    for _ in range(n):
        a = a[(*lead, slice(1, None))] - a[(*lead, slice(None, -1))]
    return a


@implements(np.trapezoid)
def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Any:
    lead = (slice(None),) * normalize_axis_index(axis, np.ndim(y))
    steps = dx
    if x is not None:
        steps = np.diff(x, axis=-1)
        if np.ndim(x) == 1:
            steps = np.reshape(steps, [-1 if k == len(lead) else 1 for k in range(np.ndim(y))])
    return np.sum(steps * (y[(*lead, slice(1, None))] + y[(*lead, slice(None, -1))]) / 2.0, axis)


@implements(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = MISSING) -> Any:
    if weights is None:
        return np.mean(a, axis, keepdims=keepdims)
    if np.shape(weights) != np.shape(a):
        weights = np.reshape(weights, [-1 if k == normalize_axis_index(axis, a.ndim) else 1 for k in range(np.ndim(a))])
    weights = np.broadcast_to(weights, np.shape(a))
    return np.sum(a * weights, axis, keepdims=keepdims) / np.sum(weights, axis)


@implements(np.any)
def any_(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING, *, where: Any = MISSING) -> Any:
    return _truth("any", a, axis, keepdims)


@implements(np.all)
def all_(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING, *, where: Any = MISSING) -> Any:
    return _truth("all", a, axis, keepdims)


def _truth(op: str, a: Any, axis: Any, keepdims: Any) -> Any:
    a = a if a.graph.nodes[a.index].kind == "b" else a != 0.0
    axes = _axes(a, axis)
    return _kept(apply(op, a, axis=axes), a, axes, keepdims)


@implements(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.sum(numbers(a if a.graph.nodes[a.index].kind == "b" else a != 0.0), axis, keepdims=keepdims)
