"""The symbolic method: SymPy differentiates, a program of table ops evaluates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from symdiff.arrays import ArrayProblem, dtype_of, run_in
from symdiff.errors import UnsupportedError
from symdiff.graph import Graph, run
from symdiff.methods.base import MATRICES, Answer, Method, Program, Task, refuse_modes, refuse_narrow
from symdiff.methods.shared import Shared
from symdiff.methods.symbolic.closed_form import ClosedForm, closed_form, closed_program
from symdiff.methods.symbolic.matrices import array_program
from symdiff.methods.symbolic.program import adjoints, is_small, meaning
from symdiff.methods.symbolic.runner import Runner
from symdiff.methods.symbolic.templates import template
from symdiff.problem import Problem
from symdiff.scalars import steps

CLOSED_OPS = 48  # written out; beyond it the straight-line program is faster to derive and to run
ENTRY_BY_ENTRY = 4_000  # scalar steps: SymPy needs seconds for more, the matrix program needs milliseconds


class Symbolic(Method):
    """SymPy's `diff`: of the whole function where that is small, of every step where it is not."""

    name = "symbolic"

    def __init__(self) -> None:
        self._forms: WeakKeyDictionary[Graph, ClosedForm] = WeakKeyDictionary()
        self._programs: WeakKeyDictionary[Graph, dict[Task, Graph | None]] = WeakKeyDictionary()
        self._matrices: WeakKeyDictionary[Graph, dict[Task, Runner]] = WeakKeyDictionary()
        self._refusals: WeakKeyDictionary[Graph, dict[Task, str]] = WeakKeyDictionary()
        self._shared = Shared()

    def forget(self) -> None:
        template.cache_clear()
        self._shared.clear()

    def answer(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Answer:
        refuse_modes(self.name, task)
        program = self.derived(problem, task, x, vector)
        point = [np.float64(v) for v in (*x, *vector)]
        with np.errstate(all="ignore"):
            values = run(program.graph, "forward", point, lambda c: np.float64(float(c)))
        return Answer([float(values[o]) for o in program.graph.outputs], program)

    def arrays(self, problem: ArrayProblem, task: Task, leaves: Sequence[Any], vector: Sequence[Any]) -> list[Any]:
        """Entry by entry where the function is small enough for that, else by its matrix program."""
        refuse_narrow(problem.dtype)
        refuse_modes(self.name, task)
        if self.program(problem, task) is None:
            small = steps(problem.graph) <= ENTRY_BY_ENTRY
            refused = None if small else self._refused(problem, task)
            if small or refused is not None:
                try:
                    problem.scalars(leaves)
                except UnsupportedError as e:
                    raise UnsupportedError(f"{e}; {refused}" if refused else str(e)) from e
                return super().arrays(problem, task, leaves, vector)
        dtype = dtype_of(problem.dtype)
        found = self._matrices[problem.graph][task]([np.asarray(v, dtype) for v in (*leaves, *vector)])
        if found is None:
            raise UnsupportedError("the function's code decides otherwise here than where it was recorded")
        return [np.asarray(y, dtype) for y in found]

    def _refused(self, problem: ArrayProblem, task: Task) -> UnsupportedError | None:
        """Why there is no matrix program, None where there is one."""
        try:
            self.array_program(problem, task)
        except UnsupportedError as e:
            return e
        return None

    def array_program(self, problem: ArrayProblem, task: Task) -> Graph:
        """The matrix program of a task, derived once, or refused once: `UnsupportedError` where there is none."""
        known, refused = self._matrices.setdefault(problem.graph, {}), self._refusals.setdefault(problem.graph, {})
        if task not in known and task not in refused:
            try:
                known[task] = Runner(array_program(problem, task))
            except UnsupportedError as e:
                refused[task] = str(e)
        if task in refused:
            raise UnsupportedError(refused[task])
        return known[task].graph

    def program(self, problem: ArrayProblem, task: Task) -> Callable[[Sequence[Any]], list[Any] | None] | None:
        return self._matrices.get(problem.graph, {}).get(task)

    def numbers(
        self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float], dtype: np.dtype
    ) -> np.ndarray:
        if dtype == np.float64:
            return super().numbers(problem, task, x, vector, dtype)
        program = self.derived(problem, task, x, vector)
        with np.errstate(all="ignore"):
            values = run_in(program.graph, "forward", [dtype.type(v) for v in (*x, *vector)], dtype)
        return np.array([values[o] for o in program.graph.outputs], dtype)

    def derived(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float] = ()) -> Program:
        """The derivative program at a point. A closed form holds everywhere and is derived once."""
        try:
            return self._program(problem, task, x, vector)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as e:
            # SymPy on a constant that is no finite real number, such as digamma(0): its own errors, many kinds
            raise UnsupportedError(f"SymPy cannot do this: {type(e).__name__}: {e}") from e

    def _program(self, problem: Problem, task: Task, x: Sequence[float], vector: Sequence[float]) -> Program:
        if not is_small(problem.graph, CLOSED_OPS):
            return straight_line(problem, task, x, vector)
        known = self._programs.setdefault(problem.graph, {})
        if task not in known:
            if problem.native is not None:  # SymPy's own expression, which says more than the graph
                known[task] = self._closed(problem, task)
            else:
                lines = tuple([node.where for node in problem.graph.nodes])  # its program names them
                setting = (task, closed_form, closed_program, lines)
                (known[task],) = self._shared.of(problem.graph, setting, lambda: (self._closed(problem, task),))
        written_out = known[task]
        return straight_line(problem, task, x, vector) if written_out is None else Program(written_out)

    def _closed(self, problem: Problem, task: Task) -> Graph | None:
        try:
            if problem.graph not in self._forms:
                self._forms[problem.graph] = closed_form(problem)
            return closed_program(problem, task, self._forms[problem.graph])
        except UnsupportedError:  # SymPy makes ITE or a bare true of pieces within pieces: no op means these
            return None


