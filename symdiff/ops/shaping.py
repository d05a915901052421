"""Ops that move entries and compute nothing: reshape, transpose, indexing and its transpose, concatenate.

Every one of them is linear, so its pull-back is its transpose; flip, roll, diag, repeat and the like are
an indexing with the right index, and no rows of their own.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from symdiff.ops.reductions import add_up
from symdiff.ops.row import primitive
from symdiff.vocabulary import jnp


class Index:
    """What stands in the brackets of x[...], as a parameter: it can be hashed and compared.

    `key` is a tuple of whole numbers, slices, None, Ellipsis and arrays of whole numbers or truth values; any
    other sequence that NumPy takes for an array, (0, 0, 3) or range(3), is made one.
    """

    __slots__ = ("_identity", "basic", "key")

    def __init__(self, key: Any) -> None:
        self.key = tuple(_frozen(k) for k in (key if isinstance(key, tuple) else (key,)))
        self._identity = tuple(_identity(k) for k in self.key)
        self.basic = not any(isinstance(k, np.ndarray) for k in self.key)  # no entry twice

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Index) and self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    def __repr__(self) -> str:
        return f"[{', '.join(map(_written, self.key))}]"

    def copied(self) -> tuple[Any, ...]:
        """The key with arrays of its own. JAX knows an array again by its identity, and takes its whole numbers for
        64 bits wide with 64 bits off, when it has met it with them on: `lax.add` then refuses them beside its own."""
        return tuple(part.copy() if isinstance(part, np.ndarray) else part for part in self.key)


def _frozen(part: Any) -> Any:
    if part is None or part is Ellipsis or type(part) is int:
        return part
    if isinstance(part, slice):
        return slice(*(None if end is None else int(end) for end in (part.start, part.stop, part.step)))
    array = np.array(part)
    if array.dtype.kind in "iu" or (not array.size and not isinstance(part, np.ndarray)):  # [] is of floats
        array = array.astype(np.intp)
        if not array.ndim:
            return int(array)
    array.flags.writeable = False
    return array


def _identity(part: Any) -> Any:
    if isinstance(part, np.ndarray):
        return part.dtype.str, part.shape, part.tobytes()
    if isinstance(part, slice):  # a slice can be hashed from Python 3.12 on
        return "slice", part.start, part.stop, part.step
    return type(part).__name__, part


def _written(part: Any) -> str:
    if isinstance(part, slice):
        ends = ["" if end is None else str(end) for end in (part.start, part.stop)]
        return ":".join(ends if part.step is None else [*ends, str(part.step)])
    return "..." if part is Ellipsis else str(part.tolist()) if isinstance(part, np.ndarray) else str(part)


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(k) for k in np.argsort(axes))


def _scatter(ct: Any, index: Index, shape: tuple[int, ...]) -> Any:
    out = np.zeros(shape, np.asarray(ct).dtype)
    if index.basic:
        out[index.key] = ct
    else:
        np.add.at(out, index.key, ct)  # an entry may be there twice
    return out


def _scatter_scalars(ct: Any, index: Index, shape: tuple[int, ...]) -> Any:
    """Which entries of `ct` arrive where, and their sum."""
    place = np.arange(int(np.prod(shape, dtype=int))).reshape(shape)[index.key]
    arrived: dict[int, list[Any]] = {}
    for target, entry in zip(np.ravel(place).tolist(), np.ravel(ct), strict=True):
        arrived.setdefault(target, []).append(entry)
    out = np.full(int(np.prod(shape, dtype=int)), 0.0, object)
    for target, entries in arrived.items():
        out[target] = add_up(entries)
    return out.reshape(shape)


def _getitem(x: Any, index: Index) -> Any:
    return np.asarray(x)[index.key]


reshape = primitive(
    "reshape", lambda x, shape: np.reshape(x, shape),
    vjp=lambda ct, y, x, shape: np.reshape(ct, np.shape(x)),
    scalars=lambda x, shape: np.reshape(x, shape), jax=lambda x, shape: jnp.reshape(x, shape), params=("shape",),
    ulp=0.0, examples={"linear": True}, doc="the same entries in another shape",
)
transpose = primitive(
    "transpose", lambda x, axes: np.transpose(x, axes),
    vjp=lambda ct, y, x, axes: np.transpose(ct, _inverse(axes)),
    scalars=lambda x, axes: np.transpose(x, axes), jax=lambda x, axes: jnp.transpose(x, axes), params=("axes",),
    ulp=0.0, examples={"linear": True}, doc="the axes in another order",
)
broadcast_to = primitive(
    "broadcast_to", lambda x, shape: np.broadcast_to(x, shape),
    vjp=lambda ct, y, x, shape: ct,  # the engine undoes broadcasting, here as everywhere
    scalars=lambda x, shape: np.broadcast_to(x, shape), jax=lambda x, shape: jnp.broadcast_to(x, shape),
    params=("shape",), ulp=0.0, examples={"linear": True}, doc="the entries repeated along new axes",
)
getitem = primitive(
    "getitem", _getitem,
    vjp=lambda ct, y, x, index: scatter(ct, index=index, shape=np.shape(x)),
    scalars=_getitem, jax=lambda x, index: x[index.copied()], params=("index",),
    ulp=0.0, examples={"linear": True}, doc="x[index]",
)
scatter = primitive(
    "scatter", _scatter,
    vjp=lambda ct, y, x, index, shape: getitem(ct, index=index),
    scalars=_scatter_scalars, jax=lambda x, index, shape: jnp.zeros(shape).at[index.copied()].add(x),
    params=("index", "shape"), examples={"linear": True},
    cost=lambda x, index, shape: int(np.prod(x, dtype=int)),  # many entries may arrive in few places
    doc="zeros of a shape, with the entries added at x[index]: the transpose of indexing",
)


def _concatenate_rule(k: int, ct: Any, y: Any, *parts: Any, axis: int) -> Any:
    sizes = [np.shape(p)[axis] for p in parts]
    start = sum(sizes[:k])
    return getitem(ct, index=Index((*[slice(None)] * axis, slice(start, start + sizes[k]))))


concatenate = primitive(
    "concatenate", lambda *parts, axis: np.concatenate(parts, axis),
    vjp=_concatenate_rule, variadic=True,
    scalars=lambda *parts, axis: np.concatenate(parts, axis),
    jax=lambda *parts, axis: jnp.concatenate(parts, axis), params=("axis",),
    ulp=0.0, examples={"linear": True}, doc="arrays one after the other along an axis",
)
