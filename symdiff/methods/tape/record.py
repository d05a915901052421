"""Recording: the tape's derivative programs, written down by running the sweep on recorded values.

The numbers are carried along while the program is written, so that the floats and the program cannot
differ. The branches the numbers took are the program's guards.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.graph import CONST, INPUT, run
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import MATRICES, TANGENTS, Program, Task
from symdiff.methods.modes import REVERSE
from symdiff.methods.tape.compositions import Composition
from symdiff.methods.tape.push import push
from symdiff.methods.tape.sweep import sweep


def record(problem: Any, task: Task, x: Sequence[Any], vector: Sequence[Any]) -> tuple[list[float], Program]:
    """The entries of a task at a point, and the program that produced them."""
    with np.errstate(all="ignore"):  # inf and nan are answers here; the verdict speaks about them
        recorder = Recorder(problem, task, x, vector)
        entries = recorder.entries()
    recorder.graph.outputs = tuple(e.index for e in entries)
    return [float(e.value) for e in entries], Program(recorder.graph, recorder.guards())


class Recorder:
    """One recording: the graph it grows, the point it runs at, and what is asked of it.

    The point is one number or array per input, and so is every tangent; the cotangents of vjp are one per
    output.
    """

    def __init__(self, problem: Any, task: Task, x: Sequence[Any], vector: Sequence[Any]) -> None:
        self.problem, self.task = problem, task
        self.graph = problem.graph.copy()
        vector_nodes = [self.graph.input(f"v{k + 1}", np.shape(v)) for k, v in enumerate(vector)]
        self.point = [_float64(v) for v in (*x, *vector)]  # Python floats raise where these say inf
        self.inputs = [problem.graph.inputs[k] for k in task.wrt]
        self.tape = self.recorded()
        self.vector = [self.tape[i] for i in vector_nodes]

    def recorded(self) -> list[Recorded]:
        """Every node of the graph so far as a recorded value."""
        values = run(self.graph, "forward", self.point, _float64, needed=range(len(self.graph.nodes)))
        return [Recorded(self.graph, i, value) for i, value in enumerate(values)]

    def entries(self) -> list[Recorded]:
        outputs, operator = self.problem.graph.outputs, self.task.operator
        value = [self.tape[o] for o in outputs]
        if operator == "value":
            return value
        if operator == "jvp":
            return self.pushed(outputs, self.moving(self.vector))
        if operator == "vjp":
            return self.pulled(outputs, self.vector)
        if operator in ("hvp", "tvp"):
            return Composition(self, self.task.modes or (REVERSE,) * (1 + TANGENTS[operator])).entries()
        rows = [self.pulled([o], [1.0]) for o in outputs]
        if operator == "value_and_grad":
            return value + rows[0]
        entries = [entry for row in rows for entry in row]
        for _ in range(MATRICES.get(operator, 1) - 1):
            entries = [further for entry in entries for further in self.again(entry)]
        return entries

    def moving(self, tangent: Sequence[Any]) -> dict[int, Any]:
        """The tangent of each input; one that is chosen twice moves by both."""
        tangents: dict[int, Any] = {}
        for i, t in zip(self.inputs, tangent, strict=True):
            tangents[i] = tangents[i] + t if i in tangents else t
        return tangents

    def pulled(self, outputs: Sequence[int], cotangents: Sequence[Any]) -> list[Recorded]:
        """One reverse sweep: a recorded adjoint for each input, zero where none arrived."""
        seeds: dict[int, Any] = {}
        for o, ct in zip(outputs, cotangents, strict=True):
            seeds[o] = ct if o not in seeds else seeds[o] + ct
        varies, own = self.graph.varying(frozenset(self.inputs)), len(self.problem.graph.nodes)
        adjoints = sweep(self.graph, self.tape, seeds, varies, own=own)
        return [self.node(adjoints[i], i) for i in self.inputs]

    def again(self, y: Recorded) -> list[Recorded]:
        """The sweep of the sweep: the program so far is a function like any other."""
        self.up_to_date()
        return self.pulled([y.index], [1.0])

    def up_to_date(self) -> None:
        """What was written down since the last sweep is part of the tape, too."""
        if len(self.tape) < len(self.graph.nodes):
            self.tape = self.recorded()

    def pushed(self, wanted: Sequence[int], tangents: dict[int, Any]) -> list[Recorded]:
        """Forward accumulation: the tangents of the inputs, pushed through every step of the tape."""
        needed = [i for i in self.graph.live(wanted) if i < len(self.tape)]
        for i in needed:
            node = self.graph.nodes[i]
            if node.op in (INPUT, CONST):
                continue
            if node.op == "where" and not node.shape and i < len(self.problem.graph.nodes):
                taken = node.args[1] if self.tape[node.args[0]].value else node.args[2]
                if taken in tangents:
                    tangents[i] = tangents[taken]
                continue
            moving = {k: tangents[a] for k, a in enumerate(node.args) if a in tangents}
            if moving:
                moved = self.push(node, self.tape[i], [self.tape[a] for a in node.args], moving)
                if moved is not None:
                    tangents[i] = moved
        return [self.node(tangents.get(o), o) for o in wanted]

    push = staticmethod(push)

    def node(self, value: Any, like: int) -> Recorded:
        """A plain number (a seed that met no rule; None: no path at all) as a node of the program."""
        if isinstance(value, Recorded):
            return value
        shape = self.graph.nodes[like].shape
        number = np.zeros(shape)[()] if value is None else np.broadcast_to(np.float64(value), shape)[()]
        return Recorded(self.graph, self.graph.const(number if shape else float(number)), number)

    def guards(self) -> tuple[tuple[int, bool], ...]:
        """The conditions of the caller's `where`s, as they came out."""
        nodes = self.problem.graph.nodes
        conditions = {nodes[i].args[0] for i in self.problem.graph.live() if nodes[i].op == "where"}
        return tuple((c, bool(self.tape[c].value)) for c in sorted(conditions))


def _float64(value: Any) -> Any:
    """Numbers as NumPy's, arrays as they are."""
    return value if isinstance(value, np.ndarray) else np.float64(value)
