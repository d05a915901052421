"""Recording: the tape's derivative programs, written down by running the sweep on recorded values.

The numbers are carried along while the program is written, so that the floats and the program cannot
differ. The branches the numbers took are the program's guards.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from symdiff.graph import CONST, INPUT, run
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import Program, Task
from symdiff.methods.tape.sweep import sweep
from symdiff.ops import TABLE
from symdiff.problem import Problem


def record(problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float]) -> tuple[list[float], Program]:
    """The entries of a task at a point, and the program that produced them."""
    with np.errstate(all="ignore"):  # inf and nan are answers here; the verdict speaks about them
        recorder = Recorder(problem, task, x, vector)
        entries = recorder.entries()
    recorder.graph.outputs = tuple(e.index for e in entries)
    return [float(e.value) for e in entries], Program(recorder.graph, recorder.guards())


class Recorder:
    """One recording: the graph it grows, the point it runs at, and what is asked of it."""

    def __init__(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float]) -> None:
        self.problem, self.task = problem, task
        self.graph = problem.graph.copy()
        vector_nodes = [self.graph.input(f"v{k + 1}") for k in range(len(vector))]
        self.point = [np.float64(v) for v in (*x, *vector)]  # Python floats raise where these say inf
        self.inputs = [problem.graph.inputs[k] for k in task.wrt]
        self.tape = self.recorded()
        self.vector = [self.tape[i] for i in vector_nodes]

    def recorded(self) -> list[Recorded]:
        """Every node of the graph so far as a recorded value."""
        values = run(self.graph, "forward", self.point, np.float64, needed=range(len(self.graph.nodes)))
        return [Recorded(self.graph, i, value) for i, value in enumerate(values)]

    def entries(self) -> list[Recorded]:
        outputs, operator = self.problem.graph.outputs, self.task.operator
        value = [self.tape[o] for o in outputs]
        if operator == "value":
            return value
        if operator == "jvp":
            return self.pushed(dict(zip(self.inputs, self.vector, strict=True)))
        if operator == "vjp":
            return self.pulled(outputs, self.vector)
        rows = [self.pulled([o], [1.0]) for o in outputs]
        if operator == "value_and_grad":
            return value + rows[0]
        if operator == "hessian":
            return [second for row in rows for first in row for second in self.again(first)]
        if operator == "hvp" and not self.vector:
            return []
        if operator == "hvp":  # the gradient of g . v
            return self.again(reduce(add, [g * v for g, v in zip(rows[0], self.vector, strict=True)]))
        return [entry for row in rows for entry in row]

    def pulled(self, outputs: Sequence[int], cotangents: Sequence[Any]) -> list[Recorded]:
        """One reverse sweep: a recorded adjoint for each input, zero where none arrived."""
        seeds: dict[int, Any] = {}
        for o, ct in zip(outputs, cotangents, strict=True):
            seeds[o] = ct if o not in seeds else seeds[o] + ct
        adjoints = sweep(self.graph, self.tape, seeds)
        return [self.node(adjoints[i]) for i in self.inputs]

    def again(self, y: Recorded) -> list[Recorded]:
        """The sweep of the sweep: the program so far is a function like any other."""
        if len(self.tape) < len(self.graph.nodes):
            self.tape = self.recorded()
        return self.pulled([y.index], [1.0])

    def pushed(self, tangents: dict[int, Any]) -> list[Recorded]:
        """Forward accumulation. An elementwise pull-back is a product with the partial, so the same
        rule carries a tangent forward."""
        for i, node in enumerate(self.problem.graph.nodes):
            if node.op in (INPUT, CONST):
                continue
            if node.op == "where":
                taken = node.args[1] if self.tape[node.args[0]] else node.args[2]
                if taken in tangents:
                    tangents[i] = tangents[taken]
                continue
            rules = zip(node.args, TABLE[node.op].vjp, strict=True)
            moving = [(a, rule) for a, rule in rules if rule is not None and a in tangents]
            if moving:
                args, params = [self.tape[a] for a in node.args], dict(node.params)
                terms = [rule(tangents[a], self.tape[i], *args, **params) for a, rule in moving]
                tangents[i] = reduce(add, terms)
        return [self.node(tangents.get(o)) for o in self.problem.graph.outputs]

    def node(self, value: Any) -> Recorded:
        """A plain number (a seed that met no rule; None: no path at all) as a node of the program."""
        if isinstance(value, Recorded):
            return value
        number = 0.0 if value is None else float(value)
        return Recorded(self.graph, self.graph.const(number), np.float64(number))

    def guards(self) -> tuple[tuple[int, bool], ...]:
        """The conditions of the caller's `where`s, as they came out."""
        nodes = self.problem.graph.nodes
        conditions = {nodes[i].args[0] for i in self.problem.graph.live() if nodes[i].op == "where"}
        return tuple((c, bool(self.tape[c].value)) for c in sorted(conditions))

