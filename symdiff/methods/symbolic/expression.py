"""A part of the graph as one SymPy expression, if it is small enough to be one.

A formula with shared steps can be a small graph and an enormous expression, so the size is counted
before anything is built. Constant subexpressions that SymPy would work out exactly, digit by digit
(1.0000001**100000000), are kept as symbols: they are numbers, the derivative does not look into them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy as sp

from symdiff.graph import CONST, Graph
from symdiff.ops import TABLE

# ops whose exact value may have millions of digits
EXPLOSIVE = frozenset(
    {
        "power", "integer_power", "exp2", "gamma", "lgamma", "digamma", "polygamma", "beta", "uppergamma", "gammainc",
        "gammaincc", "zeta",
    }
)  # fmt: skip


def tree_sizes(graph: Graph, leaves: Iterable[int] = ()) -> list[int]:
    """For each node, how many ops its expression has when written out, shared steps repeated."""
    cut = set(leaves)
    sizes: list[int] = []
    for i, node in enumerate(graph.nodes):
        sizes.append(0 if i in cut or not node.args else 1 + sum(sizes[a] for a in node.args))
    return sizes


def as_sympy(
    graph: Graph, wanted: Sequence[int], leaves: Mapping[int, sp.Expr]
) -> tuple[list[Any], dict[sp.Symbol, int]]:
    """The wanted nodes as SymPy expressions in the symbols of the leaves.

    Returns the expressions, and the constant nodes that were kept as symbols: {symbol: node}.
    """
    kept: dict[sp.Symbol, int] = {}
    values: dict[int, Any] = dict(leaves)
    for i in _cone(graph, wanted, leaves):
        node = graph.nodes[i]
        if node.op == CONST:
            if isinstance(node.value, float) and not math.isfinite(node.value):  # SymPy makes nan of oo - oo
                values[i] = sp.Dummy(f"c{i}", real=True)
                kept[values[i]] = i
            else:
                values[i] = exact(node.value)
            continue
        args = [values[a] for a in node.args]
        if node.op in EXPLOSIVE and not _harmless(args, node.params):
            values[i] = sp.Dummy(f"c{i}", real=True)
            kept[values[i]] = i
        else:
            values[i] = TABLE[node.op].sympy(*args, **dict(node.params))
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


def _harmless(args: Sequence[Any], params: Sequence[tuple[str, int]]) -> bool:
    """Whether SymPy may evaluate the op: it holds a variable, or its numbers are small.

    SymPy's own arguments are asked, not the graph: it also sees through 10**9 + 0*x.
    """
    numbers = [as_expression(a) for a in args]
    if not all(n.is_number for n in numbers):
        return True
    if not all(n.is_Rational and abs(n.p) <= 10**6 and n.q <= 10**6 for n in numbers):
        return False
    *_, last = [*numbers, *[sp.Integer(n) for _, n in params]]
    return bool(abs(last) <= 20)


def exact(value: float | Fraction | None) -> sp.Expr:
    """A constant as the exact number it is (SymPy's own floats round, and print 15 digits), or infinity, or nan."""
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: sp.oo, -math.inf: -sp.oo}.get(value, sp.nan)
    fraction = Fraction(value)  # type: ignore[arg-type]  # a "const" always has a value
    return sp.Rational(fraction.numerator, fraction.denominator)


def as_expression(value: Any) -> Any:
    """What a SymPy column returned: an expression, or a plain number."""
    return value if isinstance(value, sp.Basic) else exact(float(value))


def shown(derivative: Any, simplify: bool = False) -> Any:
    """An expression as a person reads it."""
    found = sp.simplify(derivative) if simplify else derivative
    # 0.3 was differentiated as the exact number it is; a person reads the decimal
    long = [r for r in found.atoms(sp.Rational) if r.q > 1000 and not r.q & (r.q - 1)]
    return found.xreplace({r: sp.Float(float(r)) for r in long})
