"""The tape on arrays: plain sweeps for the numbers, recorded ones for what a check looks into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, dtype_of, flat, narrow, run_in
from symdiff.graph import Graph, run
from symdiff.methods.base import MATRICES, Task, blocks, count, refuse_narrow
from symdiff.methods.tape.known import OPERATORS, program, write
from symdiff.methods.tape.sweep import fitted, rules_of, sweep


class Sweeps:
    """Plain sweeps of one function at one point: the values once, then as many cotangents as wanted."""

    def __init__(self, problem: ArrayProblem, leaves: Sequence[Any]) -> None:
        self.problem, self.graph, self.dtype = problem, problem.graph, dtype_of(problem.dtype)
        with np.errstate(all="ignore"):
            self.values = _values(self.graph, leaves, self.dtype)

    def answers(self) -> list[Any]:
        return [self.values[o] for o in self.graph.outputs]

    def pulled(self, wrt: Sequence[int], cotangents: Sequence[Any]) -> list[np.ndarray]:
        """One cotangent for each of the chosen inputs."""
        seeds: dict[int, Any] = {}
        for o, ct in zip(self.graph.outputs, cotangents, strict=True):
            seed = narrow(np.asarray(ct)[()], self.dtype)
            seeds[o] = seed if o not in seeds else seeds[o] + seed
        chosen = {self.graph.inputs[k] for k in wrt}
        varies = self.graph.varying(chosen)
        with np.errstate(all="ignore"):
            adjoints = sweep(self.graph, self.values, seeds, varies, wanted=chosen, **_staying(self.dtype))
        return [self._fresh(adjoints[self.graph.inputs[k]], self.problem.shapes[k]) for k in wrt]

    def _fresh(self, adjoint: Any, shape: tuple[int, ...]) -> np.ndarray:
        """An array of the caller's own: a pull-back may return a view of the cotangent."""
        if adjoint is None:
            return np.zeros(shape, self.dtype)
        return np.array(fitted(np.asarray(adjoint, self.dtype), shape))


def _as_it_is(c: Any) -> Any:
    return c


def _values(graph: Graph, inputs: Sequence[Any], dtype: np.dtype, needed: Any = None) -> list[Any]:
    """Every node's value, in this dtype."""
    if dtype == np.float64:
        return run(graph, "forward", inputs, _as_it_is, needed)
    return run_in(graph, "forward", [narrow(np.asarray(v), dtype)[()] for v in inputs], dtype, needed)


def _staying(dtype: np.dtype) -> dict[str, Any]:
    """How `sweep` keeps to a narrower dtype: a share that a rule made wider is rounded."""
    if dtype == np.float64:
        return {}

    def rounding(rule: Any) -> Any:
        return None if rule is None else lambda *known, **params: narrow(np.asarray(rule(*known, **params))[()], dtype)

    return {"rules_of": lambda node: [rounding(rule) for rule in rules_of(node)]}


def entries(problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[np.ndarray]:
    """The entries of a task as arrays; see `Method.arrays`."""
    operator = task.operator
    refuse_narrow(problem.dtype)
    if operator == "tvp" or task.modes:
        return recorded(problem, task, leaves, vector)
    if operator in OPERATORS:
        return _planned(problem, task, leaves, vector)
    if operator == "value":
        at = Sweeps(problem, leaves)
        return [np.array(y, at.dtype) for y in at.answers()]
    if operator == "third" or (operator == "hessian" and problem.vector):
        return _higher(problem, task, leaves)
    from symdiff.methods.tape.products import products_of

    products = products_of(problem, task, leaves)
    return products.matrix(problem, [_planned(problem, products.once, leaves, v) for v in products.vectors])


def _planned(problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[np.ndarray]:
    """One sweep, or the program of it."""
    dtype = dtype_of(problem.dtype)
    leaves, vector = ([np.asarray(v, dtype, order="C") for v in some] for some in (leaves, vector))
    plan = program(problem, task)
    found = None if plan is None else plan([*leaves, *vector])
    if found is None:  # no program yet, or a rule decides otherwise here
        answered = recorded if task.operator in ("jvp", "hvp") else swept
        found = answered(problem, task, leaves, vector)
        write(problem, task, leaves, vector, found)
    return found


def swept(problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[np.ndarray]:
    """The answer of the reverse sweep itself."""
    at = Sweeps(problem, leaves)
    gradient = at.pulled(task.wrt, vector if task.operator == "vjp" else [np.float64(1.0)])
    return [np.array(at.answers()[0], at.dtype), *gradient] if task.operator == "value_and_grad" else gradient


def recorded(problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[np.ndarray]:
    """What needs a tangent: the program with the tangent as an input, recorded and run."""
    from symdiff.methods.tape.record_arrays import ArrayRecorder

    with np.errstate(all="ignore"):
        recorder = ArrayRecorder(problem, task, leaves, list(vector))
        found = recorder.entries()
        if problem.dtype == "float64":
            return [np.array(e.value) for e in found]
        recorder.graph.outputs = tuple(e.index for e in found)
        needed = recorder.graph.live()  # the numbers that were carried along are float64
        values = _values(recorder.graph, [*leaves, *vector], np.dtype(problem.dtype), needed)
        return [np.array(values[o]) for o in recorder.graph.outputs]


def _higher(problem: ArrayProblem, task: Task, leaves: Sequence[Any]) -> list[np.ndarray]:
    """The second or third derivatives of every entry of an answer."""
    from symdiff.methods.tape.record_arrays import ArrayRecorder

    with np.errstate(all="ignore"):
        recorder = ArrayRecorder(problem, task, leaves, ())
        found = recorder.entries()
        if problem.dtype == "float64":
            values = recorder.numbers(found)
        else:  # rows of Hessians are never by columns
            at = _values(recorder.graph, leaves, np.dtype(problem.dtype), recorder.graph.live([e.index for e in found]))
            values = flat([at[e.index] for e in found])
    n = count([problem.shapes[k] for k in task.wrt])
    return blocks(values.reshape(-1, *[n] * MATRICES[task.operator]), problem, task)
