"""SymPy's local derivatives of a step, each worked out once and then copied into programs.

A step is one op, or a named step of the caller written out: `z2 = 4*z1*(1 - z1)`. Its shape is the key,
so ten thousand steps of one shape cost one call of `sympy.diff`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import sympy as sp

from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, Graph, Node
from symdiff.inputs.sympy import Expression, translate
from symdiff.methods.symbolic.expression import as_expression, as_sympy
from symdiff.ops import TABLE

Shape = tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A small graph in numbered inputs (the step's arguments); its outputs are the partial derivatives.

    `constant[k]` is the number partial k is, where it is a plain number; `refused[k]` says why SymPy has no partial
    k, and is empty where it has one: nan stands there. `value` is the step itself, as SymPy means it: only the
    comparison of values reads it.
    """

    graph: Graph
    constant: tuple[float | None, ...]
    refused: tuple[str, ...]
    value: Graph

    def partials(self, target: Graph, args: Sequence[int]) -> list[int]:
        """Copy the partials into `target`, with the arguments set to nodes there; their nodes."""
        return _instantiate(self.graph, target, args)

    def must_have(self, k: int) -> None:
        """Raises `UnsupportedError` where SymPy has no partial derivative by argument k."""
        if self.refused[k]:
            raise UnsupportedError(self.refused[k])

    def step(self, target: Graph, args: Sequence[int]) -> int:
        """Copy the step itself into `target`; its node."""
        return _instantiate(self.value, target, args)[0]


def _instantiate(source: Graph, target: Graph, args: Sequence[int]) -> list[int]:
    at: list[int] = [-1] * len(source.nodes)
    for i, a in zip(source.inputs, args, strict=True):
        at[i] = a
    for i, node in enumerate(source.nodes):
        if node.op == CONST:
            at[i] = target.const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
        elif at[i] < 0:
            at[i] = target.apply(node.op, *[at[a] for a in node.args], params=node.params)
    return [at[o] for o in source.outputs]


def shape_of(graph: Graph, nodes: Sequence[int], leaves: Sequence[int]) -> Shape:
    """What a step looks like, whatever its arguments are called."""
    place = {leaf: k for k, leaf in enumerate(leaves)}
    rows = []
    for i in nodes:
        node = graph.nodes[i]
        rows.append((node.op, tuple(place[a] for a in node.args), node.params, node.value))
        place[i] = len(place)
    return tuple(rows)


@lru_cache(maxsize=4096)
def template(shape: Shape, arity: int) -> Template:
    """Differentiate a step by each of its arguments, with `sympy.diff` and nothing else.

    What SymPy cannot differentiate by matters only to who asks for it: nobody may want the derivative of a Bessel
    function by its order.
    """
    step = Graph()
    args = [step.input(f"a{k}") for k in range(arity)]
    for op, inside, params, value in shape:
        step.nodes.append(Node(op, inside, params, value))  # type: ignore[arg-type]  # rows of `shape_of`
    symbols = [sp.Symbol(f"a{k}", real=True) for k in range(arity)]
    (expression,), kept = as_sympy(step, [len(step.nodes) - 1], dict(zip(args, symbols, strict=True)))
    result = Graph()
    at = {s: result.input(s.name) for s in symbols}
    at |= {s: _copy(step, node, result) for s, node in kept.items()}
    value = Graph()
    value_at = {s: value.input(s.name) for s in symbols} | {s: _copy(step, node, value) for s, node in kept.items()}
    value.outputs = (translate(as_expression(expression), value, value_at),)
    if TABLE[str(shape[-1][0])].boolean:  # a comparison has no slope, and SymPy no derivative of it
        partials = [sp.Integer(0)] * arity
    else:
        partials = [sp.diff(as_expression(expression), s) for s in symbols]
    entries = [_translated(p, result, at) for p in partials]
    result.outputs = tuple(node for node, _ in entries)
    constant = tuple(float(p) if p.is_Integer else None for p in partials)
    return Template(result, constant, tuple(why for _, why in entries), value)


def _translated(partial: Expression, result: Graph, at: Mapping[Expression, int]) -> tuple[int, str]:
    """The node of a partial derivative, or of nan and why SymPy has none."""
    try:
        return translate(partial, result, at), ""
    except UnsupportedError as e:
        return result.const(math.nan), str(e)


def _copy(source: Graph, wanted: int, target: Graph) -> int:
    """A constant subexpression of one graph, in another with the same inputs: SymPy saw that it does not
    depend on them, the graph need not."""
    at: dict[int, int] = dict(zip(source.inputs, target.inputs, strict=True))
    for i in source.live([wanted]):
        node = source.nodes[i]
        if i in at:
            continue
        if node.op == CONST:
            at[i] = target.const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
        else:
            at[i] = target.apply(node.op, *[at[a] for a in node.args], params=node.params)
    return at[wanted]
