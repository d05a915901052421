"""Matrix programs: the reverse walk over a graph of arrays, for functions too large to take apart.

The local partials of elementwise steps and of logsumexp are SymPy's, each op once; what matmul, transpose, sum and
the like do to an adjoint is stated in `structural.py`. The result is a graph again, of table ops on arrays.

An adjoint may be smaller than its node, as long as it broadcasts to it: the spreading is left to the next step.
Source of the rules: M. Giles, "Collected matrix derivative results for forward and reverse mode", 2008.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from symdiff.arrays import ArrayProblem
from symdiff.errors import UnsupportedError
from symdiff.graph import CONST, Graph
from symdiff.methods.base import TANGENTS, Task
from symdiff.methods.symbolic.structural import RULES, Builder
from symdiff.methods.symbolic.templates import shape_of, template
from symdiff.ops import TABLE

LARGEST = 60_000  # nodes of the recorded graph: about ten times as many are written down


def array_program(problem: ArrayProblem, task: Task) -> Graph:
    """The program of a task: inputs are the leaves, then the vector; outputs the entries, one array each.

    Raises `UnsupportedError` for an op or operator that the walk cannot do, and names it.
    """
    if len(problem.graph.nodes) > LARGEST:
        raise UnsupportedError(
            f"the matrix program would be of {len(problem.graph.nodes):,} steps, more than {LARGEST:,}"
        )
    graph = problem.graph.copy()
    wrt, outputs = [graph.inputs[k] for k in task.wrt], list(graph.outputs)
    build = Builder(graph)
    try:
        graph.outputs = tuple(_entries(build, task, wrt, outputs))
    except (TypeError, ValueError, ArithmeticError, AttributeError) as e:  # SymPy's own errors are of many kinds
        raise UnsupportedError(f"SymPy cannot do this: {type(e).__name__}: {e}") from e
    return graph


def _entries(build: Builder, task: Task, wrt: Sequence[int], outputs: Sequence[int]) -> list[int]:
    operator, shape = task.operator, build.shape
    if operator == "value":
        return list(outputs)
    if operator in ("grad", "value_and_grad", "hvp", "tvp"):
        gradient = pulled(build, {outputs[0]: build.graph.const(1.0)}, wrt)
        for turn in range(TANGENTS.get(operator, 0)):  # the gradient of this gradient times the next vector
            first = 1 + turn * len(wrt)
            v = [build.graph.input(f"v{first + k}", shape(i)) for k, i in enumerate(wrt)]
            gradient = pulled(build, {_inner(build, gradient, v): build.graph.const(1.0)}, wrt)
        return [outputs[0], *gradient] if operator == "value_and_grad" else gradient
    if operator not in ("vjp", "jvp"):
        raise UnsupportedError(f"{operator} has no matrix program: use grad, vjp, jvp, hvp or tvp")
    cotangents = [build.graph.input(f"c{k + 1}", shape(o)) for k, o in enumerate(outputs)]
    seeds: dict[int, int] = {}
    for o, ct in zip(outputs, cotangents, strict=True):
        seeds[o] = build("add", seeds[o], ct) if o in seeds else ct
    pulled_back = pulled(build, seeds, wrt)
    if operator == "vjp":
        return pulled_back
    # the vjp is linear in the cotangent c, and v . vjp(c) = c . jvp(v): its gradient by c is the jvp
    v = [build.graph.input(f"v{k + 1}", shape(i)) for k, i in enumerate(wrt)]
    found = pulled(build, {_inner(build, pulled_back, v): build.graph.const(1.0)}, cotangents)
    build.graph.inputs = [i for i in build.graph.inputs if i not in cotangents]  # none of them is left in it
    if set(cotangents) & set(build.graph.live(found)):
        raise UnsupportedError("jvp has no matrix program here: an adjoint is not linear in its cotangent")
    return found


def _inner(build: Builder, some: Sequence[int], others: Sequence[int]) -> int:
    terms = []
    for g, v in zip(some, others, strict=True):
        product = build("mul", g, v)
        axes = tuple(range(len(build.shape(product))))
        terms.append(build("sum", product, axis=axes) if axes else product)
    return reduce(lambda a, b: build("add", a, b), terms, build.graph.const(0.0))


def pulled(build: Builder, seeds: dict[int, int], wrt: Sequence[int]) -> list[int]:
    """The adjoints of the nodes `wrt`, each in its full shape; `seeds` are those of the outputs."""
    graph = build.graph
    live, varies = graph.live(seeds), graph.varying()
    masked = _behind_where(graph, live)
    known = dict(seeds)
    for i in reversed(live):
        node = graph.nodes[i]
        if i not in known or not node.args or not varies[i] or node.kind != "f":
            continue
        if TABLE[node.op].elementwise and node.op != "where":
            shares = _elementwise(build, i, known[i], varies, i in masked)
        elif node.op in RULES:
            shares = RULES[node.op](build, i, known[i])
        else:
            raise UnsupportedError(f"the matrix program has no rule for {node.op}{_place(node.where)}")
        for a, arrived in shares:
            if varies[a] and graph.nodes[a].kind == "f":
                spread = TABLE[node.op].elementwise
                share = build.fitted(arrived, node.shape, graph.nodes[a].shape) if spread else arrived
                known[a] = build("add", known[a], share) if a in known else share
    zero = graph.const(0.0)
    return [build.full(known.get(i, zero), graph.nodes[i].shape) for i in wrt]


def _place(where: str) -> str:
    return f" ({where})" if where else ""


def _elementwise(build: Builder, i: int, ct: int, varies: Sequence[bool], masked: bool) -> list[tuple[int, int]]:
    """SymPy's partials of one step, times the adjoint."""
    graph = build.graph
    node = graph.nodes[i]
    if TABLE[node.op].boolean:
        return []
    # an exponent, or a small whole number, SymPy sees; any other constant is a letter
    telling = sorted({a for k, a in enumerate(node.args) if _telling(graph, node.op, k, a)})
    leaves = tuple(sorted({*node.args} - {*telling}))
    ready = template(shape_of(graph, (*telling, i), leaves), len(leaves))
    found = []
    for k, (a, partial) in enumerate(zip(leaves, build.copied(ready.graph, leaves), strict=True)):
        if varies[a] and ready.constant[k] != 0.0:
            ready.must_have(k)
            share = build.scaled(ct, partial)
            if masked:  # that entry belongs to the branch that was not taken: 0 times its slope may be nan
                share = build("where", build("equal", ct, graph.const(0.0)), graph.const(0.0), share)
            found.append((a, share))
    return found


def _telling(graph: Graph, op: str, place: int, a: int) -> bool:
    node = graph.nodes[a]
    if node.op != CONST or node.shape or not isinstance(node.value, float | int):
        return False
    return (op == "power" and place == 1) or (abs(node.value) <= 64 and float(node.value).is_integer())


def _behind_where(graph: Graph, live: Sequence[int]) -> set[int]:
    """The nodes whose value goes into a branch of a `where`."""
    reached: set[int] = set()
    for i in reversed(live):
        node = graph.nodes[i]
        if i in reached:
            reached.update(node.args)
        elif node.op == "where":
            reached.update(node.args[1:])
    return reached
