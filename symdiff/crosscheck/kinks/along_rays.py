"""A graph along a ray, step by step, as series (`expansions`); what they leave unclear a proof may settle: of the
function wherever its inputs go, or of what it is along this ray, a function of one letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flint import arb

from symdiff import balls
from symdiff.crosscheck.kinks import general_series
from symdiff.crosscheck.kinks.edges import Unclear
from symdiff.crosscheck.kinks.expansions import (
    SPECIAL,
    TERMS,
    ZERO,
    Along,
    Outside,
    Q,
    add,
    constant,
    fraction,
    made,
    of_ball,
)
from symdiff.crosscheck.kinks.general_series import General, Series
from symdiff.crosscheck.places.comparisons import HOLDS
from symdiff.crosscheck.places.exact_values import ExactValues
from symdiff.graph import CONST, INPUT, Graph, Node

CHOOSING = frozenset(("abs", "relu", "max", "min", "clip", "where"))
SIDED = HOLDS.keys() | {"max", "min"}


class Elsewhere(Exception):
    """The ray leaves at once what a recording holds for: a guard comes out otherwise."""


class Proven:
    """What the balls cannot show of a function's steps: which are zero or a number, here, wherever the inputs go or
    along a ray, and which are equal."""

    def __init__(self, graph: Graph, x: Sequence[float]) -> None:
        self.graph, self.x = graph, x
        self.everywhere, self.here = ExactValues(graph), ExactValues(graph, x)
        self.still: dict[int, tuple[Any, dict[int, tuple[int, int]]]] = {}  # steps that do not move along some ray

    def mended(
        self, i: int, known: Sequence[Any], found: Any, beside: Sequence[ExactValues], moves: Mapping[int, bool]
    ) -> Any:  # fmt: skip
        """What a step is, where its series or its decision was unclear and a proof settles it. `beside` is what holds
        wherever the inputs go, or along the ray, on which some steps do not move."""
        node = self.graph.nodes[i]
        for proofs in beside:
            if isinstance(found, Unclear) and len(node.args) == 2 and proofs.equal(*node.args):
                if node.op in ("max", "min"):
                    return known[0]
                if node.op in HOLDS:
                    return HOLDS[node.op](0)
            if node.kind != "b" and (number := proofs.rational(i)) is not None:
                return constant(number)
        if isinstance(found, Unclear):
            found = self._sharper(node, known, found, beside)
        if isinstance(found, Unclear) and node.op in SIDED and all(isinstance(k, Along) for k in known):
            found = self._sided(node, known, found, moves)
        if isinstance(found, Along) and found.val == 0 and self.here.is_zero(i):
            try:
                return made(0, [arb(0), *found.coefficients[1:]])
            except Unclear as e:
                return e
        return found

    def _sharper(self, node: Node, known: Sequence[Any], found: Unclear, beside: Sequence[ExactValues]) -> Any:
        """The step of arguments that are proven to be rational numbers, or to begin with one."""
        sharp = list(known)
        for k, (a, series) in enumerate(zip(node.args, known, strict=True)):
            if isinstance(series, Along) and not series.zero and series.val == 0:
                number = next((q for proofs in beside if (q := proofs.rational(a)) is not None), None)
                first = self.here.rational(a) if number is None else None
                if number is not None:
                    sharp[k] = constant(number)
                elif first:
                    sharp[k] = made(0, [balls.const(first).value, *series.coefficients[1:]])
        return _step(node.op, sharp, dict(node.params)) if sharp != list(known) else found

    def _sided(self, node: Node, known: Sequence[Any], found: Unclear, moves: Mapping[int, bool]) -> Any:
        """What a step decides of two numbers that are one here: by the rest of their series."""
        if not self.here.equal(*node.args) or any(not k.zero and k.val < 0 for k in known):
            return found
        try:
            rest = [_without_constant(k, moves.get(a, False)) for a, k in zip(node.args, known, strict=True)]
        except Unclear as e:
            return e
        chosen = _step(node.op, rest, {})
        return next((k for k, r in zip(known, rest, strict=True) if chosen is r), chosen)


def _without_constant(a: Along, moves: bool) -> Along:
    if a.zero or not moves:
        return ZERO
    return made(0, [arb(0), *a.coefficients[1:]]) if a.val == 0 else a


def along(
    graph: Graph, x: Sequence[float], direction: Sequence[arb | float], proven: Proven | None = None
) -> list[Series]:  # fmt: skip
    """The outputs along x + t direction, at the precision in force (its order has to be TERMS or more).

    Raises:
        Outside: the function is not defined just beyond the point.
        Unclear: a decision that cannot be made, or a function without such a series.
        Elsewhere: the graph is not the caller's function there.
    """
    values: list[Any] = [None] * len(graph.nodes)
    proven = proven or Proven(graph, x)
    ray: ExactValues | None = None
    chosen: dict[int, tuple[int, int]] = {}
    moves: dict[int, bool] = {}
    start = {i: (x[k], direction[k]) for k, i in enumerate(graph.inputs)}
    for i in graph.live(graph.ends):
        node = graph.nodes[i]
        if node.op == INPUT:
            value, slope = start[i]
            moves[i] = slope != 0
            moved = ZERO if slope == 0 else Along(Q, (arb(slope), *[arb(0)] * (TERMS - 1)))
            values[i] = add(constant(value), moved)
        elif node.op == CONST:
            fixed: Any = node.value  # scalar graphs have numbers and truth values
            values[i] = bool(fixed) if node.kind == "b" else constant(fixed)
        elif i in proven.still and not any(moves.get(a, False) for a in node.args):
            values[i], choice = proven.still[i]
            chosen |= choice
        else:
            known = [values[a] for a in node.args]
            found = _step(node.op, known, dict(node.params))
            clear = isinstance(found, General) or (
                isinstance(found, Along) and (found.zero or not found.coefficients[0].contains(0))
            )
            if not clear and not isinstance(found, bool):
                ray = ray or ExactValues(graph, x, [fraction(d) for d in direction])
                ray.chosen = chosen
                found = proven.mended(i, known, found, [proven.everywhere, ray], moves)
            if node.op in CHOOSING and isinstance(found, Along | General):
                chosen |= _chosen(i, node, known, found)
            moves[i] = any(moves.get(a, False) for a in ((chosen[i][1],) if i in chosen else node.args))
            if not any(moves.get(a, False) for a in node.args):
                proven.still[i] = found, {i: chosen[i]} if i in chosen else {}
            values[i] = found
    found = [values[o] for o in graph.outputs]
    for value in [*(values[g] for g, _ in graph.guards), *found]:
        if isinstance(value, Unclear | Outside):
            raise value
    if any(bool(values[g]) != bool(was) for g, was in graph.guards):
        raise Elsewhere
    return found


def _chosen(i: int, node: Node, known: Sequence[Any], found: Any) -> dict[int, tuple[int, int]]:
    """What a step that chooses has chosen: which of its arguments it is, times 1 or -1, or nothing."""
    same = next((a for a, k in zip(node.args, known, strict=True) if found is k), None)
    if same is not None:
        return {i: (1, same)}
    return {i: (-1 if node.op == "abs" else 0, node.args[0])} if node.op in ("abs", "relu") else {}


def _step(name: str, args: list[Any], params: dict[str, Any]) -> Any:
    """The value of a step; or why it has none, which is nobody's business if no one takes it: the branch not taken."""
    if name == "where" and isinstance(args[0], bool):
        return args[1] if args[0] else args[2]
    for a in args:
        if isinstance(a, Unclear | Outside):
            return a
    try:
        if general_series.wanted(name, args):
            return general_series.step(name, args, params)
        if name in SPECIAL:
            return SPECIAL[name](*args, **params)
        return of_ball(name, *args, **params)
    except (Unclear, Outside) as e:
        return e
