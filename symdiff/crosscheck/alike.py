"""Steps that have the same value here, whatever that is: they do the same to the same numbers.

Two rows of keys that are equal have equal scores, x1 / sqrt(3) and x2 / sqrt(3) for x1 = x2. No precision shows in
balls that such numbers tie; numbering the values does (value numbering: A. Aho, M. Lam, R. Sethi, J. Ullman,
"Compilers: Principles, Techniques, and Tools", 2nd ed., Pearson 2006, section 6.1.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from symdiff.graph import CONST, INPUT, Graph
from symdiff.ops import TABLE

COMMUTE = frozenset(("add", "mul", "max", "min"))


def numbered(graph: Graph, x: Sequence[float], needed: Sequence[int]) -> dict[int, int]:
    """A number for every node: the same one only where the values are the same."""
    given = dict(zip(graph.inputs, x, strict=True))
    seen: dict[tuple[object, ...], int] = {}
    number: dict[int, int] = {}
    for i in needed:
        node = graph.nodes[i]
        if node.op == INPUT:
            key: tuple[object, ...] = ("value", float(given[i]))
        elif node.op == CONST:
            key = ("value", node.value)
        else:
            args = [number[a] for a in node.args]
            if node.op in ("max", "min") and args[0] == args[1]:
                number[i] = args[0]
                continue
            key = (node.op, node.params, *(sorted(args) if node.op in COMMUTE else args))
        number[i] = seen.setdefault(key, i)
    return number


def compares_equal(graph: Graph, i: int, number: Mapping[int, int]) -> bool:
    """Whether what a node compares, or what is subtracted under its abs, is the same number by the way it is made."""
    node = graph.nodes[i]
    if len(node.args) == 2 and (TABLE[node.op].boolean or node.op in ("max", "min")):
        a, b = node.args
    elif len(node.args) == 1 and graph.nodes[node.args[0]].op == "sub":
        a, b = graph.nodes[node.args[0]].args
    else:
        return False
    return number[a] == number[b]
