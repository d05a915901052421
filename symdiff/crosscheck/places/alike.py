"""Steps that have the same value here, whatever that is: they do the same to the same numbers.

Two rows of keys that are equal have equal scores, x1 / sqrt(3) and x2 / sqrt(3) for x1 = x2. No precision shows in
balls that such numbers tie; numbering the values does (value numbering: A. Aho, M. Lam, R. Sethi, J. Ullman,
"Compilers: Principles, Techniques, and Tools", 2nd ed., Pearson 2006, section 6.1.2). Where they are made differently,
as sqrt(2) sqrt(2) x and 2 x, their `exact_values` may show it.
"""

from __future__ import annotations

from collections.abc import Sequence

from symdiff.crosscheck.places.exact_values import ExactValues
from symdiff.graph import CONST, INPUT, Graph
from symdiff.ops import TABLE

AT_ZERO = frozenset(  # which switch at an argument of zero
    ("abs", "sign", "relu", "leaky_relu", "elu", "selu", "i0e", "sqrt", "cbrt", "hypot")
)  # fmt: skip
ENDS = {"asin": (1, -1), "acos": (1, -1), "acosh": (1,)}  # and at these numbers
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


class Ties:
    """Which steps of a function compare what is one number at a point."""

    def __init__(self, graph: Graph, x: Sequence[float], needed: Sequence[int]) -> None:
        self.graph, self.x, self.needed = graph, x, needed
        self._number: dict[int, int] = {}
        self._exact = ExactValues(graph, x)

    def at(self, i: int, switch: int = 0) -> bool:
        """Whether what a node compares, or what it switches at (the first of these, or another), is proven to be zero.
        False: not proven."""
        node, nodes = self.graph.nodes[i], self.graph.nodes
        self._number = self._number or numbered(self.graph, self.x, self.needed)
        if len(node.args) == 2 and (TABLE[node.op].boolean or node.op in ("max", "min")):
            a, b = node.args
        elif node.op == "clip":
            a, b = (node.args[k] for k in ((0, 1), (0, 2), (1, 2))[switch])
        elif node.op in AT_ZERO and nodes[node.args[0]].op == "sub":
            a, b = nodes[node.args[0]].args
        elif node.op in AT_ZERO:
            return all(self._exact.is_zero(a) for a in (node.args if node.op == "hypot" else node.args[:1]))
        elif node.op in ENDS:
            return self._exact.rational(node.args[0]) == ENDS[node.op][switch]
        elif node.op in ("floor", "ceil"):
            whole = self._exact.rational(node.args[0])
            return whole is not None and whole.denominator == 1
        else:
            return False
        return self._number[a] == self._number[b] or self._exact.equal(a, b)
