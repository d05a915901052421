"""The branches that derivative programs take at a kink, and what rounding may do to them there.

At an exact zero a comparison is decided, by the exact numbers as by the floats: relu'(0) is 0 because 0 > 0 does
not hold. Bounds that allow the zero to be anything near it would allow the program everything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff import balls
from symdiff.balls import precision
from symdiff.crosscheck.judging import Case, borrowed, with_lender
from symdiff.crosscheck.rounding import Bounds, bounds
from symdiff.crosscheck.terrain import FIRST_BITS
from symdiff.graph import run
from symdiff.methods.base import Answer, Program


def limits_of(case: Case, answers: Mapping[str, Answer]) -> tuple[dict[str, list[Bounds]], dict[str, str]]:
    """Bounds for the branches that the programs take at the kink, and whose floats decide otherwise than exact
    numbers would, with the place in words."""
    point, limits, flipped = [*case.x, *case.vector], {}, {}
    for name, program in with_lender(case, answers).items():
        decisions, place = _decisions(program, point)
        if place and name in answers:
            flipped[name] = f"rounding decides the branch at {place}"
        limits[name] = bounds(replace(program, guards=tuple(decisions.items())), point)
    return limits, flipped


def _decisions(program: Program, point: Sequence[float]) -> tuple[dict[int, Any], str]:
    """What exact numbers decide at every comparison and jump of a program, and where its floats do not."""
    graph = program.graph
    with precision(FIRST_BITS):
        exact = run(graph, "ball", [balls.const(v) for v in point], balls.const)
    with np.errstate(all="ignore"):
        floats = run(graph, "forward", [np.float64(v) for v in point], np.float64)
    decisions: dict[int, Any] = dict(program.guards)
    place = ""
    for i in graph.live():
        node, value = graph.nodes[i], exact[i]
        if isinstance(value, bool):
            decisions.setdefault(i, value)
            place = place or ("" if bool(floats[i]) == value else node.where or graph.names()[i])
        elif node.op == "sign" and exact[node.args[0]].value == 0:
            decisions[i] = 0.0
            place = place or ("" if floats[i] == 0.0 else node.where or graph.names()[i])
    return decisions, place


def limit_of(name: str, limits: Mapping[str, list[Bounds]], k: int) -> float:
    """How far off an entry may be by rounding; of a program that cannot be opened, going by the tape's."""
    limit = limits[name][k] if name in limits else borrowed(name, limits, k)
    return math.inf if limit is None else limit.program
