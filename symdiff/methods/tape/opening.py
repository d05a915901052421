"""Rows whose NumPy meaning is several calls, opened into these calls.

`sigmoid` is exp, abs, a where and a division: as one call a row needs its intermediate arrays anew every time, as
steps they have a place, and the forward and the backward pass share them. The row's own `forward` is recorded, so
the calls are the same and so are the bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, INPUT, Graph, Node, rewritten
from symdiff.inputs.recorded import Recorded
from symdiff.ops import TABLE


def opened(graph: Graph, values: Sequence[Any], composite: Callable[[Node], bool]) -> tuple[Graph, dict[int, int]]:
    """The graph with its composite steps as the steps they are made of, and where each node is now.

    `values` are the numbers of all its live nodes at some point.
    """

    def written(new: Graph, i: int, args: list[int]) -> int:
        node = graph.nodes[i]
        index = _steps(new, node, args, [values[a] for a in node.args]) if composite(node) else None
        if index is not None:
            return index
        return new.apply(node.op, *args, params=node.params, where=node.where, shape=node.shape, kind=node.kind)

    return rewritten(graph, written)


def of_several_calls(node: Node) -> bool:
    """Whether a step on arrays is more than one call of NumPy's."""
    row = TABLE.get(node.op)
    return row is not None and row.elementwise and node.shape != () and not isinstance(row.forward, np.ufunc)


def _steps(graph: Graph, node: Node, args: Sequence[int], numbers: Sequence[Any]) -> int | None:
    """The last of the steps that this row's `forward` is made of; None where it is one step, or none of ours."""
    given = [Recorded(graph, a, v) for a, v in zip(args, numbers, strict=True)]
    try:
        y = TABLE[node.op].forward(*given, **dict(node.params))
    except (TypeError, UnsupportedError):  # its forward wants numbers; steps that nobody needs are left out later
        return None
    if not isinstance(y, Recorded) or graph.nodes[y.index].op == node.op or graph.nodes[y.index].shape != node.shape:
        return None
    return y.index


def values_at(
    graph: Graph, inputs: Sequence[Any], own: Mapping[str, Callable[..., Any]], needed: Iterable[int]
) -> list[Any]:
    """The float64 numbers of nodes at a point; `own` are functions for ops that are no rows."""
    values: list[Any] = [None] * len(graph.nodes)
    for i, value in zip(graph.inputs, inputs, strict=True):
        values[i] = value
    for i in needed:
        node = graph.nodes[i]
        if node.op == CONST:
            values[i] = node.value if np.ndim(node.value) else np.float64(node.value)
        elif node.op != INPUT:
            meaning = own[node.op] if node.op in own else TABLE[node.op].forward
            values[i] = meaning(*[values[a] for a in node.args], **dict(node.params))
    return values
