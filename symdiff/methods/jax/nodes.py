"""The graph that a jaxpr is read into, while it grows: nodes, their numbers, and what these decided."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from symdiff.graph import CONST, INPUT, Graph, Node, Shape, run
from symdiff.ops import TABLE
from symdiff.ops.reductions import TERMS

CLEAR = 2.0**-20  # how far apart two sides must be, beside their size, for XLA to decide as we do
_WHOLE_ARITHMETIC = frozenset("add sub mul neg max min abs clip total".split())
_ROUNDED_ALIKE = frozenset("const add sub mul div neg sqrt floor ceil max min clip abs".split())
_COMPARISONS = frozenset("less less_equal greater greater_equal equal not_equal".split())


class Opaque(Exception):
    """A primitive that cannot be read."""


class TooLarge(Exception):
    """More nodes than allowed."""


class Nodes:
    """A growing graph. `loose` are the library's literals, `guards` what was decided by the numbers at `point`."""

    def __init__(self, graph: Graph, point: Sequence[float] | None, most: int) -> None:
        self.graph, self.most = graph, most
        self.loose: set[float] = set()
        self.guards: dict[int, bool] = {}
        self._point = None if point is None else list(point)
        self._numbers: list[Any] = []
        self.asked = False  # whether what was read depends on the numbers

    # -- making nodes ------------------------------------------------------------------------------

    def apply(self, op: str, *args: int, **params: Any) -> int:
        """The node of an op."""
        return self.graph.apply(op, *args, params=tuple(params.items()))

    def const(self, value: float) -> int:
        """The node of a number that is exactly this one."""
        return self.graph.const(float(value))

    def truth(self, value: bool) -> int:
        """A truth value that is never in doubt, as a node."""
        return self.apply("greater", self.const(1.0 if value else 0.0), self.const(0.5))

    def array(self, entries: Iterable[int], shape: Shape) -> np.ndarray:
        """Nodes as an array of this shape."""
        entries = list(entries)
        out = np.empty(len(entries), object)
        out[:] = entries
        return out.reshape(tuple(int(n) for n in shape))

    def entries(self, value: np.ndarray) -> np.ndarray:
        """An array of nodes, also of what is plain."""
        if not is_plain(value):
            return value
        make = self.truth if value.dtype.kind == "b" else self.const
        return self.array([make(v) for v in value.ravel().tolist()], value.shape)

    def stacked(self, rows: Sequence[np.ndarray], aval: Any) -> np.ndarray:
        """Arrays of one shape as one array with a new first axis."""
        if rows and all(is_plain(r) for r in rows):
            return np.stack(rows)
        return self.array([i for r in rows for i in self.entries(r).ravel().tolist()], aval.shape)

    def total(self, terms: Sequence[int], of: int = 0) -> int:
        """The sum, in whatever order the library adds."""
        terms, of = list(terms), of or len(terms)
        if not terms:
            return self.const(0.0)
        while len(terms) > 1:
            groups = [terms[k : k + TERMS] for k in range(0, len(terms), TERMS)]
            terms = [self.apply("total", *g, of=of) if len(g) > 1 else g[0] for g in groups]
        return terms[0]

    def expect(self, count: int) -> None:
        """Raise `TooLarge` before so many more nodes are made."""
        if len(self.graph.nodes) + count > self.most:
            raise TooLarge

    def is_const(self, i: int, value: float) -> bool:
        """Whether a node is this constant."""
        node = self.graph.nodes[i]
        return node.op == CONST and node.value == value

    # -- what the numbers say ----------------------------------------------------------------------

    def numbers(self, nodes: np.ndarray) -> np.ndarray:
        """What the nodes are at the point."""
        self.asked = True
        if self._point is None:
            raise Opaque
        known = self._numbers
        inputs = dict(zip(self.graph.inputs, self._point, strict=True))
        with np.errstate(all="ignore"):
            for i in range(len(known), len(self.graph.nodes)):
                node = self.graph.nodes[i]
                if node.op == INPUT:
                    known.append(np.float64(inputs[i]))
                elif node.op == CONST:
                    known.append(np.float64(float(node.value)))
                else:
                    known.append(TABLE[node.op].forward(*[known[a] for a in node.args], **dict(node.params)))
        return np.array([known[i] for i in nodes.ravel().tolist()]).reshape(nodes.shape)

    def decide(self, i: int) -> bool:
        """The truth value of a node at the point. The program is then one for this decision."""
        value = bool(self.numbers(self.array([i], ()))[()])
        if i not in self.guards:
            if not self._clear(i):
                raise Opaque
            self.guards[i] = value
        return value

    def _clear(self, i: int) -> bool:
        """Whether rounding cannot change this decision; equal inputs are equal for everybody."""
        node = self.graph.nodes[i]
        if node.op not in _COMPARISONS:
            return node.op.startswith("logical") and all(self._clear(a) for a in node.args)
        a, b = (float(self._numbers[k]) for k in node.args)
        exact = all(self.graph.nodes[k].op in (INPUT, CONST) for k in node.args)
        return np.isfinite(a) and np.isfinite(b) and (exact or abs(a - b) > CLEAR * max(abs(a), abs(b)))

    def constant(self, i: int) -> float:
        """What a node is that depends on no input."""
        needed = self.graph.live([i])
        if any(self.graph.nodes[k].op == INPUT for k in needed):
            raise Opaque
        with np.errstate(all="ignore"):
            values = run(self.graph, "forward", [0.0] * len(self.graph.inputs), np.float64, needed)
        return float(values[i])

    def truncated(self, i: int) -> int:
        """A whole number, towards zero: of a constant made of what everybody rounds alike, or a floor."""
        node = self.graph.nodes[i]
        if any(self.graph.nodes[k].op == INPUT for k in self.graph.live([i])):
            if node.op in ("max", "min"):
                return int(TABLE[node.op].forward(*map(self.truncated, node.args)))
            return self._floor(node)
        if any(self.graph.nodes[k].op not in _ROUNDED_ALIKE for k in self.graph.live([i])):
            raise Opaque
        return int(self.constant(i))

    def _floor(self, node: Node) -> int:
        """A floor or ceiling, where it is clear which whole number it is."""
        if node.op not in ("floor", "ceil"):
            raise Opaque
        (x,) = node.args
        below = np.floor(float(self.numbers(self.array([x], ()))[()]))
        inside = [self.apply("greater", x, self.const(below)), self.apply("less", x, self.const(below + 1))]
        if not all(map(self.decide, inside)):
            raise Opaque
        return int(below) + (node.op == "ceil")

    def whole(self, value: np.ndarray | None) -> int:
        """One whole number or truth value, decided by the numbers where it must be."""
        if value is None:
            raise Opaque
        return int(self.plain(value).reshape(()))

    def plain(self, value: np.ndarray) -> np.ndarray:
        """Whole numbers or truth values, decided by the numbers where they must be."""
        if is_plain(value):
            return value
        return np.array([self._whole(i) for i in value.ravel().tolist()], np.int64).reshape(value.shape)

    def _whole(self, i: int) -> int:
        node = self.graph.nodes[i]
        if node.op == CONST and float(node.value).is_integer():
            return int(node.value)
        if node.op == "where":
            return self._whole(node.args[1 if self.decide(node.args[0]) else 2])
        if node.op in _WHOLE_ARITHMETIC:
            return int(TABLE[node.op].forward(*[self._whole(a) for a in node.args], **dict(node.params)))
        if node.op in TABLE and TABLE[node.op].boolean:
            return int(self.decide(i))
        raise Opaque


def is_plain(value: Any) -> bool:
    """Whether an array is one of whole numbers or truth values, not of nodes."""
    return value.dtype != object
