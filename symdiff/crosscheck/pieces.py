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

The local slopes are FLINT's, op by op; the chain rule is one reverse sweep. No rule of the tape is read.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb, arb_mat, arb_series

from symdiff import balls
from symdiff.balls import Ball, bits
from symdiff.crosscheck import sides
from symdiff.crosscheck.sides import SIDES
from symdiff.crosscheck.terrain import taking_part
from symdiff.graph import CONST, INPUT, Graph, run
from symdiff.ops import TABLE

MOST_PIECES = 4096
MOST_STEPS = 8_000_000  # of all sweeps together: about ten seconds
INDEPENDENT, DEPENDENT = 1e-6, 1e-11  # of a unit vector: what of it lies outside a subspace
CLEAR = 1e-7  # how far into its side a direction has to take every switching function
NARROW = 2.0**-64

Pattern = Mapping[int, int]  # the side of each node that has been decided: 1 or -1
Seeds = Sequence[tuple[int, float]]  # which outputs are differentiated, with what weights
Const = Callable[[float | Fraction], Ball]


class TooMany(Exception):
    """More pieces meet than anybody wants to look at."""


class Unclear(Exception):
    """The switching functions cannot be told from degenerate ones."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A gradient, the sides that gave it, and whether the piece is certainly there."""

    gradient: list[arb]
    pattern: dict[int, int]
    certain: bool


def supported(graph: Graph, kinks: Sequence[int]) -> bool:
    """Whether these nodes have edges of the kind that is taken apart here: no jumps, no infinite slopes."""
    return all(graph.nodes[i].op in SIDES or graph.nodes[i].op == "clip" for i in kinks)


def without_clip(graph: Graph) -> Graph:
    """The same function with every clip(x, lo, hi) as min(max(x, lo), hi)."""
    result, at = Graph(), {}
    for i, node in enumerate(graph.nodes):
        args = tuple(at[a] for a in node.args)
        if node.op == INPUT:
            at[i] = result.input(node.name)
        elif node.op == CONST:
            at[i] = result.const(node.value)
        elif node.op == "clip":
            inner = result.apply("max", args[0], args[1], where=node.where)
            at[i] = result.apply("min", inner, args[2], where=node.where)
        else:
            at[i] = result.apply(node.op, *args, params=node.params, where=node.where)
    result.outputs = tuple(at[o] for o in graph.outputs)
    return result


