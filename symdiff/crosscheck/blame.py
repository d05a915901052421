"""Who is guilty: the first step whose own derivative is wrong.

Every step of the graph is checked as a function of its own, at the numbers it meets here, with the
method that erred. So the name of the op, its argument and the caller's column come out, and the method's
number beside the truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, flat
from symdiff.crosscheck.judging import Case, findings
from symdiff.crosscheck.terrain import survey
from symdiff.crosscheck.verdict import Verdict
from symdiff.graph import CONST, Graph, Node, run
from symdiff.methods.base import Task
from symdiff.ops import TABLE
from symdiff.problem import Problem
from symdiff.scalars import steps

# what to ask of a single op, to find a fault in an operator of the whole
LOCAL = {"value": ("value",), "hessian": ("grad", "hessian"), "hvp": ("grad", "hessian")}
LOCAL_ARRAYS = {"value": ("value",), "hessian": ("vjp", "hvp"), "hvp": ("vjp", "jvp"), "jvp": ("jvp",)}
MOST_LOOKED_AT = 20_000  # scalar steps of one op
CHAINING = "every step's own derivative is right: the mistake is in how they are chained"


def blame(problem: Problem, method: str, x: Sequence[float], operator: str = "grad") -> str:
    """Name the first step whose derivative (or value, for operator "value") `method` gets wrong."""
    if problem.origin is not None and not problem.origin.of_numbers:
        return _blame_arrays(problem.origin, method, problem.origin.leaves(x), operator)
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
        fault = _fault(alone, method, point, LOCAL.get(operator, ("grad",)))
        if fault:
            where = f" at {node.where}" if node.where else ""
            return f"{names[i]} = {node.op}{where}: {fault}"
    return CHAINING if operator != "value" else ""


def _blame_arrays(problem: ArrayProblem, method: str, leaves: Sequence[Any], operator: str) -> str:
    """The same for the steps of a function of arrays: each is a function of arrays of its own."""
    graph = problem.graph
    with np.errstate(all="ignore"):
        values = run(graph, "forward", leaves, lambda c: c)
    varies, names = graph.varying(), graph.names()
    for i in graph.live():
        node = graph.nodes[i]
        moving = [a for a in dict.fromkeys(node.args) if varies[a] and graph.nodes[a].kind == "f"]
        if not moving or node.kind != "f" or not all(np.all(np.isfinite(values[a])) for a in moving):
            continue
        point = [np.asarray(values[a]) for a in moving]
        if steps(graph, [i]) > MOST_LOOKED_AT:
            continue
        alone = _array_alone(graph, i, values, moving).scalars(point)
        asked = {"grad": ("vjp",), "value_and_grad": ("vjp",), "jacobian": ("vjp",)}.get(operator, (operator,))
        fault = _fault(alone, method, tuple(flat(point)), LOCAL_ARRAYS.get(operator, asked))
        if fault:
            where = f" at {node.where}" if node.where else ""
            return f"{names[i]} = {node.op}{where}: {fault}"
    return CHAINING if operator != "value" else ""


def _array_alone(graph: Graph, i: int, values: Sequence[Any], moving: Sequence[int]) -> ArrayProblem:
    """Node i as a function of its varying arguments."""
    node, names = graph.nodes[i], graph.names()
    one = Graph()
    at = {a: one.input(names[a], graph.nodes[a].shape) for a in moving}
    for a in node.args:
        if a not in at:
            value = np.asarray(values[a])
            at[a] = one.const(value if value.ndim or value.dtype.kind == "b" else float(value))
    one.nodes.append(Node(node.op, tuple(at[a] for a in node.args), node.params, None, "", node.where, node.shape, "f"))
    one.outputs = (len(one.nodes) - 1,)

    def own(leaves: Sequence[Any]) -> list[Any]:
        found = run(one, "forward", leaves, lambda c: c)
        return [found[o] for o in one.outputs]

    return ArrayProblem(one, tuple(one.nodes[k].name for k in one.inputs), node.op, own)


def _fault(alone: Problem, method: str, point: tuple[float, ...], operators: Sequence[str]) -> str:
    """What the method says of one op that is not so; the tape is there for its bounds."""
    terrain = survey(alone, point)
    rng = np.random.default_rng(0)
    for operator in operators:
        task = Task(operator, tuple(range(len(alone.names))))
        vector = tuple(rng.uniform(0.5, 1.5, task.vector_length(alone)))
        for f in findings(Case(alone, task, point, vector), dict.fromkeys([method, "tape"]), [], terrain):
            if f.method == method and f.verdict is Verdict.DIFFER:
                order = "" if operator != "hessian" else "2"
                by = " ".join(f"d{name}" for name in f.argument.split("; ")) if f.argument else ""
                what = f"d{order}/{by} is" if by else "the value is"
                return f"{what} {f.reference!r}, {method} says {f.value!r}"
    return ""


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
