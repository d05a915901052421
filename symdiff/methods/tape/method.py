"""The tape as a method: an eager sweep for the first derivatives, a recorded one for everything else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symdiff.graph import run
from symdiff.methods.base import Answer, Method, Task
from symdiff.methods.tape.record import record
from symdiff.methods.tape.sweep import sweep
from symdiff.problem import Problem


class Tape(Method):
    """Reverse mode with the pull-backs of the op table, and nobody else's."""

    name = "tape"

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        entries, program = record(problem, task, x, vector)
        return Answer(entries, program)

    def entries(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> list[float]:
        """The entries alone. One reverse sweep over plain numbers where that is all there is to it."""
        if task.operator not in ("grad", "value_and_grad") or len(problem.graph.outputs) != 1:
            return self.answer(problem, task, x, vector).entries
        graph = problem.graph
        with np.errstate(all="ignore"):
            values = run(graph, "forward", [np.float64(v) for v in x], np.float64)
            adjoints = sweep(graph, values, {graph.outputs[0]: 1.0})
        arrived = [adjoints[graph.inputs[k]] for k in task.wrt]
        gradient = [0.0 if a is None else float(a) for a in arrived]
        return gradient if task.operator == "grad" else [float(values[graph.outputs[0]]), *gradient]
