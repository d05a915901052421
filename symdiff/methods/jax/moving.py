"""Primitives that move entries and compute nothing, or only add up what arrives at one place.

Which entry goes where is found by running the very primitive on the numbers 1, 2, 3, ... in place of the
entries: so slices, gathers and paddings are read exactly as JAX means them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import jax
import numpy as np

from symdiff.inputs.windows import padded
from symdiff.methods.jax.nodes import Nodes, Opaque, is_plain


def _same(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """The values themselves, in the shapes of the results."""
    return [v.reshape(out.aval.shape) for v, out in zip(inputs, eqn.outvars, strict=True)]


def _reshape(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    order = eqn.params.get("dimensions")
    value = inputs[0] if order is None else np.transpose(inputs[0], order)
    return [value.reshape(eqn.outvars[0].aval.shape)]


def _broadcast(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    shape, axes = eqn.outvars[0].aval.shape, eqn.params["broadcast_dimensions"]
    between = [1] * len(shape)
    for axis, n in zip(axes, inputs[0].shape, strict=True):
        between[axis] = n
    return [np.broadcast_to(inputs[0].reshape(between), shape)]


def _transpose(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    return [np.transpose(inputs[0], eqn.params["permutation"])]


def _rev(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    return [np.flip(inputs[0], eqn.params["dimensions"])]


def _slice(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    params = eqn.params
    steps = params["strides"] or [1] * inputs[0].ndim
    ends = zip(params["start_indices"], params["limit_indices"], steps, strict=True)
    return [inputs[0][tuple(slice(a, b, s) for a, b, s in ends)]]


def _concatenate(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    return [np.concatenate([nodes.entries(v) for v in inputs], eqn.params["dimension"])]


def _pad(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    array, between = (v if all(map(is_plain, inputs)) else nodes.entries(v) for v in inputs)
    return [padded(array, eqn.params["padding_config"], between[()])]


def _iota(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """A float one: the others are folded."""
    (along,), shape = [eqn.params["dimension"]], eqn.outvars[0].aval.shape
    if np.dtype(eqn.params["dtype"]) != np.float64:
        raise Opaque
    places = np.indices(shape)[along].ravel().tolist()
    return [nodes.array([nodes.const(v) for v in places], shape)]


def _empty(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Memory that is written before it is read: whoever reads it all the same gets nan."""
    (out,) = eqn.outvars
    if np.dtype(out.aval.dtype) != np.float64:
        raise Opaque
    return [nodes.array([nodes.const(float("nan"))] * int(np.prod(out.aval.shape, dtype=int)), out.aval.shape)]


def _positions(nodes: Nodes, inputs: list[np.ndarray], data: slice) -> tuple[list[Any], list[np.ndarray]]:
    """The operands with positions from 1 in place of entries, and the data themselves."""
    operands, values, start = list(inputs), [], 1
    for k in range(*data.indices(len(inputs))):
        values.append(inputs[k])
        operands[k] = np.arange(start, start + inputs[k].size, dtype=np.int64).reshape(inputs[k].shape)
        start += inputs[k].size
    return [nodes.plain(v) for v in operands], values


def moved(data: slice) -> Callable[..., list[np.ndarray]]:
    """The reader of a primitive that moves the entries of the operands in `data`; the others say where."""

    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        operands, values = _positions(nodes, inputs, data)
        params = dict(eqn.params)
        fill = params.get("fill_value")
        if "fill_value" in params:
            params["fill_value"] = 0  # in place of what lies outside
        found = eqn.primitive.bind(*operands, **params)
        pool = [i for v in values for i in nodes.entries(v).ravel().tolist()]
        results = []
        for ids in map(np.asarray, found if eqn.primitive.multiple_results else [found]):
            places = [k - 1 if 0 < k <= len(pool) else -1 for k in ids.ravel().tolist()]
            if -1 in places:
                if np.dtype(eqn.outvars[0].aval.dtype) != np.float64:
                    raise Opaque
                outside = nodes.const(float("nan") if fill is None else float(fill))
                results.append(nodes.array([outside if k < 0 else pool[k] for k in places], ids.shape))
            else:
                results.append(nodes.array([pool[k] for k in places], ids.shape))
        return results

    return read


