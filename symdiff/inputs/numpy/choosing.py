"""Choosing among recorded values: where, clip, sorting, counting, searching.

What comes out of a search is an index, and an index is a decision: a plain number, noted as a guard.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements, like_array, like_arrays
from symdiff.inputs.numpy.reductions import numbers
from symdiff.inputs.numpy.shaping import apply
from symdiff.inputs.recorded import Recorded, place


def astype(x: Recorded, dtype: Any) -> Any:
    """x.astype(float) is x; to a whole number or a truth value it is a decision."""
    kind = np.dtype(dtype).kind
    if kind == "f":
        if np.dtype(dtype) != np.float64:
            raise UnsupportedError(f"{place()}astype({np.dtype(dtype)}): values that are differentiated are float64")
        return numbers(x)
    if kind == "b":
        return x if x.graph.nodes[x.index].kind == "b" else x != 0.0
    if kind in "iu" and x.graph.nodes[x.index].kind == "b":
        return x.decided().astype(dtype)
    what = f"astype({np.dtype(dtype)}) of a value that is being differentiated"
    raise UnsupportedError(f"{place()}{what}: use np.floor(x)")


@implements(np.astype)
def astype_function(x: Any, dtype: Any, /, *, copy: bool = True, device: Any = None) -> Any:
    return astype(x, dtype)


@implements(np.where)
def where(condition: Any, x: Any = None, y: Any = None, /) -> Any:
    if x is None or y is None:
        return np.nonzero(condition)
    if not isinstance(condition, Recorded):
        condition = np.asarray(condition, bool)
    return apply("where", condition, *(v if isinstance(v, Recorded) else np.asarray(v) for v in (x, y)))


@implements(np.select)
def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    y = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        y = np.where(condition, choice, y)
    return y


@implements(np.piecewise)
def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    conditions = [condlist] if isinstance(condlist, Recorded | np.ndarray | bool) else list(condlist)
    pieces, otherwise = list(funclist), 0.0
    if len(pieces) == len(conditions) + 1:
        otherwise = pieces.pop()
    elif len(pieces) != len(conditions):
        n = len(conditions)
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions are expected")
    y = _piece(otherwise, x, args, kw)
    for condition, piece in zip(conditions, pieces, strict=True):  # a later one wins
        y = np.where(condition, _piece(piece, x, args, kw), y)
    return y


def _piece(piece: Any, x: Any, args: Any, kw: Any) -> Any:
    return piece(x, *args, **kw) if callable(piece) else piece


@implements(np.choose)
def choose(a: Any, choices: Any, out: Any = None, mode: Literal["raise", "wrap", "clip"] = "raise") -> Any:
    if isinstance(a, Recorded):
        a = numbers_decided(a) if a.graph.nodes[a.index].kind == "b" else a.decided()
    choices = list(choices)
    which = np.choose(a, [np.full((), k) for k in range(len(choices))], mode=mode)  # NumPy's own errors
    y = choices[0] + np.zeros(which.shape)
    for k in range(1, len(choices)):
        y = np.where(which == k, choices[k], y)
    return y


@implements(np.clip)
def clip(a: Any, a_min: Any = None, a_max: Any = None, out: Any = None, *, min: Any = None, max: Any = None) -> Any:
    low, high = a_min if a_min is not None else min, a_max if a_max is not None else max
    if out is not None:
        raise UnsupportedError(f"{place()}np.clip: out= cannot be recorded; use the value that is returned")
    a = like_array(a)
    if low is None and high is None:
        return a
    if low is None:
        return np.minimum(a, high)
    return np.maximum(a, low) if high is None else apply("clip", a, low, high)


@implements(np.nan_to_num)
def nan_to_num(x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    largest = np.finfo(float).max
    y = np.where(np.isposinf(x), largest if posinf is None else posinf, x)
    y = np.where(np.isneginf(x), -largest if neginf is None else neginf, y)
    return np.where(np.isnan(x), nan, y)


@implements(np.argmax)
def argmax(a: Any, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Any:
    return _decide("argmax", a, axis, keepdims)


@implements(np.argmin)
def argmin(a: Any, axis: int | None = None, out: Any = None, *, keepdims: bool = False) -> Any:
    return _decide("argmax", -a, axis, keepdims)


def _decide(op: str, a: Any, axis: int | None, keepdims: bool) -> Any:
    flat = np.ravel(a) if axis is None else a
    y = apply(op, flat, axis=0 if axis is None else axis % a.ndim).decided()
    if not keepdims:
        return y
    return np.reshape(y, [1] * a.ndim) if axis is None else np.expand_dims(y, axis)


@implements(np.argsort)
def argsort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return apply("argsort", a, axis=axis % a.ndim).decided()


@implements(np.sort)
def sort(a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None) -> Any:
    if axis is None:
        a, axis = np.ravel(a), 0
    return np.take_along_axis(a, np.argsort(a, axis), axis)


@implements(np.searchsorted)
def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    if sorter is not None:
        a = np.take(a, sorter)
    a = np.reshape(a, -1) if isinstance(a, Recorded) else np.asarray(a)
    return apply("searchsorted", a, v, side=side).decided()


@implements(np.digitize)
def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    if len(bins) > 1 and bins[0] > bins[-1]:
        return len(bins) - np.searchsorted(np.flip(bins), x, side="right" if right else "left")
    return np.searchsorted(bins, x, side="left" if right else "right")


@implements(np.nonzero)
def nonzero(a: Any) -> Any:
    return np.nonzero(numbers_decided(a))


@implements(np.argwhere)
def argwhere(a: Any) -> Any:
    return np.argwhere(numbers_decided(a))


@implements(np.flatnonzero)
def flatnonzero(a: Any) -> Any:
    return np.flatnonzero(numbers_decided(a))


def numbers_decided(a: Recorded) -> Any:
    """Which entries are not zero, as a decision."""
    return (a if a.graph.nodes[a.index].kind == "b" else a != 0.0).decided()


@implements(np.median)
def median(
    a: Any, axis: int | None = None, out: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Any:
    shape = [1 if axis is None or k == axis % a.ndim else n for k, n in enumerate(a.shape)]
    y = np.sort(a, axis)
    along = 0 if axis is None else axis % a.ndim
    n, lead = y.shape[along], (slice(None),) * along
    y = y[(*lead, n // 2)] if n % 2 else (y[(*lead, n // 2 - 1)] + y[(*lead, n // 2)]) / 2.0
    return np.reshape(y, shape) if keepdims else y


@implements(np.interp)
def interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    if period is not None:
        raise UnsupportedError(f"{place()}np.interp with period= cannot be recorded")
    xp = xp if isinstance(xp, Recorded) else np.asarray(xp, float)
    fp = fp if isinstance(fp, Recorded) else np.asarray(fp, float)
    j = np.clip(np.searchsorted(xp, x, side="right") - 1, 0, len(xp) - 2)
    y = fp[j] + (fp[j + 1] - fp[j]) * ((x - xp[j]) / (xp[j + 1] - xp[j]))
    y = np.where(x < xp[0], fp[0] if left is None else left, y)
    return np.where(x > xp[-1], fp[-1] if right is None else right, y)


@implements(np.array_equal)
def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    a1, a2 = like_arrays(a1, a2)
    return a1.shape == a2.shape and bool(np.all(_same(a1, a2, equal_nan)))


@implements(np.array_equiv)
def array_equiv(a1: Any, a2: Any) -> bool:
    a1, a2 = like_arrays(a1, a2)
    try:
        np.broadcast_shapes(a1.shape, a2.shape)
    except ValueError:
        return False
    return bool(np.all(np.equal(a1, a2)))


def _same(a: Any, b: Any, equal_nan: bool) -> Any:
    same = np.equal(a, b)
    return np.logical_or(same, np.logical_and(np.isnan(a), np.isnan(b))) if equal_nan else same


@implements(np.allclose)
def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    return bool(np.all(np.isclose(a, b, rtol, atol, equal_nan)))


@implements(np.isclose)
def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    a, b = like_arrays(a, b)
    near = np.less_equal(np.abs(a - b), atol + rtol * np.abs(b))
    return np.logical_or(np.logical_and(near, np.isfinite(b)), _same(a, b, equal_nan))
