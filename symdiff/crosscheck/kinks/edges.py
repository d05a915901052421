"""A function at a point where some steps lie on the edge between two smooth pieces, differentiated on any of them.

The local slopes are FLINT's, op by op; the chain rule is one reverse sweep, held against FLINT's series of the
whole piece along a random direction. No rule of the tape is read.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from flint import arb, arb_series

from symdiff import balls
from symdiff.balls import Ball, bits
from symdiff.crosscheck.kinks import sides
from symdiff.crosscheck.kinks.sides import SIDES
from symdiff.crosscheck.places.alike import Ties
from symdiff.crosscheck.places.exact_values import ExactValues
from symdiff.crosscheck.places.terrain import taking_part
from symdiff.graph import CONST, INPUT, Graph, rewritten, run
from symdiff.ops import TABLE

NARROW = 2.0**-64
NEARBY = 2.0**-40  # how far off, relatively, the switching functions are looked at

Pattern = Mapping[int, int]  # the side of each node that has been decided: 1 or -1
Seeds = Sequence[tuple[int, float]]  # which outputs are differentiated, with what weights
Const = Callable[[float | Fraction], Ball]


class Unclear(Exception):
    """What the floats or the balls show is not enough to go by."""


def supported(graph: Graph, kinks: Sequence[int]) -> bool:
    """Whether these nodes have edges of the kind that is taken apart here: no jumps, no infinite slopes."""
    return all(graph.nodes[i].op in SIDES or graph.nodes[i].op == "clip" for i in kinks)


def without_clip(graph: Graph) -> Graph:
    """The same function with every clip(x, lo, hi) as min(max(x, lo), hi), and every max(x, x) as x."""

    def step(new: Graph, i: int, args: list[int]) -> int:
        node = graph.nodes[i]
        if node.op == "clip":
            inner = new.apply("max", args[0], args[1], where=node.where)
            return new.apply("min", inner, args[2], where=node.where)
        if node.op in ("max", "min") and args[0] == args[1]:
            return args[0]
        return new.apply(node.op, *args, params=node.params, where=node.where, kind=node.kind)

    return rewritten(graph, step)[0]


class Edges:
    """A function at a point where some of its steps lie on an edge, at the precision in force, which must allow for
    first coefficients.

    `wrt` are the variables that move; everything else is a constant of the function.
    """

    def __init__(self, graph: Graph, x: Sequence[float], wrt: Sequence[int], const: Const = balls.const) -> None:
        self.graph, self.x, self.const = graph, x, const
        self.values = run(graph, "ball", [balls.const(v) for v in x], const)
        self.inputs = [graph.inputs[k] for k in wrt]
        self.order = taking_part(graph, self.values, graph.outputs)
        self.still: set[int] = set()  # nodes that look as if they moved
        self.moves = self._moving()
        self._ties = Ties(graph, x, graph.live())
        self.active = [i for i in self.order if self.moves[i] and self._is_tied(i)]
        self.tied = frozenset(self.active)
        self.above = self._ancestors()
        self._slopes: dict[tuple[int, int], list[tuple[int, arb]]] = {}
        self.steps = 0

    def _moving(self) -> dict[int, bool]:
        moves: dict[int, bool] = {}
        nothing = ExactValues(self.graph)
        for i in self.order:
            moves[i] = i in self.inputs or any(moves.get(a, False) for a in self.graph.nodes[i].args)
            if moves[i] and self._stays_zero(i, nothing):
                moves[i], self.values[i] = False, balls.const(0.0)
                self.still.add(i)
        return moves

    def _stays_zero(self, i: int, nothing: ExactValues) -> bool:
        """Whether a node is 0 wherever the inputs go, as abs(x - x) is: all with one switching argument are 0 at 0."""
        node = self.graph.nodes[i]
        if node.op not in SIDES or sum(map(bool, SIDES[node.op].weights)) > 1:
            return False
        return sides.undecided(node.op, self._args(i)) and nothing.is_zero(node.args[0])

    def _is_tied(self, i: int) -> bool:
        node = self.graph.nodes[i]
        if node.op not in SIDES:
            return False
        switch = sides.switch(node.op, self._args(i))
        return bool(switch == 0) or (bool(switch.contains(0)) and self._ties.at(i))

    def _args(self, i: int) -> list[Any]:
        return [self.values[a] for a in self.graph.nodes[i].args]

    def _ancestors(self) -> dict[int, frozenset[int]]:
        """For every node the active ones that it depends on."""
        above: dict[int, frozenset[int]] = {}
        for i in self.order:
            found: frozenset[int] = frozenset()
            for a in self.graph.nodes[i].args:
                if a in above:
                    found = found | above[a] if above[a] else found
                if a in self.tied:
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
                if not isinstance(args[k], Ball) or not self.moves.get(a, False):
                    continue
                if side or i in self.tied:
                    slope = sides.slope(node.op, side, args, k) if side else sides.between(node.op, args, k)
                else:
                    moved = Ball(arb_series([args[k].value, 1]))
                    slope = TABLE[node.op].ball(*args[:k], moved, *args[k + 1 :], **dict(node.params))[1]
                if not slope.is_zero():
                    found.append((a, slope))
            self._slopes[key] = found
        return self._slopes[key]

    def sweep(self, seeds: Seeds, pattern: Pattern, default: int = 1) -> tuple[list[arb], list[float], dict[int, arb]]:
        """The gradient by the moving variables, the sum of the magnitudes in each entry, and the adjoints.

        Active nodes that `pattern` does not decide take the side `default`; 0 is everything between the two.
        """
        adjoint: dict[int, arb] = {}
        size: dict[int, float] = {}
        for o, weight in seeds:
            adjoint[o] = adjoint.get(o, arb(0)) + arb(weight)
            size[o] = size.get(o, 0.0) + abs(weight)
        wanted = {o for o, _ in seeds}
        for i in reversed(taking_part(self.graph, self.values, wanted)):
            if i not in adjoint or i in self.still or adjoint[i].is_zero():
                continue
            self.steps += 1
            side = pattern.get(i, default) if i in self.tied else 0
            for a, slope in self._local(i, side):
                share = adjoint[i] * slope
                adjoint[a] = adjoint[a] + share if a in adjoint else share
                size[a] = size.get(a, 0.0) + float(share.abs_upper())
        zero = arb(0)
        return [adjoint.get(k, zero) for k in self.inputs], [size.get(k, 0.0) for k in self.inputs], adjoint

    def gradient(self, seeds: Seeds, pattern: Pattern) -> list[arb]:
        """The certified gradient of a piece. Raises `Unclear` if it cannot be certified."""
        gradient, size, adjoint = self.sweep(seeds, pattern)
        self.certify(seeds, pattern, gradient, size, adjoint)
        return gradient

    def elsewhere(self, pattern: Pattern, number: int) -> dict[int, arb] | None:
        """The switching functions of this piece at a random point nearby."""
        moved = {}
        for k, step in self._random(number).items():
            here = arb(float(self.x[k]))
            moved[k] = Ball(arb_series([here + NEARBY * step * (1 + abs(here))]))
        _, found = self._forward(moved, pattern)
        return found if all(v.is_finite() for v in found.values()) else None

    def _random(self, number: int) -> dict[int, arb]:
        """A direction of the moving variables, by their positions, with all bits of the precision in force."""
        rng = random.Random(number)  # noqa: S311 - a witness that can be called again, not a secret
        unit = arb(2) ** bits()
        positions = [self.graph.inputs.index(i) for i in self.inputs]
        return {k: (1 + arb(rng.getrandbits(bits())) / unit) * rng.choice([-1, 1]) for k in positions}

    def _forward(self, moved: Mapping[int, Ball], pattern: Pattern) -> tuple[dict[int, Any], dict[int, arb]]:
        """The values of the piece, and of its switching functions, with some variables elsewhere."""
        inputs = [moved.get(k, balls.const(v)) for k, v in enumerate(self.x)]
        values: dict[int, Any] = dict(zip(self.graph.inputs, inputs, strict=True))
        switches: dict[int, arb] = {}
        self.steps += len(self.order)
        for i in self.order:
            node = self.graph.nodes[i]
            args: list[Any] = [values.get(a) for a in node.args]
            if node.op == CONST:
                values[i] = self.const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
            elif i in self.still:
                values[i] = self.values[i]
            elif i in self.tied:
                switches[i] = sides.switch(node.op, args)
                values[i] = sides.piece(node.op, pattern.get(i, 1))(*args)
            elif node.op == "where":  # only the branch that is taken takes part
                values[i] = args[1] if self.values[node.args[0]] else args[2]
            elif node.op != INPUT:
                values[i] = TABLE[node.op].ball(*args, **dict(node.params))
        return values, switches

    def certify(
        self, seeds: Seeds, pattern: Pattern, gradient: Sequence[arb], size: Sequence[float], adjoint: Mapping[int, arb]
    ) -> None:  # fmt: skip
        """Hold a gradient against FLINT's own series of the piece along a random direction, in which no wrong
        entry can hide. Raises `Unclear` if they do not agree narrowly."""
        direction = self._random(0)
        moved = {k: balls.variable(self.x[k], d) for k, d in direction.items()}
        values, _ = self._forward(moved, pattern)
        truth = sum((arb(w) * values[o][1] for o, w in seeds), arb(0))
        total = sum((g * d for g, d in zip(gradient, direction.values(), strict=True)), arb(0))
        flows = [abs(a * values[i][1]) for i, a in adjoint.items() if isinstance(values[i], Ball)]
        flows += [s * abs(d) for s, d in zip(size, direction.values(), strict=True)]  # x - x: what was added up to 0
        most = arb(NARROW) * sum(flows, arb(0)).abs_upper()
        if not (truth.is_finite() and total.overlaps(truth) and total.rad() <= most and truth.rad() <= most):
            raise Unclear("the gradient of a piece cannot be certified")
