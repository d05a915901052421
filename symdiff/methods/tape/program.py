"""The gradient as a program: the sweep written down once as a graph, laid out as a plan, run at every point.

When it is written, and that it is proven before it is used, is said in `known.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, dtype_of
from symdiff.graph import Node
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import Task
from symdiff.methods.tape import kept
from symdiff.methods.tape.kernels import tanh_pulled_back, to_the_larger
from symdiff.methods.tape.loops import Way
from symdiff.methods.tape.numbers import NumberPlan, in_python
from symdiff.methods.tape.opening import of_several_calls, opened, values_at
from symdiff.methods.tape.plan import Plan
from symdiff.methods.tape.push import push
from symdiff.methods.tape.record_arrays import ArrayRecorder
from symdiff.methods.tape.sweep import rules_of, sweep, through_loop, where_it_arrives
from symdiff.ops.hyperbolic import tanh
from symdiff.ops.piecewise import maximum, minimum
from symdiff.problem import Problem

ARRIVES, MOVES = "where it arrives", "moved where it arrives"

# rules that are written down in a form that costs less and has the same bits
LARGER = "to the larger"
WRITTEN = {tanh.vjp[0]: tanh_pulled_back}
EXCHANGED = {maximum.vjp[0]: False, maximum.vjp[1]: True, minimum.vjp[0]: True, minimum.vjp[1]: False}


def _moved_where_it_arrives(tangent: Any, ct: Any, share: Any) -> Any:
    """The tangent of `where_it_arrives(ct, share)`."""
    return tangent if np.isfinite(share).all() else np.where(np.equal(ct, 0.0), 0.0, tangent)


OWN = {ARRIVES: where_it_arrives, MOVES: _moved_where_it_arrives, LARGER: to_the_larger, **kept.OWN}


class Writer(ArrayRecorder):
    """A recording that is not to be looked into, only to be run at any point."""

    def recorded(self) -> list[Recorded]:
        values = values_at(self.graph, self.point, OWN, range(len(self.graph.nodes)))
        return [Recorded(self.graph, i, value) for i, value in enumerate(values)]

    def push(self, node: Node, y: Any, args: list[Any], tangents: Mapping[int, Any]) -> Any:
        if node.op != ARRIVES:
            return push(node, y, args, tangents)
        return self.own(MOVES, tangents[1], *args) if 1 in tangents else None

    def pulled(self, outputs: Sequence[int], cotangents: Sequence[Any]) -> list[Recorded]:
        seeds: dict[int, Any] = {}
        for o, ct in zip(outputs, cotangents, strict=True):
            seed = ct if self.task.operator == "hvp" else self.written(ct)  # as it is recorded
            seeds[o] = seed if o not in seeds else seeds[o] + seed
        chosen = {*self.inputs}
        adjoints = sweep(
            self.graph, self.tape, seeds, self.graph.varying(chosen), self.rules, self.arrives, chosen,
            of_loops=through_loop if self.task.operator == "hvp" else self.through_loop,
        )  # fmt: skip
        return [self.node(adjoints[i], i) for i in self.inputs]

    def written(self, value: Any) -> Recorded:
        """A plain number as a node."""
        if isinstance(value, Recorded):
            return value
        number = np.asarray(value, np.float64)[()]
        return Recorded(self.graph, self.graph.const(number), number)

    def arrives(self, ct: Any, share: Any) -> Any:
        """Whether a slope is finite is asked at every point anew."""
        return self.own(ARRIVES, ct, share)

    def own(self, op: str, *args: Any, **params: Any) -> Recorded:
        known = [self.written(a) for a in args]
        value = OWN[op](*[v.value for v in known], **params)
        index = self.graph.apply(op, *[v.index for v in known], params=tuple(params.items()), shape=np.shape(value))
        return Recorded(self.graph, index, value)

    def through_loop(self, node: Node, ct: Any, known: Sequence[Any], varies: Sequence[bool], _: Any) -> list[Any]:
        """What `loops.pulled` says, by calls that keep what they need."""
        loop = dict(node.params)["loop"]
        way = Way.of(loop, varies)
        params = {"loop": loop, "rows": loop.rows(), "moving": way.moving, "rules": _rules}
        there = self.own(kept.KEPT, *known[1:], **params)
        answer = self.own(kept.PULLED, there, ct, **params)
        for made in (there, answer):
            self.graph.nodes[made.index].where = node.where
        moving = [k for k, moves in enumerate(way.moving) if moves]
        found: list[Any] = [None] * len(way.moving)
        start = 0
        for k in moving:
            shape = np.shape(known[1 + k].value)
            size = int(np.prod(shape, dtype=int))
            found[k] = np.reshape(answer[start : start + size], shape) if shape else answer[start]
            start += size
        return found

    def branches(self) -> list[tuple[int, bool]]:
        """The branches that a tangent took at a `where` of numbers; a sweep asks for them itself."""
        if self.task.operator not in ("jvp", "hvp"):
            return []
        nodes = self.graph.nodes[: len(self.tape)]
        conditions = {n.args[0] for n in nodes if n.op == "where" and not n.shape and n.args}
        return [(c, bool(self.tape[c].value)) for c in sorted(conditions)]

    def rules(self, node: Node) -> Sequence[Any]:
        rules = rules_of(node)
        if self.task.operator == "hvp" or not node.shape:  # what is differentiated again is the row's own rule
            return rules
        return [self.shorter(rule) for rule in rules]

    def shorter(self, rule: Any) -> Any:
        if rule in EXCHANGED:
            one, two = (2, 1) if EXCHANGED[rule] else (1, 2)
            return lambda ct, *known: self.own(LARGER, ct, known[one], known[two])
        return WRITTEN.get(rule, rule)


def _rules(node: Node) -> Sequence[Any]:
    """The rules in the step of a loop, whose programs know of no ops of the writer's."""
    return [WRITTEN.get(rule, rule) for rule in rules_of(node)] if node.shape else rules_of(node)


def planned(
    problem: Problem | ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]
) -> Plan | NumberPlan:
    """The program, written down at a point. Its inputs are the leaves, then the vector."""
    with np.errstate(all="ignore"):
        writer = Writer(problem, task, *([np.asarray(v, np.float64) for v in some] for some in (leaves, vector)))
        writer.graph.outputs = tuple(e.index for e in writer.entries())
        graph = writer.graph
        graph.guards += writer.branches()
        dtype = "float64" if isinstance(problem, Problem) else problem.dtype
        numbers = isinstance(problem, Problem) or (problem.of_numbers and dtype == "float64")
        composite = (lambda node: not in_python(node)) if numbers else of_several_calls
        forward = problem.graph.live(problem.graph.ends)
        if any(node.op == "scan" for node in graph.nodes):
            graph, first = kept.with_loops(graph)
            forward = [first[i] for i in forward if i in first]
        needed = graph.live(graph.ends)
        if any(graph.nodes[i].args and composite(graph.nodes[i]) for i in needed):
            graph, place = opened(graph, values_at(graph, writer.point, OWN, needed), composite)
            forward = [place[i] for i in forward if i in place]
        primal = range(max(forward, default=-1) + 1)
        title = f"{task.operator} of {problem.source}"
        if numbers:
            return NumberPlan(graph, OWN, title, primal)
        plan = Plan(graph, OWN, {ARRIVES, MOVES}, dtype_of(dtype), title, primal, fuse=task.fuse)
        plan.source += kept.written(graph)
    if plan.loops:
        plan.compile([np.asarray(v, plan.dtype, order="C") for v in (*leaves, *vector)])
    return plan
