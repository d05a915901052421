"""Who is guilty: the first step whose own derivative is wrong.

Every step of the graph is checked as a function of its own, at the numbers it meets here, with the
method that erred. So the name of the op, its argument and the caller's column come out, and the method's
number beside the truth.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem
from symdiff.crosscheck.blaming.blame_arrays import blame_arrays
from symdiff.crosscheck.blaming.chained import chaining, without_a_slope
from symdiff.crosscheck.blaming.single_op import CHAINING, NOBODY, fault
from symdiff.crosscheck.report import Finding
from symdiff.crosscheck.verdict import Verdict
from symdiff.graph import CONST, Graph, Node, run
from symdiff.methods.modes import split
from symdiff.ops import TABLE
from symdiff.problem import Problem

# what to ask of a single op, to find a fault in an operator of the whole
LOCAL = {
    "value": ("value",), "hessian": ("grad", "hessian"), "hvp": ("grad", "hessian"),
    "third": ("grad", "hessian", "third"), "tvp": ("grad", "hessian", "third"),
}  # fmt: skip


def blame(problem: Problem, method: str, x: Sequence[float], operator: str = "grad", finite: bool = True) -> str:
    """Name the first step whose derivative (or value, for operator "value") `method` gets wrong; where there is none,
    what else is to blame. `finite`: what the method says is a number."""
    said = _guilty(problem, method, x, operator)
    if said not in (CHAINING, NOBODY):
        return said
    if not finite:
        origin = problem.origin
        graph, leaves = (problem.graph, x) if origin is None else (origin.graph, origin.leaves(x))
        return without_a_slope(graph, leaves) or said
    other = chaining(problem, method, x, operator, _alone)
    return said if other == CHAINING else other


def blame_large(problem: ArrayProblem, method: str, leaves: Sequence[Any], operator: str, finite: bool = True) -> str:
    """The same of a function that is too large to be taken apart."""
    said = blame_arrays(problem, method, leaves, operator, large=True)
    if finite or said not in (CHAINING, NOBODY):
        return said
    return without_a_slope(problem.graph, leaves) or said


def _guilty(problem: Problem, method: str, x: Sequence[float], operator: str) -> str:
    origin = problem.origin
    if origin is not None and ((method == "jax" and origin.native is not None) or not origin.of_numbers):
        return blame_arrays(origin, method, origin.leaves(x), operator)
    graph = problem.graph
    with np.errstate(all="ignore"):
        values = run(graph, "forward", x, np.float64)
    varies, names = graph.varying(), graph.names()
    for i in graph.live():
        node = graph.nodes[i]
        moving = [a for a in node.args if varies[a]]
        if not moving or not all(np.isfinite(values[a]) for a in node.args):
            continue
        alone = _alone(graph, i, values)
        if _is_bool(alone.graph, alone.graph.outputs[0]) or not alone.names:
            continue
        point = tuple(float(values[a]) for a in dict.fromkeys(moving) if not _is_bool(graph, a))
        guilty = fault(alone, method, point, _local(operator))
        if guilty:
            where = f" at {node.where}" if node.where else ""
            return f"{names[i]} = {node.op}{where}: {guilty}"
    return CHAINING if operator != "value" else ""


def blamed(found: Sequence[Finding], methods: Sequence[str], who: Callable[[str, str, bool], str]) -> list[Finding]:
    """The findings, with the guilty step of every method that differs. `who` is asked of a method, an operator and
    whether the entries are numbers."""
    wrong = [f for f in found if f.verdict is Verdict.DIFFER and f.method in methods]
    guilty = {about: who(*about) for about in dict.fromkeys(map(_about, wrong))}
    return [replace(f, blame=guilty.get(_about(f), "")) if f.verdict is Verdict.DIFFER else f for f in found]


def _about(f: Finding) -> tuple[str, str, bool]:
    return f.method, f.operator, f.value is None or math.isfinite(f.value)


def _local(operator: str) -> tuple[str, ...]:
    """What to ask of a single op. A rule may be wrong in one composition of modes only: then in this one."""
    plain, modes = split(operator)
    return (*LOCAL.get(plain, ("grad", "vjp")), *([operator] if modes else []))


def _alone(graph: Graph, i: int, values: Sequence[object]) -> Problem:
    """Node i as a function of its varying arguments; the others are constants."""
    node, varies, names = graph.nodes[i], graph.varying(), graph.names()
    one, at = Graph(), {}
    for a in dict.fromkeys(node.args):
        if _is_bool(graph, a):
            truth = one.const(1.0 if values[a] else 0.0)
            at[a] = one.apply("greater", truth, one.const(0.5))
        elif varies[a]:
            at[a] = one.input(names[a])
        elif graph.nodes[a].op == CONST:
            at[a] = one.const(graph.nodes[a].value)  # type: ignore[arg-type]  # a "const" always has a value
        else:
            at[a] = one.const(float(values[a]))  # type: ignore[arg-type]  # a number: the node is no boolean
    one.nodes.append(Node(node.op, tuple(at[a] for a in node.args), node.params, where=node.where))
    one.outputs = (len(one.nodes) - 1,)
    return Problem(one, tuple(one.nodes[k].name for k in one.inputs), node.op, "text")


def _is_bool(graph: Graph, i: int) -> bool:
    row = TABLE.get(graph.nodes[i].op)
    return row is not None and row.boolean
