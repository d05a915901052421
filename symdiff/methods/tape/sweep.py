"""The reverse sweep: every node's adjoint, from the outputs back to the inputs.

The values may be numbers, arrays or recorded values. With recorded values the same few lines write down
the derivative program; that is what a check runs in balls, and what a second sweep differentiates again.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import numpy as np

from symdiff.graph import Graph, Node, Shape
from symdiff.ops import TABLE


def rules_of(node: Node) -> Sequence[Any]:
    """The pull-back for each argument of a step, None where nothing flows."""
    return TABLE[node.op].rules(len(node.args))


def where_it_arrives(ct: Any, share: Any) -> Any:
    """A cotangent of zero brings zero with it, also where the slope is infinite or nan: that entry belongs to
    the branch that was not taken."""
    number = getattr(share, "value", share)
    return share if np.isfinite(number).all() else np.where(np.equal(ct, 0.0), 0.0, share)


def through_loop(
    node: Node, ct: Any, known: Sequence[Any], varies: Sequence[bool], rules_of: Callable[[Node], Sequence[Any]]
) -> Sequence[Any]:
    """The cotangent of each argument of a loop, None for what does not vary."""
    from symdiff.methods.tape.loops import pulled

    return pulled(node, ct, known, varies, rules_of)


def sweep(
    graph: Graph, values: Sequence[Any], seeds: Mapping[int, Any], varies: Sequence[bool] | None = None,
    rules_of: Callable[[Node], Sequence[Any]] = rules_of, arrives: Callable[[Any, Any], Any] = where_it_arrives,
    wanted: Container[int] | None = None, of_loops: Callable[..., Sequence[Any]] = through_loop, step: bool = False,
    own: int | None = None,
) -> list[Any]:  # fmt: skip
    """Pull the seeds (node index -> cotangent) back through the graph.

    Returns one adjoint per node, None where no seed arrives; with `wanted` given, only those. A `where` of
    numbers sends the cotangent into the branch that was taken and nowhere else: 0 times the slope of the other
    may be nan. For a `where` of arrays the same is done entry by entry, and in the `step` of a loop always: it
    is the same step whatever is taken; and from node `own` on: there the rules chose, not the caller, and a number
    that underflowed must not decide which derivative is written down. `of_loops` pulls back through a loop.
    """
    adjoints: list[Any] = [None] * len(graph.nodes)
    for i, seed in seeds.items():
        adjoints[i] = seed
    nodes, value_of = graph.nodes, values.__getitem__
    varies = graph.varying() if varies is None else varies
    own = len(nodes) if own is None else own
    masked = behind_where(graph, 0 if step else own)
    for i in range(max(seeds, default=-1), -1, -1):
        ct = adjoints[i]
        if ct is None:
            continue
        if wanted is not None and i not in wanted:
            adjoints[i] = None  # nobody asks for it later
        node = nodes[i]
        args = node.args
        if not args or not varies[i]:
            continue
        if node.op == "where" and not node.shape and not step and i < own:
            taken = args[1] if values[args[0]] else args[2]
            if varies[taken]:
                adjoints[taken] = ct if adjoints[taken] is None else adjoints[taken] + ct
            continue
        known = (values[i], *map(value_of, args))
        if node.op == "scan":
            _add(adjoints, args, of_loops(node, ct, known, [varies[a] for a in args], rules_of))
            continue
        rules = rules_of(node)
        for k, a in enumerate(args):
            rule = rules[k]
            if rule is not None and varies[a]:
                share = rule(ct, *known, **dict(node.params)) if node.params else rule(ct, *known)
                if i in masked:
                    share = arrives(ct, share)
                if node.shape or nodes[a].shape:
                    share = fitted(share, nodes[a].shape)
                before = adjoints[a]
                adjoints[a] = share if before is None else before + share
    return adjoints


def _add(adjoints: list[Any], args: Sequence[int], shares: Sequence[Any]) -> None:
    for a, share in zip(args, shares, strict=True):
        if share is not None:
            adjoints[a] = share if adjoints[a] is None else adjoints[a] + share


def fitted(share: Any, shape: Shape) -> Any:
    """Broadcasting undone: a cotangent in the shape of the argument it belongs to."""
    have = np.shape(share) if not hasattr(share, "shape") else share.shape
    if have == shape:
        return share
    if len(have) < len(shape):
        return np.broadcast_to(share, shape)
    lead = len(have) - len(shape)
    spread = tuple(lead + k for k, n in enumerate(shape) if n == 1 and have[lead + k] != 1)
    share = np.sum(share, (*range(lead), *spread)) if lead or spread else share
    return np.reshape(np.broadcast_to(share, shape) if not spread and not lead else share, shape)


def behind_where(graph: Graph, numbers: int) -> set[int]:
    """The elementwise steps whose value goes into a branch of a `where` of arrays, or from node `numbers` on of any."""
    reached: set[int] = set()
    if not any(node.op == "where" for node in graph.nodes):  # as in most
        return reached
    for i in range(len(graph.nodes) - 1, -1, -1):
        node = graph.nodes[i]
        if i in reached:
            reached.update(node.args)
        elif node.op == "where" and (node.shape or i >= numbers):
            reached.update(node.args[1:])
    return {i for i in reached if graph.nodes[i].args and TABLE[graph.nodes[i].op].partials is not None}


def slopes(graph: Graph, i: int, values: Sequence[Any], varies: Sequence[bool]) -> list[tuple[int, Any]]:
    """The local derivatives of node i, as the rules have them: (argument, derivative)."""
    node = graph.nodes[i]
    args, params = [values[a] for a in node.args], dict(node.params)
    rules = zip(node.args, TABLE[node.op].rules(len(args)), strict=True) if node.args else ()
    return [(a, rule(1.0, values[i], *args, **params)) for a, rule in rules if rule is not None and varies[a]]
