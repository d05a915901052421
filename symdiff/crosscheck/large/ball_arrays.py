"""A graph of arrays run in ball arithmetic, without taking it apart: arrays of Taylor balls.

Elementwise rows run entry by entry through their `ball` column, matrices by FLINT's own product. At order 1
this is the forward derivative of the primal graph: no partial and no pull-back of the table takes part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np
from flint import arb_mat

from symdiff import balls
from symdiff.balls import Ball
from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, Node
from symdiff.ops import TABLE
from symdiff.ops.linalg import of_pairs
from symdiff.ops.reductions import folded

MOVES = ("reshape", "transpose", "broadcast_to", "getitem", "concatenate", "scatter")
BY_SCALARS = (*MOVES, "cumsum", "einsum")  # plain sums and products of the entries, or no arithmetic at all
FOLDS: dict[str, Callable[[Any, Any], Any]] = {
    "amax": balls.maximum, "amin": balls.minimum, "logsumexp": balls.logaddexp,
    "any": balls.logical_or, "all": balls.logical_and,
}  # fmt: skip
PRODUCTS_AN_ENTRY = 1000  # so many products of FLINT's matrices take as long as one elementwise entry


def entries(array: Any) -> np.ndarray:
    """Constants as an object array: numbers as exact balls, truth values as they are."""
    values = np.asarray(array, object)
    plain = values.size and isinstance(values.flat[0], bool | np.bool_)
    return each(bool if plain else balls.const, values)


def variables(value: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """value + direction t, entry by entry."""
    return each(balls.variable, np.asarray(value, object), direction)


def run_in_balls(
    graph: Graph,
    inputs: Sequence[np.ndarray],
    tick: Callable[[int], None] | None = None,
    const: Callable[[Any], np.ndarray] = entries,
) -> list[Any]:
    """The outputs as object arrays of balls, at the precision and order in force.

    `const` makes balls of the graph's constants: exact ones, unless the caller has a reason. `tick` is told
    the cost of each op when it is done. An array is freed after its last use.

    Raises:
        UnsupportedError: an op that has no meaning here in arrays of balls, such as an eigenvalue.
    """
    nodes, order = graph.nodes, graph.live()
    last = {a: i for i in order for a in nodes[i].args}
    values: dict[int, Any] = dict(zip(graph.inputs, inputs, strict=True))
    for i in order:
        node = nodes[i]
        if node.op == CONST:
            values[i] = const(node.value)
        elif node.op != INPUT:
            values[i] = _apply(node, [nodes[a] for a in node.args], [values[a] for a in node.args])
            for a in set(node.args):
                if last[a] == i and a not in graph.outputs:
                    del values[a]
            if tick is not None:
                tick(cost(graph, i))
    return [values[o] for o in graph.outputs]


def cost(graph: Graph, i: int) -> int:
    """How long an op takes, in entries of an elementwise one."""
    node = graph.nodes[i]
    if node.op in (CONST, INPUT):
        return 0
    sizes = [graph.nodes[a].shape for a in node.args]
    size = sum(int(np.prod(s, dtype=int)) for s in (*sizes, node.shape))
    if node.op == "matmul":
        return size + TABLE["matmul"].cost(*sizes) // PRODUCTS_AN_ENTRY  # type: ignore[misc]  # it has a cost
    row = TABLE[node.op]
    return size if row.cost is None else max(size, row.cost(*sizes, **dict(node.params)))


def cost_of(graph: Graph) -> int:
    """How long a run of the graph takes, in the same units."""
    return sum(cost(graph, i) for i in graph.live())


def each(function: Callable[..., Any], *arrays: Any) -> np.ndarray:
    """A function of numbers, entry by entry of object arrays that are broadcast together."""
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    out = np.empty(shape, object)
    if not arrays:  # a row without arguments, pi
        out[()] = function()
        return out
    flat = [np.broadcast_to(np.asarray(a, object), shape).ravel() for a in arrays]
    for k, args in enumerate(zip(*flat, strict=True)):
        out.flat[k] = function(*args)
    return out


def _apply(node: Node, kinds: Sequence[Node], args: list[Any]) -> np.ndarray:
    row, params = TABLE[node.op], dict(node.params)
    if row.elementwise:
        return each(lambda *entry: row.ball(*entry, **params), *args)
    if node.kind != "b":  # truth values that are added up or joined with numbers are 1 and 0
        args = [each(number_of_truth, a) if k.kind == "b" else a for a, k in zip(args, kinds, strict=True)]
    if node.op == "matmul":
        return _matmul(*args)
    if node.op == "sum":
        return folded(lambda line: reduce(Ball.__add__, line, balls.const(0)))(args[0], params["axis"])
    if node.op in FOLDS and args[0].size:
        return folded(lambda line: reduce(FOLDS[node.op], line))(args[0], params["axis"])
    if node.op in BY_SCALARS and row.scalars is not None and all(k.kind != "i" for k in kinds):
        found = np.asarray(row.scalars(*args, **params), object)
        return each(lambda e: e if isinstance(e, Ball | bool) or e is None else balls.const(e), found)
    raise UnsupportedError(f"{node.op} cannot be run in arrays of balls: ask for a smaller function, or without full=")


def number_of_truth(truth: bool | None) -> Ball:
    """1 or 0; nan where the balls could not decide."""
    return balls.nan() if truth is None else balls.const(1 if truth else 0)


def _matmul(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return of_pairs(a, b, product)


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The matrix product of Taylor balls of order 0 or 1: (ab)' = a b' + a' b."""
    out = np.empty((a.shape[0], b.shape[1]), object)
    first, second = _parts(a), _parts(b)
    if first is None or second is None:  # FLINT says 0 for an exact zero times whatever: nothing is certified
        return each(lambda _: balls.nan(), out)
    columns = [(first[0] * second[0]).entries()]
    if balls.terms() == 2:
        columns.append((first[0] * second[1] + first[1] * second[0]).entries())
    for k, parts in enumerate(zip(*columns, strict=True)):
        out.flat[k] = balls.variable(*parts) if len(parts) == 2 else balls.const(parts[0])
    return out


def _parts(x: np.ndarray) -> list[arb_mat] | None:
    if balls.terms() > 2:
        raise UnsupportedError("arrays of balls have a value and one derivative, no more")
    parts = [[e[k] for e in x.flat] for k in range(balls.terms())]
    if not all(e.is_finite() for part in parts for e in part):
        return None
    rows, columns = x.shape
    return [arb_mat(rows, columns, part) for part in parts]
