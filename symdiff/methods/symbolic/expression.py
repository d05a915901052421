"""A part of the graph as one SymPy expression, if it is small enough to be one.

A formula with shared steps can be a small graph and an enormous expression, so the size is counted
before anything is built. Constant subexpressions that SymPy would work out exactly, digit by digit
(1.0000001**100000000), are kept as symbols: they are numbers, the derivative does not look into them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symdiff.graph import CONST, INPUT, Graph
from symdiff.ops import TABLE


def tree_sizes(graph: Graph, leaves: Iterable[int] = ()) -> list[int]:
    """For each node, how many ops its expression has when written out, shared steps repeated."""
    cut = set(leaves)
    sizes: list[int] = []
    for i, node in enumerate(graph.nodes):
        sizes.append(0 if i in cut or not node.args else 1 + sum(sizes[a] for a in node.args))
    return sizes


def as_sympy(graph: Graph, wanted: Sequence[int], leaves: Mapping[int, sp.Expr]) -> tuple[list[Any], dict[sp.Symbol, int]]:
    """The wanted nodes as SymPy expressions in the symbols of the leaves.

    Returns the expressions, and the constant nodes that were kept as symbols: {symbol: node}.
    """
    kept: dict[sp.Symbol, int] = {}
    values: dict[int, Any] = dict(leaves)
    varies = graph.varying()
    for i in _cone(graph, wanted, leaves):
        node = graph.nodes[i]
        if node.op == CONST:
            values[i] = exact(node.value)
        elif node.op == INPUT:
            raise KeyError(f"input {node.name} is not a leaf")
        elif not varies[i] and _explosive(graph, i):
            values[i] = sp.Dummy(f"c{i}", real=True)
            kept[values[i]] = i
        else:
            values[i] = TABLE[node.op].sympy(*[values[a] for a in node.args], **dict(node.params))
    return [values[w] for w in wanted], kept


def _cone(graph: Graph, wanted: Sequence[int], leaves: Mapping[int, Any]) -> list[int]:
    """The nodes between the leaves and the wanted ones, in order."""
    seen: set[int] = set()
    stack = [w for w in wanted if w not in leaves]
    while stack:
        i = stack.pop()
        if i not in seen:
            seen.add(i)
            stack.extend(a for a in graph.nodes[i].args if a not in leaves and a not in seen)
    return sorted(seen)


def _explosive(graph: Graph, i: int) -> bool:
    """Whether SymPy might work a constant out into very many digits: a power that is not a small one."""
    node = graph.nodes[i]
    if node.op not in ("power", "integer_power", "exp2", "gamma", "beta"):
        return False
    base = graph.nodes[node.args[0]]
    small = base.op == CONST and float(base.value or 0.0).is_integer() and abs(float(base.value or 0.0)) < 1000
    exponent = dict(node.params).get("n")
    if exponent is None and len(node.args) == 2 and graph.nodes[node.args[1]].op == CONST:
        exponent = graph.nodes[node.args[1]].value  # type: ignore[assignment]  # a float is as good here
    return not (small and exponent is not None and abs(exponent) <= 20)


def exact(value: float | Fraction | None) -> sp.Expr:
    """A constant as the exact number it is: SymPy's own floats round, and print 15 digits."""
    fraction = Fraction(value)  # type: ignore[arg-type]  # a "const" always has a value
    return sp.Rational(fraction.numerator, fraction.denominator)
