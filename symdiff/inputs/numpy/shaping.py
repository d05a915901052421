"""Reshaping, indexing, joining and splitting recorded arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements, like_array
from symdiff.inputs.recorded import Recorded, place, record
from symdiff.ops.shaping import Index


def recorded_among(*values: Any) -> Recorded:
    """One of the recorded values: whose graph it is."""
    return next(v for v in values if isinstance(v, Recorded))


def apply(name: str, *args: Any, **params: Any) -> Any:
    """Record an op by name."""
    return record(recorded_among(*args).graph, name, args, tuple(params.items()))


def getitem(x: Recorded, key: Any) -> Any:
    """x[key]. An index that was computed from recorded values is a decision: it is noted as a guard."""
    parts = key if isinstance(key, tuple) else (key,)
    plain = tuple(plain_index(p) for p in parts)
    for p in plain:
        if isinstance(p, np.ndarray | list) and np.asarray(p).dtype.kind not in "iub" and np.size(p):
            raise UnsupportedError(f"{place()}arrays used as indices must be of integers or truth values")
    index = Index(plain)
    if index.key and all(isinstance(k, slice) and k == slice(None) for k in index.key):
        return x
    _ = x.value[index.key]  # NumPy's own IndexError
    return apply("getitem", x, index=index)


def plain_index(part: Any) -> Any:
    """What stands in brackets as plain numbers: recorded ones are decisions."""
    if isinstance(part, Recorded):
        if part.graph.nodes[part.index].kind == "f":
            raise UnsupportedError(f"{place()}a value that is being differentiated is no index: it is not whole")
        return part.decided()
    if isinstance(part, list | tuple) and any(isinstance(p, Recorded) for p in part):
        return np.array([plain_index(p) for p in part])
    return part


@implements(np.reshape)
def reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Any:
    if order in ("A", "K") and a.ndim > 1:
        how = f"order={order!r} takes the entries as they lie in memory"
        raise UnsupportedError(f"{place()}{how}, which is not recorded: use order='C' or order='F'")
    if order == "F":
        return np.transpose(np.reshape(np.transpose(a), np.empty(a.shape).reshape(shape).shape[::-1]))
    shape = np.empty(a.shape, np.bool_).reshape(shape if shape is not None else newshape).shape  # NumPy's rules for -1
    return a if shape == a.shape else apply("reshape", a, shape=shape)


@implements(np.ravel)
def ravel(a: Any, order: Literal["A", "C", "F", "K"] = "C") -> Any:
    return reshape(a, -1, order)


@implements(np.transpose, np.permute_dims)
def transpose(a: Any, axes: Any = None) -> Any:
    axes = tuple(range(a.ndim))[::-1] if axes is None else normalize_axis_tuple(axes, a.ndim)
    if len(axes) != a.ndim:
        raise ValueError("axes don't match array")
    return a if axes == tuple(range(a.ndim)) else apply("transpose", a, axes=tuple(int(k) for k in axes))


@implements(np.swapaxes)
def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    axes = list(range(a.ndim))
    i, j = normalize_axis_index(axis1, a.ndim), normalize_axis_index(axis2, a.ndim)
    axes[i], axes[j] = axes[j], axes[i]
    return np.transpose(a, axes)


@implements(np.matrix_transpose, np.linalg.matrix_transpose)
def matrix_transpose(x: Any, /) -> Any:
    return np.swapaxes(x, -1, -2)


@implements(np.moveaxis)
def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    s, d = normalize_axis_tuple(source, a.ndim), normalize_axis_tuple(destination, a.ndim)
    if len(s) != len(d):
        raise ValueError("`source` and `destination` arguments must have the same number of elements")
    axes = [k for k in range(a.ndim) if k not in s]
    for to, frm in sorted(zip(d, s, strict=True)):
        axes.insert(to, frm)
    return np.transpose(a, axes)


@implements(np.rollaxis)
def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    axis, start = normalize_axis_index(axis, a.ndim), start + a.ndim if start < 0 else start
    axes = [k for k in range(a.ndim) if k != axis]
    axes.insert(start - (axis < start), axis)
    return np.transpose(a, axes)


@implements(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    return np.reshape(a, np.empty(a.shape, np.bool_).squeeze(axis).shape)


@implements(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Any:
    return np.reshape(a, np.expand_dims(np.empty(a.shape, np.bool_), axis).shape)


@implements(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    found = [like_array(a) if np.ndim(a) else np.reshape(a, 1) for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


@implements(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    found = [a if np.ndim(a) > 1 else np.reshape(a, (1, -1)) for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


@implements(np.atleast_3d)
def atleast_3d(*arys: Any) -> Any:
    found = [np.reshape(a, np.atleast_3d(np.empty(np.shape(a), np.bool_)).shape) for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    shape = np.broadcast_to(np.empty(array.shape, np.bool_), shape).shape
    return array if shape == array.shape else apply("broadcast_to", array, shape=shape)


@implements(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    shape = np.broadcast_shapes(*[np.shape(a) for a in args])
    return tuple(np.broadcast_to(a, shape) for a in args)


@implements(np.flip)
def flip(m: Any, axis: Any = None) -> Any:
    axes = range(m.ndim) if axis is None else normalize_axis_tuple(axis, m.ndim)
    return m[tuple(slice(None, None, -1) if k in axes else slice(None) for k in range(m.ndim))]


@implements(np.fliplr)
def fliplr(m: Any) -> Any:
    return np.flip(m, 1)


@implements(np.flipud)
def flipud(m: Any) -> Any:
    return np.flip(m, 0)


@implements(np.resize)
def resize(a: Any, new_shape: Any) -> Any:
    return by_places(a, np.resize(places(a), new_shape))


def by_places(a: Any, rearranged: Any) -> Any:
    """The entries of `a` as NumPy moved their places: whatever moves entries is an indexing."""
    return np.ravel(a)[np.asarray(rearranged)]


def places(a: Any) -> np.ndarray:
    """For each entry of an array, where it is."""
    return np.arange(a.size).reshape(a.shape)


@implements(np.roll)
def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    return by_places(a, np.roll(places(a), shift, axis))


@implements(np.rot90)
def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    return by_places(m, np.rot90(places(m), k, axes))


@implements(np.repeat)
def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    return by_places(a, np.repeat(places(a), plain_index(repeats), axis))


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:
    return by_places(A, np.tile(places(A), reps))


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return by_places(a, np.diagonal(places(a), offset, axis1, axis2))


@implements(np.linalg.diagonal)
def last_diagonal(x: Any, /, *, offset: int = 0) -> Any:
    return np.diagonal(x, offset, -2, -1)


@implements(np.diag)
def diag(v: Any, k: int = 0) -> Any:
    if v.ndim == 1:
        n = len(v) + abs(k)
        rows = np.arange(len(v)) + max(-k, 0)
        return apply("scatter", v, index=Index((rows, rows + k)), shape=(n, n))
    return np.diagonal(v, k)


@implements(np.diagflat)
def diagflat(v: Any, k: int = 0) -> Any:
    return np.diag(np.ravel(v), k)


@implements(np.tril)
def tril(m: Any, k: int = 0) -> Any:
    return np.where(_below(m, k), m, 0.0)


@implements(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    return np.where(_below(m, k - 1), 0.0, m)


def _below(m: Any, k: int) -> Any:
    """Where a matrix has its lower triangle; a vector is spread over the rows of one, as NumPy does."""
    return np.tri(*(m.shape if m.ndim > 1 else (len(m), len(m)))[-2:], k=k, dtype=bool)


@implements(np.take)
def take(
    a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: Literal["raise", "wrap", "clip"] = "raise"
) -> Any:
    return by_places(a, np.take(places(a), plain_index(indices), axis, mode=mode))


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    return by_places(arr, np.take_along_axis(places(arr), plain_index(indices), axis))


@implements(np.extract)
def extract(condition: Any, arr: Any) -> Any:
    where = np.flatnonzero(plain_index(condition) if isinstance(condition, Recorded) else condition)
    return np.take(np.ravel(arr), where)


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None, out: Any = None) -> Any:
    return by_places(a, np.compress(plain_index(condition), places(a), axis))


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return a


@implements(np.zeros_like)
def zeros_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any) -> Any:
    return np.zeros(a.shape if shape is None else shape, dtype or float)


@implements(np.ones_like)
def ones_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any) -> Any:
    return np.ones(a.shape if shape is None else shape, dtype or float)


@implements(np.full_like)
def full_like(
    a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any
) -> Any:
    a = like_array(a)
    shape = a.shape if shape is None else shape
    return np.broadcast_to(fill_value, shape) if isinstance(fill_value, Recorded) else np.full(shape, fill_value, float)


@implements(np.empty_like)
def empty_like(
    prototype: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any
) -> Any:
    return np.zeros(prototype.shape if shape is None else shape, dtype or float)


def array(values: Any) -> Any:
    """An array of values, some of which may be recorded: `np.array([x[0], x[1]])` as it can be recorded.

    >>> array([1.0, [2.0, 3.0][0]])
    array([1., 2.])
    """
    if isinstance(values, Recorded) or hasattr(values, "__array_function__"):
        return values
    if isinstance(values, Sequence) and not isinstance(values, str):
        parts = [array(v) for v in values]
        if any(not isinstance(p, np.ndarray | np.generic) for p in parts):
            return np.stack(parts)
        return np.array(parts) if parts else np.zeros(0)
    return np.asarray(values)
