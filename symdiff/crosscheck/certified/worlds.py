"""A program whose branches hang on numbers that no precision tells apart: run once for every way they may lie.

JAX's hypot asks which of its arguments is the larger, and in balls (z + 1) - 1 and z are never told apart. But one of
the two is smaller, or they are equal: what holds of the program in each of these cases holds of it. A comparison that
is the same question as an earlier one has the same answer; that some cases contradict one another does no harm, as
there is then one more to hold. What a rounding to whole numbers is of, such as SymPy's z (1/5) for z / 5, may be known
to be a whole number itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flint import arb

from symdiff import balls
from symdiff.balls import Ball
from symdiff.crosscheck.places.comparisons import HOLDS
from symdiff.crosscheck.places.exact_values import ExactValues
from symdiff.graph import CONST, INPUT, Graph, Node
from symdiff.ops import TABLE

MOST = 81  # cases of one entry
MOST_STEPS = 2_000  # of a program that is run so often
Question = tuple[int, int]  # which of two steps is the larger; ZERO for the number 0
ZERO = -1
ORDERS = (-1, 0, 1)  # the first is smaller, equal, larger

_CHOSEN: dict[str, Callable[..., Ball]] = {
    "max": lambda s, a, b: b if s < 0 else a,
    "min": lambda s, a, b: b if s > 0 else a,
    "abs": lambda s, x: (-x, balls.const(0), x)[s + 1],
    "sign": lambda s, x: balls.const(s),
}
_WHOLE: dict[str, Callable[..., int]] = {"floor": math.floor, "ceil": math.ceil}


class _Unanswered(Exception):
    """A question that the balls leave open, and no case has answered."""


class _NoNumber(Exception):
    """What is compared may be no number: then none of the cases need hold."""


def in_all(graph: Graph, output: int, point: Sequence[float]) -> list[arb] | None:
    """What an output is in every case, at the precision in force; None where there are too many."""
    order = graph.live([output])
    if len(order) > MOST_STEPS:
        return None
    exact = ExactValues(graph, point)
    open_: list[dict[Question, int]] = [{}]
    found: list[arb] = []
    while open_:
        case = open_.pop()
        try:
            found.append(_Run(graph, order, point, case, exact).values[output].value)
        except _Unanswered as e:
            question: Question = e.args[0]
            open_ += [case | {question: s} for s in ORDERS]
        except _NoNumber:
            return None
        if len(found) + len(open_) > MOST:
            return None
    return found


class _Run:
    """The program in one case."""

    def __init__(
        self, graph: Graph, order: Sequence[int], point: Sequence[float], case: Mapping[Question, int],
        exact: ExactValues,
    ) -> None:  # fmt: skip
        self.values: dict[int, Any] = dict(zip(graph.inputs, map(balls.const, point), strict=True))
        self._case, self._first, self._exact = case, {}, exact
        for i in order:
            node = graph.nodes[i]
            if node.op == CONST:
                self.values[i] = balls.const(node.value)  # type: ignore[arg-type]  # a "const" always has a value
            elif node.op != INPUT:
                self.values[i] = self._step(node, [self.values[a] for a in node.args])
            self._first.setdefault(id(self.values[i]), i)  # max(x, y) is x itself in the case that x is larger

    def _step(self, node: Node, args: list[Any]) -> Any:
        op = node.op
        if op in HOLDS and all(isinstance(a, Ball) for a in args):
            told = TABLE[op].ball(*args)
            return HOLDS[op](self._order(args)) if told is None else told
        if op in _CHOSEN and not (len(args) > 1 and args[0] is args[1]):
            gap = args[0] - args[1] if len(args) > 1 else args[0]
            if not (gap.value > 0 or gap.value < 0 or gap.value == 0):
                return _CHOSEN[op](self._order(args), *args)
        found = TABLE[op].ball(*args, **dict(node.params))
        if op in _WHOLE and not found.value.is_finite() and args[0].value.is_finite():
            number = self._exact.rational(node.args[0])
            return found if number is None else balls.const(_WHOLE[op](number))
        return found

    def _order(self, args: Sequence[Ball]) -> int:
        """How the two lie, or one and zero, in this case."""
        if not all(a.value.is_finite() for a in args):
            raise _NoNumber
        a, b = (*(ZERO if x.value == 0 else self._first[id(x)] for x in args), ZERO)[:2]
        if (low := min(a, b), high := max(a, b)) not in self._case:
            raise _Unanswered((low, high))
        return self._case[low, high] if a == low else -self._case[low, high]