# -- scatter -------------------------------------------------------------------------------------------


def _arrivals(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[list[int]]:
    """For each entry of the operand the updates that arrive there (flat positions), in no order.

    Updates are numbered, and the largest number that arrives anywhere is what JAX's own scatter_max says;
    those are then taken out, until none is left.
    """
    operand, indices, updates = inputs[0], nodes.plain(inputs[1]), inputs[2]
    numbers = eqn.params["dimension_numbers"]
    how = {"indices_are_sorted": False, "unique_indices": False, "mode": eqn.params["mode"]}
    left = np.arange(1, updates.size + 1, dtype=np.int64).reshape(updates.shape)
    zeros = np.zeros(operand.shape, np.int64)
    found: list[list[int]] = [[] for _ in range(operand.size)]
    while left.any():
        winners = np.asarray(jax.lax.scatter_max(zeros, indices, left, numbers, **how)).ravel()
        if not winners.any():
            break  # what is left falls outside
        for place in np.flatnonzero(winners).tolist():
            found[place].append(int(winners[place]) - 1)
        left = np.where(np.isin(left, winners), 0, left)
    return found


def _scatter(op: str) -> Callable[..., list[np.ndarray]]:
    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        if np.dtype(eqn.outvars[0].aval.dtype) != np.float64:
            raise Opaque
        operand = nodes.entries(inputs[0]).ravel().tolist()
        updates = nodes.entries(inputs[2]).ravel().tolist()
        result = []
        for start, places in zip(operand, _arrivals(nodes, eqn, inputs), strict=True):
            come = [updates[k] for k in places]
            result.append(_combined(nodes, op, start, come) if come else start)
        return [nodes.array(result, inputs[0].shape)]

    return read


def _combined(nodes: Nodes, op: str, start: int, come: list[int]) -> int:
    if op == "set":
        if len(come) > 1:
            raise Opaque  # who comes last is nobody's promise
        return come[0]
    if op == "sub":
        return nodes.total([start, *[nodes.apply("neg", i) for i in come]])
    if op == "add":
        return nodes.total(come if nodes.is_const(start, 0.0) else [start, *come])
    return reduce(lambda a, b: nodes.apply(op, a, b), come, start)


def _custom(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """JAX has one primitive for setting, and for anything that is to be done to an entry with an update."""
    if eqn.params.get("update_jaxpr") is not None and len(getattr(eqn.params["update_jaxpr"], "eqns", ())):
        raise Opaque
    return _scatter("set")(nodes, eqn, inputs)


READERS = {
    **dict.fromkeys("copy copy_p stop_gradient optimization_barrier device_put name pvary".split(), _same),
    **dict.fromkeys(["squeeze", "expand_dims", "sharding_constraint"], _same),
    "reshape": _reshape, "broadcast_in_dim": _broadcast, "transpose": _transpose,
    "rev": _rev, "slice": _slice, "concatenate": _concatenate, "iota": _iota, "pad": _pad,
    **dict.fromkeys(["split", "tile", "stack", "unstack"], moved(slice(None))),
    **dict.fromkeys(["gather", "dynamic_slice"], moved(slice(0, 1))),
    "empty": _empty, "empty2": _empty, "dynamic_update_slice": moved(slice(0, 2)),
    "scatter": _custom,
    **{f"scatter{dash}{name}": _scatter(op) for dash in "-_" for name, op in
       {"add": "add", "sub": "sub", "mul": "mul", "min": "min", "max": "max"}.items()},
}  # fmt: skip
# which do with plain arrays what they do with arrays of nodes
OF_PLAIN = frozenset("squeeze expand_dims reshape broadcast_in_dim transpose rev slice pad".split())
