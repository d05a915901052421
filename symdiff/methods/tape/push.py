"""Forward: a tangent pushed through one step, by the pull-backs of its row.

An elementwise pull-back is a product with the partial, so the same rule carries a tangent forward. Any
other pull-back is linear in the cotangent, and its own pull-back is the push forward: the transpose of
the transpose.

Source: A. Radul, A. Paszke, R. Frostig, M. Johnson, D. Maclaurin, "You only linearize once", POPL 2023.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from symdiff.graph import CONST, INPUT, Graph, Node
from symdiff.inputs.recorded import Recorded
from symdiff.methods.tape.sweep import fitted, sweep
from symdiff.ops import TABLE


def push(node: Node, y: Any, args: list[Any], tangents: Mapping[int, Any]) -> Any:
    """The tangent of the step's answer; `tangents` maps positions of arguments to theirs."""
    row, params = TABLE[node.op], dict(node.params)
    if node.op == "where":
        branches = [tangents.get(k, 0.0) for k in (1, 2)]
        return fitted(np.where(args[0], *branches), node.shape)
    if node.op == "scan":
        from symdiff.methods.tape.loops import pushed

        return pushed(node, args, tangents)
    rules = row.rules(len(args))
    moving = [(k, rule) for k in tangents if (rule := rules[k]) is not None]
    if not moving:
        return None
    if row.partials is not None:
        terms = [rule(tangents[k], y, *args, **params) for k, rule in moving]
        return fitted(reduce(add, terms), node.shape) if node.shape else reduce(add, terms)
    if row.examples.get("linear"):
        return row(*[tangents[k] if k in tangents else np.zeros(np.shape(a)) for k, a in enumerate(args)], **params)
    return reduce(add, [_transposed(rule, node, y, args, tangents[k]) for k, rule in moving])


def _transposed(rule: Any, node: Node, y: Any, args: list[Any], tangent: Any) -> Any:
    """The rule written down as a function of its cotangent, and that function pulled back."""
    params = dict(node.params)
    local = Graph()
    numbers = [np.zeros(node.shape), *(getattr(v, "value", v) for v in (y, *args))]
    inputs = [Recorded(local, local.input(f"a{k}", np.shape(v)), v) for k, v in enumerate(numbers)]
    share = rule(*inputs, **params)
    if not isinstance(share, Recorded):  # zero, whatever arrives
        return np.zeros(node.shape)
    values: list[Any] = []
    moves: list[bool] = []
    given = dict(zip(local.inputs, [numbers[0], y, *args], strict=True))
    for i, n in enumerate(local.nodes):
        if n.op == INPUT:
            values.append(given[i])
        elif n.op == CONST:
            values.append(n.value)
        else:
            values.append(TABLE[n.op](*[values[a] for a in n.args], **dict(n.params)))
        moves.append(i == local.inputs[0] or any(moves[a] for a in n.args))
    arrived = sweep(local, values, {share.index: fitted(tangent, share.shape)}, moves)[local.inputs[0]]
    return np.zeros(node.shape) if arrived is None else arrived
