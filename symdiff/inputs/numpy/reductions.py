"""Sums, means, products and extremes of recorded arrays."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements, like_array
from symdiff.inputs.numpy.shaping import apply
from symdiff.inputs.recorded import Recorded, as_number, place

MISSING = np._NoValue  # what NumPy passes for an argument that was not given


# The functions below are called what NumPy calls them: sum, max and any are not Python's in this file.


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
    a = numbers(like_array(a))
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
    a = like_array(a)
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
    a = numbers(a)
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
    if initial is not MISSING and 0 in [a.shape[k] for k in axes]:
        return np.full(_kept(np.zeros(a.shape).sum(axes), a, axes, keepdims).shape, initial, float)
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
    count = int(np.prod([a.shape[k] for k in axes], dtype=int))
    y = np.reshape(np.transpose(a, [*axes, *rest]), (count, *[a.shape[k] for k in rest]))
    if not count:
        y = np.ones(y.shape[1:])
    else:
        while len(y) > 1:
            half = len(y) // 2
            pairs = y[:half] * y[half : 2 * half]
            y = pairs if len(y) % 2 == 0 else np.concatenate([pairs, y[2 * half :]])
        y = y[0]
    y = _kept(y, a, axes, keepdims)
    return y if initial is MISSING else y * initial


def _in_line(a: Any, axis: int | None) -> tuple[Any, int]:
    """The numbers and the axis they run along; all of them in one line where none is given."""
    return (np.ravel(numbers(a)), 0) if axis is None else (numbers(a), axis)


@implements(np.cumsum)
def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    _plain("np.cumsum", dtype, out)
    a, axis = _in_line(a, axis)
    return apply("cumsum", a, axis=normalize_axis_index(axis, a.ndim))


@implements(np.cumprod)
def cumprod(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    """Every entry times the one 1, 2, 4, ... before it: running products in few steps, with no division."""
    _plain("np.cumprod", dtype, out)
    a, axis = _in_line(a, axis)
    y = np.moveaxis(a, axis, 0)
    shift = 1
    while shift < len(y):
        y = np.concatenate([y[:shift], y[shift:] * y[:-shift]])
        shift *= 2
    return np.moveaxis(y, 0, axis)


@implements(np.average)
def average(a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: Any = MISSING) -> Any:
    a = numbers(like_array(a))
    if weights is None:
        y = np.mean(a, axis, keepdims=keepdims)
        return (y, np.full(np.shape(y), a.size / builtins.max(np.size(y), 1))) if returned else y
    weights = like_array(weights)
    if np.shape(weights) != np.shape(a):
        if axis is None:
            raise TypeError("Axis must be specified when shapes of a and weights differ.")
        weights = np.reshape(weights, [-1 if k == normalize_axis_index(axis, a.ndim) else 1 for k in range(np.ndim(a))])
    weights = np.broadcast_to(weights, np.shape(a))
    total = np.sum(weights, axis, keepdims=False if keepdims is MISSING else keepdims)
    y = np.sum(a * weights, axis, keepdims=keepdims) / total
    return (y, np.broadcast_to(total, np.shape(y))) if returned else y


@implements(np.any)
def any_(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING, *, where: Any = MISSING) -> Any:
    _plain("np.any", None, out)
    return _truth("any", a, axis, keepdims, where)


@implements(np.all)
def all_(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING, *, where: Any = MISSING) -> Any:
    _plain("np.all", None, out)
    return _truth("all", a, axis, keepdims, where)


def _truth(op: str, a: Any, axis: Any, keepdims: Any, where: Any) -> Any:
    a = truths(a)
    if where is not MISSING:
        a = np.logical_and(a, where) if op == "any" else np.logical_or(a, np.logical_not(where))
    axes = _axes(a, axis)
    return _kept(apply(op, a, axis=axes) if axes else a, a, axes, keepdims)


def truths(a: Any) -> Any:
    """Which entries are not zero."""
    return a if a.graph.nodes[a.index].kind == "b" else np.not_equal(a, 0.0)


@implements(np.count_nonzero)
def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    return np.sum(numbers(truths(a)), axis, keepdims=keepdims)


# -- the entries that are numbers ------------------------------------------------------------------------


@implements(np.nansum)
def nansum(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = MISSING,
           initial: Any = MISSING, where: Any = MISSING) -> Any:  # fmt: skip
    return np.sum(np.where(np.isnan(a), 0.0, a), axis, dtype, out, keepdims, initial, where)


@implements(np.nanprod)
def nanprod(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = MISSING,
            initial: Any = MISSING, where: Any = MISSING) -> Any:  # fmt: skip
    return np.prod(np.where(np.isnan(a), 1.0, a), axis, dtype, out, keepdims, initial, where)


@implements(np.nanmean)
def nanmean(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = MISSING, *,
            where: Any = MISSING) -> Any:  # fmt: skip
    return np.mean(a, axis, dtype, out, keepdims, where=_numbers_only(a, where))


@implements(np.nanvar)
def nanvar(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: Any = MISSING, *,
           where: Any = MISSING, mean: Any = MISSING, correction: Any = MISSING) -> Any:  # fmt: skip
    where = _numbers_only(a, where)
    a = np.where(where, a, 0.0)
    return np.var(a, axis, dtype, out, ddof, keepdims, where=where, mean=mean, correction=correction)


@implements(np.nanstd)
def nanstd(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, ddof: float = 0, keepdims: Any = MISSING,
           **options: Any) -> Any:  # fmt: skip
    return np.sqrt(np.nanvar(a, axis, dtype, out, ddof, keepdims, **options))


def _numbers_only(a: Any, where: Any) -> Any:
    there = np.logical_not(np.isnan(a))
    return there if where is MISSING else np.logical_and(there, where)


@implements(np.nanmax)
def nanmax(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING, initial: Any = MISSING,
           where: Any = MISSING) -> Any:  # fmt: skip
    return _nan_extreme(np.max, -1.0, a, axis, out, keepdims, initial, where)


@implements(np.nanmin)
def nanmin(a: Any, axis: Any = None, out: Any = None, keepdims: Any = MISSING, initial: Any = MISSING,
           where: Any = MISSING) -> Any:  # fmt: skip
    return _nan_extreme(np.min, 1.0, a, axis, out, keepdims, initial, where)


def _nan_extreme(
    extreme: Any, worst: float, a: Any, axis: Any, out: Any, keepdims: Any, initial: Any, where: Any
) -> Any:
    """Whether there is a nan at all is a decision: infinity, which is never chosen, stays out of the graph else."""
    missing = np.isnan(a)
    if np.any(missing):
        a = np.where(missing, worst * np.inf, a)
        nothing = np.all(missing, axis, keepdims=keepdims)
        y = extreme(a, axis, out, keepdims, initial, where)
        return np.where(nothing, np.nan, y) if np.any(nothing) else y
    return extreme(a, axis, out, keepdims, initial, where)


def _choose(a: Any, instead: float) -> Any:
    return np.where(np.isnan(a), instead, a)


@implements(np.nancumsum)
def nancumsum(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    return np.cumsum(_choose(a, 0.0), axis, dtype, out)


@implements(np.nancumprod)
def nancumprod(a: Any, axis: int | None = None, dtype: Any = None, out: Any = None) -> Any:
    return np.cumprod(_choose(a, 1.0), axis, dtype, out)


@implements(np.cumulative_sum)
def cumulative_sum(x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None,
                   include_initial: bool = False) -> Any:  # fmt: skip
    return _cumulative(np.cumsum, 0.0, x, axis, dtype, out, include_initial)


@implements(np.cumulative_prod)
def cumulative_prod(x: Any, /, *, axis: int | None = None, dtype: Any = None, out: Any = None,
                    include_initial: bool = False) -> Any:  # fmt: skip
    return _cumulative(np.cumprod, 1.0, x, axis, dtype, out, include_initial)


def _cumulative(of: Any, start: float, x: Any, axis: Any, dtype: Any, out: Any, include_initial: bool) -> Any:
    if x.ndim != 1 and axis is None:
        raise ValueError("For arrays which have more than one dimension ``axis`` argument is required.")
    axis = 0 if axis is None else normalize_axis_index(axis, x.ndim)
    y = of(x, axis, dtype, out)
    if not include_initial:
        return y
    return np.concatenate([np.full([1 if k == axis else n for k, n in enumerate(x.shape)], start), y], axis)