def straight_line(problem: Problem, task: Task, x: Sequence[float], v: Sequence[float] = ()) -> Program:
    """SymPy's partials of every step, chained in reverse, for the branches taken at `x`."""
    graph = problem.graph.copy()
    vector = [graph.input(f"v{k + 1}") for k in range(task.vector_length(problem))]
    with np.errstate(all="ignore"):
        values: list[object] = run(problem.graph, "forward", [np.float64(p) for p in x], lambda c: np.float64(float(c)))
    outputs = problem.graph.outputs
    inputs = [problem.graph.inputs[k] for k in task.wrt]
    if task.operator == "value":
        return Program(_with_outputs(graph, meaning(problem.graph, graph)), _guards(problem.graph, values))
    if task.operator == "vjp":
        seeds: dict[int, int | None] = {}
        for o, ct in zip(outputs, vector, strict=True):
            earlier = seeds.get(o)
            seeds[o] = ct if earlier is None else graph.apply("add", earlier, ct)
        entries = _gradient(problem.graph, graph, seeds, values, inputs)
    else:
        rows = [_gradient(problem.graph, graph, {o: None}, values, inputs) for o in outputs]
        entries = [g for row in rows for g in row]
        if task.operator == "value_and_grad":
            entries = [outputs[0], *entries]
        elif task.operator == "jvp":
            entries = [_dot(graph, row, vector) for row in rows]
        elif task.operator in ("hvp", "tvp"):  # the gradient of g . v, and that of this times the next vector
            for tangent in task.tangents(vector) if inputs else ():
                entries = _again(graph, [_dot(graph, entries, tangent)], [*x, *v], inputs)
        elif task.operator in ("hessian", "third"):
            for _ in range(MATRICES[task.operator] - 1):
                entries = _again(graph, entries, [*x, *v], inputs)
    return Program(_with_outputs(graph, entries), _guards(problem.graph, values))


def _again(graph: Graph, entries: Sequence[int], point: Sequence[float], inputs: Sequence[int]) -> list[int]:
    """SymPy's partials of the derivative program itself, chained once more."""
    primal = graph.copy()
    primal.outputs = tuple(entries)
    with np.errstate(all="ignore"):
        values: list[object] = run(primal, "forward", [np.float64(p) for p in point], lambda c: np.float64(float(c)))
    second = [_gradient(primal, graph, {g: None}, values, inputs) for g in entries]
    return [h for row in second for h in row]


def _gradient(
    primal: Graph, graph: Graph, seeds: dict[int, int | None], values: Sequence[object], inputs: Sequence[int]
) -> list[int]:
    known = adjoints(primal, graph, seeds, values, inputs)
    return [known[i] if i in known else graph.const(0.0) for i in inputs]


def _dot(graph: Graph, row: Sequence[int], v: Sequence[int]) -> int:
    terms = [graph.apply("mul", g, t) for g, t in zip(row, v, strict=True)]
    return reduce(lambda a, b: graph.apply("add", a, b), terms)


def _with_outputs(graph: Graph, outputs: Sequence[int]) -> Graph:
    graph.outputs = tuple(outputs)
    return graph


def _guards(graph: Graph, values: Sequence[object]) -> tuple[tuple[int, bool], ...]:
    conditions = {graph.nodes[i].args[0] for i in graph.live() if graph.nodes[i].op == "where"}
    return tuple((c, bool(values[c])) for c in sorted(conditions))
