"""The tape as a method: an eager sweep for the first derivatives, a recorded one for everything else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, cut, flat
from symdiff.errors import UnsupportedError
from symdiff.graph import run
from symdiff.methods.base import TANGENTS, Answer, Method, Program, Task, leaf_task
from symdiff.methods.tape import arrays
from symdiff.methods.tape.known import program, write
from symdiff.methods.tape.sweep import sweep
from symdiff.problem import Problem


class Tape(Method):
    """Reverse mode with the pull-backs of the op table, and nobody else's."""

    name = "tape"
    composes = True
    replays = True

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        if problem.origin is not None and not problem.origin.of_numbers:
            return self._on_arrays(problem, task, x, vector)
        from symdiff.methods.tape.record import record

        return Answer(*record(problem, task, x, vector))

    def arrays(self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[Any]:
        return arrays.entries(problem, task, leaves, vector)

    def program(self, problem: ArrayProblem, task: Task) -> Callable[[Sequence[Any]], list[Any] | None] | None:
        if task.operator not in ("jacobian", "hessian"):  # of what has none, as third, none is known
            return program(problem, task)
        from symdiff.methods.tape.products import known_products

        products = known_products(problem, task)
        found = program(problem, products.once) if products is not None else None
        return None if products is None or found is None else products.with_program(problem, found)

    def source(self, problem: Problem | ArrayProblem, task: Task, leaves: Sequence[Any]) -> str:
        from symdiff.methods.tape.products import products_of
        from symdiff.methods.tape.program import planned

        vector: Sequence[Any] = ()
        if task.operator in ("third", "tvp") or task.modes:
            raise UnsupportedError(f"{task.name} is recorded in every call: ask for the program of grad or hvp")
        if isinstance(problem, ArrayProblem) and task.operator in ("jacobian", "hessian"):
            if task.operator == "hessian" and problem.vector:
                raise UnsupportedError("the Hessians of several values are recorded in every call: ask for one value's")
            products = products_of(problem, task, leaves)
            if products.vectors:
                task, vector = products.once, products.vectors[0]
        return planned(problem, task, leaves, vector).source

    def _on_arrays(self, scalars: Problem, task: Task, x: Sequence[float], vector: Sequence[float]) -> Answer:
        """The arrays are swept as arrays; their program is shown entry by entry."""
        from symdiff.methods.tape.record_arrays import ArrayRecorder, branches

        problem = scalars.origin
        task = leaf_task(problem, task)
        tangents = [problem.shapes[k] for k in task.wrt] * TANGENTS.get(task.operator, 0)
        shapes = problem.answers if task.operator == "vjp" else tangents
        vectors = cut(np.asarray(vector), shapes) if len(vector) else ()
        with np.errstate(all="ignore"):
            recorder = ArrayRecorder(problem, task, problem.leaves(x), vectors)
            found = recorder.entries()
        entries = [float(v) for v in recorder.numbers(found)]
        if task.operator == "value":
            graph = scalars.graph  # the function itself, which has been taken apart
            return Answer(entries, Program(graph, (*branches(graph, list(flat(recorder.point))), *graph.guards)))
        return Answer(entries, recorder.program(found))

    def entries(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> list[float]:
        """The entries alone: one reverse sweep over plain numbers, or from the third time on the program of it."""
        if problem.origin is not None and not problem.origin.of_numbers:
            return self.answer(problem, task, x, vector).entries
        if task.operator not in ("grad", "value_and_grad") or len(problem.graph.outputs) != 1:
            return self.answer(problem, task, x, vector).entries
        plan: Any = program(problem, task)  # of numbers, as the problem is
        found = None if plan is None else plan.numbers(*map(float, x))
        if found is None:  # no program yet, or a branch is decided otherwise here
            found = _swept(problem, task, x)
            write(problem, task, x, (), list(map(np.array, found)))
        return found


def _swept(problem: Problem, task: Task, x: Sequence[float]) -> list[float]:
    graph = problem.graph
    with np.errstate(all="ignore"):
        values = run(graph, "forward", [np.float64(v) for v in x], np.float64)
        inputs = [graph.inputs[k] for k in task.wrt]
        adjoints = sweep(graph, values, {graph.outputs[0]: 1.0}, graph.varying(frozenset(inputs)))
    arrived = [adjoints[i] for i in inputs]
    gradient = [0.0 if a is None else float(a) for a in arrived]
    return gradient if task.operator == "grad" else [float(values[graph.outputs[0]]), *gradient]
