"""Primitives that move entries and compute nothing, or only add up what arrives at one place.

Where it takes JAX's own rules to know which entry goes where, the very primitive is run on the numbers 1, 2, 3, ...
in place of the entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jax import lax

from symdiff.inputs.jax.values import Refused, is_recorded, kind_of, lifted, plain
from symdiff.inputs.numpy.shaping import apply
from symdiff.inputs.windows import padded
from symdiff.ops.shaping import Index


def _same(eqn: Any, *args: Any) -> Any:
    """The values themselves, in the shapes of the results."""
    shaped = [np.reshape(v, out.aval.shape) for v, out in zip(args, eqn.outvars, strict=True)]
    return shaped if eqn.primitive.multiple_results else shaped[0]


def _reshape(eqn: Any, x: Any) -> Any:
    order = eqn.params.get("dimensions")
    return np.reshape(x if order is None else np.transpose(x, order), eqn.outvars[0].aval.shape)


def _broadcast(eqn: Any, x: Any) -> Any:
    shape, axes = eqn.outvars[0].aval.shape, eqn.params["broadcast_dimensions"]
    between = [1] * len(shape)
    for axis, n in zip(axes, np.shape(x), strict=True):
        between[axis] = n
    return np.broadcast_to(np.reshape(x, tuple(between)), shape)


def _transpose(eqn: Any, x: Any) -> Any:
    return np.transpose(x, eqn.params["permutation"])


def _rev(eqn: Any, x: Any) -> Any:
    return np.flip(x, eqn.params["dimensions"])


def _slice(eqn: Any, x: Any) -> Any:
    params = eqn.params
    steps = params["strides"] or [1] * np.ndim(x)
    ends = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return x[tuple(slice(a, b, s) for a, b, s in ends)]


def _concatenate(eqn: Any, *parts: Any) -> Any:
    return np.concatenate(_alike(parts), eqn.params["dimension"])


def _split(eqn: Any, x: Any) -> Any:
    return np.split(x, np.cumsum(eqn.params["sizes"])[:-1].tolist(), eqn.params["axis"])


def _alike(parts: Sequence[Any]) -> Sequence[Any]:
    """Truth values that are joined to plain ones, or to whole numbers, are decided."""
    mixed = is_recorded(*parts) and not all(is_recorded(p) for p in parts)
    return [plain(p) if mixed and kind_of(p) != "f" else p for p in parts]


def pool(*parts: Any) -> Any:
    """The entries of all of them in one line."""
    lines = [np.reshape(p, (-1,)) for p in _alike(parts)]
    return lines[0] if len(lines) == 1 else np.concatenate(lines)


def moved(count: int) -> Callable[..., Any]:
    """The reader of a primitive that moves the entries of its first `count` operands (0: of all); the others say
    where."""

    def read(eqn: Any, *args: Any) -> Any:
        data = args if not count else args[:count]
        places, start = [], 1
        for v in data:
            size = int(np.prod(np.shape(v), dtype=int))
            places.append(np.arange(start, start + size).reshape(np.shape(v)))
            start += size
        params = dict(eqn.params)
        fill = params.get("fill_value")
        if "fill_value" in params:
            params["fill_value"] = 0  # in place of what lies outside
        found = eqn.primitive.bind(*places, *map(plain, args[len(data) :]), **params)
        line = pool(*data)
        if not eqn.primitive.multiple_results:
            return _taken(eqn, line, np.asarray(found), fill)
        return [_taken(eqn, line, np.asarray(v), fill) for v in found]

    return read


def _taken(eqn: Any, line: Any, places: np.ndarray, fill: Any) -> Any:
    """The entries at places counted from 1; 0 is outside."""
    inside = (places > 0) & (places <= line.shape[0])
    if inside.all():
        return line[places - 1]
    if line.shape[0] == 0:
        return np.full(places.shape, np.nan if fill is None else fill)
    dtype = np.dtype(eqn.outvars[0].aval.dtype)
    if dtype.kind == "f":
        outside = np.nan if fill is None else float(fill)
        return np.where(inside, line[np.where(inside, places - 1, 0)], outside)
    if is_recorded(line):
        line = plain(line)
    ours = fill if fill is not None else (False if dtype.kind == "b" else np.iinfo(dtype).min)
    return np.where(inside, line[np.where(inside, places - 1, 0)], np.asarray(ours, dtype))


def _pad(eqn: Any, x: Any, value: Any) -> Any:
    """Entries before, after and between, or fewer of them."""
    places = np.arange(1, int(np.prod(np.shape(x), dtype=int)) + 1).reshape(np.shape(x))
    line = pool(value, x)  # what is padded with stands at place 0
    return line[padded(places, eqn.params["padding_config"])]


# -- scatter -------------------------------------------------------------------------------------------


def _targets(eqn: Any, operand: Any, indices: Any, updates: Any) -> np.ndarray:
    """For each update its place in the operand, counted from 1, or 0 if it falls outside: what a gather with the same
    indices would read there."""
    d, shape = eqn.params["dimension_numbers"], np.shape(updates)
    alone = {*d.inserted_window_dims, *d.operand_batching_dims}
    windows = iter(d.update_window_dims)
    sizes = tuple(1 if k in alone else shape[next(windows)] for k in range(np.ndim(operand)))
    numbers = lax.GatherDimensionNumbers(
        offset_dims=d.update_window_dims, collapsed_slice_dims=d.inserted_window_dims,
        start_index_map=d.scatter_dims_to_operand_dims, operand_batching_dims=d.operand_batching_dims,
        start_indices_batching_dims=d.scatter_indices_batching_dims,
    )  # fmt: skip
    ids = np.arange(1, int(np.prod(np.shape(operand), dtype=int)) + 1).reshape(np.shape(operand))
    found = lax.gather(ids, plain(indices), numbers, sizes, mode=_mode(eqn), fill_value=0)
    return np.asarray(found).reshape(-1)


def _mode(eqn: Any) -> Any:
    mode = eqn.params["mode"]
    inside = lax.GatherScatterMode.PROMISE_IN_BOUNDS
    return lax.GatherScatterMode.FILL_OR_DROP if mode is None or mode == inside else mode


def _scatter_add(sign: float) -> Callable[..., Any]:
    def read(eqn: Any, operand: Any, indices: Any, updates: Any) -> Any:
        targets = _targets(eqn, operand, indices, updates)
        if not is_recorded(updates):  # the operand is: so that its sum is a step
            updates = lifted(operand.graph, updates)
        inside, size = targets > 0, int(np.prod(np.shape(operand), dtype=int))
        line = pool(updates)[inside]
        come = apply("scatter", line, index=Index((targets[inside] - 1,)), shape=(size,))
        come = np.reshape(come, np.shape(operand))
        if not is_recorded(operand) and not np.any(operand):
            return come if sign > 0 else -come
        return operand + come if sign > 0 else operand - come

    return read


def _rounds(targets: np.ndarray) -> list[np.ndarray]:
    """Positions of updates, cut into rounds in which no two have the same target; those outside are left out."""
    order = np.argsort(targets, kind="stable")
    order = order[targets[order] > 0]
    line = targets[order]
    first = np.searchsorted(line, line, side="left")
    rank = np.arange(len(line)) - first
    return [order[rank == k] for k in range(int(rank.max(initial=-1)) + 1)]


def _combined(how: Callable[[Any, Any], Any] | None) -> Callable[..., Any]:
    """Entries combined with the updates that arrive there; None: replaced by them."""

    def read(eqn: Any, operand: Any, indices: Any, updates: Any) -> Any:
        update = eqn.params.get("update_jaxpr")
        if how is None and update is not None and len(getattr(update, "eqns", ())):
            raise Refused("it combines entries in a way of its own")
        targets = _targets(eqn, operand, indices, updates)
        rounds = _rounds(targets)
        if how is None and len(rounds) > 1:
            raise Refused("two updates arrive at one place: who comes last is nobody's promise")
        line, shape = pool(operand), np.shape(operand)
        for some in rounds:
            places = np.arange(line.shape[0])
            places[targets[some] - 1] = line.shape[0] + some
            arrived = pool(line, updates)[places]
            if how is None:
                line = arrived
            else:
                here = np.zeros(line.shape[0], bool)
                here[targets[some] - 1] = True
                line = np.where(here, how(line, arrived), line)
        return np.reshape(line, shape)

    return read


_ROUNDING: dict[str, Callable[..., Any]] = {
    f"scatter{dash}{name}": how for dash in "-_" for name, how in {
        "add": _scatter_add(1.0), "sub": _scatter_add(-1.0), "mul": _combined(np.multiply)}.items()
}  # fmt: skip
EXACT: dict[str, Callable[..., Any]] = {
    **dict.fromkeys("copy copy_p stop_gradient optimization_barrier device_put name pvary pcast".split(), _same),
    **dict.fromkeys(["squeeze", "expand_dims", "sharding_constraint", "mesh_cast", "layout_constraint"], _same),
    "reshape": _reshape, "broadcast_in_dim": _broadcast, "transpose": _transpose, "rev": _rev, "slice": _slice,
    "concatenate": _concatenate, "split": _split, "pad": _pad,
    **dict.fromkeys(["tile", "stack", "unstack"], moved(0)), **dict.fromkeys(["gather", "dynamic_slice"], moved(1)),
    "dynamic_update_slice": moved(2),
    "scatter": _combined(None),
    **{f"scatter{dash}{name}": how for dash in "-_" for name, how in {
        "min": _combined(np.minimum), "max": _combined(np.maximum)}.items()},
}  # fmt: skip
READERS = {**EXACT, **_ROUNDING}
