"""The least that rounding does to an entry of a derivative: what its last step does alone.

A gradient of arrays ends in a sum over a batch or in a product of matrices. What the rounding of that step does is
known from its terms, without running anything disturbed: it is one independent part of the noise that `noise`
measures, so that a difference which lies within it lies within the noise, too. What does not is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from symdiff.crosscheck.large.noise import scale
from symdiff.graph import CONST, Graph
from symdiff.ops import TABLE

SUMS = ("sum", "matmul", "einsum")
MOVES = ("transpose", "reshape", "neg")  # every entry of what comes out is one of what went in
DEEP = 60  # steps of one more term each: the uses of a weight


def least(graph: Graph, values: Mapping[int, Any], i: int, deep: int = DEEP) -> np.ndarray | None:
    """In units of the unit roundoff, entry by entry: the standard deviation of what the last step of node `i` rounds.

    Args:
        values: what the nodes before it are at the point; of one that is missing nothing is known.
        deep: so many additions, and steps that only move entries, are looked through.

    Returns None where it is no sum of anything.
    """
    node = graph.nodes[i]
    if deep <= 0 or node.kind != "f":
        return None
    if node.op in SUMS:
        y, *args = [_value(graph, values, a) for a in (i, *node.args)]
        if y is None or any(a is None for a in args):
            return None
        return np.asarray(scale(node.op, y, args, dict(node.params)), np.float64)
    inner = [least(graph, values, a, deep - 1) for a in node.args if node.op in (*MOVES, "add", "sub", "mul", "div")]
    there = [a for a in inner if a is not None]
    if not there:
        return None
    if node.op in MOVES:
        return np.abs(TABLE[node.op].forward(there[0], **dict(node.params)))
    if node.op in ("add", "sub"):  # what rounds one does not know of what rounds the other
        return np.broadcast_to(there[0] if len(there) == 1 else np.hypot(*there), node.shape)
    other = graph.nodes[node.args[1]]
    if len(there) > 1 or inner[0] is None or other.op != CONST:
        return None
    return np.broadcast_to(np.abs(TABLE[node.op].forward(there[0], np.asarray(other.value, np.float64))), node.shape)


def _value(graph: Graph, values: Mapping[int, Any], i: int) -> Any:
    node = graph.nodes[i]
    return np.asarray(node.value, np.float64) if node.op == CONST else values.get(i)
