"""Primitives whose results are an order: sorting, the place of the largest entry.

They are read for the order that the numbers have at the point, with a guard for every pair that it needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from symdiff.inputs.windows import windows
from symdiff.methods.jax.nodes import Nodes, Opaque, is_plain


def _order(nodes: Nodes, keys: list[np.ndarray]) -> list[int]:
    """The stable order of entries by the first key, then the second, ..."""
    numbers = [k if is_plain(k) else nodes.numbers(k) for k in keys]
    if not all(np.all(np.isfinite(n)) for n in numbers):
        raise Opaque
    order: list[int] = np.lexsort(numbers[::-1]).tolist()
    for a, b in pairwise(order):
        for key in keys:
            if key[a] == key[b]:
                continue  # the same number, or the very same node
            if is_plain(key) or nodes.decide(nodes.apply("less", key[a], key[b])):
                break
    return order


def _sort(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """All operands in the order of the first."""
    axis, keys = eqn.params["dimension"], eqn.params["num_keys"]
    lines = [np.moveaxis(v, axis, -1) for v in inputs]
    order = np.empty(lines[0].shape, np.intp)
    for at in np.ndindex(*lines[0].shape[:-1]):
        order[at] = _order(nodes, [line[at] for line in lines[:keys]])
    return [np.moveaxis(np.take_along_axis(v, order, -1), -1, axis) for v in lines]


def _top_k(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    value, k = inputs[0], eqn.params["k"]
    if eqn.params.get("axis", value.ndim - 1) not in (-1, value.ndim - 1):
        raise Opaque
    order = np.empty((*value.shape[:-1], k), np.intp)
    for at in np.ndindex(*value.shape[:-1]):
        falling = [nodes.apply("neg", i) for i in value[at].tolist()]
        order[at] = _order(nodes, [nodes.array(falling, (len(falling),))])[:k]
    return [np.take_along_axis(value, order, -1), order.astype(eqn.outvars[1].aval.dtype)]


def _best(nodes: Nodes, line: list[int], op: str) -> int:
    """The place of the first of the entries that compare so with all others."""
    numbers = nodes.numbers(nodes.array(line, (len(line),)))
    if not np.all(np.isfinite(numbers)):
        raise Opaque
    best = int(np.argmax(numbers) if op == "greater_equal" else np.argmin(numbers))
    for other in line:
        if other != line[best]:
            nodes.decide(nodes.apply(op, line[best], other))
    return best


def _first(nodes: Nodes, line: list[int]) -> int:
    """The number of the first truth value that holds, 0 if none does."""
    found = nodes.const(0.0)
    for k in range(len(line))[::-1]:
        found = nodes.apply("where", line[k], nodes.const(float(k)), found)
    return found


def _extreme(op: str) -> Any:
    def read(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
        (axis,) = eqn.params["axes"]
        lines = np.moveaxis(nodes.entries(inputs[0]), axis, -1)
        if eqn.invars[0].aval.dtype == np.bool_ and op == "greater_equal":
            found = [_first(nodes, lines[at].tolist()) for at in np.ndindex(*lines.shape[:-1])]
            return [nodes.array(found, lines.shape[:-1])]
        found = np.empty(lines.shape[:-1], eqn.outvars[0].aval.dtype)
        for at in np.ndindex(*found.shape):
            found[at] = _best(nodes, lines[at].tolist(), op)
        return [found]

    return read


def _search(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """Where numbers belong in a sorted line, as jax 0.12 has it; before, it was a search in smaller steps."""
    asked = eqn.params["_prim"]
    line, wanted = (nodes.entries(v) for v in inputs)
    side = str(getattr(asked, "side", "")).rpartition(".")[2].lower()
    if type(asked).__name__ != "SearchSorted" or line.ndim != 1 or side not in ("left", "right"):
        raise Opaque
    below, above = ("less", "less_equal") if side == "left" else ("less_equal", "less")
    numbers, found = nodes.numbers(line), np.empty(wanted.shape, eqn.outvars[0].aval.dtype)
    values = nodes.numbers(wanted)
    places: list[int] = line.tolist()
    for at, one in zip(np.ndindex(*wanted.shape), wanted.ravel().tolist(), strict=True):
        k = found[at] = int(np.searchsorted(numbers, values[at], side))
        sure = k == 0 or nodes.decide(nodes.apply(below, places[k - 1], one))
        if not (sure and (k == len(places) or nodes.decide(nodes.apply(above, one, places[k])))):
            raise Opaque
    return [found]


def _round(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """The nearest whole number, where it is clear which."""
    found = []
    for i, number in zip(inputs[0].ravel().tolist(), nodes.numbers(inputs[0]).ravel().tolist(), strict=True):
        if not abs(number) < 2**52:
            raise Opaque
        whole = np.rint(number)
        inside = nodes.decide(nodes.apply("less", i, nodes.const(whole + 0.5)))
        if not (inside and nodes.decide(nodes.apply("greater", i, nodes.const(whole - 0.5)))):
            raise Opaque
        found.append(nodes.const(whole))
    return [nodes.array(found, inputs[0].shape)]


# -- pooling: which entry of a window is the largest ---------------------------------------------------


def _selected(nodes: Nodes, eqn: Any, operand: np.ndarray, window: Sequence[int]) -> np.ndarray:
    """For every window the flat position of the entry that is selected."""
    op = {"ge": "greater_equal", "le": "less_equal"}[str(eqn.params["select_prim"])]
    params = eqn.params
    spread, holes = params.get("base_dilation"), params.get("window_dilation")
    seen = windows(operand.shape, window, params["window_strides"], params["padding"], spread, holes)
    shape, pool = seen.shape[: operand.ndim], nodes.entries(operand).ravel().tolist()
    lines = seen.reshape(int(np.prod(shape, dtype=int)), -1).tolist()
    places = [[k - 1 for k in line if k] for line in lines]
    return np.array([p[_best(nodes, [pool[k] for k in p], op)] for p in places], np.intp).reshape(shape)


def _select_and_scatter_add(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    source, operand = inputs
    chosen = _selected(nodes, eqn, operand, eqn.params["window_dimensions"])
    come: list[list[int]] = [[] for _ in range(operand.size)]
    for place, i in zip(chosen.ravel().tolist(), nodes.entries(source).ravel().tolist(), strict=True):
        come[place].append(i)
    return [nodes.array([nodes.total(terms) for terms in come], operand.shape)]


def _select_and_gather_add(nodes: Nodes, eqn: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    tangents, operand = inputs
    chosen = _selected(nodes, eqn, operand, eqn.params["window_dimensions"])
    pool = nodes.entries(tangents).ravel().tolist()
    return [nodes.array([pool[k] for k in chosen.ravel().tolist()], chosen.shape)]


READERS = {
    "sort": _sort, "top_k": _top_k, "argmax": _extreme("greater_equal"), "argmin": _extreme("less_equal"),
    "round": _round, "call_hi_primitive": _search,
    "select_and_scatter_add": _select_and_scatter_add, "select_and_gather_add": _select_and_gather_add,
}  # fmt: skip
