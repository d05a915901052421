"""A graph along a ray, step by step, as series (`expansions`); what they leave unclear a proof may settle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flint import arb

from symdiff.crosscheck.edges import Unclear
from symdiff.crosscheck.exact_values import ExactValues
from symdiff.crosscheck.expansions import SPECIAL, TERMS, ZERO, Along, Outside, Q, add, constant, made, of_ball
from symdiff.graph import CONST, INPUT, Graph

EQUAL_TOO = frozenset(("equal", "less_equal", "greater_equal"))
UNEQUAL = frozenset(("not_equal", "less", "greater"))


class Elsewhere(Exception):
    """The ray leaves at once what a recording holds for: a guard comes out otherwise."""


class Proven:
    """What the balls cannot show of a function's steps: which are zero, here or everywhere, and which are equal."""

    def __init__(self, graph: Graph, x: Sequence[float]) -> None:
        self.everywhere, self.here = ExactValues(graph), ExactValues(graph, x)

    def mended(self, i: int, op: str, args: Sequence[int], known: Sequence[Any], found: Any) -> Any:
        """What a step is, where its series or its decision was unclear and a proof settles it."""
        if isinstance(found, Unclear) and len(args) == 2 and self.everywhere.equal(*args):
            if op in ("max", "min"):
                return known[0]
            if op in EQUAL_TOO or op in UNEQUAL:
                return op in EQUAL_TOO
        if self.everywhere.is_zero(i):
            return ZERO
        if isinstance(found, Along) and found.val == 0 and self.here.is_zero(i):
            try:
                return made(0, [arb(0), *found.coefficients[1:]])
            except Unclear as e:
                return e
        return found


def along(
    graph: Graph, x: Sequence[float], direction: Sequence[arb | float], proven: Proven | None = None
) -> list[Along]:  # fmt: skip
    """The outputs along x + t direction, at the precision in force (its order has to be TERMS or more).

    Raises:
        Outside: the function is not defined just beyond the point.
        Unclear: a decision that cannot be made, or a function without such a series.
        Elsewhere: the graph is not the caller's function there.
    """
    values: list[Any] = [None] * len(graph.nodes)
    start = {i: (x[k], direction[k]) for k, i in enumerate(graph.inputs)}
    for i in graph.live(graph.ends):
        node = graph.nodes[i]
        if node.op == INPUT:
            value, slope = start[i]
            moved = ZERO if slope == 0 else Along(Q, (arb(slope), *[arb(0)] * (TERMS - 1)))
            values[i] = add(constant(value), moved)
        elif node.op == CONST:
            fixed: Any = node.value  # scalar graphs have numbers and truth values
            values[i] = bool(fixed) if node.kind == "b" else constant(fixed)
        else:
            known = [values[a] for a in node.args]
            found = _step(node.op, known, dict(node.params))
            clear = isinstance(found, Along) and (found.zero or not found.coefficients[0].contains(0))
            if not clear and not isinstance(found, bool):
                proven = proven or Proven(graph, x)
                found = proven.mended(i, node.op, node.args, known, found)
            values[i] = found
    found = [values[o] for o in graph.outputs]
    for value in [*(values[g] for g, _ in graph.guards), *found]:
        if isinstance(value, Unclear | Outside):
            raise value
    if any(bool(values[g]) != bool(was) for g, was in graph.guards):
        raise Elsewhere
    return found


def _step(name: str, args: list[Any], params: dict[str, Any]) -> Any:
    """The value of a step; or why it has none, which is nobody's business if no one takes it: the branch not taken."""
    if name == "where" and isinstance(args[0], bool):
        return args[1] if args[0] else args[2]
    for a in args:
        if isinstance(a, Unclear | Outside):
            return a
    try:
        if name in SPECIAL:
            return SPECIAL[name](*args, **params)
        return of_ball(name, *args, **params)
    except (Unclear, Outside) as e:
        return e
