"""The reverse sweep: every node's adjoint, from the outputs back to the inputs.

The values may be floats or recorded values. With recorded values the same few lines write down the
derivative program; that is what a check runs in balls, and what a second sweep differentiates again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from symdiff.graph import Graph
from symdiff.ops import TABLE


def sweep(graph: Graph, values: Sequence[Any], seeds: Mapping[int, Any]) -> list[Any]:
    """Pull the seeds (node index -> cotangent) back through the graph.

    Returns one adjoint per node, None where no seed arrives. A `where` sends the cotangent into the
    branch that was taken and nowhere else: 0 times the slope of the other may be nan.
    """
    adjoints: list[Any] = [None] * len(graph.nodes)
    for i, seed in seeds.items():
        adjoints[i] = seed
    nodes, varies, value_of = graph.nodes, graph.varying(), values.__getitem__
    for i in range(max(seeds, default=-1), -1, -1):
        ct = adjoints[i]
        if ct is None:
            continue
        node = nodes[i]
        args = node.args
        if not args or not varies[i]:
            continue
        if node.op == "where":
            taken = args[1] if values[args[0]] else args[2]
            if varies[taken]:
                adjoints[taken] = ct if adjoints[taken] is None else adjoints[taken] + ct
            continue
        rules, known = TABLE[node.op].vjp, (values[i], *map(value_of, args))
        for k, a in enumerate(args):
            rule = rules[k]
            if rule is not None and varies[a]:
                share = rule(ct, *known, **dict(node.params)) if node.params else rule(ct, *known)
                before = adjoints[a]
                adjoints[a] = share if before is None else before + share
    return adjoints


def slopes(graph: Graph, i: int, values: Sequence[Any], varies: Sequence[bool]) -> list[tuple[int, Any]]:
    """The local derivatives of node i, as the rules have them: (argument, derivative)."""
    node = graph.nodes[i]
    args, params = [values[a] for a in node.args], dict(node.params)
    rules = zip(node.args, TABLE[node.op].vjp, strict=True) if node.args else ()
    return [(a, rule(1.0, values[i], *args, **params)) for a, rule in rules if rule is not None and varies[a]]