class Pieces:
    """The pieces of a function at a point, at the precision in force, which must allow for first coefficients.

    `wrt` are the variables that move; everything else is a constant of the function.
    """

    def __init__(self, graph: Graph, x: Sequence[float], wrt: Sequence[int], const: Const = balls.const) -> None:
        self.graph, self.x, self.const = graph, x, const
        self.values = run(graph, "ball", [balls.const(v) for v in x], const)
        self.inputs = [graph.inputs[k] for k in wrt]
        self.order = taking_part(graph, self.values, graph.outputs)
        moves = self._moving()
        self.active = [i for i in self.order if moves[i] and self._is_tied(i)]
        self.above = self._ancestors()
        self._slopes: dict[tuple[int, int], list[tuple[int, arb]]] = {}
        self._zero: dict[Any, bool] = {}
        self.steps = 0

    def _moving(self) -> dict[int, bool]:
        moves: dict[int, bool] = {}
        for i in self.order:
            moves[i] = i in self.inputs or any(moves.get(a, False) for a in self.graph.nodes[i].args)
        return moves

    def _is_tied(self, i: int) -> bool:
        node = self.graph.nodes[i]
        if node.op not in SIDES or (len(node.args) > 1 and len(set(node.args)) == 1):
            return False
        return bool(sides.switch(node.op, self._args(i)) == 0)

    def _args(self, i: int) -> list[Any]:
        return [self.values[a] for a in self.graph.nodes[i].args]

    def _ancestors(self) -> dict[int, frozenset[int]]:
        """For every node the active ones that it depends on."""
        above: dict[int, frozenset[int]] = {}
        active = set(self.active)
        for i in self.order:
            found: frozenset[int] = frozenset()
            for a in self.graph.nodes[i].args:
                if above.get(a):
                    found |= above[a] | ({a} & active) if found else above[a]
                if a in active:
                    found |= {a}
            above[i] = found
        return above

    # -- gradients --------------------------------------------------------------------------------

    def _local(self, i: int, side: int) -> list[tuple[int, arb]]:
        """The slopes of a node by its arguments: on a side where it has two, between them for side 0."""
        key = (i, side)
        if key not in self._slopes:
            node, args, found = self.graph.nodes[i], self._args(i), []
            for k, a in enumerate(node.args):
                if not isinstance(args[k], Ball) or self.graph.nodes[a].op == CONST:
                    continue
                if side or i in self._tied:
                    slope = sides.slope(node.op, side, args, k) if side else sides.between(node.op, args, k)
                else:
                    moved = Ball(arb_series([args[k].value, 1]))
                    slope = TABLE[node.op].ball(*args[:k], moved, *args[k + 1 :], **dict(node.params))[1]
                if not slope.is_zero():
                    found.append((a, slope))
            self._slopes[key] = found
        return self._slopes[key]

    @property
    def _tied(self) -> set[int]:
        return set(self.active)

    def sweep(self, seeds: Seeds, pattern: Pattern, default: int = 1) -> tuple[list[arb], list[float], dict[int, arb]]:
        """The gradient by the moving variables, the sum of the magnitudes in each entry, and the adjoints.

        Active nodes that `pattern` does not decide take the side `default`; 0 is everything between the two.
        """
        adjoint: dict[int, arb] = {}
        size: dict[int, float] = {}
        for o, weight in seeds:
            adjoint[o] = adjoint.get(o, arb(0)) + arb(weight)
            size[o] = size.get(o, 0.0) + abs(weight)
        tied, wanted = self._tied, {o for o, _ in seeds}
        for i in reversed(taking_part(self.graph, self.values, wanted)):
            if i not in adjoint or adjoint[i].is_zero():
                continue
            self.steps += 1
            side = pattern.get(i, default) if i in tied else 0
            for a, slope in self._local(i, side):
                share = adjoint[i] * slope
                adjoint[a] = adjoint[a] + share if a in adjoint else share
                size[a] = size.get(a, 0.0) + float(share.abs_upper())
        zero = arb(0)
        return [adjoint.get(k, zero) for k in self.inputs], [size.get(k, 0.0) for k in self.inputs], adjoint

    # -- which pieces there are ---------------------------------------------------------------------

    def relevant(self, seeds: Seeds) -> list[int]:
        """The active nodes whose side can change the gradient, in order."""
        _, _, adjoint = self.sweep(seeds, {}, default=0)
        return [i for i in self.active if i in adjoint and not adjoint[i].is_zero()]

    def switch_gradient(self, i: int, pattern: Pattern) -> np.ndarray | None:
        """The direction in which the switching function of a node grows, as a unit vector; None if it does not
        move at first order: then both sides give the same gradient."""
        node = self.graph.nodes[i]
        seeds = [(a, float(w)) for a, w in zip(node.args, SIDES[node.op].weights, strict=True) if w]
        gradient, size, _ = self.sweep(seeds, pattern)
        most = max(size, default=0.0)
        if all(g.contains(0) and float(g.rad()) <= NARROW * most for g in gradient):
            return None
        scale = max((g.mid() for g in map(abs, gradient)), key=float)
        if scale == 0 or any(not g.is_finite() or g.rad() > 2.0**-50 * scale for g in gradient):
            raise Unclear(f"the slope of the switching function of {node.op} cannot be told from zero")
        vector = np.array([float((g / scale).mid()) for g in gradient])
        return vector / np.linalg.norm(vector)

    def each(self, seeds: Seeds, prefer: int = 1) -> Iterator[Piece]:
        """The pieces one by one. Of two sides that can both be taken `prefer` is looked at first."""
        yield from self._below(_Cone(), {}, self.relevant(seeds), seeds, prefer)

    def all(self, seeds: Seeds) -> list[Piece]:
        """All pieces; raises `TooMany` or `Unclear`."""
        found: list[Piece] = []
        self.steps = 0
        for piece in self.each(seeds):
            found.append(piece)
            if len(found) > MOST_PIECES or self.steps > MOST_STEPS:
                raise TooMany
        return found

    def _below(
        self, cone: _Cone, pattern: dict[int, int], left: Sequence[int], seeds: Seeds, prefer: int
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
        gradient, _, _ = self.sweep(seeds, pattern)
        yield Piece(gradient, pattern, cone.certain)

    def _excluded(self, cone: _Cone, i: int, along: np.ndarray, side: int, pattern: Pattern) -> bool:
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
            found = self._elsewhere(pattern, number)
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
            op = self.graph.nodes[j].op
            seeds = [(a, float(w)) for a, w in zip(self.graph.nodes[j].args, SIDES[op].weights, strict=True) if w]
            gradient, _, _ = self.sweep(seeds, pattern)
            columns.append([side * g for g in gradient])
        *others, last = columns
        weights = solve(others, [-g for g in last])
        if weights is None or not all(w > 0 for w in weights):
            return None
        return [*weights, arb(1)]

    def _elsewhere(self, pattern: Pattern, number: int) -> dict[int, arb] | None:
        """The switching functions of this piece at a random point nearby."""
        rng = random.Random(number)  # noqa: S311 - a witness that can be called again, not a secret
        near = arb(2) ** -40
        moved: list[Any] = [balls.const(v) for v in self.x]
        for k in {self.graph.inputs.index(i) for i in self.inputs}:
            step = near * arb(rng.getrandbits(64) - 2**63) / 2**63
            moved[k] = Ball(arb_series([arb(float(self.x[k])) + step * (1 + abs(arb(float(self.x[k]))))]))
        values: dict[int, Any] = dict(zip(self.graph.inputs, moved, strict=True))
        found: dict[int, arb] = {}
        tied = self._tied
        for i in self.order:
            node = self.graph.nodes[i]
            if node.op == CONST:
                values[i] = self.const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
            elif node.op != INPUT:
                args = [values.get(a) for a in node.args]
                if i in tied:
                    found[i] = sides.switch(node.op, args)
                    values[i] = sides.piece(node.op, pattern.get(i, 1))(*args)
                elif node.op == "where":  # the branch that is not taken was not followed
                    values[i] = args[1] if self.values[node.args[0]] else args[2]
                else:
                    values[i] = TABLE[node.op].ball(*args, **dict(node.params))
        return found if all(v.is_finite() for v in found.values()) else None


def _is_zero(value: arb, size: arb) -> bool:
    return bool(value.contains(0)) and bool(value.rad() <= arb(NARROW) * arb(2) ** (-bits() // 4) * size.abs_upper())


def solve(columns: Sequence[Sequence[arb]], right: Sequence[arb]) -> list[arb] | None:
    """The weights of linearly independent columns whose sum is nearest to the right side, by the normal
    equations in balls; None if these cannot be solved."""
    if not columns:
        return []
    dots = [[sum((a * b for a, b in zip(c, d, strict=True)), arb(0)) for d in columns] for c in columns]
    known = [[sum((a * b for a, b in zip(c, right, strict=True)), arb(0))] for c in columns]
    try:
        found = arb_mat(dots).solve(arb_mat(known))
    except ZeroDivisionError:
        return None
    weights = [found[k, 0] for k in range(len(columns))]
    return weights if all(w.is_finite() for w in weights) else None


@dataclass(frozen=True, slots=True)
class _Cone:
    """The directions that take every switching function decided so far to its side."""

    nodes: tuple[int, ...] = ()
    rows: tuple[np.ndarray, ...] = ()  # unit vectors, each towards its side
    basis: tuple[np.ndarray, ...] = ()  # orthonormal, of the same space
    certain: bool = True

    def leaves(self, along: np.ndarray) -> bool:
        """Whether a gradient is independent of those so far: then both sides can be taken."""
        rest = self._rest(along)
        size = float(np.linalg.norm(rest))
        if DEPENDENT < size < INDEPENDENT:
            raise Unclear("the switching functions are nearly dependent")
        return size >= INDEPENDENT

    def _rest(self, along: np.ndarray) -> np.ndarray:
        for _ in range(2):
            for b in self.basis:
                along = along - (b @ along) * b
        return along

    def with_(self, i: int, along: np.ndarray, side: int, new: bool, certain: bool) -> _Cone:
        rest = self._rest(along) if new else None
        basis = self.basis if rest is None else (*self.basis, rest / np.linalg.norm(rest))
        return _Cone((*self.nodes, i), (*self.rows, side * along), basis, certain)

    def takes(self, along: np.ndarray, side: int) -> bool | None:
        """Whether some direction clearly takes them all to their sides; None if none was found."""
        from scipy.optimize import linprog

        rows = np.array([*self.rows, side * along]) @ np.array(self.basis).T  # in coordinates of the basis
        m, r = rows.shape
        found = linprog(
            np.r_[np.zeros(r), -1.0], np.c_[-rows, np.ones(m)], np.zeros(m), bounds=[(-1.0, 1.0)] * (r + 1),
            method="highs",
        )  # fmt: skip
        return True if found.status == 0 and -found.fun > CLEAR else None

    def against(self, along: np.ndarray, side: int) -> list[int] | None:
        """Those of the rows that cancel the new one: positive weights, as few as possible."""
        from scipy.optimize import linprog

        rows = np.array(self.rows) @ np.array(self.basis).T
        target = -side * (np.array(self.basis) @ along)
        found = linprog(np.ones(len(rows)), A_eq=rows.T, b_eq=target, method="highs-ds")
        if found.status != 0:
            return None
        return [int(k) for k in np.flatnonzero(found.x > 1e-9 * max(1.0, float(np.max(found.x))))]
