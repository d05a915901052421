"""Joining and splitting recorded arrays, and putting entries in and leaving them out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from symdiff.errors import UnsupportedError
from symdiff.inputs.numpy.functions import implements, like_array
from symdiff.inputs.numpy.shaping import apply, array, by_places, places, plain_index
from symdiff.inputs.recorded import Recorded, place


@implements(np.concatenate, np.concat)
def concatenate(arrays: Any, axis: Any = 0, **options: Any) -> Any:
    _no_options("np.concatenate", options)
    parts = [like_array(p) for p in arrays]
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
    parts = [array(p) for p in arrays]
    if len({np.shape(p) for p in parts}) != 1:
        raise ValueError("all input arrays must have the same shape")
    return np.concatenate([np.expand_dims(p, axis) for p in parts], axis)


@implements(np.vstack)
def vstack(tup: Any, **options: Any) -> Any:
    return np.concatenate([np.atleast_2d(p) for p in tup], 0, **options)


@implements(np.hstack)
def hstack(tup: Any, **options: Any) -> Any:
    parts = [np.atleast_1d(p) for p in tup]
    return np.concatenate(parts, 0 if parts and np.ndim(parts[0]) == 1 else 1, **options)


@implements(np.dstack)
def dstack(tup: Any) -> Any:
    return np.concatenate([np.atleast_3d(p) for p in tup], 2)


@implements(np.column_stack)
def column_stack(tup: Any) -> Any:
    parts = [like_array(p) for p in tup]
    return np.concatenate([p if p.ndim > 1 else np.reshape(p, (-1, 1)) for p in parts], 1)


@implements(np.block)
def block(arrays: Any) -> Any:
    """The innermost lists along the last axis, those around them along the one before, and so on."""
    depth, ranks = _depth(arrays), []
    _walk(arrays, lambda leaf: ranks.append(np.ndim(leaf)))
    return _blocks(arrays, depth, max(depth, *ranks))


def _depth(arrays: Any) -> int:
    return 1 + max((_depth(p) for p in arrays), default=0) if isinstance(arrays, list) else 0


def _walk(arrays: Any, see: Any) -> None:
    for part in arrays if isinstance(arrays, list) else ():
        _walk(part, see)
    if not isinstance(arrays, list):
        see(arrays)


def _blocks(arrays: Any, depth: int, rank: int) -> Any:
    if not isinstance(arrays, list):
        if depth:
            raise ValueError("List depths are mismatched.")
        leaf = like_array(arrays)
        return np.reshape(leaf, (1,) * (rank - leaf.ndim) + leaf.shape)
    return np.concatenate([_blocks(p, depth - 1, rank) for p in arrays], -depth)


@implements(np.append)
def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        return np.concatenate([np.ravel(arr), np.ravel(values)])
    return np.concatenate([arr, values], axis)


@implements(np.array_split)
def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    axis = normalize_axis_index(axis, ary.ndim)
    lead = (slice(None),) * axis
    places = np.array_split(np.arange(ary.shape[axis]), indices_or_sections)
    if isinstance(indices_or_sections, int | np.integer):
        ends = np.cumsum([len(p) for p in places]).tolist()
        return [ary[(*lead, slice(b - len(p), b))] for p, b in zip(places, ends, strict=True)]
    cuts = [0, *map(int, indices_or_sections), ary.shape[axis]]  # a cut may lie before the one before it
    return [ary[(*lead, slice(a, b))] for a, b in pairwise(cuts)]


@implements(np.split)
def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    if isinstance(indices_or_sections, int | np.integer) and ary.shape[axis] % indices_or_sections:
        raise ValueError("array split does not result in an equal division")
    return np.array_split(ary, indices_or_sections, axis)


@implements(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if ary.ndim == 0:
        raise ValueError("hsplit only works on arrays of 1 or more dimensions")
    return np.split(ary, indices_or_sections, 1 if ary.ndim > 1 else 0)


@implements(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if ary.ndim < 2:
        raise ValueError("vsplit only works on arrays of 2 or more dimensions")
    return np.split(ary, indices_or_sections, 0)


@implements(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if ary.ndim < 3:
        raise ValueError("dsplit only works on arrays of 3 or more dimensions")
    return np.split(ary, indices_or_sections, 2)


@implements(np.unstack)
def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    if x.ndim == 0:
        raise ValueError("Input array must be at least 1-d.")
    return tuple(np.moveaxis(x, axis, 0))


@implements(np.meshgrid)
def meshgrid(*xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy") -> tuple[Any, ...]:
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    place = [1, 0, *range(2, n)] if indexing == "xy" and n > 1 else list(range(n))
    found = [np.reshape(x, [-1 if k == place[j] else 1 for k in range(n)]) for j, x in enumerate(xi)]
    return tuple(found) if sparse else tuple(np.broadcast_arrays(*found))


@implements(np.apply_along_axis)
def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    axis = normalize_axis_index(axis, arr.ndim)
    lines = np.moveaxis(arr, axis, -1)
    lead = lines.shape[:-1]
    found = [array(func1d(lines[at], *args, **kwargs)) for at in np.ndindex(*lead)]
    if not found:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    inner = np.shape(found[0])
    whole = np.reshape(np.stack(found), lead + inner)
    return np.moveaxis(whole, range(len(lead), whole.ndim), range(axis, axis + len(inner)))


@implements(np.apply_over_axes)
def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    y = a
    for axis in np.atleast_1d(axes).tolist():
        found = func(y, axis)
        y = found if found.ndim == y.ndim else np.expand_dims(found, axis)
    return y


@implements(np.delete)
def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    return by_places(arr, np.delete(places(arr), plain_index(obj), axis))


@implements(np.insert)
def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    if axis is None:
        arr, axis = np.ravel(arr), 0
    axis = normalize_axis_index(axis, arr.ndim)
    values = array(values)
    values = np.reshape(values, (1,) * (arr.ndim - values.ndim) + values.shape)
    obj = plain_index(obj)
    if np.ndim(obj) == 0 and not isinstance(obj, slice):  # values[0], values[1], ... one after the other
        values = np.moveaxis(values, 0, axis)
        at = np.insert(np.arange(arr.shape[axis]), obj, np.full(values.shape[axis], -1))
    else:
        at = np.insert(np.arange(arr.shape[axis]), obj, -1)
    shape = list(arr.shape)
    shape[axis] = int(np.sum(at < 0))
    values = np.broadcast_to(values, shape)
    where = np.where(at < 0, arr.shape[axis] + np.cumsum(at < 0) - 1, at)
    return np.take(np.concatenate([arr, values], axis), where, axis)


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", *, constant_values: Any = 0) -> Any:
    if mode != "constant":
        if not isinstance(mode, str) or mode not in ("edge", "reflect", "symmetric", "wrap"):
            raise UnsupportedError(f"{place()}np.pad with mode={mode!r} cannot be recorded: use np.concatenate")
        return by_places(array, np.pad(places(array), pad_width, mode))
    at = np.pad(places(array), pad_width, constant_values=-1)
    if isinstance(constant_values, Recorded) and constant_values.ndim == 0:
        filled = np.broadcast_to(constant_values, at.shape)
    else:
        filled = np.pad(np.zeros(np.shape(array)), pad_width, constant_values=constant_values)
    return np.where(at < 0, filled, by_places(array, np.where(at < 0, 0, at))) if array.size else filled
