"""The smooth pieces that meet at a kink, and the whole gradient of each, in balls.

Near the point f is one of finitely many smooth functions, one for each way in which the switching functions
(the argument of abs and relu, the difference under max) may leave zero. A piece counts if its way is taken on
an open set next to the point: then its gradient is a limit of gradients, and the convex hull of these is
Clarke's generalised gradient (Scholtes, "Introduction to Piecewise Differentiable Equations", Springer 2012,
proposition 4.3.1).

A way is taken if some direction moves every switching function to its side: a linear programme with their
gradients, solved in floats and believed only where it is clear. A way that no direction takes is dropped only
if the switching functions prove it: some combination of them with positive weights is zero throughout. What is
neither is kept apart: it may be a piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from symdiff.balls import bits
from symdiff.crosscheck.kinks.cone import Cone, solve
from symdiff.crosscheck.kinks.edges import NARROW, Const, Edges, Pattern, Seeds, Unclear
from symdiff.crosscheck.kinks.sides import SIDES
from symdiff.graph import Graph

MOST_PIECES = 4096
MOST_STEPS = 8_000_000  # of all sweeps together


@dataclass(frozen=True, slots=True)
class Piece:
    """A gradient, the sides that gave it, and whether the piece is certainly there."""

    gradient: list[arb]
    pattern: dict[int, int]
    certain: bool


class Pieces(Edges):
    """The pieces that meet at a point."""

    def __init__(self, graph: Graph, x: Sequence[float], wrt: Sequence[int], *const: Const) -> None:
        super().__init__(graph, x, wrt, *const)
        self._zero: dict[Any, bool] = {}

    def relevant(self, seeds: Seeds) -> list[int]:
        """The active nodes whose side can change the gradient, in order."""
        _, _, adjoint = self.sweep(seeds, {}, default=0)
        return [i for i in self.active if i in adjoint and not adjoint[i].is_zero()]

    def _switch(self, i: int) -> Seeds:
        """The switching function of a node, as what is differentiated."""
        node = self.graph.nodes[i]
        return [(a, float(w)) for a, w in zip(node.args, SIDES[node.op].weights, strict=True) if w]

    def switch_gradient(self, i: int, pattern: Pattern) -> np.ndarray | None:
        """The direction in which the switching function of a node grows, as a unit vector; None if it does not
        move at first order: then both sides give the same gradient."""
        gradient, size, _ = self.sweep(self._switch(i), pattern)
        most = max(size, default=0.0)
        if all(g.contains(0) and float(g.rad()) <= NARROW * most for g in gradient):
            return None
        scale = max((g.mid() for g in map(abs, gradient)), key=float)
        if scale == 0 or any(not g.is_finite() or g.rad() > 2.0**-50 * scale for g in gradient):
            raise Unclear(f"the slope of the switching function of {self.graph.nodes[i].op} cannot be told from zero")
        vector = np.array([float((g / scale).mid()) for g in gradient])
        return vector / np.linalg.norm(vector)

    def each(self, seeds: Seeds, prefer: int = 1) -> Iterator[Piece]:
        """The pieces one by one. Of two sides that can both be taken `prefer` is looked at first."""
        yield from self._below(Cone(), {}, self.relevant(seeds), seeds, prefer)

    def all(self, seeds: Seeds) -> tuple[list[Piece], bool]:
        """The pieces, and whether these are all there are. May raise `Unclear`."""
        found: list[Piece] = []
        self.steps = 0
        for piece in self.each(seeds):
            if len(found) >= MOST_PIECES or self.steps > MOST_STEPS:
                return found, False
            found.append(piece)
        return found, True

    def _below(
        self, cone: Cone, pattern: dict[int, int], left: Sequence[int], seeds: Seeds, prefer: int
    ) -> Iterator[Piece]:
        """The pieces with the sides decided so far, by deciding the next one both ways."""
        left = list(left)
        while left:
            i = left.pop(0)
            along = self.switch_gradient(i, pattern)
            if along is None:
                continue
            new = cone.leaves(along)
            for side in (prefer, -prefer):
                status = True if new else cone.takes(along, side)
                if status is None and self._excluded(cone, i, along, side, pattern):
                    continue
                certain = cone.certain and status is True
                smaller = cone.with_(i, along, side, new, certain)
                yield from self._below(smaller, {**pattern, i: side}, left, seeds, prefer)
            return
        yield Piece(self.gradient(seeds, pattern), pattern, cone.certain)

    def _excluded(self, cone: Cone, i: int, along: np.ndarray, side: int, pattern: Pattern) -> bool:
        """Whether the side is never taken: a positive combination of the switching functions, each towards its
        side, is zero throughout, so that they cannot all be positive."""
        support = cone.against(along, side)
        if support is None:
            return False
        nodes = [cone.nodes[k] for k in support]
        towards = [pattern[j] for j in nodes] + [side]
        nodes.append(i)
        above = frozenset().union(*(self.above[j] for j in nodes))
        key = (tuple(nodes), tuple(towards), tuple((j, pattern.get(j, 0)) for j in sorted(above)))
        if key not in self._zero:
            self._zero[key] = self._vanishes(nodes, towards, above, pattern)
        return self._zero[key]

    def _vanishes(self, nodes: list[int], towards: list[int], above: frozenset[int], pattern: Pattern) -> bool:
        weights = self._combination(nodes, towards, pattern)
        if weights is None:
            return False
        undecided = [j for j in above if j not in pattern]
        for number in range(2):
            found = self.elsewhere(pattern, number)
            if found is None:
                return False
            if not all(_is_zero(found[j], arb(1)) for j in undecided):
                return False  # which side these are on matters beyond first order
            terms = [w * s * found[j] for w, s, j in zip(weights, towards, nodes, strict=True)]
            if not _is_zero(sum(terms, arb(0)), sum((abs(t) for t in terms), arb(0))):
                return False
        return True

    def _combination(self, nodes: list[int], towards: list[int], pattern: Pattern) -> list[arb] | None:
        """Positive weights with which the gradients of the switching functions cancel, the last one 1."""
        columns = []
        for j, side in zip(nodes, towards, strict=True):
            gradient, _, _ = self.sweep(self._switch(j), pattern)
            columns.append([side * g for g in gradient])
        *others, last = columns
        weights = solve(others, [-g for g in last])
        if weights is None or not all(w > 0 for w in weights):
            return None
        return [*weights, arb(1)]


def _is_zero(value: arb, size: arb) -> bool:
    return bool(value.contains(0)) and bool(value.rad() <= arb(NARROW) * arb(2) ** (-bits() // 4) * size.abs_upper())
