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
    nodes, varies = graph.nodes, graph.varying()
    for i in range(max(seeds, default=-1), -1, -1):
        ct, node = adjoints[i], nodes[i]
        if ct is None or not node.args or not varies[i]:
            continue
        if node.op == "where":
            taken = node.args[1] if values[node.args[0]] else node.args[2]
            if varies[taken]:
                adjoints[taken] = ct if adjoints[taken] is None else adjoints[taken] + ct
            continue
        rules, params = TABLE[node.op].vjp, dict(node.params)
        known = [values[i], *map(values.__getitem__, node.args)]
        for k, a in enumerate(node.args):
            rule = rules[k]
            if rule is not None and varies[a]:
                share = rule(ct, *known, **params)
                adjoints[a] = share if adjoints[a] is None else adjoints[a] + share
    return adjoints
