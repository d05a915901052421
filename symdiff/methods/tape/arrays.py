"""The tape on arrays: plain sweeps for the numbers, recorded ones for what a check looks into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from symdiff.arrays import ArrayProblem, dtype_of, flat, narrow, run_in
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph, run
from symdiff.inputs.recorded import Recorded
from symdiff.methods.base import Program, Task, basis, blocks, count, refuse_unless_numpy_computes
from symdiff.methods.tape.program import OPERATORS, program, write
from symdiff.methods.tape.record import Recorder
from symdiff.methods.tape.sweep import fitted, rules_of, sweep
from symdiff.scalars import MOST_OF_A_PROGRAM, to_scalars


class ArrayRecorder(Recorder):
    """A recording of a task on arrays. The entries come as arrays, in the order of the flat entries; those
    of a Jacobian by columns where there are fewer of them."""

    problem: ArrayProblem
    by_columns = False

    def entries(self) -> list[Recorded]:
        outputs, operator = self.problem.graph.outputs, self.task.operator
        if operator == "jacobian":
            return self.jacobian()
        if operator not in ("hessian", "hvp"):
            return super().entries()
        if operator == "hvp":
            gradient = self.pulled(outputs, [1.0])
            return self.moved(gradient, self.vector)
        shapes = [self.graph.nodes[i].shape for i in self.inputs]
        found = []
        for o in outputs:
            for seed in basis([self.graph.nodes[o].shape]):
                self.up_to_date()
                gradient = self.pulled([o], seed)
                # row k of a Hessian is its column k
                found += [h for direction in basis(shapes) for h in self.moved(gradient, direction)]
        return found

    def moved(self, gradient: Sequence[Recorded], tangents: Sequence[Any]) -> list[Recorded]:
        """Forward over reverse: the gradient program moved along the tangents."""
        self.up_to_date()
        return self.pushed([g.index for g in gradient], dict(zip(self.inputs, tangents, strict=True)))

    def jacobian(self) -> list[Recorded]:
        """One sweep for every entry of the answer, or one push for every entry of the inputs."""
        outputs = self.problem.graph.outputs
        answers, inputs = ([self.graph.nodes[i].shape for i in some] for some in (outputs, self.inputs))
        self.by_columns = count(inputs) < count(answers)
        if self.by_columns:
            found = [self.pushed(outputs, dict(zip(self.inputs, d, strict=True))) for d in basis(inputs)]
        else:
            found = [self.pulled(outputs, seed) for seed in basis(answers)]
        return [entry for row in found for entry in row]

    def numbers(self, entries: Sequence[Recorded]) -> np.ndarray:
        """The entries in flat order."""
        values = flat([e.value for e in entries])
        return values.reshape(-1, count(self.problem.answers)).T.ravel() if self.by_columns else values

    def program(self, entries: Sequence[Recorded]) -> Program | None:
        """The recorded program, entry by entry; None where that is too long to look into."""
        self.graph.outputs = tuple(e.index for e in entries)
        try:
            scalars = to_scalars(self.graph, self.point, MOST_OF_A_PROGRAM)
        except UnsupportedError:
            return None
        if self.by_columns:
            order = np.reshape(scalars.outputs, (-1, count(self.problem.answers))).T.ravel()
            scalars.outputs = tuple(int(i) for i in order)
        return Program(scalars, (*_taken(scalars, self.point), *scalars.guards))


def _taken(graph: Graph, point: Sequence[Any]) -> list[tuple[int, bool]]:
    """The branches of every `where` of the scalar steps, as the numbers decide."""
    conditions = {graph.nodes[i].args[0] for i in graph.live() if graph.nodes[i].op == "where"}
    if not conditions:
        return []
    with np.errstate(all="ignore"):
        values = run(graph, "forward", list(flat(point)), lambda c: c, graph.live(sorted(conditions)))
    return [(c, bool(values[c])) for c in sorted(conditions)]


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
    refuse_unless_numpy_computes(problem.dtype)
    if operator in OPERATORS:
        return _planned(problem, task, leaves, vector)
    if operator in ("jvp", "hvp", "hessian") or (operator == "jacobian" and _fewer_columns(problem, task)):
        return _recorded(problem, task, leaves, vector)
    at = Sweeps(problem, leaves)
    if operator == "value":
        return [np.array(y, at.dtype) for y in at.answers()]
    rows = [flat(at.pulled(task.wrt, seed)) for seed in basis(problem.answers)]
    width = count([problem.shapes[k] for k in task.wrt])
    return blocks(np.reshape(rows, (len(rows), width)), problem, task)  # no rows, for an empty answer


def _planned(problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[np.ndarray]:
    """One reverse sweep, or the program of it."""
    dtype = dtype_of(problem.dtype)
    leaves, vector = ([np.asarray(v, dtype, order="C") for v in some] for some in (leaves, vector))
    plan = program(problem, task)
    found = None if plan is None else plan([*leaves, *vector])
    if found is None:  # no program yet, or a rule decides otherwise here
        found = swept(problem, task, leaves, vector)
        write(problem, task, leaves, vector, found)
    return found


def swept(problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[np.ndarray]:
    """The answer of the reverse sweep itself."""
    at = Sweeps(problem, leaves)
    gradient = at.pulled(task.wrt, vector if task.operator == "vjp" else [np.float64(1.0)])
    return [np.array(at.answers()[0], at.dtype), *gradient] if task.operator == "value_and_grad" else gradient


def _fewer_columns(problem: ArrayProblem, task: Task) -> bool:
    return count([problem.shapes[k] for k in task.wrt]) < count(problem.answers)


def _recorded(problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[np.ndarray]:
    """What needs a tangent: the program with the tangent as an input, recorded once and run for each."""
    shapes = [problem.shapes[k] for k in task.wrt]
    once = {"jacobian": "jvp", "hessian": "hvp"}.get(task.operator, task.operator)
    directions = basis(shapes) if once != task.operator else [list(vector)]
    if once == "hvp" and problem.vector:
        return _hessians(problem, task, leaves)
    if not directions:
        nothing = np.zeros((count(problem.answers), *[0] * (2 if once == "hvp" else 1)), problem.dtype)
        return blocks(nothing, problem, task)
    with np.errstate(all="ignore"):
        recorder = ArrayRecorder(problem, Task(once, task.wrt), leaves, directions[0])
        found = recorder.entries()
        recorder.graph.outputs = tuple(e.index for e in found)
        needed = recorder.graph.live()
        recorded = problem.dtype == "float64"  # the numbers that were carried along are float64
        columns = [[e.value for e in found]] if recorded else []
        for direction in directions[len(columns) :]:
            values = _values(recorder.graph, [*leaves, *direction], np.dtype(problem.dtype), needed)
            columns.append([values[o] for o in recorder.graph.outputs])
    if once == task.operator:
        return [np.array(c) for c in columns[0]]
    matrix = np.array([flat(c) for c in columns])
    return blocks(matrix.T if once == "jvp" else matrix[None], problem, task)


def _hessians(problem: ArrayProblem, task: Task, leaves: Sequence[Any]) -> list[np.ndarray]:
    """The second derivatives of every entry of an answer with several."""
    with np.errstate(all="ignore"):
        recorder = ArrayRecorder(problem, task, leaves, ())
        found = recorder.entries()
        if problem.dtype == "float64":
            values = recorder.numbers(found)
        else:  # rows of Hessians are never by columns
            at = _values(recorder.graph, leaves, np.dtype(problem.dtype), recorder.graph.live([e.index for e in found]))
            values = flat([at[e.index] for e in found])
    n = count([problem.shapes[k] for k in task.wrt])
    return blocks(values.reshape(-1, n, n), problem, task)
