"""Where the point lies: inside the domain, outside it, or on a kink.

Read off the graph in balls: an op whose argument is certainly not in its domain, or a switching
function (the argument of abs, the difference under max, the two sides of a comparison) that is zero.
What only a decision depends on (`assert abs(sum(p) - 1) < 1e-9`) is not differentiated: there a kink does
not matter, and only a jump does, as that of the comparison itself.
Only the steps that take part are looked at: not the branch of a `where` that was not taken.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb

from symdiff.arrays import ArrayProblem
from symdiff.balls import Ball, precision
from symdiff.balls.functions import is_infinite
from symdiff.crosscheck.places.alike import Ties
from symdiff.graph import INPUT, Graph, Node, run
from symdiff.groups import groups
from symdiff.methods.ball import noted_values
from symdiff.ops import TABLE
from symdiff.ops.reductions import spread
from symdiff.problem import Problem

# what one argument has to be for the others not to matter: a or b is true if a is
_SETTLED_BY = {"logical_or": True, "logical_and": False}
FIRST_BITS, LAST_BITS = 192, 24576
UNPROVEN = "its switching argument is zero to all digits looked at, and is not proven to be"


@dataclass(frozen=True, slots=True)
class Terrain:
    """What is special about a point; all empty at an ordinary one.

    `outside` says why f is not defined, `kink` which step has no derivative, `unsure` what could not be
    decided. `bits` is the precision that settled it, `sides` the sign of every switching function; `kinks` are
    the nodes that have no derivative.
    """

    outside: str = ""
    kink: str = ""
    unsure: str = ""
    bits: int = FIRST_BITS
    sides: tuple[int, ...] = ()
    kinks: tuple[int, ...] = ()

    @property
    def ordinary(self) -> bool:
        return not (self.outside or self.kink or self.unsure)


def survey(problem: Problem, x: Sequence[float]) -> Terrain:
    """Look at the point, with more and more bits until everything is decided."""
    graph, bits = problem.graph, FIRST_BITS
    ends = graph.ends
    ties = Ties(graph, x, groups(graph, ends).order)
    while True:
        with precision(bits):
            found = _survey(graph, x, ends, ties, bits)
        if not found.unsure or found.outside or bits >= LAST_BITS:
            return found
        bits *= 2


def _survey(graph: Graph, x: Sequence[float], ends: Sequence[int], ties: Ties, bits: int) -> Terrain:
    values = noted_values(graph, x, ends)
    steps = groups(graph, ends)
    kinked = any(row.kink is not None for g in steps.groups if (row := TABLE.get(g.op)) is not None)
    varies = _moving(graph, steps.order, values) if kinked else []
    kink = unsure = ""
    sides: list[int] = []
    kinks: list[int] = []
    differentiated = set(taking_part(graph, values, graph.outputs)) if kinked else set()
    plain = {g.op for g in steps.groups if _is_plain(g.op)}
    for i in taking_part(graph, values):
        if graph.nodes[i].op in plain and values[i].value.is_finite():
            continue  # nothing can be special about it
        node = graph.nodes[i]
        row = TABLE.get(node.op)
        if row is None:
            continue
        args, params = [values[a] for a in node.args], dict(node.params)
        if row.domain.outside is not None and row.domain.outside(*args, **params):
            return Terrain(outside=_outside(graph, i, values), bits=bits)
        alike = len(node.args) > 1 and len(set(node.args)) == 1
        tied = alike and (row.boolean or node.op in ("max", "min"))  # max(x, x) is x, and x > x never
        matters = i in differentiated or (row.kink is not None and row.kink.jump)
        if row.kink is not None and matters and not tied and any(varies[a] for a in node.args):
            for k, switch in enumerate(_switches(row.kink.at(*args, **params))):
                side = switch
                if not (side > 0 or side < 0 or side == 0):
                    side = arb(0) if ties.at(i, k) else switch
                sides.append(1 if side > 0 else -1 if side < 0 else 0)
                if side == 0:
                    kink = kink or _place(graph, i)
                    kinks.append(i)
                elif not (side > 0 or side < 0):
                    unsure = unsure or f"{_place(graph, i)}: {UNPROVEN}"
        known = row.boolean or values[i].value.is_finite() or is_infinite(values[i].value)
        if not known and not unsure:
            unsure = f"{_place(graph, i)}: its value cannot be enclosed"
    return Terrain(kink=kink, unsure=unsure, bits=bits, sides=tuple(sides), kinks=tuple(kinks))


def _is_plain(op: str) -> bool:
    """Whether an op has values wherever its arguments have, and no kink."""
    row = TABLE.get(op)
    return row is not None and row.kink is None and row.domain.outside is None and not row.boolean


def _moving(graph: Graph, needed: Sequence[int], values: Sequence[Any]) -> list[bool]:
    """Which nodes move when the inputs do, here: not a maximum that a constant clearly won, nor the clipped."""
    moves = [False] * len(graph.nodes)
    for i in needed:
        node = graph.nodes[i]
        args = _wins(graph, i, values)
        moves[i] = node.op == INPUT or any(moves[a] for a in args)
    return moves


def _wins(graph: Graph, i: int, values: Sequence[Any]) -> tuple[int, ...]:
    """The arguments that decide the value of a node on the piece the point lies on."""
    node = graph.nodes[i]
    if node.op in ("max", "min"):
        a, b = (values[k].value for k in node.args)
        if a > b or a < b:
            return (node.args[(a < b) == (node.op == "max")],)
    if node.op == "clip":
        x, low, high = (values[k].value for k in node.args)
        if low < high and (x < low or x > high):
            return (node.args[1 if x < low else 2],)
    return _takes(graph, i, values)


def smooth_everywhere(graph: Graph) -> bool:
    """Whether no step has a kink or an end of its domain, and the caller's code decided nothing."""
    return not graph.guards and not any(_switching(graph.nodes[i]) for i in graph.live())


