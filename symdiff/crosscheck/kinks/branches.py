"""The branches that derivative programs take at a kink, and what rounding may do to them there.

At an exact zero a comparison is decided, by the exact numbers as by the floats: relu'(0) is 0 because 0 > 0 does
not hold. Bounds that allow the zero to be anything near it would allow the program everything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symdiff import balls
from symdiff.balls import precision
from symdiff.crosscheck.certified.rounding import Bounds, bounds
from symdiff.crosscheck.judging import Case, borrowed, with_lender
from symdiff.crosscheck.places.alike import Ties
from symdiff.crosscheck.places.comparisons import HOLDS
from symdiff.crosscheck.places.terrain import FIRST_BITS
from symdiff.graph import Graph, rewritten, run
from symdiff.methods.base import Answer, Program


@dataclass(frozen=True, slots=True)
class Decided:
    """A program with the decisions made that its floats made: exact numbers decide otherwise (`why` says where), or
    it takes a proof to decide them as the floats do, which balls have not ("")."""

    why: str
    program: Program


def limits_of(case: Case, answers: Mapping[str, Answer]) -> tuple[dict[str, list[Bounds]], dict[str, Decided]]:
    """Bounds for the branches that the programs take at the kink, and those whose decisions balls do not show."""
    point, limits, decided = [*case.x, *case.vector], {}, {}
    for name, program in with_lender(case, answers).items():
        decisions, place, proven = _decisions(program, point)
        if name in answers and (place or proven):
            why = f"rounding decides the branch at {place}" if place else ""
            decided[name] = Decided(why, _decided(program, decisions))
        limits[name] = bounds(replace(program, guards=tuple(decisions.items())), point)
    return limits, decided


def _decided(program: Program, decisions: Mapping[int, Any]) -> Program:
    """The program with these conditions and jumps as what they were."""

    def step(new: Graph, i: int, args: list[int]) -> int:
        node, was = program.graph.nodes[i], decisions.get(i)
        if isinstance(was, bool):
            return new.apply("greater", new.const(float(was)), new.const(0.5), kind="b")
        if was is not None:
            return new.const(was)
        return new.apply(node.op, *args, params=node.params, where=node.where, kind=node.kind)

    return replace(program, graph=rewritten(program.graph, step)[0], guards=())


def _decisions(program: Program, point: Sequence[float]) -> tuple[dict[int, Any], str, bool]:
    """What the floats of a program decide at every comparison and jump, where exact numbers decide otherwise, and
    whether some of that is proven, and not shown by balls."""
    graph = program.graph
    with precision(FIRST_BITS):
        exact = run(graph, "ball", [balls.const(v) for v in point], balls.const)
    with np.errstate(all="ignore"):
        floats = run(graph, "forward", [np.float64(v) for v in point], np.float64)
    decisions: dict[int, Any] = dict(program.guards)
    place, proven = "", False
    ties = Ties(graph, point, graph.live())
    for i in graph.live():
        node, value = graph.nodes[i], exact[i]
        if node.op in HOLDS and value is None and ties.at(i):
            value, proven = HOLDS[node.op](0), True
        if isinstance(value, bool):
            same = bool(floats[i]) == value
            decisions.setdefault(i, bool(floats[i]))
            place = place or ("" if same else node.where or graph.names()[i])
        elif node.op == "sign" and ((shown := exact[node.args[0]].value == 0) or _is_tied(ties, i, exact)):
            proven = proven or not shown
            decisions[i] = float(floats[i])
            place = place or ("" if floats[i] == 0.0 else node.where or graph.names()[i])
    return decisions, place, proven


def _is_tied(ties: Ties, i: int, exact: Sequence[Any]) -> bool:
    """Whether a sign is proven to be that of zero."""
    value = exact[ties.graph.nodes[i].args[0]].value
    return not (value > 0 or value < 0) and ties.at(i)


def limit_of(name: str, limits: Mapping[str, list[Bounds]], k: int) -> float:
    """How far off an entry may be by rounding; of a program that cannot be opened, going by the tape's."""
    limit = limits[name][k] if name in limits else borrowed(name, limits, k)
    return math.inf if limit is None else limit.program
