"""The steps of a graph in groups: the same op, as far from the inputs. What is done with many is done group by group.

A function of a thousand numbers is a handful of array steps, and so are its scalar steps. The groups of a graph are
found once: a graph only grows while it is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from symdiff.graph import CONST, INPUT, Graph, Params
from symdiff.ops import TABLE


@dataclass(frozen=True, slots=True)
class Group:
    """Steps with one op, the same parameters and as many arguments, none of which is another's argument. `args` has
    for each argument the nodes, step by step."""

    op: str
    params: Params
    steps: tuple[int, ...]
    args: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Groups:
    """The steps that some nodes need. `order` has them in the graph's order, `groups` group by group, so that every
    step comes after its arguments; `depths` says how far each node is from the inputs."""

    order: list[int]
    groups: list[Group]
    depths: list[int]

    @cached_property
    def depth(self) -> np.ndarray:
        """The same as an array."""
        return np.array(self.depths)


_KNOWN: WeakKeyDictionary[Graph, dict[tuple[int, tuple[int, ...]], Groups]] = WeakKeyDictionary()


def groups(graph: Graph, ends: Sequence[int] | None = None) -> Groups:
    """The steps that the nodes `ends`, by default the outputs, need."""
    key = len(graph.nodes), graph.outputs if ends is None else tuple(ends)
    known = _KNOWN.setdefault(graph, {})
    if key not in known:
        known[key] = _grouped(graph, key[1])
    return known[key]


def _grouped(graph: Graph, ends: Sequence[int]) -> Groups:
    nodes, depths, order = graph.nodes, [0] * len(graph.nodes), graph.live(ends)
    found: dict[tuple[Any, ...], list[int]] = {}
    for i in order:
        node = nodes[i]
        args = node.args
        if len(args) == 2:  # as most have
            far = 1 + max(depths[args[0]], depths[args[1]])
        else:
            far = 1 + max([depths[a] for a in args]) if args else 0
        depths[i] = far
        key = (far, node.op, len(args), node.params)
        if key in found:
            found[key].append(i)
        else:
            found[key] = [i]
    result = []
    for key in sorted(found, key=lambda key: key[0]):
        steps = found[key]
        columns = tuple(zip(*[nodes[i].args for i in steps], strict=True))
        result.append(Group(key[1], key[3], tuple(steps), columns))
    return Groups(order, result, depths)


def run_groups(
    graph: Graph,
    column: str,
    inputs: Sequence[Any],
    const: Callable[[float | Fraction], Any],
    ends: Sequence[int] | None = None,
) -> list[Any]:
    """What `graph.run` gives for the nodes that `ends`, by default the outputs, need: faster for many steps."""
    values: list[Any] = [None] * len(graph.nodes)
    for i, value in zip(graph.inputs, inputs, strict=True):
        values[i] = value
    value_of = values.__getitem__
    for group in groups(graph, ends).groups:
        if group.op == CONST:
            for i in group.steps:
                values[i] = const(graph.nodes[i].value)
        elif group.op != INPUT:
            meaning, params = getattr(TABLE[group.op], column), dict(group.params)
            columns = [map(value_of, column) for column in group.args]
            for i, value in zip(group.steps, _results(meaning, columns, params), strict=True):
                values[i] = value
    return values


def _results(meaning: Callable[..., Any], columns: Sequence[Any], params: dict[str, Any]) -> list[Any]:
    if not columns:
        return [meaning(**params)]
    if params:
        return [meaning(*args, **params) for args in zip(*columns, strict=True)]
    return list(map(meaning, *columns))