def array_sides(problem: ArrayProblem) -> Callable[[Sequence[np.ndarray]], object]:
    """What tells the sides of all switching functions of a function of arrays at its leaves, as its floats have them;
    something equal to nothing outside the domain, and where the caller's code decides otherwise than when it was
    recorded."""
    graph = problem.graph
    if smooth_everywhere(graph):
        return lambda leaves: ()
    needed = graph.live(graph.ends)
    differentiated = set(graph.live(graph.outputs))

    def sides(leaves: Sequence[np.ndarray]) -> object:
        with np.errstate(all="ignore"):
            try:
                values = run(graph, "forward", leaves, lambda c: c, needed)
            except np.linalg.LinAlgError:  # a singular matrix: not defined there
                return object()
            if not all(np.array_equal(values[g], was) for g, was in graph.guards):
                return object()
            found = _sides(graph, needed, differentiated, values)
        return object() if found is None else tuple(found)

    return sides


def _sides(graph: Graph, needed: Sequence[int], differentiated: set[int], values: Sequence[Any]) -> list[Any] | None:
    """The sides of every switching function, those in loops once for every step; None outside the domain."""
    sides: list[Any] = []
    for i in needed:
        node = graph.nodes[i]
        row = TABLE.get(node.op)
        if row is None:
            continue
        args, params = [values[a] for a in node.args], dict(node.params)
        if row.domain.outside is not None and np.any(row.domain.outside(*args, **params)):
            return None
        if row.kink is not None and (row.kink.jump or i in differentiated):
            at = row.kink.at(*args, **params)
            sides += [np.sign(part).tobytes() for part in (at if isinstance(at, tuple) else (at,))]
        elif node.op in ("amax", "amin"):
            sides.append(np.argmax(args[0] == spread(values[i], args[0], params["axis"])).tobytes())
        elif node.op == "scan" and _switching(node):
            of_steps = _sides_of_steps(params["loop"], args)
            if of_steps is None:
                return None
            sides += of_steps
    return sides


def _sides_of_steps(loop: Any, args: Sequence[Any]) -> list[Any] | None:
    sides: list[Any] = []
    live, outside = loop.body.live(), False

    def step(given: list[Any]) -> list[Any]:
        nonlocal outside
        values = loop.values("forward", given)
        found = _sides(loop.body, live, set(live), values)
        outside = outside or found is None
        sides.extend(found or ())
        return [values[o] for o in loop.body.outputs]

    loop.turned(step, args)
    return None if outside else sides


def _switching(node: Node) -> bool:
    row = TABLE.get(node.op)
    if node.op == "scan":
        return any(map(_switching, dict(node.params)["loop"].body.nodes))
    return row is not None and (row.kink is not None or row.domain.outside is not None or node.op in ("amax", "amin"))


def taking_part(graph: Graph, values: Sequence[Any], of: Collection[int] | None = None) -> list[int]:
    """The nodes that the outputs and the caller's decisions (or the nodes `of`) depend on here, in order: of a
    `where` only the branch taken, of an `or` only the argument that is true."""
    wanted = set(graph.ends) if of is None else set(of)
    if of is None:
        steps = groups(graph, graph.ends)
        if not any(g.op == "where" or g.op in _SETTLED_BY for g in steps.groups):
            return list(steps.order)  # all take part
    order = []
    for i in range(max(wanted, default=-1), -1, -1):
        if i not in wanted:
            continue
        order.append(i)
        wanted.update(_takes(graph, i, values))
    return order[::-1]


def _takes(graph: Graph, i: int, values: Sequence[Any]) -> tuple[int, ...]:
    node = graph.nodes[i]
    if node.op == "where" and values[node.args[0]] is not None:
        condition, yes, no = node.args
        return (condition, yes if values[condition] else no)
    if node.op in _SETTLED_BY:
        return next(((a,) for a in node.args if values[a] is _SETTLED_BY[node.op]), node.args)
    return node.args


def _switches(at: Any) -> list[arb]:
    parts = at if isinstance(at, tuple) else (at,)
    return [p.value if isinstance(p, Ball) else arb(p) for p in parts]


def _place(graph: Graph, i: int) -> str:
    """`abs at column 3`; of what was compared to find an order, which stands nowhere in the caller's code, the two."""
    node = graph.nodes[i]
    if node.where:
        return f"{node.op} at {node.where}"
    names = graph.names()
    if any(g == i for g, _ in graph.guards) and len(node.args) == 2:
        return f"the order of {names[node.args[0]]} and {names[node.args[1]]}"
    return f"{names[i]} = {node.op}"


def _outside(graph: Graph, i: int, values: Sequence[Any]) -> str:
    node = graph.nodes[i]
    given = ", ".join(f"{float(values[a].value):.6g}" for a in node.args if isinstance(values[a], Ball))
    return f"{_place(graph, i)} needs {TABLE[node.op].domain.says or 'another argument'}, got {given}"
