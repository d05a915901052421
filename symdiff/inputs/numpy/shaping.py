"""Reshaping, indexing, joining and splitting recorded arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements
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
    plain = tuple(_plain(p) for p in parts)
    for p in plain:
        if isinstance(p, np.ndarray | list) and np.asarray(p).dtype.kind not in "iub" and np.size(p):
            raise UnsupportedError(f"{place()}arrays used as indices must be of integers or truth values")
    index = Index(plain)
    if index.key and all(isinstance(k, slice) and k == slice(None) for k in index.key):
        return x
    _ = x.value[index.key]  # NumPy's own IndexError
    return apply("getitem", x, index=index)


def _plain(part: Any) -> Any:
    if isinstance(part, Recorded):
        if part.graph.nodes[part.index].kind == "f":
            raise UnsupportedError(f"{place()}a value that is being differentiated is no index: it is not whole")
        return part.decided()
    if isinstance(part, list | tuple) and any(isinstance(p, Recorded) for p in part):
        return np.array([_plain(p) for p in part])
    return part


@implements(np.reshape)
def reshape(a: Any, /, shape: Any = None, order: str = "C", *, newshape: Any = None, copy: Any = None) -> Any:
    if order not in ("C", "A"):
        return np.transpose(np.reshape(np.transpose(a), np.empty(a.shape).reshape(shape).shape[::-1]))
    shape = np.empty(a.shape, np.bool_).reshape(shape if shape is not None else newshape).shape  # NumPy's rules for -1
    return a if shape == a.shape else apply("reshape", a, shape=shape)


@implements(np.ravel)
def ravel(a: Any, order: str = "C") -> Any:
    return np.reshape(a, -1, order=order)


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
    np.moveaxis(np.empty([1] * a.ndim), source, destination)  # NumPy's own checks
    s, d = normalize_axis_tuple(source, a.ndim), normalize_axis_tuple(destination, a.ndim)
    axes = [k for k in range(a.ndim) if k not in s]
    for to, frm in sorted(zip(d, s, strict=True)):
        axes.insert(to, frm)
    return np.transpose(a, axes)


@implements(np.squeeze)
def squeeze(a: Any, axis: Any = None) -> Any:
    return np.reshape(a, np.empty(a.shape, np.bool_).squeeze(axis).shape)


@implements(np.expand_dims)
def expand_dims(a: Any, axis: Any) -> Any:
    return np.reshape(a, np.expand_dims(np.empty(a.shape, np.bool_), axis).shape)


@implements(np.atleast_1d)
def atleast_1d(*arys: Any) -> Any:
    found = [a if np.ndim(a) else np.reshape(a, 1) for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


@implements(np.atleast_2d)
def atleast_2d(*arys: Any) -> Any:
    found = [a if np.ndim(a) > 1 else np.reshape(a, (1, -1)) for a in arys]
    return found[0] if len(found) == 1 else tuple(found)


@implements(np.broadcast_to)
def broadcast_to(array: Any, shape: Any, subok: bool = False) -> Any:
    shape = np.broadcast_to(np.empty(array.shape, np.bool_), shape).shape
    return array if shape == array.shape else apply("broadcast_to", array, shape=shape)


@implements(np.broadcast_arrays)
def broadcast_arrays(*args: Any, subok: bool = False) -> Any:
    shape = np.broadcast_shapes(*[np.shape(a) for a in args])
    return tuple(np.broadcast_to(a, shape) for a in args)


@implements(np.concatenate, np.concat)
def concatenate(arrays: Any, axis: Any = 0, **options: Any) -> Any:
    _no_options("np.concatenate", options)
    parts = list(arrays)
    if axis is None:
        parts, axis = [np.ravel(p) for p in parts], 0
    shapes = [np.shape(p) for p in parts]
    np.concatenate([np.empty(s, np.bool_) for s in shapes], axis)  # NumPy's own errors
    axis = normalize_axis_index(axis, len(shapes[0]))
    return parts[0] if len(parts) == 1 else apply("concatenate", *parts, axis=axis)


def _no_options(name: str, options: dict[str, Any]) -> None:
    given = [k for k, v in options.items() if v is not None and (k, v) != ("casting", "same_kind")]
    if given:
        raise UnsupportedError(f"{place()}{name}: {given[0]}= cannot be recorded")


@implements(np.stack)
def stack(arrays: Any, axis: int = 0, **options: Any) -> Any:
    _no_options("np.stack", options)
    parts = [p if isinstance(p, Recorded) else np.asarray(p) for p in arrays]
    if len({np.shape(p) for p in parts}) != 1:
        raise ValueError("all input arrays must have the same shape")
    return np.concatenate([np.expand_dims(p, axis) for p in parts], axis)


@implements(np.vstack)
def vstack(tup: Any, **options: Any) -> Any:
    return np.concatenate([np.atleast_2d(p) for p in tup], 0, **options)


@implements(np.hstack)
def hstack(tup: Any, **options: Any) -> Any:
    parts = [np.atleast_1d(p) for p in tup]
    return np.concatenate(parts, 0 if np.ndim(parts[0]) == 1 else 1, **options)


@implements(np.column_stack)
def column_stack(tup: Any) -> Any:
    return np.concatenate([p if np.ndim(p) > 1 else np.reshape(p, (-1, 1)) for p in tup], 1)


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.concatenate([np.ravel(arr), np.ravel(values)])
    return np.concatenate([arr, values], axis)


@implements(np.split, np.array_split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    places = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    if isinstance(indices_or_sections, int | np.integer) and ary.shape[axis] % indices_or_sections:
        pass  # np.array_split takes it; np.split refuses below
    axis = normalize_axis_index(axis, ary.ndim)
    starts = np.cumsum([0, *[len(p) for p in places]])
    lead = (slice(None),) * axis
    return [ary[(*lead, slice(int(a), int(b)))] for a, b in zip(starts[:-1], starts[1:], strict=True)]


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
    return by_places(a, np.repeat(places(a), repeats, axis))


@implements(np.tile)
def tile(A: Any, reps: Any) -> Any:
    return by_places(A, np.tile(places(A), reps))


@implements(np.diagonal)
def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return by_places(a, np.diagonal(places(a), offset, axis1, axis2))


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
    return np.where(np.tri(*m.shape[-2:], k=k, dtype=bool), m, 0.0)


@implements(np.triu)
def triu(m: Any, k: int = 0) -> Any:
    return np.where(np.tri(*m.shape[-2:], k=k - 1, dtype=bool), 0.0, m)


@implements(np.take)
def take(a: Any, indices: Any, axis: int | None = None, out: Any = None, mode: str = "raise") -> Any:
    return by_places(a, np.take(places(a), _plain(indices), axis, mode=mode))


@implements(np.take_along_axis)
def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    return by_places(arr, np.take_along_axis(places(arr), _plain(indices), axis))


@implements(np.compress)
def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    return by_places(a, np.compress(_plain(condition), places(a), axis))


@implements(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    return by_places(arr, np.delete(places(arr), obj, axis))


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    at = np.insert(np.arange(arr.shape[axis]), obj, -1)
    new = int(np.sum(at < 0))
    shape = list(arr.shape)
    shape[axis] = new
    values = np.broadcast_to(np.moveaxis(np.atleast_1d(values), 0, axis) if np.ndim(values) else values, shape)
    where = np.where(at < 0, arr.shape[axis] + np.cumsum(at < 0) - 1, at)
    return np.take(np.concatenate([arr, values], axis), where, axis)


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    if mode != "constant":
        if not isinstance(mode, str) or mode not in ("edge", "reflect", "symmetric", "wrap"):
            raise UnsupportedError(f"{place()}np.pad with mode={mode!r} cannot be recorded")
        return by_places(array, np.pad(places(array), pad_width, mode))
    at = np.pad(places(array), pad_width, constant_values=-1)
    filled = np.pad(np.zeros(array.shape), pad_width, constant_values=constant_values)
    inside = np.where(at < 0, 0, at)
    return np.where(at < 0, filled, by_places(array, inside)) if array.size else filled


@implements(np.copy)
def copy(a: Any, order: str = "K", subok: bool = False) -> Any:
    return a


@implements(np.ndim)
def ndim(a: Any) -> int:
    return a.ndim


@implements(np.shape)
def shape(a: Any) -> tuple[int, ...]:
    return a.shape


@implements(np.size)
def size(a: Any, axis: int | None = None) -> int:
    return a.size if axis is None else a.shape[axis]


@implements(np.zeros_like)
def zeros_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any) -> Any:
    return np.zeros(a.shape if shape is None else shape, dtype or float)


@implements(np.ones_like)
def ones_like(a: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any) -> Any:
    return np.ones(a.shape if shape is None else shape, dtype or float)


@implements(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None) -> Any:
    shape = a.shape if shape is None else shape
    return np.broadcast_to(fill_value, shape) if isinstance(fill_value, Recorded) else np.full(shape, fill_value, float)


@implements(np.empty_like)
def empty_like(prototype: Any, dtype: Any = None, order: str = "K", subok: bool = True, shape: Any = None, **_: Any) -> Any:
    return np.zeros(prototype.shape if shape is None else shape, dtype or float)


def array(values: Any) -> Any:
    """An array of values, some of which may be recorded: `np.array([x[0], x[1]])` as it can be recorded.

    >>> array([1.0, [2.0, 3.0][0]])
    array([1., 2.])
    """
    if isinstance(values, Recorded):
        return values
    if isinstance(values, Sequence) and not isinstance(values, str):
        parts = [array(v) for v in values]
        if any(isinstance(p, Recorded) for p in parts):
            return np.stack(parts)
        return np.array(parts) if parts else np.zeros(0)
    return np.asarray(values)
