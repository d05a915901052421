"""Primitives whose results are an order: sorting, the place of the largest entry.

They are read for the order that the numbers have at the point, with a guard for every pair that it needs.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from symdiff.methods.jax.nodes import Nodes, Opaque, is_plain


def _order(nodes: Nodes, line: np.ndarray, descending: bool = False) -> list[int]:
    """The stable order of one line of entries."""
    numbers = line if is_plain(line) else nodes.numbers(line)
    if not np.all(np.isfinite(numbers)):
        raise Opaque
    order = np.argsort(-numbers if descending else numbers, kind="stable").tolist()
    if not is_plain(line):
        for a, b in pairwise(order):
            low, high = (b, a) if descending else (a, b)
            if line[low] != line[high]:
                nodes.decide(nodes.apply("less_equal", line[low], line[high]))
    return order


def _sort(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """All operands in the order of the first."""
    if eqn.params["num_keys"] != 1:
        raise Opaque
    axis = eqn.params["dimension"]
    lines = [np.moveaxis(v, axis, -1) for v in inputs]
    order = np.empty(lines[0].shape, np.intp)
    for at in np.ndindex(*lines[0].shape[:-1]):
        order[at] = _order(nodes, lines[0][at])
    return [np.moveaxis(np.take_along_axis(v, order, -1), -1, axis) for v in lines]


def _top_k(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    value, k = inputs[0], eqn.params["k"]
    if eqn.params.get("axis", value.ndim - 1) not in (-1, value.ndim - 1):
        raise Opaque
    order = np.empty((*value.shape[:-1], k), np.intp)
    for at in np.ndindex(*value.shape[:-1]):
        order[at] = _order(nodes, value[at], descending=True)[:k]
    return [np.take_along_axis(value, order, -1), order.astype(eqn.outvars[1].aval.dtype)]


def _extreme(op: str, find: Any) -> Any:
    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        (axis,) = eqn.params["axes"]
        lines = np.moveaxis(inputs[0], axis, -1)
        found = np.empty(lines.shape[:-1], eqn.outvars[0].aval.dtype)
        for at in np.ndindex(*found.shape):
            line = lines[at]
            numbers = nodes.numbers(line)
            if not np.all(np.isfinite(numbers)):
                raise Opaque
            best = int(find(numbers))
            for other in line.tolist():
                if other != line[best]:
                    nodes.decide(nodes.apply(op, line[best], other))
            found[at] = best
        return [found]

    return read


READERS = {
    "sort": _sort, "top_k": _top_k,
    "argmax": _extreme("greater_equal", np.argmax), "argmin": _extreme("less_equal", np.argmin),
}  # fmt: skip
